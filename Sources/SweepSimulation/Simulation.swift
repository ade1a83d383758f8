import SweepCore

/// A whole sweep in one thread: the real scheduler and worker cores, and a world drawn from a seed.
///
/// First the safety phase, in which faults happen and every promise is checked at every step; then
/// the world heals, and the sweep has to end in a bounded time.
public struct Simulation: CustomStringConvertible {
    /// What a run came to.
    public struct Outcome: Sendable {
        public var seed: UInt64
        /// The promise that was broken; nil when all were kept.
        public var violation: Violation?
        public var eventCount: Int
        public var faultCount: Int
        public var simulatedMilliseconds: UInt64
        public var trace: Trace
    }

    let seed: UInt64
    let weather: Weather
    /// The bug that this run has, to see whether it is found.
    let planted: PlantedBug?
    var random: SplitMix64
    var agenda = Agenda()
    var now: UInt64 = 0
    var trace: Trace
    /// Looked at before a line is composed, where there are many.
    let isTraced: Bool
    var eventCount = 0
    var faultCount = 0
    var hasHealed = false
    var isOver = false
    var trialCount: Int

    var ledger: VirtualLedger
    var coordinator: SimulatedCoordinator?
    var coordinatorClock: HostClock
    /// Starts of the coordinator so far; the current one's number is its epoch.
    var runCount = 0
    var coordinatorFrozenUntil: UInt64 = 0
    /// Effects after which the coordinator is killed, in the middle of a step or not.
    var coordinatorKillAfter: Int?
    var isDiskFull = false
    /// Whether the commit under way fails.
    var isCommitBroken = false

    var workers: [SimulatedWorker]
    /// Names that workers had before they lost their disks; a new one follows the last.
    var identityCount: Int

    // What really happened, for the checks.

    /// Times each trial was begun by a compute child.
    var startCounts: [Int]
    /// What each attempt that was begun comes to.
    var outcomes: [Lease: Computed] = [:]
    /// Attempts that the coordinator has acknowledged or cancelled.
    var released: Set<Lease> = []
    /// Attempts that are acknowledged as recorded.
    var acknowledged: Set<Lease> = []
    /// What this start of the coordinator was told of how trials ended.
    var told: [Scheduler.Settlement?] = []
    /// What was first recorded of a trial.
    var firstRecorded: [Int: VirtualLedger.Result] = [:]
    /// The workers that this start of the coordinator has heard of.
    var joinedNodes: Set<Int> = []
    /// The most workers that were worth remembering at one time.
    var neededWorkerPeak = 0

    /// A sweep in the world of this seed.
    ///
    /// - Parameters:
    ///   - keptLineLimit: Lines of the trace to keep; the hash is over all of them.
    ///   - planted: A bug to see found; nil for the cores as they are.
    ///   - isTraced: Whether there is a trace at all; without one a run takes a third less time.
    public init(
        seed: UInt64, keptLineLimit: Int = 0, planted: PlantedBug? = nil, isTraced: Bool = true
    ) {
        self.isTraced = isTraced
        self.seed = seed
        self.planted = planted
        var random = SplitMix64(seed: seed)
        let weather = Weather(using: &random)
        trace = Trace(keptLineLimit: keptLineLimit)
        trialCount = weather.firstTrialCount
        ledger = VirtualLedger(trialCount: weather.trialCount, planted: planted)
        coordinatorClock = HostClock()
        workers = []
        identityCount = weather.workerCount
        startCounts = [Int](repeating: 0, count: weather.trialCount)
        self.weather = weather
        self.random = random
        coordinatorClock = drawClock()
        for (node, slotCount) in weather.slotCounts.enumerated() {
            workers.append(SimulatedWorker(node: node, slotCount: slotCount, clock: drawClock()))
        }
    }

    private mutating func drawClock() -> HostClock {
        HostClock(
            offset: random.milliseconds(in: 0...1_000_000_000),
            rate: random.milliseconds(in: 1_000 - weather.clockDrift...1_000 + weather.clockDrift))
    }

    /// One line, so that a failed expectation does not print the whole world.
    public var description: String {
        "simulation of seed \(seed) at \(now) ms, trace \(trace.digest)"
    }

    /// Runs the sweep to its end or to the first broken promise.
    public mutating func run() -> Outcome {
        var violation: Violation?
        do throws(Violation) {
            try begin()
            while !isOver {
                guard let (at, action) = agenda.next() else {
                    throw Violation(.sweepEnds, "nothing more will happen")
                }
                now = at
                if hasHealed, now > deadline {
                    throw Violation(
                        .sweepEnds, "it has not, \(now - weather.healsAt) ms after the last fault")
                }
                try perform(action)
            }
            try checkEnd()
        } catch {
            violation = error
            note("! \(error)")
        }
        return Outcome(
            seed: seed, violation: violation, eventCount: eventCount, faultCount: faultCount,
            simulatedMilliseconds: now, trace: trace)
    }

    /// When a healed sweep has to have ended: two leases, the grace, the longest pause before a report
    /// is sent again (60 s, by a clock that may be slow), all work on one slot, and the lives that
    /// trials cost which kill their workers.
    private var deadline: UInt64 {
        let work = UInt64(weather.trialCount * weather.computeMilliseconds.upperBound)
        return weather.healsAt + 90_000 + 2 * work + UInt64(weather.killerCount) * 120_000
    }

    /// Whether a coordinator that stays has nothing left to do, and no worker has.
    private var isQuiet: Bool {
        trialCount == weather.trialCount && coordinator?.scheduler.settledCount == trialCount
            && !ledger.isCommitting && ledger.waiting.isEmpty
            && workers.allSatisfy { ($0.core?.held.isEmpty ?? true) && $0.kept.isEmpty }
    }

    private mutating func begin() throws(Violation) {
        note("weather \(weather.trialCount) trials, \(weather.workerCount) workers")
        agenda.plan(.startCoordinator, at: 0)
        for node in workers.indices {
            agenda.plan(.startWorker(node), at: random.milliseconds(in: 0...weather.joinsUntil))
        }
        for fault in Fault.allCases { planNext(fault) }
        agenda.plan(.heal, at: weather.healsAt)
    }

    private mutating func perform(_ action: Agenda.Action) throws(Violation) {
        switch action {
        case .deliverToCoordinator(let address, let message, let run):
            // A connection ends with the process at its end.
            guard run == runCount, coordinator != nil else { return }
            if defersToThaw(action) { return }
            try receive(message, from: address)
        case .tickCoordinator(let run):
            guard run == runCount, coordinator != nil else { return }
            if defersToThaw(action) { return }
            agenda.plan(action, at: now + random.milliseconds(in: 20...100))
            try tell(.timeAdvanced)
            isOver = isOver || isQuiet
        case .endCommit(let run):
            guard run == runCount, coordinator != nil else { return }
            if defersToThaw(action) { return }
            try endCommit()
        case .noticeDeath(let worker, let run):
            guard run == runCount, coordinator != nil else { return }
            if defersToThaw(action) { return }
            // Some processes are seen to end, of others only the connection.
            try tell(
                worker.number % 2 == 0 ? .workerLost(worker) : .workerUnreachable(worker))
        case .startCoordinator: try startCoordinator()
        case .heal: try heal()
        case .strike(let fault):
            if hasHealed { return }
            try strike(fault)
            planNext(fault)
        case .refillDisk: try refillDisk()
        case .endPartition(let node):
            guard workers[node].partitionEnds <= now else { return }
            workers[node].isDeaf = false
            workers[node].isMute = false
        default: try performAtWorker(action)
        }
    }

    private mutating func performAtWorker(_ action: Agenda.Action) throws(Violation) {
        switch action {
        case .startWorker(let node): try startWorker(node)
        case .deliverToWorker(let address, let message, let run):
            guard workers[address.node].core != nil,
                workers[address.node].connection == address.connection
            else { return }
            if defersToThaw(action, of: address.node) { return }
            try deliver(message, to: address.node, run: run)
        case .tickWorker(let node, let incarnation):
            guard isLiving(node, incarnation) else { return }
            if defersToThaw(action, of: node) { return }
            agenda.plan(action, at: now + 200)
            try tell(node, .timeAdvanced)
        case .connect(let address, let incarnation):
            guard isLiving(address.node, incarnation),
                workers[address.node].connection == address.connection
            else { return }
            if defersToThaw(action, of: address.node) { return }
            try tell(address.node, .connected)
        case .breakConnection(let node):
            guard workers[node].core != nil else { return }
            if defersToThaw(action, of: node) { return }
            try tell(node, .disconnected)
            reconnect(node)
        case .endCompute(let node, let incarnation, let lease, let token):
            guard isLiving(node, incarnation), workers[node].computing[lease] == token
            else { return }
            if defersToThaw(action, of: node) { return }
            try endCompute(of: lease, at: node)
        case .explode(let node, let incarnation, let lease, let token):
            guard isLiving(node, incarnation), workers[node].computing[lease] == token
            else { return }
            if defersToThaw(action, of: node) { return }
            note("! \(lease) takes worker \(node) with it")
            killWorker(node, isNoticed: weather.noticesDeath)
            agenda.plan(.startWorker(node), at: now + random.milliseconds(in: 100...2_000))
        case .writeSpool(let node, let incarnation, let lease):
            guard isLiving(node, incarnation) else { return }
            if defersToThaw(action, of: node) { return }
            writeSpool(lease, at: node)
        case .freeSlot(let node, let incarnation, let slot):
            guard isLiving(node, incarnation) else { return }
            if defersToThaw(action, of: node) { return }
            try tell(node, .slotFreed(slot))
        default: break
        }
    }

    /// A frozen process finds everything that happened meanwhile when it goes on.
    private mutating func defersToThaw(_ action: Agenda.Action) -> Bool {
        guard coordinatorFrozenUntil > now else { return false }
        agenda.plan(action, at: coordinatorFrozenUntil)
        return true
    }

    private mutating func defersToThaw(_ action: Agenda.Action, of node: Int) -> Bool {
        guard workers[node].frozenUntil > now else { return false }
        agenda.plan(action, at: workers[node].frozenUntil)
        return true
    }

    private func isLiving(_ node: Int, _ incarnation: UInt64) -> Bool {
        workers[node].core != nil && workers[node].incarnation == incarnation
    }

    mutating func note(_ line: String) {
        if isTraced { trace.append("\(now) \(line)") }
    }
}
