import SweepCore

extension Simulation {
    /// Checks an effect against what the world knows, before it is performed.
    mutating func check(_ effect: Scheduler.Effect) throws(Violation) {
        switch effect {
        case .acknowledge(let lease, _):
            let rows = ledger.rows[lease.trial.rawValue]
            let isSettled = rows.result != nil || lease.attempt < rows.firstAttempt
            if !isSettled, endings[lease] != .crashed {
                throw Violation("acknowledged before it is durable: \(lease)")
            }
        case .record(let lease, let worker):
            if ledger.hasResult(lease.trial) { throw Violation("recorded twice: \(lease)") }
            let identity = coordinator?.scheduler.identity(of: worker)
            let isGranted = ledger.rows[lease.trial.rawValue].grants.contains {
                $0.attempt == lease.attempt && $0.identity == identity
            }
            if !isGranted { throw Violation("recorded without a grant: \(lease) by \(worker)") }
        case .recordQuarantined(let lease):
            if ledger.hasResult(lease.trial) { throw Violation("recorded twice: \(lease)") }
        case .grant(let lease, let worker):
            if ledger.hasResult(lease.trial) {
                throw Violation("granted although it is recorded: \(lease)")
            }
            try checkGrace(lease, worker)
            try checkCredit(of: worker)
        case .assign(let lease, let worker):
            let identity = coordinator?.scheduler.identity(of: worker)
            let last = ledger.rows[lease.trial.rawValue].grants.last
            if last?.attempt != lease.attempt || last?.identity != identity {
                throw Violation("assigned before the grant is durable: \(lease)")
            }
        default: break
        }
    }

    /// After a restart, what a worker holds that has not come back is not handed out in the grace.
    private func checkGrace(_ lease: Lease, _ worker: WorkerID) throws(Violation) {
        guard runCount > 1, now < startedAt + Scheduler.Limits().graceMilliseconds else { return }
        let rows = ledger.rows[lease.trial.rawValue]
        for other in workers where !joinedNodes.contains(other.node) {
            for held in other.core?.held ?? [] where held.lease.trial == lease.trial {
                // A crash that the ledger knows of is nothing to wait for.
                let isOver = held.phase == .reporting && endings[held.lease] == .crashed
                if held.lease.attempt >= rows.firstAttempt, !isOver {
                    throw Violation(
                        "granted again within the grace: \(lease), which worker \(other.node) holds"
                    )
                }
            }
        }
    }

    /// A worker is never given more than its credit.
    private func checkCredit(of worker: WorkerID) throws(Violation) {
        let view = coordinator?.scheduler.snapshot.workers.first { $0.id == worker }
        guard let view else { throw Violation("granted to \(worker), which has no session") }
        if view.held.count > view.creditCount {
            throw Violation("\(worker) holds \(view.held.count) of \(view.creditCount) trials")
        }
    }

    /// The scheduler counts a trial as what the ledger has of it.
    func checkSettlement(after event: Scheduler.Event) throws(Violation) {
        guard case .recorded(let lease) = event, let scheduler = coordinator?.scheduler else {
            return
        }
        let settlement = scheduler.settlement(of: lease.trial)
        if settlement != ledger.rows[lease.trial.rawValue].result?.settlement {
            throw Violation("\(lease.trial) is counted as something else than it is recorded as")
        }
    }

    /// What holds when a sweep has ended.
    func checkEnd() throws(Violation) {
        for (index, rows) in ledger.rows.enumerated() {
            guard let result = rows.result else { throw Violation("trial \(index) has no result") }
            if index < weather.poisonCount, result.settlement != .quarantined {
                throw Violation("trial \(index) is poison and was not quarantined")
            }
        }
        guard weather.isGentleToWorkers else { return }
        for (index, count) in startCounts.enumerated() where count != 1 {
            throw Violation("trial \(index) was begun \(count) times although no worker was lost")
        }
    }
}
