/// Decides which worker runs which trial, and when to give up on either.
///
/// A value type with no input or output: it is told what happened and what time it is, and answers
/// with what must be done. The coordinator's loop is the only code that performs effects.
///
/// A trial moves `pending → granting(attempt) → running(attempt) → committing → recorded`, or ends
/// as failed or quarantined. A grant is durable before it is assigned, so an attempt number is
/// never used twice, not even by a coordinator that was killed; a result is acknowledged only after
/// it is durable. A trial runs for as long as its lease lasts, and the heartbeats that name it
/// renew the lease. When the lease runs out the trial is pending again with a higher attempt; the
/// first report of any attempt that was really granted is recorded, and every other one dropped.
///
/// After a restart a trial with a durable grant and no result is `suspect`: it waits for its worker
/// to say whether it still has it, for at most the grace.
///
/// Untouched pending trials cost no memory, settled ones two bits. An event costs O(log n) in the
/// number of trials for each trial it names or grants.
public struct Scheduler: Sendable {
    /// The start of the coordinator that this scheduler serves: every `WorkerID` has it.
    public let epoch: UInt32
    /// The numbering of trials; what a worker holds of another numbering is not looked at.
    public let sweep: UInt64
    public let limits: Limits
    public private(set) var trialCount: Int
    /// What happened so far that someone may wonder about.
    public internal(set) var counters = Counters()

    var settled = SettlementMap()
    /// Trials that are touched and not settled. Never iterated without sorting.
    var open: [Int: OpenTrial] = [:]
    /// Open trials in the states other than pending, by `OpenTrial.State.rawValue`.
    var openCounts = [0, 0, 0, 0, 0]
    /// Trials from here on are pending unless they are open or settled.
    var cursor = 0
    /// Open trials that became pending again, with stale entries that are skipped when met.
    var returned = Heap<Int>()
    /// Restored trials that wait for their workers, in the order told.
    var suspects: [Int] = []
    var graceEnds: UInt64 = 0
    /// Settled trials whose failure the ledger is setting aside.
    var reopening: Set<Int> = []

    var hosts: [Host] = []
    var hostNumbers: [WorkerIdentity: Int] = [:]
    /// Places in `hosts` that nobody has.
    var spareHosts: [Int] = []
    /// The length of `hosts` at which those that are gone are looked for again.
    var hostSweepCount = 0
    var quarantinedHostCount = 0
    var sessions: [WorkerID: Int] = [:]
    /// Hosts with credit left, by load.
    var ready = ReadyList()

    var leaseDeadlines = Heap<Deadline>()
    var sessionDeadlines = Heap<Deadline>()
    var nextBalance: UInt64 = 0

    /// The time of the last event; nil before the first.
    var clock: Instant?
    /// Milliseconds in which our own loop stood still. Deadlines live on the clock without them.
    var pausedMilliseconds: UInt64 = 0
    /// After a pause nobody is given up before this, on the clock without pauses: what was said
    /// meanwhile may take a while to read.
    var leniencyEnds: UInt64 = 0
    var isGrantingPaused = false
    var isStopping = false
    var isOutOfPatience = false
    /// Whether `finish` was answered and nothing became pending since.
    public internal(set) var isFinished = false
    /// Trials whose state this event may have changed, for the incremental check.
    var touched: [Int] = []

    /// A scheduler for trials 0 … `trialCount` − 1, none of them touched.
    ///
    /// - Parameters:
    ///   - epoch: The start of the coordinator, which all its sessions carry.
    ///   - sweep: A number that stands for the numbering of trials, the same after a restart.
    public init(trialCount: Int, epoch: UInt32 = 1, sweep: UInt64 = 0, limits: Limits = .init()) {
        precondition(trialCount >= 0, "a plan of \(trialCount) trials")
        self.trialCount = trialCount
        self.epoch = epoch
        self.sweep = sweep
        self.limits = limits
    }

    /// Takes in what happened and answers with what must be done, in order.
    ///
    /// - Parameter now: The monotonic clock; never before the time of an earlier event.
    public mutating func handle(_ event: Event, at now: Instant) -> [Effect] {
        advanceClock(to: now)
        touched.removeAll(keepingCapacity: true)
        var effects: [Effect] = []
        switch event {
        case .restored(let trial, let settlement): restore(trial, settlement)
        case .grantRestored(let lease, let identity, let fate):
            restoreGrant(lease, to: identity, fate)
        case .workerJoined(let worker, let hello): join(worker, hello, &effects)
        case .heartbeatReceived(let worker, let heartbeat): hear(heartbeat, of: worker, &effects)
        case .reported(let lease, let ending, let worker):
            takeReport(of: lease, ending, by: worker, &effects)
        case .returned(let lease, let worker): takeReturn(of: lease, by: worker, &effects)
        case .workerLeaving(let worker): markLeaving(worker, &effects)
        case .workerLeft(let worker):
            if let host = sessions[worker] { hosts[host].isLeaving = true }
            endSession(worker, isDead: false, &effects)
        case .workerUnreachable(let worker): endSession(worker, isDead: false, &effects)
        case .strangerHeard(let worker): effects.append(.reject(worker, .unknownSession))
        case .workerLost(let worker): endSession(worker, isDead: true, &effects)
        case .workerKnownDead(let identity): buryHost(identity, &effects)
        case .timeAdvanced: advanceTime(&effects)
        case .granted(let lease): assign(lease, &effects)
        case .recorded(let lease): settle(lease, &effects)
        case .reopened(let trial, let attempt): reopen(trial, nextAttempt: attempt)
        case .reopenRefused(let trial): reopening.remove(trial.rawValue)
        case .checkpointKept(let lease, let step): noteProgress(of: lease, to: step)
        case .grantingPaused: isGrantingPaused = true
        case .grantingResumed: isGrantingPaused = false
        case .retryRequested(let trial): requestRetry(of: trial, &effects)
        case .planExtended(let count): extend(to: count)
        case .stopRequested: beginStop(&effects)
        case .patienceEnded:
            isStopping = true
            isOutOfPatience = true
        }
        dispatch(&effects)
        finishIfDone(&effects)
        precondition(countsAgree, "numbers of trials by state do not add up")
        return effects
    }

    /// Milliseconds of the clock without our own pauses.
    var activeNow: UInt64 { (clock?.milliseconds ?? 0) - pausedMilliseconds }

    /// Numbers of trials that are not settled and not in hand.
    var pendingCount: Int {
        trialCount - settledCount - openCounts.reduce(0, +)
    }

    /// Trials recorded, failed or quarantined.
    public var settledCount: Int { settled.counts[1] + settled.counts[2] + settled.counts[3] }

    /// The identity behind a session, or nil when the session is over.
    public func identity(of worker: WorkerID) -> WorkerIdentity? {
        sessions[worker].map { hosts[$0].identity }
    }

    private mutating func advanceClock(to now: Instant) {
        guard let before = clock else {
            clock = now
            return
        }
        precondition(now >= before, "time runs backwards, from \(before) to \(now)")
        clock = now
        let gap = now.milliseconds - before.milliseconds
        guard gap > limits.pauseMilliseconds else { return }
        // We stood still, so nobody's silence in that time means anything.
        pausedMilliseconds += gap
        leniencyEnds = activeNow + limits.leaseMilliseconds
        counters.pauses += 1
    }

    private mutating func extend(to count: Int) {
        precondition(count >= trialCount, "a plan shrinks from \(trialCount) to \(count) trials")
        if count > trialCount { isFinished = false }
        trialCount = count
    }

    private mutating func finishIfDone(_ effects: inout [Effect]) {
        guard !isFinished, openCounts[OpenTrial.State.committing.rawValue] == 0 else { return }
        // A failure that is being set aside is one no more.
        let isDone = settledCount == trialCount && reopening.isEmpty
        let running = openCounts[OpenTrial.State.running.rawValue]
        let granting = openCounts[OpenTrial.State.granting.rawValue]
        let isStopped = isStopping && (isOutOfPatience || running + granting == 0)
        guard isStopped || isDone && !limits.staysWhenDone else { return }
        isFinished = true
        for worker in sessions.keys.sorted() {
            effects.append(.dismiss(worker, isDone ? .finished : .stopping))
        }
        effects.append(.finish)
    }
}
