extension Scheduler {
    /// What happened so far that someone may wonder about.
    public struct Counters: Hashable, Sendable {
        /// Results of trials that had a result already.
        public var duplicates = 0
        /// Leases named or reported that were never granted to that worker.
        public var refusedReports = 0
        /// Results accepted from an attempt that had been given up.
        public var lateResults = 0
        /// Compute children that died.
        public var crashes = 0
        /// Attempts that were lost with their workers, unexplained.
        public var losses = 0
        /// Times that a worker got no more trials because it crashed one after the other.
        public var workerQuarantines = 0
        /// Leases that ran out while the worker's session lived.
        public var lapses = 0
        /// Sessions that ended by silence.
        public var silences = 0
        /// Leases taken up again from what a worker said it holds.
        public var adoptions = 0
        /// Times that our own loop stood still.
        public var pauses = 0
    }

    /// A copy for display: numbers by state, and who holds what.
    public struct Snapshot: Hashable, Sendable {
        public var trialCount: Int
        public var pendingCount: Int
        /// Restored trials that wait for their workers to come back.
        public var suspectCount: Int
        /// Trials granted or leased, those waiting at a worker included.
        public var runningCount: Int
        public var committingCount: Int
        public var recordedCount: Int
        public var failedCount: Int
        public var quarantinedCount: Int
        public var isGrantingPaused: Bool
        public var isStopping: Bool
        public var counters: Counters
        /// By session number.
        public var workers: [WorkerView]
    }

    /// One worker of a snapshot.
    public struct WorkerView: Hashable, Sendable {
        public var id: WorkerID
        public var identity: WorkerIdentity
        public var slotCount: Int
        public var creditCount: Int
        public var isLeaving: Bool
        /// Whether it gets no trials because it crashed one after the other.
        public var isQuarantined: Bool
        /// How long that lasts yet; 0 when it gets trials.
        public var quarantineMilliseconds: UInt64
        /// Trials whose compute child died there and nowhere else, since its last result.
        public var crashedTrials: [TrialID]
        /// Its leases in the order of the grants, then older attempts that it still runs.
        public var held: [HeldTrial]
    }

    /// What is going on. O(workers + leases), so not for every event.
    public var snapshot: Snapshot {
        Snapshot(
            trialCount: trialCount, pendingCount: pendingCount,
            suspectCount: openCounts[OpenTrial.State.suspect.rawValue],
            runningCount: openCounts[OpenTrial.State.running.rawValue]
                + openCounts[OpenTrial.State.granting.rawValue],
            committingCount: openCounts[OpenTrial.State.committing.rawValue],
            recordedCount: settled.counts[Int(Settlement.recorded.rawValue)],
            failedCount: settled.counts[Int(Settlement.failed.rawValue)],
            quarantinedCount: settled.counts[Int(Settlement.quarantined.rawValue)],
            isGrantingPaused: isGrantingPaused, isStopping: isStopping, counters: counters,
            workers: sessions.keys.sorted().compactMap(view))
    }

    /// Workers that are remembered: those with a session, those that may still report an open
    /// trial, and some that are gone.
    public var knownWorkerCount: Int { hostNumbers.count }

    /// How a trial ended, or nil while it is open.
    public func settlement(of trial: TrialID) -> Settlement? {
        guard trial.rawValue >= 0, trial.rawValue < trialCount else { return nil }
        return settled[trial.rawValue]
    }

    private func view(of worker: WorkerID) -> WorkerView? {
        guard let number = sessions[worker] else { return nil }
        let host = hosts[number]
        let leased = host.leases.compactMap { index in
            open[index].map {
                HeldTrial(
                    Lease(TrialID(index), attempt: $0.attempt), $0.hasStarted ? .running : .queued)
            }
        }
        return WorkerView(
            id: worker, identity: host.identity, slotCount: host.slotCount,
            creditCount: host.creditCount, isLeaving: host.isLeaving,
            isQuarantined: host.quarantineEnds != nil,
            quarantineMilliseconds: host.quarantineEnds.map { $0 - min($0, activeNow) } ?? 0,
            crashedTrials: host.crashedTrials.map { TrialID($0) },
            held: leased + host.strays.map { HeldTrial($0, .running) })
    }
}
