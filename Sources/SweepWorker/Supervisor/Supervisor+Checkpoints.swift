import SweepCore
import SweepProtocol

// Half-done trials: where they go on from, and what is kept of them.

extension Supervisor {
    /// Starts a trial, once what it goes on from is there.
    func begin(_ assignment: Assignment, slot: Int) {
        if !fetches.begin(assignment, slot: slot, at: now) {
            children.start(assignment, slot: slot)
        }
    }

    func take(_ outcome: CheckpointFetches.Outcome?) {
        guard case .ready(let assignment, let slot, let content, let reason) = outcome else {
            return
        }
        if content == nil { noteRefusedCheckpoint(assignment.lease, reason) }
        children.start(assignment, slot: slot, from: content)
    }

    func take(_ acknowledgement: CheckpointAcknowledgement) {
        switch acknowledgement.verdict {
        case .kept, .unwanted: checkpoints.receive(acknowledgement)
        case .gone: take(fetches.receiveGone(acknowledgement))
        }
    }

    func noteCheckpoint(_ lease: Lease, _ content: [UInt8]) {
        checkpoints.put(lease, content)
        log(
            WorkerLogLine(
                .detail, "checkpoint", ["trial": "\(lease)", "bytes": "\(content.count)"]))
    }

    func noteContinued(_ lease: Lease, step: UInt64) {
        continued.append(Continuation(lease, step: step))
        log(
            WorkerLogLine(
                .info, "trial-continued", ["trial": "\(lease)", "iteration": "\(step)"]))
    }

    func noteRefusedCheckpoint(_ lease: Lease, _ reason: String) {
        log(
            WorkerLogLine(
                .warning, "checkpoint-refused", ["trial": "\(lease)", "why": reason]))
    }

    /// The trial of this lease runs no more.
    func forgetCheckpoint(of lease: Lease) {
        fetches.forget(lease)
        checkpoints.forget(lease)
        continued.removeAll { $0.lease == lease }
    }

    func forgetCheckpoints() {
        fetches.forgetAll()
        checkpoints.forgetAll()
        continued = []
    }

    func restartCheckpoints() {
        checkpoints.restart()
        fetches.restart(at: now)
    }

    /// After the results, what there is to say about checkpoints.
    func pumpCheckpoints(in session: WorkerID) throws {
        for outcome in fetches.givenUp(at: now) { take(outcome) }
        while let continuation = continued.first {
            guard try wire.send(Envelope(.continued(continuation), session: session)) else {
                return
            }
            continued.removeFirst()
        }
        for question in fetches.questions(at: now) {
            _ = try wire.send(Envelope(.fetchCheckpoint(question), session: session))
        }
        // A large result on its way has all of the connection.
        guard !outbox.isSending else { return }
        try checkpoints.pump(at: now, silence: settings.limits.leaseMilliseconds) {
            try wire.send(Envelope(.checkpointPart($0), session: session))
        }
    }
}
