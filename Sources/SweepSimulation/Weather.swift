/// What kind of run a seed is: its size, and which faults happen how often.
///
/// Each kind of fault is switched on or off by the seed ("swarm testing"), so that a thousand seeds
/// are a thousand kinds of weather, among them quiet ones in which one fault stands alone.
///
/// Source: Groce et al. 2012, "Swarm testing".
public struct Weather: Hashable, Sendable {
    public var trialCount: Int
    /// Trials of the plan at first; the others are added while it runs.
    public var firstTrialCount: Int
    public var workerCount: Int
    public var slotCounts: [Int] = []
    public var computeMilliseconds: ClosedRange<Int>
    /// Faults happen before this time, and end at it.
    public var healsAt: UInt64
    /// Workers come one after the other until this time.
    public var joinsUntil = 2_000
    /// How far the clocks of hosts run apart, in thousandths.
    public var clockDrift = 0

    // The network, for each message.
    public var loss = 0.0
    public var duplication = 0.0
    public var delayMilliseconds: ClosedRange<Int> = 1...3
    /// How many messages take ten times as long.
    public var stragglers = 0.0
    /// Whether messages of one connection overtake each other.
    public var isReordering = false
    /// Whether a partition delays what is sent in it; otherwise it is lost.
    public var partitionsDelay = false
    /// Whether a dead worker process is noticed at once.
    public var noticesDeath = false
    /// Whether workers notice at once that their coordinator is gone.
    public var breaksConnections = false

    // Mean milliseconds between faults of a kind; 0 is never.
    public var workerCrashInterval = 0
    /// How long a killed worker is away.
    public var restartMilliseconds: ClosedRange<Int> = 100...8_000
    /// How long a killed coordinator is away.
    public var downMilliseconds: ClosedRange<Int> = 10...15_000
    public var workerFreezeInterval = 0
    public var coordinatorCrashInterval = 0
    public var coordinatorFreezeInterval = 0
    public var reconnectInterval = 0
    public var partitionInterval = 0
    public var leaveInterval = 0
    public var diskFullInterval = 0
    /// The commit under way fails, and the coordinator ends.
    public var diskErrorInterval = 0
    public var spoolFullInterval = 0
    public var stopInterval = 0
    public var retryInterval = 0
    /// A worker reports what it was never given.
    public var confusionInterval = 0

    // The trials.
    public var failure = 0.0
    public var computeCrash = 0.0
    /// Trials that kill whatever computes them.
    public var poisonCount = 0
    /// Trials that kill the whole process of their worker; their numbers follow the poisoned ones.
    public var killerCount = 0
    /// How many results of a faulty machine have other numbers; half of the machines are faulty.
    public var divergence = 0.0
    /// Whether trials keep checkpoints, now and then a further one.
    public var keepsCheckpoints = false
    /// A worker on which every compute child dies at once.
    public var blackHole: Int?

    public var commitMilliseconds: ClosedRange<Int> = 1...8
    /// How long a result is in memory before it is in the spool.
    public var spoolMilliseconds: ClosedRange<Int> = 0...5
    /// Whether a worker's spool outlives its process.
    public var isSpoolDurable = true
    /// Whether a worker that lost its spool comes back under another name.
    public var losesIdentity = false
    /// Whether workers that leave come back before the faults end.
    public var leaversReturn = true
    /// Whether workers are children of the coordinator and die with it.
    public var isEmbedded = false
    /// Whether the coordinator waits when all is recorded, as it does for `--stay`.
    public var staysWhenDone = true

    /// Draws the weather of a seed.
    public init(using random: inout SplitMix64) {
        trialCount = random.integer(in: 20...200)
        firstTrialCount = random.chance(0.2) ? random.integer(in: 1...trialCount) : trialCount
        workerCount = random.integer(in: 1...6)
        if random.chance(0.05) {
            workerCount = random.integer(in: 7...50)
            trialCount = 10 * workerCount
        }
        computeMilliseconds = random.pick([1...5, 20...200, 200...3_000, 2_000...8_000])
        healsAt = random.milliseconds(in: 10_000...60_000)
        for _ in 0..<workerCount { slotCounts.append(random.integer(in: 1...4)) }
        if computeMilliseconds.upperBound > 5_000 { trialCount = min(trialCount, 60) }
        firstTrialCount = min(firstTrialCount, trialCount)
        if random.chance(0.2) { joinsUntil = Int(healsAt) }
        if random.chance(0.4) { clockDrift = random.pick([1, 20, 100]) }
        drawNetwork(using: &random)
        drawFaults(using: &random)
        drawTrials(using: &random)
        drawMachines(using: &random)
        if random.chance(0.05) { driftFromPlaceToPlace() }
        if random.chance(0.15) { calmAllButTheCoordinator() }
    }

    /// Leaves only faults that no worker should lose work by.
    private mutating func calmAllButTheCoordinator() {
        (loss, stragglers) = (0, 0)
        (workerCrashInterval, workerFreezeInterval, leaveInterval) = (0, 0, 0)
        (partitionInterval, reconnectInterval, stopInterval, retryInterval) = (0, 0, 0, 0)
        (computeCrash, poisonCount, killerCount, blackHole) = (0, 0, 0, nil)
        (isEmbedded, breaksConnections, isSpoolDurable) = (false, false, true)
    }

    /// Workers that die soon and come back at once under another name, to one coordinator that
    /// lives long.
    private mutating func driftFromPlaceToPlace() {
        (isSpoolDurable, losesIdentity, isEmbedded) = (false, true, false)
        (workerCrashInterval, restartMilliseconds) = (150, 50...300)
        (coordinatorCrashInterval, diskErrorInterval, stopInterval) = (0, 0, 0)
        staysWhenDone = true
    }

    private mutating func drawNetwork(using random: inout SplitMix64) {
        if random.chance(0.4) { loss = random.pick([0.01, 0.1, 0.3]) }
        if random.chance(0.4) { duplication = random.pick([0.02, 0.1, 0.5]) }
        delayMilliseconds = random.pick([0...1, 1...3, 5...50, 100...300])
        if random.chance(0.4) { stragglers = random.pick([0.02, 0.1]) }
        isReordering = random.chance(0.5)
        partitionsDelay = random.chance(0.5)
        noticesDeath = random.chance(0.5)
        breaksConnections = random.chance(0.5)
    }

    private mutating func drawFaults(using random: inout SplitMix64) {
        if random.chance(0.5) { workerCrashInterval = random.pick([300, 1_000, 5_000, 20_000]) }
        if random.chance(0.4) { restartMilliseconds = 50...300 }
        if random.chance(0.4) { workerFreezeInterval = random.pick([3_000, 15_000]) }
        if random.chance(0.5) { coordinatorCrashInterval = random.pick([500, 3_000, 15_000]) }
        if random.chance(0.5) { downMilliseconds = 1...200 }
        if random.chance(0.3) { coordinatorFreezeInterval = random.pick([5_000, 20_000]) }
        if random.chance(0.3) { reconnectInterval = random.pick([1_000, 5_000]) }
        if random.chance(0.3) { partitionInterval = random.pick([3_000, 15_000]) }
        if random.chance(0.3) { leaveInterval = random.pick([3_000, 10_000]) }
        if random.chance(0.2) { diskFullInterval = 10_000 }
        if random.chance(0.25) { diskErrorInterval = random.pick([5_000, 20_000]) }
        if random.chance(0.2) { spoolFullInterval = 8_000 }
        if random.chance(0.2) { stopInterval = 10_000 }
        if random.chance(0.3) { retryInterval = random.pick([300, 3_000]) }
        if random.chance(0.3) { confusionInterval = random.pick([500, 2_000]) }
    }

    private mutating func drawTrials(using random: inout SplitMix64) {
        if random.chance(0.3) { failure = 0.1 }
        if random.chance(0.2) { computeCrash = 0.01 }
        if random.chance(0.2) { poisonCount = random.integer(in: 1...2) }
        if random.chance(0.15) { killerCount = random.integer(in: 1...2) }
        if random.chance(0.2) { divergence = 0.3 }
        keepsCheckpoints = random.chance(0.3)
        if workerCount > 1, random.chance(0.1) {
            blackHole = random.integer(in: 0...workerCount - 1)
        }
    }

    private mutating func drawMachines(using random: inout SplitMix64) {
        if random.chance(0.2) { commitMilliseconds = 5...400 }
        if random.chance(0.3) { spoolMilliseconds = 0...1_200 }
        isSpoolDurable = random.chance(0.7)
        losesIdentity = random.chance(0.5)
        leaversReturn = random.chance(0.7)
        isEmbedded = random.chance(0.15)
        staysWhenDone = random.chance(0.75)
    }

    /// Whether one trial that kills its workers is all that goes wrong: then no other trial may be
    /// blamed for it.
    public var hasOnlyOneKiller: Bool {
        killerCount == 1 && poisonCount == 0 && loss == 0 && stragglers == 0 && duplication == 0
            && !isReordering && workerCrashInterval == 0 && workerFreezeInterval == 0
            && partitionInterval == 0 && leaveInterval == 0 && stopInterval == 0
            && retryInterval == 0 && computeCrash == 0 && blackHole == nil && !isEmbedded
            && reconnectInterval == 0 && coordinatorCrashInterval == 0
            && diskErrorInterval == 0 && coordinatorFreezeInterval == 0
    }

    /// Whether nothing happens that may cost a worker a trial it has begun: then none is begun
    /// twice, whatever happens to the coordinator.
    public var isGentleToWorkers: Bool {
        loss == 0 && stragglers == 0 && workerCrashInterval == 0 && workerFreezeInterval == 0
            && partitionInterval == 0 && leaveInterval == 0 && stopInterval == 0
            && retryInterval == 0 && computeCrash == 0 && poisonCount == 0 && killerCount == 0
            && blackHole == nil && !isEmbedded && reconnectInterval == 0 && !breaksConnections
            && !(isReordering && duplication > 0)
    }
}
