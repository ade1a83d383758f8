import SweepCore
import SweepProtocol

// From the scheduler to the wire and the book.

extension CoordinatorLoop where Wire: ~Copyable {
    mutating func perform(_ effect: Scheduler.Effect) throws {
        switch effect {
        case .welcome(let worker, let greeting): send(.welcome(welcome(greeting)), to: worker)
        case .reject(let worker, let rejection):
            send(.reject(reject(rejection)), to: worker, session: nil)
        case .assign(let lease, let worker):
            assigned[worker, default: []].insert(lease)
            var assignment = assignment(of: lease)
            assignment.checkpoint = offer(for: lease, to: worker)
            send(.assign(assignment), to: worker)
        case .acknowledge(let lease, let worker):
            assigned[worker]?.remove(lease)
            forgetCheckpointParts(of: lease, from: worker)
            send(.acknowledge(Acknowledgement(lease)), to: worker)
        case .cancel(let lease, let worker):
            assigned[worker]?.remove(lease)
            forgetCheckpointParts(of: lease, from: worker)
            send(.cancel([lease]), to: worker)
        case .takeBack(let lease, let worker): send(.takeBack([lease]), to: worker)
        case .answerHeartbeat(let worker, let sequence):
            send(.heartbeatAck(sequence: sequence), to: worker)
        case .dismiss(let worker, let dismissal): send(.dismiss(dismissal), to: worker)

        case .grant(let lease, let worker):
            guard let identity = scheduler.identity(of: worker) else {
                throw CoordinatorError.contradiction("\(lease) is granted to nobody")
            }
            write(.grant(lease, to: identity))
        case .record(let lease, _):
            guard let result = reportInHand, result.lease == lease else {
                throw CoordinatorError.contradiction("\(lease) is recorded without a result")
            }
            write(.result(result))
        case .noteDuplicate(let lease, _):
            // Without its bytes a late result is not compared.
            if let result = reportInHand, result.lease == lease { write(.duplicate(result)) }
        case .noteCrash(let lease, _):
            let note = crashInHand ?? CrashNote(sentence: "the compute child crashed")
            crashNotes[lease.trial] = note
            write(.loss(lease, .crashed, reason: note.sentence))
        case .noteLoss(let lease, let worker):
            assigned[worker]?.remove(lease)
            let reason = helloInHand == nil ? lossReason : Self.startedAgain
            crashNotes[lease.trial] = CrashNote(sentence: "its worker was lost: \(reason)")
            write(.loss(lease, .unexplained, reason: reason))
        case .forgiveLoss(let lease): write(.forgiveness(lease))
        case .recordQuarantined(let lease, let blame):
            write(.result(quarantine(of: lease, blame)))
        case .reopen(let trial): write(.reopen(trial))

        case .quarantineWorker(let worker):
            let host = escaped(connections[worker]?.description?.host ?? "")
            observer.log(
                "\(worker) (\(host)) crashed \(scheduler.limits.workerCrashLimit) different trials "
                    + "one after the other, which crashed nowhere else: it gets no more for "
                    + "\(scheduler.limits.workerQuarantineMilliseconds / 60_000) minutes, or until "
                    + "it is started again")
        case .forget(let worker): forget(worker)
        case .finish: isFinished = true
        }
    }

    private mutating func forget(_ worker: WorkerID) {
        let leases = assigned.removeValue(forKey: worker) ?? []
        if let hello = helloInHand {
            if connections[worker]?.incarnation == hello.incarnation {
                // The worker has moved to another connection with all it holds.
                carried.formUnion(leases)
            } else {
                // Its next process was quicker than the news of the end of the last one, and has
                // what that one had finished.
                let kept = leases.intersection(hello.held.map(\.lease))
                carried.formUnion(kept)
                lose(leases.subtracting(kept), Self.startedAgain)
            }
        } else {
            lose(leases, lossReason)
            if let connection = connections[worker], connection.identity != nil {
                observer.log("\(worker) is gone: \(lossReason)")
            }
        }
        connections.forget(worker)
        forgetParts(of: worker)
    }

    private mutating func lose(_ leases: Set<Lease>, _ reason: String) {
        for lease in leases.sorted(by: { $0.trial < $1.trial })
        where scheduler.settlement(of: lease.trial) == nil {
            write(.loss(lease, .explained, reason: reason))
        }
    }

    private static var startedAgain: String { "the worker was started again" }

    /// Credit that became free.
    mutating func perform(_ steps: [ResultIntake.Step]) {
        for case .credit(let credit, let worker) in steps {
            send(.resultCredit(credit), to: worker)
        }
    }

    mutating func write(_ entry: BookEntry) {
        if case .loss = entry { counters.losses += 1 }
        awaited.write(entry, to: book)
    }

    // MARK: Sending

    mutating func send(_ message: Message, to worker: WorkerID) {
        send(message, to: worker, session: worker)
    }

    /// Sends; what is lost is made good by leases and by sending again.
    mutating func send(_ message: Message, to worker: WorkerID, session: WorkerID?) {
        guard let connection = connections[worker] else { return }
        let outcome: SendOutcome
        do {
            outcome = try wire.send(Envelope(message, session: session), to: connection.peer)
        } catch {
            // The next wait meets the same trouble and ends the loop.
            observer.log("sending \(message.kind) to \(worker): \(error)")
            counters.unsent += 1
            return
        }
        switch outcome {
        case .sent: break
        case .full: counters.unsent += 1
        case .unreachable: unreachable.append(worker)
        case .unsendable(let error):
            counters.unsent += 1
            observer.log("\(message.kind) to \(worker) was not sent: \(error)")
        }
    }

    // MARK: Messages

    private func welcome(_ greeting: UInt64) -> Welcome {
        Welcome(
            greeting: greeting,
            terms: Terms(
                heartbeatMilliseconds: scheduler.limits.heartbeatMilliseconds,
                leaseMilliseconds: scheduler.limits.leaseMilliseconds, sweep: scheduler.sweep),
            limits: Welcome.Limits(
                resultBytes: settings.resultBytes,
                checkpointMilliseconds: settings.checkpointMilliseconds),
            name: settings.name, spec: settings.spec, kernelChoice: settings.kernelChoice,
            dataFiles: settings.dataFiles)
    }

    private func reject(_ rejection: Rejection) -> Reject {
        switch rejection {
        case .unknownSession: Reject(.rehello, message: "this session is not known; say hello")
        case .superseded:
            Reject(.superseded, message: "a newer process of this worker has joined")
        }
    }

    private func assignment(of lease: Lease) -> Assignment {
        let (point, seed) = plan.pointAndSeed(of: lease.trial)
        return Assignment(
            lease, point: point, seed: seed, parameters: plan.grid.point(at: point).parameters)
    }

    /// Finds out before the first worker comes whether the sweep can be told to any.
    func checkSendable() throws {
        var messages: [Message] = [.welcome(welcome(0))]
        if plan.trialCount > 0 {
            messages.append(.assign(assignment(of: Lease(TrialID(0), attempt: 0))))
        }
        for message in messages {
            do {
                _ = try MessageCodec.encode(Envelope(message, session: nil))
            } catch {
                throw CoordinatorError.unsendable("\(error)")
            }
        }
    }
}
