import SweepCore

/// A ledger with group commit: what was written is lost in a crash unless it was committed.
struct VirtualLedger {
    /// One row on its way.
    enum Entry {
        case grant(Lease, WorkerIdentity)
        case result(Lease, WorkerIdentity?, Scheduler.Settlement)
        case reopening(TrialID)
        case crash(Lease)
    }

    struct Result {
        var lease: Lease
        var settlement: Scheduler.Settlement
    }

    /// Rows of one trial that are durable.
    struct Rows {
        var grants: [(attempt: Int, identity: WorkerIdentity, hasCrashed: Bool)] = []
        var result: Result?
        /// Attempts below this one belong to a result that was set aside.
        var firstAttempt = 0
        /// Results ever committed, those set aside included.
        var resultCount = 0
    }

    private(set) var rows: [Rows]
    /// Written and not committed.
    private(set) var waiting: [Entry] = []
    /// Rows of the commit that is under way, at the head of `waiting`.
    private(set) var committingCount = 0

    init(trialCount: Int) { rows = [Rows](repeating: Rows(), count: trialCount) }

    var isCommitting: Bool { committingCount > 0 }

    mutating func write(_ entry: Entry) { waiting.append(entry) }

    mutating func beginCommit() { committingCount = min(waiting.count, 128) }

    /// Ends the commit under way.
    ///
    /// - Returns: What the scheduler is told, in the order written.
    mutating func endCommit() throws(Violation) -> [Scheduler.Event] {
        var events: [Scheduler.Event] = []
        for entry in waiting.prefix(committingCount) {
            if let event = try apply(entry) { events.append(event) }
        }
        waiting.removeFirst(committingCount)
        committingCount = 0
        return events
    }

    /// The process died: rows without a commit are lost; the commit under way may have got through.
    mutating func crash(commitGotThrough: Bool) throws(Violation) {
        if commitGotThrough {
            for entry in waiting.prefix(committingCount) { _ = try apply(entry) }
        }
        waiting = []
        committingCount = 0
    }

    /// Whether a result of this trial is durable or on its way.
    func hasResult(_ trial: TrialID) -> Bool {
        if rows[trial.rawValue].result != nil { return true }
        return waiting.contains {
            if case .result(let lease, _, _) = $0 { lease.trial == trial } else { false }
        }
    }

    /// Whether this grant is durable or on its way.
    func isGranted(_ lease: Lease, to identity: WorkerIdentity) -> Bool {
        guard rows.indices.contains(lease.trial.rawValue) else { return false }
        let isDurable = rows[lease.trial.rawValue].grants.contains {
            $0.attempt == lease.attempt && $0.identity == identity
        }
        return isDurable
            || waiting.contains {
                if case .grant(lease, identity) = $0 { true } else { false }
            }
    }

    private mutating func apply(_ entry: Entry) throws(Violation) -> Scheduler.Event? {
        switch entry {
        case .grant(let lease, let identity):
            let index = lease.trial.rawValue
            let next = max(
                rows[index].firstAttempt, (rows[index].grants.last?.attempt ?? -1) + 1)
            if lease.attempt < next {
                throw Violation("attempt used twice: \(lease) is granted after \(next - 1)")
            }
            rows[index].grants.append((lease.attempt, identity, false))
            return .granted(lease)
        case .result(let lease, let identity, let settlement):
            let index = lease.trial.rawValue
            if rows[index].result != nil { throw Violation("two results of \(lease.trial)") }
            let isGranted = rows[index].grants.contains {
                $0.attempt == lease.attempt && (identity == nil || $0.identity == identity)
            }
            if !isGranted { throw Violation("a result without a grant: \(lease)") }
            rows[index].result = Result(lease: lease, settlement: settlement)
            rows[index].resultCount += 1
            return .recorded(lease)
        case .reopening(let trial):
            let index = trial.rawValue
            rows[index].result = nil
            rows[index].firstAttempt = (rows[index].grants.last?.attempt ?? -1) + 1
            return .reopened(trial, nextAttempt: rows[index].firstAttempt)
        case .crash(let lease):
            let index = lease.trial.rawValue
            for place in rows[index].grants.indices
            where rows[index].grants[place].attempt == lease.attempt {
                rows[index].grants[place].hasCrashed = true
            }
            return nil
        }
    }
}

/// A promise that a run broke.
public struct Violation: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
