// What the worker's core is told and what it answers.

extension WorkerCore {
    /// Something that happened outside the core.
    public enum Event: Hashable, Sendable {
        // The connection.

        /// A connection to the coordinator is up, for the first time or again.
        case connected
        case disconnected

        // From the coordinator.

        /// `greeting` is the sequence of the hello that is answered.
        case welcomed(WorkerID, greeting: UInt64, Terms)
        case rejected(Rejection)
        /// `session` is the one the message was sent in.
        case assigned(Lease, session: WorkerID)
        case acknowledged(Lease)
        case cancelled(Lease)
        case takeBackRequested(Lease)
        case heartbeatAnswered(sequence: UInt64)
        case dismissed(Dismissal)

        // From the compute children.

        /// The child of a slot ended its trial, and has left its result with the supervisor.
        case computeEnded(Lease, AttemptEnding)
        /// The child of a slot that was told to stop is gone, and a fresh one waits.
        case slotFreed(Int)

        // From the machine and the user.

        /// Time passed; to be told at least every heartbeat interval.
        case timeAdvanced
        /// End when what runs has ended and is acknowledged.
        case leaveRequested
        /// End now: stop what runs; unacknowledged results stay in the spool.
        case patienceEnded
    }

    /// Something the supervisor must do, in the order given.
    public enum Effect: Hashable, Sendable {
        // To the coordinator.

        case hello(Hello)
        case heartbeat(Heartbeat)
        /// Send the report; the result, if the ending has one, is in the spool.
        case report(Lease, AttemptEnding)
        case giveBack(Lease)
        case sayLeaving
        case sayGoodbye

        // To the compute children.

        case start(Lease, slot: Int)
        /// Kill the child of this slot and make a fresh one; then tell `.slotFreed`.
        case stop(Lease, slot: Int)

        // To the disk.

        /// Keep the result durably, before the report that follows is sent.
        case spool(Lease)
        /// Delete the result.
        case unspool(Lease)

        // To the supervisor.

        /// Leave this connection and make another, to the next endpoint if there are several.
        case reconnect
        case exit(Exit)
    }

    /// Why a worker ends.
    public enum Exit: Hashable, Sendable {
        /// The sweep is finished.
        case finished
        /// It was asked to leave.
        case left
        /// A newer process of the same worker has taken its place.
        case superseded
    }

    /// Bounds, and times for as long as no coordinator has told its own.
    public struct Limits: Hashable, Sendable {
        public var heartbeatMilliseconds: UInt64 = 1_000
        public var leaseMilliseconds: UInt64 = 5_000
        /// Trials held beyond the slots, at first and at least.
        public var prefetchCount = 2
        /// The most trials held beyond the slots, reached when they take a millisecond each.
        public var prefetchLimit = 256
        /// How long the trials beyond the slots should last: more than a hand-out takes, with the
        /// commit of its grant.
        public var prefetchMilliseconds: UInt64 = 250
        /// No trial is started while so many reports are unacknowledged.
        public var unacknowledgedLimit = 64
        /// The longest pause between two sendings of one report.
        public var resendLimitMilliseconds: UInt64 = 60_000
        /// A longer silence of the supervisor's own loop is a pause of its own.
        public var pauseMilliseconds: UInt64 = 2_000

        public init() {}
    }
}
