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
        case grantRestored(Lease, to: WorkerIdentity, GrantFate)

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
        /// The worker said goodbye, or was sent away: that explains what is lost with it.
        case workerLeft(WorkerID)
        /// A message other than a hello came in over a connection that has no session, or named a
        /// session that is not its connection's.
        case strangerHeard(WorkerID)

        // From the machine.

        /// The worker's process is known to be dead (a local process ended): nothing of it runs.
        case workerLost(WorkerID)
        /// Its connection is gone; the worker may live, and then it comes back.
        case workerUnreachable(WorkerID)
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
        /// It is not set aside, because the ledger has no failure of it.
        case reopenRefused(TrialID)
        /// A checkpoint of this attempt is durable, `step` iterations into its trial. Also to be told
        /// of those that a restart finds.
        case checkpointKept(Lease, step: UInt64)
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
        case recordQuarantined(Lease, Blame)
        /// Keep that this attempt crashed, with what the worker said of it. No event follows.
        case noteCrash(Lease, from: WorkerID)
        /// Keep that this attempt was lost with its worker, and nobody knows why. No event follows.
        case noteLoss(Lease, of: WorkerID)
        /// Keep that this attempt was not lost after all: its worker is back. No event follows.
        case forgiveLoss(Lease)
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

    /// What the ledger has of an attempt whose trial has no result.
    public enum GrantFate: Hashable, Sendable {
        /// Nothing: its worker may still have it.
        case open
        /// Its compute child died.
        case crashed
        /// It was lost with its worker, unexplained (`noteLoss`), and its worker did not come back.
        case lost
    }

    /// What a trial was quarantined for.
    public struct Blame: Hashable, Sendable {
        /// Attempts whose compute child died.
        public var crashes: Int
        /// Attempts that were lost with their workers.
        public var losses: Int
        /// Different workers on which that happened.
        public var workers: Int

        public init(crashes: Int = 0, losses: Int = 0, workers: Int = 0) {
            self.crashes = crashes
            self.losses = losses
            self.workers = workers
        }
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
        /// Unexplained losses of a trial, on at least two workers if there are two, before it is
        /// quarantined; at twice as many it is quarantined wherever they happened. One is a compute
        /// child that died, or a worker that was lost while it had the trial in a slot, did not come
        /// back, and had kept no further checkpoint of it.
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
