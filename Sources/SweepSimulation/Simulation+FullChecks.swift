import SweepCore

// What holds at any time: looked at every 64th event, after a restart, and at the end.

extension Simulation {
    mutating func checkEverything() throws(Violation) {
        guard let coordinator else { return }
        for index in 0..<trialCount
        where coordinator.scheduler.settlement(of: TrialID(index)) != told[index] {
            throw Violation(.nothingLost, "trial \(index) is counted as other than it was told")
        }
        try checkLedger()
        try checkMemory(of: coordinator)
    }

    /// What a coordinator that starts finds in its ledger.
    func checkRecovery() throws(Violation) { try checkLedger() }

    private func checkLedger() throws(Violation) {
        for lease in acknowledged {
            let rows = ledger.rows[lease.trial.rawValue]
            if rows.result == nil, lease.attempt >= rows.firstAttempt {
                throw Violation(.acknowledgedIsDurable, "\(lease) is not in the ledger")
            }
        }
        for (index, rows) in ledger.rows.enumerated() {
            if rows.setAside.count + (rows.result == nil ? 0 : 1) != rows.resultCount {
                throw Violation(.nothingLost, "trial \(index) has lost a failure")
            }
            guard let result = rows.result else { continue }
            if result.settlement != .quarantined,
                result.numbers != outcomes[result.lease]?.numbers
            {
                throw Violation(.resultIsGranted, "\(result.lease) has numbers nobody computed")
            }
            if let first = firstRecorded[index], first != result {
                throw Violation(.oneResult, "the result of trial \(index) was replaced")
            }
        }
    }

    /// Counts the workers that are worth remembering now; the table of the scheduler is swept when a
    /// new one comes, and may then grow to twice these.
    @discardableResult
    mutating func noteNeededWorkers(of coordinator: SimulatedCoordinator) -> Int {
        var needed = Set(coordinator.watch.sessions.values.map(\.identity))
        needed.formUnion(coordinator.watch.gone.map(\.identity))
        for rows in ledger.rows where rows.result == nil {
            for grant in rows.grants where grant.attempt >= rows.firstAttempt {
                needed.insert(grant.identity)
            }
        }
        neededWorkerPeak = max(neededWorkerPeak, needed.count)
        return needed.count
    }

    private mutating func checkMemory(of coordinator: SimulatedCoordinator) throws(Violation) {
        let needed = noteNeededWorkers(of: coordinator)
        let most = Self.knownWorkerLimit + 2 * neededWorkerPeak + workers.count
        if coordinator.scheduler.knownWorkerCount > most {
            throw Violation(
                .memoryBounded,
                "\(coordinator.scheduler.knownWorkerCount) workers are remembered, of "
                    + "\(needed) that matter")
        }
        let limits = WorkerCore.Limits()
        for worker in workers {
            guard let core = worker.core else { continue }
            // Twice the prefetch: what lapsed on the way is given up by one side alone for a while.
            let most = 2 * (worker.slotCount + limits.prefetchLimit) + limits.unacknowledgedLimit
            if core.held.count > most + worker.onDisk.count {
                throw Violation(
                    .memoryBounded, "worker \(worker.node) holds \(core.held.count) trials")
            }
        }
    }

    /// What holds when a sweep has ended.
    mutating func checkEnd() throws(Violation) {
        try checkEverything()
        for (index, rows) in ledger.rows.enumerated() {
            guard let result = rows.result else {
                throw Violation(.nothingLost, "trial \(index) has no result")
            }
            let isPoison = index < weather.poisonCount + weather.killerCount
            if isPoison, result.settlement != .quarantined {
                throw Violation(.poisonQuarantined, "trial \(index) is \(result.settlement)")
            }
        }
        guard weather.isGentleToWorkers else { return }
        for (index, count) in startCounts.enumerated() where count != 1 {
            throw Violation(.nothingBegunTwice, "trial \(index) was begun \(count) times")
        }
    }
}
