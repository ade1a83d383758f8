import SweepCore

/// A running coordinator process: the real scheduler in a loop that performs its effects.
struct SimulatedCoordinator {
    /// The report that is being handled, as it came in.
    struct Report {
        var lease: Lease
        var outcome: Computed
        var sender: WorkerIdentity?
    }

    var scheduler: Scheduler
    var watch: LeaseWatch
    var workers: [Address: WorkerID] = [:]
    var addresses: [WorkerID: Address] = [:]
    var sessionCount: UInt32 = 0
    var isStopping = false
    var isGrantingPaused = false
    var reportInHand: Report?
    /// Attempts that count as lost, and the sessions that they were lost with.
    var missing: [Lease: LeaseWatch.Session] = [:]
    /// Attempts that kept the furthest checkpoint of their trial.
    var progressed: Set<Lease> = []

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
    /// Small, so that the table of known workers is swept.
    static let knownWorkerLimit = 4

    mutating func startCoordinator() throws(Violation) {
        guard coordinator == nil else { return }
        runCount += 1
        joinedNodes = []
        told = [Scheduler.Settlement?](repeating: nil, count: weather.trialCount)
        coordinatorKillAfter = nil
        note("! coordinator starts, epoch \(runCount)")
        try ledger.recover(run: runCount)
        try checkRecovery()
        var limits = Scheduler.Limits()
        limits.staysWhenDone = weather.staysWhenDone
        limits.knownWorkerLimit = Self.knownWorkerLimit
        coordinator = SimulatedCoordinator(
            scheduler: Scheduler(
                trialCount: trialCount, epoch: plantedEpoch ?? UInt32(runCount), sweep: 1,
                limits: plantedLimits(limits)),
            watch: LeaseWatch(limits: limits))
        for (index, rows) in ledger.rows.enumerated() {
            let trial = TrialID(index)
            if let result = rows.result {
                try tell(.restored(trial, result.settlement))
                continue
            }
            if rows.firstAttempt > 0 {
                try tell(.reopened(trial, nextAttempt: rows.firstAttempt))
            }
            for grant in plantedGrants(rows.grants) where grant.attempt >= rows.firstAttempt {
                let lease = Lease(trial, attempt: grant.attempt)
                try tell(.grantRestored(lease, to: grant.identity, grant.fate))
            }
            if let (lease, step) = rows.checkpoint { try tell(.checkpointKept(lease, step: step)) }
        }
        for identity in plantedDead { try tell(.workerKnownDead(identity)) }
        if weather.isEmbedded, runCount > 1 {
            for node in workers.indices where workers[node].onDisk.isEmpty {
                try tell(.workerKnownDead(workers[node].identity))
            }
            for node in workers.indices where workers[node].core == nil {
                agenda.plan(.startWorker(node), at: now + random.milliseconds(in: 10...500))
            }
        }
        if isDiskFull { try pauseGranting() }
        agenda.plan(.tickCoordinator(run: runCount), at: now)
    }

    /// The process dies: what it had not committed is gone, and its connections break.
    mutating func killCoordinator() throws(Violation) {
        guard coordinator != nil else { return }
        coordinator = nil
        coordinatorFrozenUntil = 0
        coordinatorKillAfter = nil
        isCommitBroken = false
        try ledger.crash(random.pick(VirtualLedger.Fate.allCases))
        for node in workers.indices {
            if weather.isEmbedded {
                killWorker(node, isNoticed: false)
            } else if weather.breaksConnections, workers[node].core != nil {
                agenda.plan(.breakConnection(node), at: now + random.milliseconds(in: 1...50))
            }
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
            try keepCheckpoints(of: heartbeat.held, by: worker)
        case .report(let session, let lease, let outcome):
            guard session == worker else { return try tell(.strangerHeard(worker)) }
            let sender = coordinator?.scheduler.identity(of: worker)
            // Of what has been granted to it meanwhile a worker may report what it likes.
            if outcome == .madeUp, let sender, ledger.isGranted(lease, to: sender) { return }
            coordinator?.reportInHand = .init(lease: lease, outcome: outcome, sender: sender)
            try tell(.reported(lease, outcome.ending, by: worker))
            coordinator?.reportInHand = nil
        case .giveBack(let session, let lease):
            try tell(session == worker ? .returned(lease, by: worker) : .strangerHeard(worker))
        case .leaving(let session):
            try tell(session == worker ? .workerLeaving(worker) : .strangerHeard(worker))
        case .goodbye(let session): if session == worker { try tell(.workerLeft(worker)) }
        }
    }

    /// Tells the scheduler, checks what it answers against what happened, and performs that.
    mutating func tell(_ event: Scheduler.Event) throws(Violation) {
        guard coordinator != nil else { return }
        eventCount += 1
        let local = coordinatorClock.milliseconds(at: now)
        coordinator?.watch.advance(to: local)
        noteTold(event)
        var effects: [Scheduler.Effect] = []
        let knownCount = coordinator?.scheduler.knownWorkerCount
        for event in plantedEvents(for: event) {
            effects +=
                coordinator?.scheduler.handle(event, at: Instant(milliseconds: local)) ?? []
        }
        if let coordinator, coordinator.scheduler.knownWorkerCount != knownCount {
            noteNeededWorkers(of: coordinator)
        }
        effects = plantedEffects(effects, after: event)
        if isTraced, event != .timeAdvanced || !effects.isEmpty { note("c < \(event)") }
        let scope: Scheduler.CheckScope = eventCount % 64 == 0 ? .everything : .touched
        if let broken = coordinator?.scheduler.brokenInvariant(scope) {
            throw Violation(.coresAgree, broken)
        }
        try check(effects, after: event)
        for effect in effects {
            if isTraced { note("c > \(effect)") }
            try check(effect, after: event)
            try perform(effect)
            if try isKilledNow() { return }
        }
        if eventCount % 64 == 0 { try checkEverything() }
    }

    /// Whether the coordinator is killed after the effect that was just performed.
    private mutating func isKilledNow() throws(Violation) -> Bool {
        guard let left = coordinatorKillAfter else { return coordinator == nil }
        coordinatorKillAfter = left - 1
        guard left <= 1, coordinator != nil else { return coordinator == nil }
        note("! coordinator is killed between two effects")
        try killCoordinator()
        agenda.plan(.startCoordinator, at: now + random.milliseconds(in: weather.downMilliseconds))
        return true
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
        case .acknowledge(let lease, let worker):
            released.insert(lease)
            if let outcome = outcomes[lease], outcome.ending != .crashed {
                acknowledged.insert(lease)
            }
            send(.acknowledged(lease), to: worker)
        case .cancel(let lease, let worker):
            let identity = coordinator?.scheduler.identity(of: worker)
            if ledger.grant(of: lease)?.identity == identity { released.insert(lease) }
            send(.cancelled(lease), to: worker)
        case .takeBack(let lease, let worker): send(.takeBackRequested(lease), to: worker)
        case .answerHeartbeat(let worker, let sequence):
            send(.heartbeatAnswered(sequence: sequence), to: worker)
        case .dismiss(let worker, let dismissal): send(.dismissed(dismissal), to: worker)
        case .grant(let lease, let worker):
            if let identity = coordinator?.scheduler.identity(of: worker) {
                write(.grant(lease, identity))
            }
        case .record(let lease, let worker):
            guard let report = coordinator?.reportInHand else { return }
            write(
                .result(
                    lease, coordinator?.scheduler.identity(of: worker),
                    report.outcome.ending == .failure ? .failed : .recorded,
                    numbers: report.outcome.numbers))
        case .recordQuarantined(let lease, _):
            write(.result(lease, nil, .quarantined, numbers: 0))
        case .noteCrash(let lease, _): write(.crash(lease))
        case .noteLoss(let lease, _): write(.loss(lease, isForgiven: false))
        case .forgiveLoss(let lease): write(.loss(lease, isForgiven: true))
        case .noteDuplicate(let lease, _):
            if let report = coordinator?.reportInHand, report.outcome.ending == .success {
                write(.duplicate(lease, numbers: report.outcome.numbers))
            }
        case .reopen(let trial): write(.reopening(trial))
        case .quarantineWorker: break
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
            throw Violation(.nothingLost, "finished before every trial is recorded")
        }
        try killCoordinator()
        if isDone { trialCount = weather.trialCount }
        agenda.plan(.startCoordinator, at: now + random.milliseconds(in: 100...2_000))
    }
}
