import SweepCore

extension Simulation {
    mutating func startWorker(_ node: Int) throws(Violation) {
        guard workers[node].core == nil, hasHealed || !workers[node].isAway else { return }
        // An embedded worker is started by its coordinator.
        if weather.isEmbedded, coordinator == nil { return }
        workers[node].incarnation += 1
        workers[node].connection += 1
        workers[node].frozenUntil = 0
        workers[node].killAfter = nil
        let incarnation = workers[node].incarnation
        note("! worker \(node) starts, incarnation \(incarnation)")
        let spooled = planted == .spoolNotReplayed ? [] : workers[node].onDisk
        workers[node].core = WorkerCore(
            identity: workers[node].identity, incarnation: incarnation,
            slotCount: workers[node].slotCount, sweep: spooled.isEmpty ? nil : 1,
            spooled: spooled.map { ($0.lease, $0.outcome.ending) })
        agenda.plan(.tickWorker(node, incarnation: incarnation), at: now)
        connect(node, after: 1)
    }

    /// The process dies with its children and all it had in memory.
    mutating func killWorker(_ node: Int, isNoticed: Bool) {
        guard let core = workers[node].core else { return }
        workers[node].core = nil
        workers[node].computing = [:]
        workers[node].entitled = []
        workers[node].sessionRun = 0
        workers[node].kept.removeAll { !$0.isOnDisk || !weather.isSpoolDurable }
        if !weather.isSpoolDurable, weather.losesIdentity, !weather.isEmbedded {
            identityCount += 1
            workers[node].identity = WorkerIdentity(high: 0, low: UInt64(identityCount))
        }
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

    /// A message of a start of the coordinator has come.
    mutating func deliver(_ message: ToWorker, to node: Int, run: Int) throws(Violation) {
        let local = workers[node].clock.milliseconds(at: now)
        workers[node].lastContact = local
        if case .assigned(let lease, let session) = message,
            workers[node].core?.session == session, workers[node].sessionRun == run
        {
            workers[node].entitled.insert(lease)
        }
        let before = workers[node].core?.session
        try tell(node, message)
        if case .welcomed = message, let session = workers[node].core?.session, session != before {
            workers[node].sessionRun = run
        }
    }

    /// Tells a worker's core, checks what it answers, and performs that.
    mutating func tell(_ node: Int, _ event: WorkerCore.Event) throws(Violation) {
        guard workers[node].core != nil else { return }
        eventCount += 1
        let local = Instant(milliseconds: workers[node].clock.milliseconds(at: now))
        let heard = plantedEvent(for: event, at: node)
        var effects = workers[node].core?.handle(heard, at: local) ?? []
        effects = plantedEffects(effects, at: node)
        if isTraced, event != .timeAdvanced || !effects.isEmpty { note("w\(node) < \(event)") }
        try check(effects, after: event, at: node)
        for effect in effects {
            if isTraced { note("w\(node) > \(effect)") }
            try check(effect, after: event, at: node)
            try perform(effect, at: node)
            if isKilledNow(node) { return }
        }
    }

    /// Whether the worker is killed after the effect that was just performed.
    private mutating func isKilledNow(_ node: Int) -> Bool {
        guard let left = workers[node].killAfter else { return workers[node].core == nil }
        workers[node].killAfter = left - 1
        guard left <= 1, workers[node].core != nil else { return workers[node].core == nil }
        note("! worker \(node) is killed between two effects")
        killWorker(node, isNoticed: weather.noticesDeath)
        agenda.plan(
            .startWorker(node), at: now + random.milliseconds(in: weather.restartMilliseconds))
        return true
    }

    private mutating func perform(_ effect: WorkerCore.Effect, at node: Int) throws(Violation) {
        let session = workers[node].core?.session
        switch effect {
        case .hello(let hello): send(.hello(hello), from: node)
        case .heartbeat(let heartbeat):
            if let session { send(.heartbeat(session, heartbeat), from: node) }
        case .report(let lease, _):
            if let session, let outcome = outcomes[lease] {
                send(.report(session, lease, outcome), from: node)
            }
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
            guard let outcome = outcomes[lease] else { return }
            workers[node].kept.append(.init(lease: lease, outcome: outcome))
            agenda.plan(
                .writeSpool(node, incarnation: workers[node].incarnation, lease),
                at: now + random.milliseconds(in: weather.spoolMilliseconds))
        case .unspool(let lease): workers[node].kept.removeAll { $0.lease == lease }
        case .reconnect: reconnect(node)
        case .exit(let reason): leave(node, reason)
        }
    }

    private mutating func leave(_ node: Int, _ reason: WorkerCore.Exit) {
        // A process that ends in order writes what it has in memory.
        if !workers[node].isDiskFull {
            for place in workers[node].kept.indices { workers[node].kept[place].isOnDisk = true }
        }
        killWorker(node, isNoticed: false)
        if reason == .left, !weather.leaversReturn { workers[node].isAway = true }
        if !isOver {
            agenda.plan(.startWorker(node), at: now + random.milliseconds(in: 500...5_000))
        }
    }

    /// The disk takes a result, or has no room and is tried again.
    mutating func writeSpool(_ lease: Lease, at node: Int) {
        guard let place = workers[node].kept.firstIndex(where: { $0.lease == lease }) else {
            return
        }
        if workers[node].isDiskFull {
            agenda.plan(
                .writeSpool(node, incarnation: workers[node].incarnation, lease), at: now + 1_000)
        } else {
            workers[node].kept[place].isOnDisk = true
        }
    }

    // MARK: Compute children

    private mutating func start(_ lease: Lease, at node: Int) {
        let index = lease.trial.rawValue
        startCounts[index] += 1
        workers[node].computeCount += 1
        let token = workers[node].computeCount
        workers[node].computing[lease] = token
        let incarnation = workers[node].incarnation
        var duration = random.milliseconds(in: weather.computeMilliseconds)
        outcomes[lease] = drawOutcome(of: index, at: node)
        if node == weather.blackHole { duration = 1 }
        let killers = weather.poisonCount..<(weather.poisonCount + weather.killerCount)
        if killers.contains(index) {
            agenda.plan(
                .explode(node, incarnation: incarnation, lease, token: token),
                at: now + random.milliseconds(in: 1...200))
        } else {
            agenda.plan(
                .endCompute(node, incarnation: incarnation, lease, token: token),
                at: now + duration)
        }
    }

    private mutating func drawOutcome(of index: Int, at node: Int) -> Computed {
        // The last bit tells a number that was computed from one that a disk made up.
        var numbers = UInt64(2 * index + 1)
        if node % 2 == 1, random.chance(weather.divergence) { numbers += 1_000_000 }
        if index < weather.poisonCount || node == weather.blackHole {
            return Computed(ending: .crashed, numbers: 0)
        }
        if !hasHealed, random.chance(weather.computeCrash) {
            return Computed(ending: .crashed, numbers: 0)
        }
        if random.chance(weather.failure) { return Computed(ending: .failure, numbers: 1) }
        return Computed(ending: .success, numbers: numbers)
    }

    mutating func endCompute(of lease: Lease, at node: Int) throws(Violation) {
        workers[node].computing[lease] = nil
        try tell(node, .computeEnded(lease, outcomes[lease]?.ending ?? .crashed))
    }

    /// A worker that has lost its mind, or a stranger with an enrolled key.
    mutating func confuse(_ node: Int) {
        guard let session = workers[node].core?.session else { return }
        var lease = Lease(
            TrialID(random.integer(in: -1...trialCount)), attempt: random.integer(in: -1...40))
        let other = random.integer(in: 0...workers.count - 1)
        // Something that another worker has right now.
        if random.chance(0.7), let held = workers[other].core?.held, !held.isEmpty {
            lease = random.pick(held).lease
        }
        // Only what was never granted to it is made up.
        if ledger.isGranted(lease, to: workers[node].identity) { return }
        note("! worker \(node) makes up a report of \(lease)")
        if random.chance(0.7) {
            send(.report(session, lease, .madeUp), from: node)
        } else {
            send(.giveBack(session, lease), from: node)
        }
    }
}
