import SweepCore

/// A ledger with group commit on a disk that may lose, tear or refuse what was not committed.
struct VirtualLedger {
    /// One row on its way.
    enum Entry {
        case grant(Lease, WorkerIdentity)
        case result(Lease, WorkerIdentity?, Scheduler.Settlement, numbers: UInt64)
        case duplicate(Lease, numbers: UInt64)
        case reopening(TrialID)
        case crash(Lease)
        /// An attempt that was lost with its worker, or was not after all.
        case loss(Lease, isForgiven: Bool)

        /// The trial whose attempt ended badly, or did not after all.
        var trialOfFate: TrialID? {
            switch self {
            case .crash(let lease), .loss(let lease, _): lease.trial
            case .grant, .result, .duplicate, .reopening: nil
            }
        }
    }

    struct Result: Equatable {
        var lease: Lease
        var settlement: Scheduler.Settlement
        var numbers: UInt64
    }

    struct Grant {
        var attempt: Int
        var identity: WorkerIdentity
        /// The start of the coordinator that granted it.
        var run: Int
        var hasCrashed = false
        var isLost = false

        var fate: Scheduler.GrantFate { hasCrashed ? .crashed : isLost ? .lost : .open }
    }

    /// Rows of one trial that are durable.
    struct Rows {
        var grants: [Grant] = []
        var result: Result?
        /// Results that a retry set aside.
        var setAside: [Result] = []
        /// Results ever committed.
        var resultCount = 0
        /// Attempts below this one belong to a result that was set aside.
        var firstAttempt = 0
        /// The furthest checkpoint.
        var checkpoint: (lease: Lease, step: UInt64)?
    }

    /// What becomes of the commit under way when the process dies.
    enum Fate: CaseIterable { case lost, torn, complete }

    private(set) var rows: [Rows]
    /// Written and not committed.
    private(set) var waiting: [Entry] = []
    /// Rows of the commit that is under way, at the head of `waiting`.
    private(set) var committingCount = 0
    /// Duplicates that differ from what is recorded.
    private(set) var divergences: Set<Lease> = []
    /// A batch of which a part reached the disk: its digest does not fit.
    private var torn: [Entry] = []
    private let planted: PlantedBug?
    private var run = 0

    init(trialCount: Int, planted: PlantedBug?) {
        rows = [Rows](repeating: Rows(), count: trialCount)
        self.planted = planted
    }

    var isCommitting: Bool { committingCount > 0 }

    mutating func write(_ entry: Entry) { waiting.append(entry) }

    mutating func beginCommit() { committingCount = min(waiting.count, 128) }

    /// Ends the commit under way.
    ///
    /// - Parameter isLost: Whether the disk refused it and nobody noticed (a planted bug).
    /// - Returns: What the scheduler is told, in the order written.
    mutating func endCommit(isLost: Bool = false) throws(Violation) -> [Scheduler.Event] {
        var events: [Scheduler.Event] = []
        for entry in waiting.prefix(committingCount) {
            if isLost {
                if let event = answer(to: entry) { events.append(event) }
            } else if let event = try apply(entry) {
                events.append(event)
            }
        }
        waiting.removeFirst(committingCount)
        committingCount = 0
        return events
    }

    private func answer(to entry: Entry) -> Scheduler.Event? {
        switch entry {
        case .grant(let lease, _): .granted(lease)
        case .result(let lease, _, _, _): .recorded(lease)
        case .reopening(let trial):
            .reopened(trial, nextAttempt: (rows[trial.rawValue].grants.last?.attempt ?? -1) + 1)
        case .duplicate, .crash, .loss: nil
        }
    }

    /// The process died, or the disk failed: rows without a commit are lost, and of the commit under
    /// way all, a part, or nothing is on the disk.
    mutating func crash(_ fate: Fate) throws(Violation) {
        let batch = waiting.prefix(committingCount)
        if fate == .complete { for entry in batch { _ = try apply(entry) } }
        if fate == .torn { torn = Array(batch) }
        waiting = []
        committingCount = 0
    }

    /// What a new start does first: a batch whose digest does not fit is cut off.
    mutating func recover(run: Int) throws(Violation) {
        self.run = run
        defer { torn = [] }
        guard planted == .tornBatchAccepted else { return }
        for entry in torn {
            if case .result(let lease, let identity, let settlement, let numbers) = entry {
                _ = try apply(.result(lease, identity, settlement, numbers: numbers & ~1))
            } else {
                _ = try apply(entry)
            }
        }
    }

    /// A checkpoint is durable; one that is not the furthest changes nothing.
    mutating func keepCheckpoint(of lease: Lease, step: UInt64) {
        let index = lease.trial.rawValue
        if step > rows[index].checkpoint?.step ?? 0 { rows[index].checkpoint = (lease, step) }
    }

    /// Whether a result of this trial is durable or on its way.
    func hasResult(_ trial: TrialID) -> Bool {
        if rows[trial.rawValue].result != nil { return true }
        return waiting.contains {
            if case .result(let lease, _, _, _) = $0 { lease.trial == trial } else { false }
        }
    }

    /// Whether the result of this attempt is on its way.
    func isWaiting(resultOf lease: Lease) -> Bool {
        waiting.contains {
            if case .result(lease, .some, _, _) = $0 { true } else { false }
        }
    }

    /// Whether this grant is durable or on its way.
    func isGranted(_ lease: Lease, to identity: WorkerIdentity) -> Bool {
        guard rows.indices.contains(lease.trial.rawValue) else { return false }
        return grant(of: lease)?.identity == identity
            || waiting.contains {
                if case .grant(lease, identity) = $0 { true } else { false }
            }
    }

    /// The durable grant of an attempt.
    func grant(of lease: Lease) -> Grant? {
        guard rows.indices.contains(lease.trial.rawValue) else { return nil }
        return rows[lease.trial.rawValue].grants.last { $0.attempt == lease.attempt }
    }

    private mutating func apply(_ entry: Entry) throws(Violation) -> Scheduler.Event? {
        switch entry {
        case .grant(let lease, let identity):
            let index = lease.trial.rawValue
            let next = max(
                rows[index].firstAttempt, (rows[index].grants.last?.attempt ?? -1) + 1)
            if lease.attempt < next {
                throw Violation(.attemptsRise, "\(lease) is granted after attempt \(next - 1)")
            }
            rows[index].grants.append(
                Grant(attempt: lease.attempt, identity: identity, run: run))
            return .granted(lease)
        case .result(let lease, let identity, let settlement, let numbers):
            let index = lease.trial.rawValue
            if rows[index].result != nil { throw Violation(.oneResult, "two of \(lease.trial)") }
            guard let grant = grant(of: lease), identity == nil || grant.identity == identity else {
                throw Violation(.resultIsGranted, "\(lease) was not granted to its worker")
            }
            rows[index].result = Result(lease: lease, settlement: settlement, numbers: numbers)
            rows[index].resultCount += 1
            return .recorded(lease)
        case .duplicate(let lease, let numbers):
            let recorded = rows[lease.trial.rawValue].result
            if grant(of: lease) != nil, let recorded, recorded.settlement == .recorded,
                recorded.numbers != numbers
            {
                divergences.insert(lease)
            }
            return nil
        case .reopening(let trial):
            let index = trial.rawValue
            if let result = rows[index].result, planted != .retryLosesFailure {
                rows[index].setAside.append(result)
            }
            rows[index].result = nil
            rows[index].checkpoint = nil
            rows[index].firstAttempt = (rows[index].grants.last?.attempt ?? -1) + 1
            return .reopened(trial, nextAttempt: rows[index].firstAttempt)
        case .crash, .loss:
            if let index = entry.trialOfFate?.rawValue {
                Self.apply(entry, to: &rows[index].grants)
            }
            return nil
        }
    }

    private static func apply(_ entry: Entry, to grants: inout [Grant]) {
        for place in grants.indices {
            switch entry {
            case .crash(let lease) where lease.attempt == grants[place].attempt:
                grants[place].hasCrashed = true
            case .loss(let lease, let isForgiven) where lease.attempt == grants[place].attempt:
                grants[place].isLost = !isForgiven
            default: break
            }
        }
    }

    /// The grants of a trial since its last retry as they will be when all that waits is durable.
    func grantsToBe(of trial: TrialID) -> [Grant] {
        var grants = rows[trial.rawValue].grants
        for entry in waiting where entry.trialOfFate == trial { Self.apply(entry, to: &grants) }
        return grants.filter { $0.attempt >= rows[trial.rawValue].firstAttempt }
    }
}
