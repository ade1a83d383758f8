import SweepCore

// What the coordinator does, against what the world knows: after each step.

extension Simulation {
    /// Takes in what the coordinator is told of how trials ended.
    mutating func noteTold(_ event: Scheduler.Event) {
        switch event {
        case .restored(let trial, let settlement): told[trial.rawValue] = settlement
        case .recorded(let lease):
            let result = ledger.rows[lease.trial.rawValue].result
            told[lease.trial.rawValue] = result?.settlement
            firstRecorded[lease.trial.rawValue] = result
        case .checkpointKept(let lease, let step): noteCheckpoint(of: lease, step: step)
        case .reopened(let trial, _):
            told[trial.rawValue] = nil
            firstRecorded[trial.rawValue] = nil
        default: break
        }
    }

    /// Checks a step as a whole, before any of its effects is performed.
    mutating func check(
        _ effects: [Scheduler.Effect], after event: Scheduler.Event
    ) throws(Violation) {
        try checkLosses(effects, after: event)
        let (ledger, outcomes) = (ledger, outcomes)
        try coordinator?.watch.observe(event, effects) { lease, identity in
            ledger.grant(of: lease)?.identity == identity && !ledger.hasResult(lease.trial)
                && lease.attempt >= ledger.rows[lease.trial.rawValue].firstAttempt
                && outcomes[lease]?.ending != .crashed
        }
        try checkDivergence(effects, after: event)
        try checkCancellations(effects, after: event)
        try checkCredit(effects)
    }

    /// A success of a trial that has a result is compared with it.
    private func checkDivergence(
        _ effects: [Scheduler.Effect], after event: Scheduler.Event
    ) throws(Violation) {
        guard case .reported(let lease, .success, let worker) = event,
            coordinator?.watch.sessions[worker] != nil,
            let report = coordinator?.reportInHand, told.indices.contains(lease.trial.rawValue),
            told[lease.trial.rawValue] == .recorded, lease.attempt >= 0,
            let result = ledger.rows[lease.trial.rawValue].result,
            result.numbers != report.outcome.numbers
        else { return }
        if !effects.contains(.noteDuplicate(lease, from: worker)) {
            throw Violation(.divergenceTold, "\(lease) differs from what is recorded")
        }
    }

    /// A worker that says it runs a trial with a result is told to stop.
    private func checkCancellations(
        _ effects: [Scheduler.Effect], after event: Scheduler.Event
    ) throws(Violation) {
        guard let (worker, held) = named(in: event) else { return }
        for item in held where item.phase == .running {
            let index = item.lease.trial.rawValue
            if told.indices.contains(index), told[index] != nil,
                !effects.contains(.cancel(item.lease, to: worker))
            {
                throw Violation(.cancelledStops, "\(worker) runs \(item.lease), which has a result")
            }
        }
    }

    /// The worker and what it says it has, when the event was understood.
    private func named(in event: Scheduler.Event) -> (WorkerID, [HeldTrial])? {
        // One that came twice, or late, is not looked at.
        guard coordinator?.watch.hasListened == true else { return nil }
        return switch event {
        case .workerJoined(let worker, let hello): (worker, hello.held)
        case .heartbeatReceived(let worker, let heartbeat): (worker, heartbeat.held)
        default: nil
        }
    }

    /// A worker is never given more than its credit.
    private func checkCredit(_ effects: [Scheduler.Effect]) throws(Violation) {
        var granted: Set<WorkerID> = []
        for case .grant(_, let worker) in effects { granted.insert(worker) }
        guard !granted.isEmpty, let coordinator else { return }
        for view in coordinator.scheduler.snapshot.workers where granted.contains(view.id) {
            let credit = coordinator.watch.sessions[view.id]?.creditCount ?? 0
            if view.held.count > credit {
                throw Violation(.creditKept, "\(view.id) has \(view.held.count) of \(credit)")
            }
        }
    }

    /// Checks an effect against what the world knows, just before it is performed.
    func check(_ effect: Scheduler.Effect, after event: Scheduler.Event) throws(Violation) {
        switch effect {
        case .acknowledge(let lease, _):
            let rows = ledger.rows[lease.trial.rawValue]
            let isSettled = rows.result != nil || lease.attempt < rows.firstAttempt
            if !isSettled, outcomes[lease]?.ending != .crashed {
                throw Violation(.acknowledgedIsDurable, "\(lease) is acknowledged and is not")
            }
        case .record(let lease, let worker): try checkRecord(lease, worker)
        case .recordQuarantined(let lease, let blame):
            if ledger.hasResult(lease.trial) { throw Violation(.oneResult, "two of \(lease)") }
            try checkQuarantine(lease, blame)
        case .noteCrash(let lease, _):
            if outcomes[lease]?.ending != .crashed {
                throw Violation(.quarantineJustified, "\(lease) is blamed for a crash")
            }
        case .grant(let lease, let worker): try checkGrant(lease, worker)
        case .assign(let lease, let worker):
            let identity = coordinator?.scheduler.identity(of: worker)
            let last = ledger.rows[lease.trial.rawValue].grants.last
            if last?.attempt != lease.attempt || last?.identity != identity {
                throw Violation(.grantBeforeAssign, "\(lease) is assigned to \(worker)")
            }
        case .cancel(let lease, let worker): try checkCancel(lease, worker, after: event)
        default: break
        }
    }

    private func checkRecord(_ lease: Lease, _ worker: WorkerID) throws(Violation) {
        if ledger.hasResult(lease.trial) { throw Violation(.oneResult, "two of \(lease)") }
        let identity = coordinator?.scheduler.identity(of: worker)
        let report = coordinator?.reportInHand
        if ledger.grant(of: lease)?.identity != identity || report?.sender != identity
            || report?.lease != lease
        {
            throw Violation(.resultIsGranted, "\(lease) is recorded from \(worker)")
        }
        if report?.outcome != outcomes[lease] {
            throw Violation(.resultIsGranted, "\(lease) is recorded with other numbers")
        }
    }

    private func checkGrant(_ lease: Lease, _ worker: WorkerID) throws(Violation) {
        if ledger.hasResult(lease.trial) {
            throw Violation(.oneResult, "\(lease) is granted, and its trial has a result")
        }
        if coordinator?.isGrantingPaused == true {
            throw Violation(.fullDiskGrantsNothing, "\(lease) to \(worker)")
        }
        if coordinator?.isStopping == true {
            throw Violation(.stopGrantsNothing, "\(lease) to \(worker)")
        }
        if isPoisonous(lease.trial) {
            throw Violation(.poisonQuarantined, "\(lease) is handed out to \(worker)")
        }
        try checkGrace(lease)
    }

    /// After a restart, what a worker holds that has not come back is not handed out in the grace.
    private func checkGrace(_ lease: Lease) throws(Violation) {
        guard runCount > 1, let watch = coordinator?.watch, watch.active < watch.graceEnds else {
            return
        }
        let firstAttempt = ledger.rows[lease.trial.rawValue].firstAttempt
        for other in workers where !joinedNodes.contains(other.node) {
            let spooled = other.core == nil ? other.onDisk.map(\.lease) : []
            for held in (other.core?.held.map(\.lease) ?? spooled)
            where held.trial == lease.trial && held.attempt >= firstAttempt {
                // A crash is nothing to wait for, and one who lost its name says nothing of it.
                if outcomes[held]?.ending == .crashed { continue }
                if ledger.grant(of: held)?.identity != other.identity { continue }
                throw Violation(
                    .graceKept, "\(lease) is granted, and worker \(other.node) has \(held)")
            }
        }
    }

    /// Nothing that was granted, and begun as far as the coordinator was told, is cancelled before
    /// its trial has a result.
    private func checkCancel(
        _ lease: Lease, _ worker: WorkerID, after event: Scheduler.Event
    ) throws(Violation) {
        guard let identity = coordinator?.scheduler.identity(of: worker),
            ledger.grant(of: lease)?.identity == identity
        else { return }
        if ledger.isWaiting(resultOf: lease) {
            throw Violation(.workKept, "\(lease) is cancelled before its result is durable")
        }
        guard !ledger.hasResult(lease.trial),
            lease.attempt >= ledger.rows[lease.trial.rawValue].firstAttempt,
            outcomes[lease]?.ending != .crashed
        else { return }
        var isBegun = false
        if case .reported = event { isBegun = true }
        if let (_, held) = named(in: event) {
            isBegun = held.contains { $0.lease == lease && $0.phase != .queued }
        }
        if isBegun { throw Violation(.workKept, "\(lease) is cancelled without cause") }
    }

    /// The scheduler counts a trial as what the ledger has of it.
    func checkSettlement(after event: Scheduler.Event) throws(Violation) {
        guard case .recorded(let lease) = event, let scheduler = coordinator?.scheduler else {
            return
        }
        let settlement = scheduler.settlement(of: lease.trial)
        if settlement != ledger.rows[lease.trial.rawValue].result?.settlement {
            throw Violation(
                .nothingLost, "\(lease.trial) is counted as other than it is recorded as")
        }
    }
}
