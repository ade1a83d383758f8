import SweepCore
import SweepProtocol

// What came in, from the coordinator and from the children.

extension Supervisor {
    func take(_ news: WireNews) throws {
        guard exit == nil else { return }
        switch news {
        case .connected:
            refusalCount = 0
            nextAttempt = nil
            isLinked = true
            outbox.clear()
            restartCheckpoints()
            log(WorkerLogLine(.detail, "connected"))
            try handle(.connected)
        case .disconnected:
            noteLinkDown()
            outbox.clear()
            if core.session != nil { log(WorkerLogLine(.info, "disconnected")) }
            try handle(.disconnected)
        case .refused: takeRefusal()
        case .handshakeFailed: takeFailedHandshake()
        case .damaged(.version(let version)): finishForVersion(version)
        case .damaged(let error):
            log(WorkerLogLine(.warning, "message-damaged", ["why": "\(error)"]))
            takeDamage(error)
        case .received(let envelope): try take(envelope)
        }
    }

    private func takeRefusal() {
        refusalCount += 1
        isLinked = false
        log(
            WorkerLogLine(
                .warning, "key-refused",
                ["count": "\(refusalCount)", "limit": "\(settings.refusalLimit)"]))
        if refusalCount >= settings.refusalLimit {
            finish(.keyRefused(count: refusalCount))
        } else {
            nextAttempt = now.advanced(byMilliseconds: settings.refusalPauseMilliseconds)
        }
    }

    /// Before the first contact, most likely a coordinator with another key than the access file's.
    /// Later it is the same coordinator, which ended or whose line broke, or a relay that accepts
    /// for it while it is away: patience decides, as with one that cannot be reached.
    private func takeFailedHandshake() {
        guard hasHadContact else { return takeRefusal() }
        isLinked = false
        log(WorkerLogLine(.detail, "handshake-failed"))
        nextAttempt = now.advanced(byMilliseconds: settings.handshakePauseMilliseconds)
    }

    private func take(_ envelope: Envelope) throws {
        noteContact()
        damagedCount = 0
        switch envelope.message {
        case .welcome(let welcome): try take(welcome, session: envelope.session)
        case .reject(let reject): try take(reject)
        case .assign(let assignment):
            guard let session = envelope.session else { return }
            // A repetition must not replace what may be running by now.
            if assignments[assignment.lease] == nil {
                assignments[assignment.lease] = assignment
            }
            try handle(.assigned(assignment.lease, session: session))
        case .heartbeatAck(let sequence): try handle(.heartbeatAnswered(sequence: sequence))
        case .resultCredit(let credit): outbox.receive(credit, at: now)
        case .checkpointCredit(let credit): checkpoints.receive(credit, at: now)
        case .checkpointAck(let acknowledgement): take(acknowledgement)
        case .checkpointPiece(let part): take(fetches.receive(part, at: now))
        case .saveCheckpoints: children.callForCheckpoints()
        case .acknowledge(let acknowledgement):
            if acknowledgement.verdict == .refused {
                log(
                    WorkerLogLine(
                        .warning, "result-refused",
                        [
                            "trial": "\(acknowledgement.lease)", "why": acknowledgement.message,
                        ]))
            }
            try handle(.acknowledged(acknowledgement.lease))
        case .takeBack(let leases):
            for lease in leases { try handle(.takeBackRequested(lease)) }
        case .cancel(let leases):
            for lease in leases { try handle(.cancelled(lease)) }
        // The next heartbeat is never far.
        case .ping: break
        case .dismiss(let dismissal):
            log(WorkerLogLine(.info, "dismissed", ["why": "\(dismissal)"]))
            try handle(.dismissed(dismissal))
        // The codec lets no message of our own side through.
        case .hello, .heartbeat, .resultPart, .crashed, .returned, .drain, .bye, .checkpointPart,
            .continued, .fetchCheckpoint:
            break
        }
    }

    private func take(_ welcome: Welcome, session: WorkerID?) throws {
        guard let session else { return }
        guard settings.canRunKernels(welcome.kernelChoice) else {
            return finish(
                .unusable(
                    message: "this CPU cannot run the kernels \(welcome.kernelChoice) that the "
                        + "coordinator asks for"))
        }
        let isNewWork = self.welcome.map({ !isSameWork($0, welcome) }) ?? true
        if isNewWork, let trouble = settings.dataTrouble(welcome.dataFiles) {
            return finish(.unreadableData(message: trouble))
        }
        let effects = core.handle(
            .welcomed(session, greeting: welcome.greeting, welcome.terms), at: now)
        // A welcome that answers an earlier connection is none.
        if core.session == session {
            if store.sweep != welcome.terms.sweep, try enter(welcome.terms.sweep) == false {
                return
            }
            outbox.limits = welcome.limits
            checkpoints.limits = welcome.limits
            description.specDigest = welcome.specDigest
            if isNewWork { children.prepare(welcome) }
            self.welcome = welcome
            malformedCount = 0
            log(
                WorkerLogLine(
                    .info, "joined",
                    [
                        "sweep": welcome.name, "session": "\(session)",
                        "slots": "\(settings.slotCount)",
                    ]))
        }
        try perform(effects)
    }

    private func isSameWork(_ one: Welcome, _ other: Welcome) -> Bool {
        one.specDigest == other.specDigest && one.kernelChoice == other.kernelChoice
            && one.limits == other.limits && one.dataFiles == other.dataFiles
    }

    /// Another sweep than the one whose results are at hand. Those stay on disk.
    ///
    /// - Returns: False when the spool has results of the new sweep: they have to be in the next
    ///   hello, so the worker begins anew with them.
    private func enter(_ sweep: UInt64) throws -> Bool {
        store.flush(at: now)
        // Trials are numbered anew, so nothing that a lease names means the same any more.
        assignments = [:]
        crashes = [:]
        outbox.clear()
        forgetCheckpoints()
        guard try spool.sweeps().contains(sweep) else {
            store.enter(sweep)
            return true
        }
        try begin(with: sweep)
        return false
    }

    /// Ends what runs and goes on as a new incarnation, with what the spool has of a sweep.
    private func begin(with sweep: UInt64?) throws {
        for slot in 0..<settings.slotCount { children.stop(slot: slot) }
        runningCount = 0
        assignments = [:]
        crashes = [:]
        returned = []
        welcome = nil
        description = settings.description
        (core, store) = try Self.takeUp(sweep, settings: settings, spool: spool, log: log)
        try reconnect()
    }

    private func take(_ reject: Reject) throws {
        log(
            WorkerLogLine(
                .info, "rejected", ["why": "\(reject.code)", "message": reject.message]))
        switch reject.code {
        case .rehello: try handle(.rejected(.unknownSession))
        case .superseded: try handle(.rejected(.superseded))
        case .busy:
            outbox.clear()
            try handle(.disconnected)
            nextAttempt = now.advanced(byMilliseconds: reject.retryAfterMilliseconds)
        case .version: finishForVersion(reject.version)
        case .otherSweep:
            guard !core.held.isEmpty else {
                return finish(.unusable(message: reject.message))
            }
            store.flush(at: now)
            try begin(with: nil)
        case .malformed:
            malformedCount += 1
            guard malformedCount < 3 else {
                return finish(.unusable(message: reject.message))
            }
            try handle(.rejected(.unknownSession))
        case .quarantined: finish(.quarantined(message: reject.message))
        }
    }

    /// Nothing is damaged on an authenticated line: what cannot be read was said by another build.
    private func takeDamage(_ error: ProtocolError) {
        damagedCount += 1
        guard damagedCount >= Self.damageLimit else { return }
        finish(
            .unusable(
                message: "\(damagedCount) messages of the coordinator in a row cannot be read "
                    + "(\(error)); install the same version on both sides"))
    }

    /// More than one, for a version may add a message that can be done without.
    private static var damageLimit: Int { 5 }

    private func finishForVersion(_ version: UInt16) {
        finish(
            .unusable(
                message: "the coordinator speaks protocol version \(version), this worker "
                    + "\(Message.version); install the same version on both sides"))
    }

    // MARK: Children

    func take(_ news: ChildNews) throws {
        guard exit == nil else { return }
        switch news {
        case .ended(_, let trial):
            runningCount -= 1
            forgetCheckpoint(of: trial.lease)
            store.add(trial, at: now)
            log(
                WorkerLogLine(
                    .detail, "trial-ended",
                    [
                        "trial": "\(trial.lease)", "ending": "\(trial.ending)",
                        "milliseconds": "\(trial.wallMilliseconds)",
                    ]))
            try handle(.computeEnded(trial.lease, trial.ending))
        case .crashed(_, let crash):
            runningCount -= 1
            forgetCheckpoint(of: crash.lease)
            if crash.cause == .exit, crash.code == UInt32(ComputeChild.Exit.data.rawValue) {
                // No fault of the trial: another worker may have the file.
                return finish(
                    .unreadableData(
                        message: crash.lastLines.last ?? "a data file cannot be read"))
            }
            crashes[crash.lease] = crash
            log(
                WorkerLogLine(
                    .warning, "trial-crashed",
                    [
                        "trial": "\(crash.lease)", "cause": "\(crash.cause)",
                        "code": "\(crash.code)", "last": crash.lastLines.last ?? "-",
                    ]))
            try handle(.computeEnded(crash.lease, .crashed))
        case .freed(let slot): try handle(.slotFreed(slot))
        case .checkpoint(let lease, let content): noteCheckpoint(lease, content)
        case .continued(let lease, let step): noteContinued(lease, step: step)
        case .checkpointRefused(let lease, let reason): noteRefusedCheckpoint(lease, reason)
        case .printed(let slot, let line):
            log(WorkerLogLine(.info, "child", ["slot": "\(slot)", "line": line]))
        }
    }
}
