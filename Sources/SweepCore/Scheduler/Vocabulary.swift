// What the scheduler is told and what it answers; `docs/scheduler.md` says when.

extension Scheduler {
    /// Something that happened outside the scheduler. Events that name trials, attempts or sessions
    /// from a peer need no check before: what does not fit is refused and counted.
    public enum Event: Hashable, Sendable {
        // Before the first worker, from the ledger.

        /// The ledger has this trial's result or failure.
        case restored(TrialID, Settlement)
        /// The ledger has this grant of a trial it has no result of. To be told for every such
        /// grant, the oldest attempt first.
        case grantRestored(Lease, to: WorkerIdentity, hasCrashed: Bool)

        // From workers.

        /// A worker introduced itself.
        case workerJoined(WorkerID, Hello)
        case heartbeatReceived(WorkerID, Heartbeat)
        /// An attempt ended; for `success` and `failure` the loop has the whole result at hand.
        case reported(Lease, AttemptEnding, by: WorkerID)
        /// The worker gave back a trial that it had not started.
        case returned(Lease, by: WorkerID)
        /// The worker takes no further trials and will leave when it has ended what it runs.
        case workerLeaving(WorkerID)
        /// The worker said goodbye.
        case workerLeft(WorkerID)
        /// A message other than a hello came in over a connection that has no session, or named a
        /// session that is not its connection's.
        case strangerHeard(WorkerID)

        // From the machine.

        /// The worker's process is known to be dead (a local process ended): nothing of it runs.
        case workerLost(WorkerID)
        /// No process of this worker lives, and its spool has nothing (a local worker of an earlier
        /// start of the coordinator). A worker with something in its spool says so in its hello.
        case workerKnownDead(WorkerIdentity)
        /// Time passed; to be told at least every heartbeat interval.
        case timeAdvanced

        // From the ledger.

        /// The grant is durable.
        case granted(Lease)
        /// The result or failure is durable.
        case recorded(Lease)
        /// The failure of this trial is set aside; its next attempt has this number.
        case reopened(TrialID, nextAttempt: Int)
        /// No further grants for now: disk full, or the commit queue too long.
        case grantingPaused
        case grantingResumed

        // From the user.

        /// Try a failed or quarantined trial once more.
        case retryRequested(TrialID)
        /// The plan has this many trials now; never fewer.
        case planExtended(trialCount: Int)
        /// End when what runs has ended.
        case stopRequested
        /// End as soon as what was reported is durable.
        case patienceEnded
    }

    /// Something the loop must do, in the order given.
    public enum Effect: Hashable, Sendable {
        // To a worker.

        /// Tell the terms. `greeting` is the sequence of the hello that is answered.
        case welcome(WorkerID, greeting: UInt64)
        case reject(WorkerID, Rejection)
        case assign(Lease, to: WorkerID)
        /// The report is durable or not wanted any more: the worker may delete it.
        case acknowledge(Lease, to: WorkerID)
        /// Nothing will be recorded for this lease: stop it, drop it, delete its report.
        case cancel(Lease, to: WorkerID)
        /// Ask for a trial that should not have been started yet.
        case takeBack(Lease, from: WorkerID)
        case answerHeartbeat(WorkerID, sequence: UInt64)
        case dismiss(WorkerID, Dismissal)

        // To the ledger.

        /// Make the grant durable, then tell `.granted`; it is assigned only then.
        case grant(Lease, to: WorkerID)
        /// Make the reported result durable, then tell `.recorded`.
        case record(Lease, from: WorkerID)
        /// Make a failure of kind `quarantined` durable, then tell `.recorded`.
        case recordQuarantined(Lease)
        /// Keep that this attempt crashed, with what the worker said of it. No event follows.
        case noteCrash(Lease, from: WorkerID)
        /// Compare this result with the recorded one; a difference is an alarm. No event follows.
        case noteDuplicate(Lease, from: WorkerID)
        /// Set the failure of a trial aside durably, then tell `.reopened`.
        case reopen(TrialID)

        // To the loop.

        /// Tell the user: this worker crashed several trials in a row that no other worker crashed,
        /// and gets none for a while. What it runs goes on, and its reports count.
        case quarantineWorker(WorkerID)
        /// Forget the session; its number is never used again.
        case forget(WorkerID)
        /// Every trial is settled, or the stop is complete: end.
        case finish
    }

    /// How a trial ended for good.
    public enum Settlement: UInt8, Hashable, Sendable {
        case recorded = 1
        case failed = 2
        case quarantined = 3
    }

    /// Times and bounds. The defaults are those of the documentation.
    public struct Limits: Hashable, Sendable {
        public var heartbeatMilliseconds: UInt64 = 1_000
        /// Silence after which a worker's trials are handed out again.
        public var leaseMilliseconds: UInt64 = 5_000
        /// After a restart, how long workers may take to say what they hold.
        public var graceMilliseconds: UInt64 = 10_000
        /// A longer silence of our own loop is a pause of ours, and lengthens every lease by it.
        public var pauseMilliseconds: UInt64 = 2_000
        /// Crashes of a trial's compute child, on at least two workers if there are two, before it
        /// is quarantined; at twice as many it is quarantined wherever they happened. A worker
        /// process that was lost while it ran the trial counts half a crash, and a quarter if it
        /// may not have begun; nothing if it comes back.
        public var crashLimit = 3
        /// Different trials that crash in a row on one worker, and on no other, before it gets no
        /// more; as long as there is another worker to go on with.
        public var workerCrashLimit = 5
        /// How long such a worker gets no trials.
        public var workerQuarantineMilliseconds: UInt64 = 600_000
        /// Workers that are gone for good are remembered while there are fewer than this.
        public var knownWorkerLimit = 1_024
        /// More slots than this of one worker are not used.
        public var slotLimit = 1_024
        /// More trials than this are not handed to one worker beyond its slots.
        public var prefetchLimit = 256
        /// Whether the coordinator stays when every trial is settled.
        public var staysWhenDone = false

        public init() {}
    }
}
