import SweepCore

/// A running coordinator process: the real scheduler in a loop that performs its effects.
struct SimulatedCoordinator {
    var scheduler: Scheduler
    var workers: [Address: WorkerID] = [:]
    var addresses: [WorkerID: Address] = [:]
    var sessionCount: UInt32 = 0
    var isStopping = false

    /// The session number of a connection, a new one if it has none.
    mutating func worker(at address: Address) -> WorkerID {
        if let worker = workers[address] { return worker }
        sessionCount += 1
        let worker = WorkerID(epoch: scheduler.epoch, number: sessionCount)
        workers[address] = worker
        addresses[worker] = address
        return worker
    }

    mutating func forget(_ worker: WorkerID) {
        if let address = addresses.removeValue(forKey: worker) { workers[address] = nil }
    }
}

extension Simulation {
    mutating func startCoordinator() throws(Violation) {
        guard coordinator == nil else { return }
        runCount += 1
        startedAt = now
        joinedNodes = []
        note("! coordinator starts, epoch \(runCount)")
        var limits = Scheduler.Limits()
        limits.staysWhenDone = weather.staysWhenDone
        coordinator = SimulatedCoordinator(
            scheduler: Scheduler(
                trialCount: trialCount, epoch: UInt32(runCount), sweep: 1, limits: limits))
        for (index, rows) in ledger.rows.enumerated() {
            let trial = TrialID(index)
            if let result = rows.result {
                try tell(.restored(trial, result.settlement))
                continue
            }
            if rows.firstAttempt > 0 {
                try tell(.reopened(trial, nextAttempt: rows.firstAttempt))
            }
            for grant in rows.grants where grant.attempt >= rows.firstAttempt {
                let lease = Lease(trial, attempt: grant.attempt)
                try tell(.grantRestored(lease, to: grant.identity, hasCrashed: grant.hasCrashed))
            }
        }
        if weather.isEmbedded, runCount > 1 {
            for node in workers.indices where workers[node].spool.isEmpty {
                try tell(.workerKnownDead(workers[node].identity))
            }
            for node in workers.indices where workers[node].core == nil {
                agenda.plan(.startWorker(node), at: now + random.milliseconds(in: 10...500))
            }
        }
        agenda.plan(.tickCoordinator(run: runCount), at: now)
    }

    /// The process dies: what it had not committed is gone, and its connections break.
    mutating func killCoordinator() throws(Violation) {
        guard coordinator != nil else { return }
        coordinator = nil
        coordinatorFrozenUntil = 0
        try ledger.crash(commitGotThrough: random.chance(0.5))
        if weather.isEmbedded {
            for node in workers.indices { killWorker(node, isNoticed: false) }
        }
    }

    mutating func receive(_ message: ToCoordinator, from address: Address) throws(Violation) {
        guard let worker = coordinator?.worker(at: address) else { return }
        switch message {
        case .hello(let hello):
            joinedNodes.insert(address.node)
            try tell(.workerJoined(worker, hello))
        case .heartbeat(let session, let heartbeat):
            try tell(
                session == worker ? .heartbeatReceived(worker, heartbeat) : .strangerHeard(worker))
        case .report(let session, let lease, let ending):
            try tell(
                session == worker ? .reported(lease, ending, by: worker) : .strangerHeard(worker))
        case .giveBack(let session, let lease):
            try tell(session == worker ? .returned(lease, by: worker) : .strangerHeard(worker))
        case .leaving(let session):
            try tell(session == worker ? .workerLeaving(worker) : .strangerHeard(worker))
        case .goodbye(let session): if session == worker { try tell(.workerLeft(worker)) }
        }
    }

    /// Tells the scheduler, checks it, and performs what it answers.
    mutating func tell(_ event: Scheduler.Event) throws(Violation) {
        guard coordinator != nil else { return }
        eventCount += 1
        let effects =
            coordinator?.scheduler.handle(event, at: Instant(milliseconds: now)) ?? []
        if event != .timeAdvanced || !effects.isEmpty { note("c < \(event)") }
        let scope: Scheduler.CheckScope = eventCount % 64 == 0 ? .everything : .touched
        if let broken = coordinator?.scheduler.brokenInvariant(scope) { throw Violation(broken) }
        for effect in effects {
            note("c > \(effect)")
            try check(effect)
            try perform(effect)
        }
    }

    private mutating func perform(_ effect: Scheduler.Effect) throws(Violation) {
        switch effect {
        case .welcome(let worker, let greeting):
            let limits = Scheduler.Limits()
            let terms = Terms(
                heartbeatMilliseconds: limits.heartbeatMilliseconds,
                leaseMilliseconds: limits.leaseMilliseconds, sweep: 1)
            send(.welcomed(worker, greeting: greeting, terms), to: worker)
        case .reject(let worker, let rejection): send(.rejected(rejection), to: worker)
        case .assign(let lease, let worker): send(.assigned(lease, session: worker), to: worker)
        case .acknowledge(let lease, let worker): send(.acknowledged(lease), to: worker)
        case .cancel(let lease, let worker): send(.cancelled(lease), to: worker)
        case .takeBack(let lease, let worker): send(.takeBackRequested(lease), to: worker)
        case .answerHeartbeat(let worker, let sequence):
            send(.heartbeatAnswered(sequence: sequence), to: worker)
        case .dismiss(let worker, let dismissal): send(.dismissed(dismissal), to: worker)
        case .grant(let lease, let worker):
            if let identity = coordinator?.scheduler.identity(of: worker) {
                write(.grant(lease, identity))
            }
        case .record(let lease, let worker):
            let ending = endings[lease] ?? .success
            write(
                .result(
                    lease, coordinator?.scheduler.identity(of: worker),
                    ending == .failure ? .failed : .recorded))
        case .recordQuarantined(let lease): write(.result(lease, nil, .quarantined))
        case .noteCrash(let lease, _): write(.crash(lease))
        case .noteDuplicate: break
        case .reopen(let trial): write(.reopening(trial))
        case .forget(let worker): coordinator?.forget(worker)
        case .finish: try finishCoordinator()
        }
    }

    private mutating func finishCoordinator() throws(Violation) {
        let isDone = ledger.rows.prefix(trialCount).allSatisfy { $0.result != nil }
        if isDone, trialCount == weather.trialCount {
            isOver = true
            return
        }
        // A stop, or the end of a plan that will grow.
        if !isDone, coordinator?.isStopping == false {
            throw Violation("finished before every trial is recorded")
        }
        try killCoordinator()
        if isDone { trialCount = weather.trialCount }
        agenda.plan(.startCoordinator, at: now + random.milliseconds(in: 100...2_000))
    }

    // MARK: The ledger's thread

    private mutating func write(_ entry: VirtualLedger.Entry) {
        ledger.write(entry)
        beginCommit()
    }

    private mutating func beginCommit() {
        guard !ledger.isCommitting, !ledger.waiting.isEmpty, !isDiskFull else { return }
        ledger.beginCommit()
        agenda.plan(
            .endCommit(run: runCount),
            at: now + random.milliseconds(in: weather.commitMilliseconds))
    }

    mutating func endCommit() throws(Violation) {
        let events = try ledger.endCommit()
        for event in events {
            try tell(event)
            try checkSettlement(after: event)
        }
        if coordinator != nil { beginCommit() }
    }

    mutating func refillDisk() throws(Violation) {
        guard isDiskFull else { return }
        isDiskFull = false
        note("! disk has room again")
        try tell(.grantingResumed)
        if coordinator != nil { beginCommit() }
    }

    // MARK: The network

    private mutating func send(_ message: ToWorker, to worker: WorkerID) {
        guard let address = coordinator?.addresses[worker] else { return }
        if workers[address.node].isDeaf { return }
        for at in arrivals(address.node, isToWorker: true) {
            agenda.plan(.deliverToWorker(address, message), at: at)
        }
    }

    /// When a message sent now arrives: never, once, or twice.
    mutating func arrivals(_ node: Int, isToWorker: Bool) -> [UInt64] {
        if hasHealed {
            return [inOrder(now + 1, node, isToWorker)]
        }
        if random.chance(weather.loss) {
            faultCount += 1
            return []
        }
        var times: [UInt64] = []
        let isDouble = random.chance(weather.duplication)
        if isDouble { faultCount += 1 }
        for _ in 0..<(isDouble ? 2 : 1) {
            var delay = random.milliseconds(in: weather.delayMilliseconds)
            if random.chance(weather.stragglers) { delay = 10 * (delay + 10) }
            let at = now + delay
            times.append(weather.isReordering ? at : inOrder(at, node, isToWorker))
        }
        return times
    }

    private mutating func inOrder(_ at: UInt64, _ node: Int, _ isToWorker: Bool) -> UInt64 {
        if isToWorker {
            workers[node].lastInbound = max(workers[node].lastInbound, at)
            return workers[node].lastInbound
        }
        workers[node].lastOutbound = max(workers[node].lastOutbound, at)
        return workers[node].lastOutbound
    }
}
