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

    // The network, for each message.
    public var loss = 0.0
    public var duplication = 0.0
    public var delayMilliseconds: ClosedRange<Int> = 1...3
    /// How many messages take ten times as long.
    public var stragglers = 0.0
    /// Whether messages of one connection overtake each other.
    public var isReordering = false
    /// Whether a dead worker process is noticed at once.
    public var noticesDeath = false

    // Mean milliseconds between faults of a kind; 0 is never.
    public var workerCrashInterval = 0
    public var workerFreezeInterval = 0
    public var coordinatorCrashInterval = 0
    public var coordinatorFreezeInterval = 0
    public var reconnectInterval = 0
    public var partitionInterval = 0
    public var leaveInterval = 0
    public var diskFullInterval = 0
    public var stopInterval = 0
    public var retryInterval = 0
    /// A worker reports what it was never given.
    public var confusionInterval = 0

    // The trials.
    public var failure = 0.0
    public var computeCrash = 0.0
    /// Trials that kill whatever computes them.
    public var poisonCount = 0

    public var commitMilliseconds: ClosedRange<Int> = 1...8
    /// Whether a worker's spool outlives its process.
    public var isSpoolDurable = true
    /// Whether workers are children of the coordinator and die with it.
    public var isEmbedded = false
    /// Whether the coordinator waits when all is recorded, as it does for `--stay`.
    public var staysWhenDone = true

    /// Draws the weather of a seed.
    public init(using random: inout SplitMix64) {
        trialCount = random.integer(in: 20...200)
        firstTrialCount = random.chance(0.2) ? random.integer(in: 1...trialCount) : trialCount
        workerCount = random.integer(in: 1...6)
        computeMilliseconds = random.pick([1...5, 20...200, 200...3_000, 2_000...8_000])
        healsAt = random.milliseconds(in: 10_000...60_000)
        slotCounts = []
        for _ in 0..<workerCount { slotCounts.append(random.integer(in: 1...4)) }
        if computeMilliseconds.upperBound > 5_000 { trialCount = min(trialCount, 60) }
        firstTrialCount = min(firstTrialCount, trialCount)
        drawNetwork(using: &random)
        drawFaults(using: &random)
        if random.chance(0.1) { calmAllButTheCoordinator() }
        if random.chance(0.3) { failure = 0.1 }
        if random.chance(0.2) { computeCrash = 0.01 }
        if random.chance(0.2) { poisonCount = random.integer(in: 1...2) }
        if random.chance(0.2) { commitMilliseconds = 5...400 }
        isSpoolDurable = random.chance(0.7)
        isEmbedded = random.chance(0.15)
        staysWhenDone = random.chance(0.75)
    }

    /// Leaves only faults that no worker should lose work by.
    private mutating func calmAllButTheCoordinator() {
        (loss, stragglers) = (0, 0)
        (workerCrashInterval, workerFreezeInterval, leaveInterval) = (0, 0, 0)
        (partitionInterval, reconnectInterval, stopInterval, retryInterval) = (0, 0, 0, 0)
    }

    private mutating func drawNetwork(using random: inout SplitMix64) {
        if random.chance(0.4) { loss = random.pick([0.01, 0.1, 0.3]) }
        if random.chance(0.4) { duplication = random.pick([0.02, 0.1, 0.5]) }
        delayMilliseconds = random.pick([0...1, 1...3, 5...50, 100...300])
        if random.chance(0.3) { stragglers = 0.02 }
        isReordering = random.chance(0.5)
        noticesDeath = random.chance(0.5)
    }

    private mutating func drawFaults(using random: inout SplitMix64) {
        if random.chance(0.5) { workerCrashInterval = random.pick([1_000, 5_000, 20_000]) }
        if random.chance(0.4) { workerFreezeInterval = random.pick([3_000, 15_000]) }
        if random.chance(0.5) { coordinatorCrashInterval = random.pick([500, 3_000, 15_000]) }
        if random.chance(0.3) { coordinatorFreezeInterval = random.pick([5_000, 20_000]) }
        if random.chance(0.3) { reconnectInterval = random.pick([1_000, 5_000]) }
        if random.chance(0.3) { partitionInterval = random.pick([3_000, 15_000]) }
        if random.chance(0.3) { leaveInterval = random.pick([3_000, 10_000]) }
        if random.chance(0.2) { diskFullInterval = 10_000 }
        if random.chance(0.2) { stopInterval = 10_000 }
        if random.chance(0.3) { retryInterval = 3_000 }
        if random.chance(0.2) { confusionInterval = 2_000 }
    }

    /// Whether nothing happens that may cost a worker a trial it has begun: then none is begun
    /// twice, whatever happens to the coordinator.
    public var isGentleToWorkers: Bool {
        loss == 0 && stragglers == 0 && workerCrashInterval == 0 && workerFreezeInterval == 0
            && partitionInterval == 0 && leaveInterval == 0 && stopInterval == 0
            && retryInterval == 0 && computeCrash == 0 && poisonCount == 0 && !isEmbedded
            && reconnectInterval == 0
    }
}
