// One line each, for traces and logs; they hold no order of a hash table and no address.

extension Scheduler.Event: CustomStringConvertible {
    public var description: String {
        switch self {
        case .restored(let trial, let settlement): "restored \(trial.rawValue) \(settlement)"
        case .grantRestored(let lease, let identity, let fate):
            "grantRestored \(lease) \(identity)\(fate == .open ? "" : " \(fate)")"
        case .workerJoined(let worker, let hello): "workerJoined \(worker) \(hello)"
        case .heartbeatReceived(let worker, let heartbeat):
            "heartbeatReceived \(worker) \(heartbeat)"
        case .reported(let lease, let ending, let worker): "reported \(lease) \(ending) \(worker)"
        case .returned(let lease, let worker): "returned \(lease) \(worker)"
        case .workerLeaving(let worker): "workerLeaving \(worker)"
        case .workerLeft(let worker): "workerLeft \(worker)"
        case .strangerHeard(let worker): "strangerHeard \(worker)"
        case .workerLost(let worker): "workerLost \(worker)"
        case .workerUnreachable(let worker): "workerUnreachable \(worker)"
        case .workerKnownDead(let identity): "workerKnownDead \(identity)"
        case .timeAdvanced: "timeAdvanced"
        case .granted(let lease): "granted \(lease)"
        case .recorded(let lease): "recorded \(lease)"
        case .reopened(let trial, let attempt): "reopened \(trial.rawValue) next \(attempt)"
        case .reopenRefused(let trial): "reopenRefused \(trial.rawValue)"
        case .checkpointKept(let lease, let step): "checkpointKept \(lease) \(step)"
        case .grantingPaused: "grantingPaused"
        case .grantingResumed: "grantingResumed"
        case .retryRequested(let trial): "retryRequested \(trial.rawValue)"
        case .planExtended(let count): "planExtended \(count)"
        case .stopRequested: "stopRequested"
        case .patienceEnded: "patienceEnded"
        }
    }
}

extension Scheduler.Effect: CustomStringConvertible {
    public var description: String {
        switch self {
        case .welcome(let worker, let greeting): "welcome \(worker) to \(greeting)"
        case .reject(let worker, let rejection): "reject \(worker) \(rejection)"
        case .assign(let lease, let worker): "assign \(lease) \(worker)"
        case .acknowledge(let lease, let worker): "acknowledge \(lease) \(worker)"
        case .cancel(let lease, let worker): "cancel \(lease) \(worker)"
        case .takeBack(let lease, let worker): "takeBack \(lease) \(worker)"
        case .answerHeartbeat(let worker, let sequence): "answerHeartbeat \(worker) \(sequence)"
        case .dismiss(let worker, let dismissal): "dismiss \(worker) \(dismissal)"
        case .grant(let lease, let worker): "grant \(lease) \(worker)"
        case .record(let lease, let worker): "record \(lease) \(worker)"
        case .recordQuarantined(let lease, let blame):
            "recordQuarantined \(lease) \(blame.crashes)+\(blame.losses) on \(blame.workers)"
        case .noteCrash(let lease, let worker): "noteCrash \(lease) \(worker)"
        case .noteLoss(let lease, let worker): "noteLoss \(lease) \(worker)"
        case .forgiveLoss(let lease): "forgiveLoss \(lease)"
        case .noteDuplicate(let lease, let worker): "noteDuplicate \(lease) \(worker)"
        case .reopen(let trial): "reopen \(trial.rawValue)"
        case .quarantineWorker(let worker): "quarantineWorker \(worker)"
        case .forget(let worker): "forget \(worker)"
        case .finish: "finish"
        }
    }
}

extension Hello: CustomStringConvertible {
    public var description: String {
        "hello \(incarnation).\(sequence) slots \(slotCount) credit \(creditCount)"
            + "\(isLeaving ? " leaving" : "") [\(list(held))]"
    }
}

extension Heartbeat: CustomStringConvertible {
    public var description: String { "beat \(sequence) credit \(creditCount) [\(list(held))]" }
}

private func list(_ held: [HeldTrial]) -> String {
    held.map(\.description).joined(separator: " ")
}

extension HeldTrial.Phase: CustomStringConvertible {
    public var description: String {
        switch self {
        case .queued: "queued"
        case .running: "running"
        case .reporting: "reporting"
        }
    }
}

extension AttemptEnding: CustomStringConvertible {
    public var description: String {
        switch self {
        case .success: "success"
        case .failure: "failure"
        case .crashed: "crashed"
        }
    }
}
