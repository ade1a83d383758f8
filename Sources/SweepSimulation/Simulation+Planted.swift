import SweepCore

// Where a planted bug changes what happens; without one, each of these changes nothing.

extension Simulation {
    // MARK: The start of the coordinator

    func plantedLimits(_ limits: Scheduler.Limits) -> Scheduler.Limits {
        var limits = limits
        switch planted {
        case .leaseTooShort: limits.leaseMilliseconds -= 1
        case .leaseTooLong: limits.leaseMilliseconds += 1
        case .pauseUnguarded: limits.pauseMilliseconds = .max
        case .regrantsWithoutWaiting: limits.graceMilliseconds = 0
        case .quarantinesAfterTwo: limits.crashLimit = 2
        case .neverQuarantines: limits.crashLimit = 1_000_000
        case .knownWorkersLeak: limits.knownWorkerLimit = 1_000_000
        default: break
        }
        return limits
    }

    var plantedEpoch: UInt32? { planted == .epochReused ? 1 : nil }

    func plantedGrants(_ grants: [VirtualLedger.Grant]) -> [VirtualLedger.Grant] {
        switch planted {
        case .attemptReused: return grants.dropLast()
        case .lossesForgotten:
            return grants.map { grant in
                var grant = grant
                grant.isLost = false
                return grant
            }
        default: return grants
        }
    }

    /// Workers that are taken for dead when the coordinator starts.
    var plantedDead: [WorkerIdentity] {
        planted == .requeuesBeforeHello ? workers.map(\.identity) : []
    }

    // MARK: What the scheduler is told

    mutating func plantedEvents(for event: Scheduler.Event) -> [Scheduler.Event] {
        guard let planted else { return [event] }
        switch (planted, event) {
        case (.attemptUnchecked, .reported(let lease, let ending, _)):
            return [uncheckedReport(of: lease, ending) ?? event]
        case (.renewsWrongLease, .heartbeatReceived(let worker, var heartbeat)):
            heartbeat.held = shifted(heartbeat.held)
            return [.heartbeatReceived(worker, heartbeat)]
        case (.grantsBeyondCredit, .heartbeatReceived(let worker, var heartbeat)):
            if heartbeat.creditCount > 0 { heartbeat.creditCount += 1 }
            return [.heartbeatReceived(worker, heartbeat)]
        case (.heldIgnored, .workerJoined(let worker, var hello)):
            hello.held = []
            return [.workerJoined(worker, hello)]
        case (.deathCountsAsCrash, .workerLost(let worker)):
            let view = coordinator?.scheduler.snapshot.workers.first { $0.id == worker }
            let crashes = view?.held.map {
                Scheduler.Event.reported($0.lease, .crashed, by: worker)
            }
            return (crashes ?? []) + [event]
        case (.lossUncounted, .workerLost(let worker)): return [.workerLeft(worker)]
        case (.grantsOnFullDisk, .grantingPaused), (.grantsWhileStopping, .stopRequested),
            (.leavingCountsAsLoss, .workerLeaving), (.progressIgnored, .checkpointKept):
            return []
        default: return [event]
        }
    }

    /// The report is taken for one of whoever has the trial.
    private func uncheckedReport(of lease: Lease, _ ending: AttemptEnding) -> Scheduler.Event? {
        guard let holder = coordinator?.watch.holders[lease.trial.rawValue], ending != .crashed
        else { return nil }
        return .reported(holder.lease, ending, by: holder.worker)
    }

    /// As many trials, but all of them the first.
    private func shifted(_ held: [HeldTrial]) -> [HeldTrial] {
        guard let first = held.first else { return held }
        return held.map { HeldTrial(first.lease, $0.phase) }
    }

    // MARK: What the scheduler answers

    mutating func plantedEffects(
        _ effects: [Scheduler.Effect], after event: Scheduler.Event
    ) -> [Scheduler.Effect] {
        guard let planted else { return effects }
        switch planted {
        case .hashOrder: return hashed(effects)
        case .finishesEarly:
            let committing = coordinator?.scheduler.snapshot.committingCount ?? 0
            let settled = coordinator?.scheduler.settledCount ?? 0
            let isEarly = committing > 0 && committing + settled == trialCount
            return isEarly ? effects + [.finish] : effects
        default: return effects.flatMap { plantedEffects($0, after: event) }
        }
    }

    private mutating func plantedEffects(
        _ effect: Scheduler.Effect, after event: Scheduler.Event
    ) -> [Scheduler.Effect] {
        switch (planted, effect) {
        case (.acknowledgesBeforeCommit, .record(let lease, let worker)):
            return [effect, .acknowledge(lease, to: worker)]
        case (.assignsBeforeDurable, .grant(let lease, let worker)):
            return [effect, .assign(lease, to: worker)]
        case (.duplicateCountedTwice, .noteDuplicate(let lease, let worker)):
            return [effect, .record(lease, from: worker)]
        case (.divergenceUntold, .noteDuplicate), (.cancelLost, .cancel),
            (.lossUnforgiven, .forgiveLoss):
            return []
        case (.lateResultDropped, .record(let lease, let worker)):
            let holder = coordinator?.watch.holders[lease.trial.rawValue]
            return holder?.lease == lease ? [effect] : [.cancel(lease, to: worker)]
        case (.oldEpochRefused, .record(let lease, let worker)):
            let run = ledger.grant(of: lease)?.run
            return run == runCount ? [effect] : [.cancel(lease, to: worker)]
        case (.deathCountsAsCrash, .acknowledge(let lease, _)):
            if case .workerLost = event { return [] }
            return outcomes[lease] == nil ? [] : [effect]
        case (.grantLost, .grant): return random.chance(0.02) ? [] : [effect]
        default: return [effect]
        }
    }

    /// Grants in the order of a hash table, which differs from process to process.
    private func hashed(_ effects: [Scheduler.Effect]) -> [Scheduler.Effect] {
        let grants = effects.filter { if case .grant = $0 { true } else { false } }
        var shuffled = Array(Set(grants))
        return effects.map { effect in
            if case .grant = effect { shuffled.removeLast() } else { effect }
        }
    }

    // MARK: The worker

    func plantedEvent(for event: WorkerCore.Event, at node: Int) -> WorkerCore.Event {
        switch (planted, event) {
        case (.drainDrops, .leaveRequested): return .patienceEnded
        case (.epochIgnored, .assigned(let lease, _)):
            return workers[node].core?.session.map { .assigned(lease, session: $0) } ?? event
        case (.beginsWhenCutOff, .welcomed(let session, let greeting, var terms)):
            terms.leaseMilliseconds *= 100
            return .welcomed(session, greeting: greeting, terms)
        case (.cancelIgnored, .cancelled): return .heartbeatAnswered(sequence: 0)
        default: return event
        }
    }

    func plantedEffects(_ effects: [WorkerCore.Effect], at node: Int) -> [WorkerCore.Effect] {
        guard planted == .spoolForgottenAfterSend else { return effects }
        return effects.flatMap { effect -> [WorkerCore.Effect] in
            if case .report(let lease, let ending) = effect, ending != .crashed {
                [effect, .unspool(lease)]
            } else {
                [effect]
            }
        }
    }
}
