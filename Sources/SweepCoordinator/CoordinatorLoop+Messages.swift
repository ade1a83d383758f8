import SweepCore
import SweepProtocol

// From the wire to the scheduler. Any bytes of a peer are safe here.

extension CoordinatorLoop where Wire: ~Copyable {
    mutating func take(_ message: PeerMessage<Wire.Peer>) throws {
        counters.messages += 1
        guard let connection = connections.connection(of: message.peer, key: message.key),
            connection.key == message.key, !connection.isMuted
        else { return }
        switch message.content {
        case .failure(let error):
            try noteBreach(error.description, of: connection.worker, answer: error.rejection)
        case .success(let envelope): try take(envelope, from: connection)
        }
    }

    private mutating func take(
        _ envelope: Envelope, from connection: Connections<Wire.Peer>.Connection
    ) throws {
        let worker = connection.worker
        if case .hello(let hello, let description) = envelope.message {
            try takeHello(hello, description, from: connection)
            return
        }
        guard envelope.session == worker else {
            try tell(.strangerHeard(worker))
            return
        }
        switch envelope.message {
        case .heartbeat(let heartbeat): try tell(.heartbeatReceived(worker, heartbeat))
        case .resultPart(let part): try take(part, from: worker)
        case .crashed(let crash): try take(crash, from: worker)
        case .returned(let leases):
            for lease in leases {
                assigned[worker]?.remove(lease)
                try tell(.returned(lease, by: worker))
            }
        case .drain: try tell(.workerLeaving(worker))
        case .bye:
            lossReason = "the worker left"
            try tell(.workerLeft(worker))
        case .checkpointPart(let part): try takeCheckpoint(part, from: worker)
        case .continued(let continuation): take(continuation, from: worker)
        case .fetchCheckpoint(let fetch): take(fetch, from: worker)
        case .hello, .welcome, .reject, .assign, .heartbeatAck, .resultCredit, .acknowledge,
            .takeBack, .cancel, .ping, .dismiss, .checkpointAck, .checkpointCredit,
            .checkpointPiece, .saveCheckpoints:
            // The codec lets only a worker's messages through.
            try noteBreach("\(envelope.message.kind)", of: worker, answer: nil)
        }
    }

    private mutating func takeHello(
        _ hello: Hello, _ description: WorkerDescription,
        from connection: Connections<Wire.Peer>.Connection
    ) throws {
        let worker = connection.worker
        var bound = hello
        // Nobody with another key can claim to be this worker.
        bound.identity = hello.identity.bound(toKey: connection.key)
        if connection.identity == nil {
            observer.log(
                "worker \(bound.identity) joins as \(worker): \(escaped(description.host)), "
                    + "process \(description.process), \(hello.slotCount) slots, "
                    + "\(escaped(description.kernelFamily)), critsweep "
                    + escaped(description.softwareVersion))
        }
        connections.update(worker) {
            $0.identity = bound.identity
            $0.incarnation = bound.incarnation
            $0.description = description
        }
        if let index = crewIndices[connection.key] { restarts.noteHello(of: index) }
        lossReason = ""
        (helloInHand, carried) = (bound, [])
        defer { helloInHand = nil }
        try tell(.workerJoined(worker, bound))
        if !carried.isEmpty { assigned[worker, default: []].formUnion(carried) }
    }

    // MARK: Results

    private mutating func take(_ part: ResultPart, from worker: WorkerID) throws {
        let trial = part.lease.trial
        let isOutside = trial.rawValue >= plan.trialCount
        if isOutside || part.partCount > 1 && scheduler.settlement(of: trial) != nil {
            // Refused, or settled long ago: the bytes are not wanted.
            reportInHand = nil
            try tell(.reported(part.lease, .success, by: worker))
            return
        }
        let steps: [ResultIntake.Step]
        do throws(ResultIntake.PartError) {
            steps = try intake.accept(part, from: worker)
        } catch .notBegun {
            // The rest of a result that a new connection or another trial has interrupted.
            return
        } catch {
            try noteBreach("a part of the result of \(part.lease) is \(error)", of: worker)
            return
        }
        for step in steps {
            switch step {
            case .complete(let result, let sender): try take(result, from: sender)
            case .damaged(let lease, let sender):
                try noteBreach("the result of \(lease) is not what was announced", of: sender)
            case .credit(let credit, let receiver): send(.resultCredit(credit), to: receiver)
            }
        }
    }

    private mutating func take(_ result: ReceivedResult, from worker: WorkerID) throws {
        let outcome: TrialOutcome
        do throws(OutcomeError) {
            outcome = try OutcomeCodec.decode(result.content)
        } catch {
            // The same bytes would come again and again, so the attempt counts as a crash.
            try noteBreach("the result of \(result.lease) cannot be read: \(error)", of: worker)
            try tellCrash(
                of: result.lease, CrashNote(sentence: "its result could not be read"), by: worker)
            return
        }
        let description = connections[worker]?.description
        reportInHand = BookResult(
            result.lease, worker: connections[worker]?.identity, outcome: outcome,
            kernelFamily: kernelFamily(of: outcome, description),
            softwareVersion: description?.softwareVersion ?? "",
            wallMilliseconds: result.wallMilliseconds, cpuMilliseconds: result.cpuMilliseconds)
        defer { reportInHand = nil }
        if case .success = outcome {
            try tell(.reported(result.lease, .success, by: worker))
        } else {
            try tell(.reported(result.lease, .failure, by: worker))
        }
    }

    /// What computed an outcome: as it says itself, or else as was asked for, or as the worker said.
    private func kernelFamily(
        of outcome: TrialOutcome, _ description: WorkerDescription?
    ) -> String {
        let diagnostics =
            switch outcome {
            case .success(let result): result.diagnostics
            case .failure(_, let diagnostics): diagnostics
            }
        if case .text(let family) = diagnostics.first(where: { $0.name == "kernel_family" })?.value
        {
            return family
        }
        return settings.kernelChoice == "auto"
            ? description?.kernelFamily ?? "" : settings.kernelChoice
    }

    private mutating func take(_ crash: Crash, from worker: WorkerID) throws {
        var note = crash.sentence
        let lines = crash.lastLines.suffix(CrashNote.lineCount).map { escaped($0, limit: 512) }
        if !lines.isEmpty { note += ": " + lines.joined(separator: " | ") }
        observer.log("\(crash.lease) on \(worker): \(note)")
        assigned[worker]?.remove(crash.lease)
        try tellCrash(
            of: crash.lease,
            CrashNote(sentence: note, isOutOfMemory: crash.cause == .outOfMemory), by: worker)
    }

    private mutating func tellCrash(
        of lease: Lease, _ note: CrashNote, by worker: WorkerID
    ) throws {
        noteCrashAfterCheckpoint(lease)
        crashInHand = note
        defer { crashInHand = nil }
        try tell(.reported(lease, .crashed, by: worker))
    }

    // MARK: Breaches

    /// Counts a breach of the protocol. After too many of them the connection is not heard any more.
    mutating func noteBreach(
        _ breach: String, of worker: WorkerID, answer: Reject? = nil
    ) throws {
        counters.breaches += 1
        var count = 0
        connections.update(worker) {
            $0.breaches += 1
            count = $0.breaches
        }
        observer.log("\(worker) breaks the protocol (\(count)): \(escaped(breach))")
        if count < settings.breachLimit {
            if let answer { send(.reject(answer), to: worker, session: nil) }
            return
        }
        counters.mutedPeers += 1
        send(
            .reject(Reject(.quarantined, message: "\(breach); this connection is closed")),
            to: worker, session: nil)
        connections.update(worker) { $0.isMuted = true }
        lossReason = "the worker broke the protocol"
        try tell(.workerLeft(worker))
        forgetParts(of: worker)
    }
}

/// What is remembered of a crash.
struct CrashNote: Hashable, Sendable {
    var sentence: String
    var isOutOfMemory = false

    /// Last lines of its output that are told; the worker's log has more.
    static let lineCount = 5
}

extension Crash {
    /// How the child ended, in words.
    var sentence: String {
        switch cause {
        case .signal: "the compute child was killed by signal \(code)"
        case .exit: "the compute child ended with exit code \(code)"
        case .outOfMemory: "the compute child ran out of memory"
        case .timeout: "the compute child did not end in time"
        case .notStarted: "the compute child could not be started (error \(code))"
        }
    }
}
