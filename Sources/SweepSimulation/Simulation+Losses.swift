import SweepCore

// What attempts that ended badly count for, worked out from events, effects and the ledger.

extension Simulation {
    /// Whether the ledger has so much against a trial that it is not to be handed out again.
    func isPoisonous(_ trial: TrialID) -> Bool {
        let blame = blame(of: trial)
        let count = blame.crashes + blame.losses
        return count >= 6 || count >= 3 && blame.workers > 1
    }

    /// What the ledger has against a trial, or will have when all that waits is durable.
    private func blame(of trial: TrialID) -> Scheduler.Blame {
        let bad = ledger.grantsToBe(of: trial).filter { $0.fate != .open }
        return Scheduler.Blame(
            crashes: bad.count { $0.fate == .crashed }, losses: bad.count { $0.fate == .lost },
            workers: Set(bad.map(\.identity)).count)
    }

    /// A trial is quarantined for three losses on two workers, or on one while there is no other.
    func checkQuarantine(_ lease: Lease, _ told: Scheduler.Blame) throws(Violation) {
        let blame = blame(of: lease.trial)
        let count = blame.crashes + blame.losses
        let identity = ledger.grantsToBe(of: lease.trial).first { $0.fate != .open }?.identity
        let isAlone =
            coordinator?.watch.sessions.values.allSatisfy { $0.identity == identity } ?? true
        if told != blame || count < 3 || count < 6 && blame.workers < 2 && !isAlone {
            throw Violation(
                .quarantineJustified,
                "\(lease), for \(blame.crashes) crashes and \(blame.losses) losses on "
                    + "\(blame.workers) workers")
        }
        let isKiller = lease.trial.rawValue < weather.poisonCount + weather.killerCount
        if weather.hasOnlyOneKiller, !isKiller {
            throw Violation(.quarantineJustified, "\(lease) was only beside a killer")
        }
    }

    // MARK: Losses

    /// Whose sessions end in a step with nothing to explain it; before the watch takes it in.
    private func lostSessions(
        _ effects: [Scheduler.Effect], after event: Scheduler.Event
    ) -> [WorkerID] {
        guard let watch = coordinator?.watch else { return [] }
        var lost: [WorkerID] = []
        switch event {
        case .workerLost(let worker), .workerUnreachable(let worker): lost = [worker]
        case .timeAdvanced:
            for case .forget(let worker) in effects { lost.append(worker) }
        case .workerJoined(let worker, let hello):
            guard effects.contains(.welcome(worker, greeting: hello.sequence)) else { break }
            lost = watch.sessions.keys.filter {
                watch.sessions[$0]?.identity == hello.identity
                    && watch.sessions[$0]?.incarnation != hello.incarnation
            }
        default: break
        }
        return lost.filter { watch.sessions[$0]?.isLeaving == false }
    }

    /// What was begun and is lost counts; nothing else does, and nothing whose worker is back.
    mutating func checkLosses(
        _ effects: [Scheduler.Effect], after event: Scheduler.Event
    ) throws(Violation) {
        guard let coordinator else { return }
        let lost = lostSessions(effects, after: event)
        var notBegun: [WorkerID: Int] = [:]
        var noted: Set<Lease> = []
        for case .noteLoss(let lease, let worker) in effects {
            noted.insert(lease)
            let session = coordinator.watch.sessions[worker]
            if outcomes[lease] == nil { notBegun[worker, default: 0] += 1 }
            guard lost.contains(worker), let session,
                ledger.grant(of: lease)?.identity == session.identity,
                fate(of: lease) == .open, !coordinator.progressed.contains(lease),
                notBegun[worker] ?? 0 <= session.slotCount
            else { throw Violation(.quarantineJustified, "\(lease) counts as lost") }
            self.coordinator?.missing[lease] = session
        }
        // What a new process of a worker names the last one had finished.
        if case .workerJoined(_, let hello) = event { noted.formUnion(hello.held.map(\.lease)) }
        for (_, holder) in coordinator.watch.holders
        where holder.isStarted && lost.contains(holder.worker) {
            if !noted.contains(holder.lease), fate(of: holder.lease) == .open,
                !coordinator.progressed.contains(holder.lease)
            {
                throw Violation(.lossCounted, "\(holder.lease) went with \(holder.worker)")
            }
        }
        try checkForgiveness(effects, after: event, noted)
    }

    private mutating func checkForgiveness(
        _ effects: [Scheduler.Effect], after event: Scheduler.Event, _ noted: Set<Lease>
    ) throws(Violation) {
        guard let coordinator else { return }
        var forgiven: Set<Lease> = []
        for case .forgiveLoss(let lease) in effects {
            forgiven.insert(lease)
            if fate(of: lease) != .lost, !noted.contains(lease) {
                throw Violation(.quarantineJustified, "\(lease) is forgiven and was not lost")
            }
        }
        if case .workerJoined(let worker, let hello) = event,
            effects.contains(.welcome(worker, greeting: hello.sequence)),
            coordinator.watch.sessions[worker] == nil
        {
            for (lease, session) in coordinator.missing
            where session.identity == hello.identity && session.incarnation == hello.incarnation {
                if !forgiven.contains(lease), fate(of: lease) == .lost,
                    told[lease.trial.rawValue] == nil
                {
                    throw Violation(.lossCounted, "\(lease) counts, and its worker is back")
                }
            }
        }
        for lease in forgiven { self.coordinator?.missing[lease] = nil }
    }

    /// What is known of an attempt that may still count.
    private func fate(of lease: Lease) -> Scheduler.GrantFate? {
        ledger.grantsToBe(of: lease.trial).last { $0.attempt == lease.attempt }?.fate
    }

    // MARK: Checkpoints

    /// Some of what a worker says it runs has kept a checkpoint meanwhile.
    mutating func keepCheckpoints(of held: [HeldTrial], by worker: WorkerID) throws(Violation) {
        guard weather.keepsCheckpoints else { return }
        for item in held where item.phase == .running && random.chance(0.3) {
            guard coordinator?.scheduler.isHeld(item.lease, by: worker) == true else { continue }
            try tell(
                .checkpointKept(item.lease, step: random.milliseconds(in: 1...1_000)))
        }
    }

    /// Takes in that a checkpoint is durable.
    mutating func noteCheckpoint(of lease: Lease, step: UInt64) {
        ledger.keepCheckpoint(of: lease, step: step)
        if ledger.rows[lease.trial.rawValue].checkpoint?.lease == lease {
            coordinator?.progressed.insert(lease)
        }
    }
}
