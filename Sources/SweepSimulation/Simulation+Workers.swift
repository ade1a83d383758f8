import SweepCore

/// A worker's machine: its process while it lives, its compute children, and its disk.
struct SimulatedWorker {
    let node: Int
    let slotCount: Int
    var identity: WorkerIdentity { WorkerIdentity(high: 0, low: UInt64(node) + 1) }

    /// The real worker core; nil while no process lives.
    var core: WorkerCore?
    var incarnation: UInt64 = 0
    var connection = 0
    var frozenUntil: UInt64 = 0
    /// What the compute children run, with a token that tells a run from a cancelled one.
    var computing: [Lease: Int] = [:]
    var computeCount = 0
    /// Results on disk, in the order written.
    var spool: [(lease: Lease, ending: AttemptEnding)] = []
    /// Partitioned from the coordinator's messages, or the coordinator from its.
    var isDeaf = false
    var isMute = false
    var lastInbound: UInt64 = 0
    var lastOutbound: UInt64 = 0

    init(node: Int, slotCount: Int) {
        self.node = node
        self.slotCount = slotCount
    }
}

extension Simulation {
    mutating func startWorker(_ node: Int) throws(Violation) {
        guard workers[node].core == nil else { return }
        // An embedded worker is started by its coordinator.
        if weather.isEmbedded, coordinator == nil { return }
        workers[node].incarnation += 1
        workers[node].connection += 1
        workers[node].frozenUntil = 0
        note("! worker \(node) starts, incarnation \(workers[node].incarnation)")
        let spooled = workers[node].spool
        workers[node].core = WorkerCore(
            identity: workers[node].identity, incarnation: workers[node].incarnation,
            slotCount: workers[node].slotCount, sweep: spooled.isEmpty ? nil : 1,
            spooled: spooled)
        let incarnation = workers[node].incarnation
        agenda.plan(.tickWorker(node, incarnation: incarnation), at: now)
        connect(node, after: 1)
    }

    /// The process dies with its children; the disk stays.
    mutating func killWorker(_ node: Int, isNoticed: Bool) {
        guard let core = workers[node].core else { return }
        workers[node].core = nil
        workers[node].computing = [:]
        if !weather.isSpoolDurable { workers[node].spool = [] }
        guard isNoticed, let session = core.session, session.epoch == UInt32(runCount) else {
            return
        }
        agenda.plan(.noticeDeath(session, run: runCount), at: now + 20)
    }

    private mutating func connect(_ node: Int, after delay: UInt64) {
        let address = Address(node: node, connection: workers[node].connection)
        agenda.plan(.connect(address, incarnation: workers[node].incarnation), at: now + delay)
    }

    /// A new connection takes the place of the old one.
    mutating func reconnect(_ node: Int) {
        workers[node].connection += 1
        connect(node, after: random.milliseconds(in: 1...500))
    }

    /// Tells a worker's core, and performs what it answers.
    mutating func tell(_ node: Int, _ event: WorkerCore.Event) throws(Violation) {
        guard workers[node].core != nil else { return }
        eventCount += 1
        let effects =
            workers[node].core?.handle(event, at: Instant(milliseconds: now)) ?? []
        if event != .timeAdvanced || !effects.isEmpty { note("w\(node) < \(event)") }
        for effect in effects {
            note("w\(node) > \(effect)")
            try perform(effect, at: node)
        }
    }

    private mutating func perform(_ effect: WorkerCore.Effect, at node: Int) throws(Violation) {
        let session = workers[node].core?.session
        switch effect {
        case .hello(let hello): send(.hello(hello), from: node)
        case .heartbeat(let heartbeat):
            if let session { send(.heartbeat(session, heartbeat), from: node) }
        case .report(let lease, let ending):
            if let session { send(.report(session, lease, ending), from: node) }
        case .giveBack(let lease):
            if let session { send(.giveBack(session, lease), from: node) }
        case .sayLeaving: if let session { send(.leaving(session), from: node) }
        case .sayGoodbye: if let session { send(.goodbye(session), from: node) }
        case .start(let lease, _): start(lease, at: node)
        case .stop(let lease, let slot):
            workers[node].computing[lease] = nil
            agenda.plan(
                .freeSlot(node, incarnation: workers[node].incarnation, slot: slot), at: now + 20)
        case .spool(let lease):
            workers[node].spool.append((lease, endings[lease] ?? .success))
        case .unspool(let lease): workers[node].spool.removeAll { $0.lease == lease }
        case .reconnect: reconnect(node)
        case .exit(let reason):
            if reason == .superseded { throw Violation("worker \(node) was superseded by nobody") }
            killWorker(node, isNoticed: false)
            if !isOver {
                agenda.plan(.startWorker(node), at: now + random.milliseconds(in: 500...5_000))
            }
        }
    }

    private mutating func start(_ lease: Lease, at node: Int) {
        let index = lease.trial.rawValue
        startCounts[index] += 1
        workers[node].computeCount += 1
        let token = workers[node].computeCount
        workers[node].computing[lease] = token
        let duration = random.milliseconds(in: weather.computeMilliseconds)
        var ending = AttemptEnding.success
        if index < weather.poisonCount {
            ending = .crashed
        } else if !hasHealed, random.chance(weather.computeCrash) {
            ending = .crashed
        } else if random.chance(weather.failure) {
            ending = .failure
        }
        endings[lease] = ending
        agenda.plan(
            .endCompute(
                node, incarnation: workers[node].incarnation, lease, token: token, ending),
            at: now + duration)
    }

    private mutating func send(_ message: ToCoordinator, from node: Int) {
        if workers[node].isMute { return }
        let address = Address(node: node, connection: workers[node].connection)
        // Without a coordinator the socket waits for the next one.
        let run = coordinator == nil ? runCount + 1 : runCount
        for at in arrivals(node, isToWorker: false) {
            agenda.plan(.deliverToCoordinator(address, message, run: run), at: at)
        }
    }

    /// A worker that has lost its mind, or a stranger with an enrolled key.
    mutating func confuse(_ node: Int) {
        guard let session = workers[node].core?.session else { return }
        let lease = Lease(
            TrialID(random.integer(in: -1...trialCount)), attempt: random.integer(in: -1...40))
        // Only what was never granted to it is made up.
        if ledger.isGranted(lease, to: workers[node].identity) { return }
        note("! worker \(node) makes up a report of \(lease)")
        if random.chance(0.5) {
            send(.report(session, lease, .success), from: node)
        } else {
            send(.giveBack(session, lease), from: node)
        }
    }
}
