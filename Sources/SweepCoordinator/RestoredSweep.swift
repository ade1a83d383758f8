import SweepCore

/// What a book has of a sweep, for the scheduler of a new start.
public struct RestoredSweep: Sendable {
    /// A grant of a trial that has no result.
    public struct Grant: Sendable {
        public var lease: Lease
        public var worker: WorkerIdentity
        public var fate: Scheduler.GrantFate

        public init(
            _ lease: Lease, worker: WorkerIdentity, _ fate: Scheduler.GrantFate = .open
        ) {
            self.lease = lease
            self.worker = worker
            self.fate = fate
        }
    }

    public var recorded: [TrialID]
    public var failed: [TrialID]
    public var quarantined: [TrialID]
    /// By trial and attempt, ascending.
    public var grants: [Grant]
    /// Workers that are known not to live, with nothing in their spools.
    public var deadWorkers: [WorkerIdentity]

    public init(
        recorded: [TrialID] = [], failed: [TrialID] = [], quarantined: [TrialID] = [],
        grants: [Grant] = [], deadWorkers: [WorkerIdentity] = []
    ) {
        self.recorded = recorded
        self.failed = failed
        self.quarantined = quarantined
        self.grants = grants
        self.deadWorkers = deadWorkers
    }
}

extension Scheduler {
    /// This scheduler, told of everything that happened before this start.
    public func told(of sweep: RestoredSweep, at now: Instant) -> Scheduler {
        var scheduler = self
        for trial in sweep.recorded { _ = scheduler.handle(.restored(trial, .recorded), at: now) }
        for trial in sweep.failed { _ = scheduler.handle(.restored(trial, .failed), at: now) }
        for trial in sweep.quarantined {
            _ = scheduler.handle(.restored(trial, .quarantined), at: now)
        }
        for grant in sweep.grants {
            _ = scheduler.handle(
                .grantRestored(grant.lease, to: grant.worker, grant.fate), at: now)
        }
        for worker in sweep.deadWorkers {
            _ = scheduler.handle(.workerKnownDead(worker), at: now)
        }
        return scheduler
    }
}
