/// One hand-out of one trial: the right to report it. The attempt is the fencing token.
public struct Lease: Hashable, Sendable, CustomStringConvertible {
    public let trial: TrialID
    /// 0 for the first hand-out; rises by one each time, through restarts of the coordinator.
    public let attempt: Int

    public init(_ trial: TrialID, attempt: Int) {
        self.trial = trial
        self.attempt = attempt
    }

    public var description: String { "\(trial.rawValue)#\(attempt)" }
}

/// A trial that a worker says it has, and how far it is.
public struct HeldTrial: Hashable, Sendable, CustomStringConvertible {
    /// How far a held trial is.
    public enum Phase: Hashable, Sendable {
        /// Waiting at the worker for a slot.
        case queued
        case running
        /// Ended; the report is not acknowledged yet.
        case reporting
    }

    public var lease: Lease
    public var phase: Phase

    public init(_ lease: Lease, _ phase: Phase) {
        self.lease = lease
        self.phase = phase
    }

    public var description: String { "\(lease):\(phase)" }
}

/// What a worker says of an attempt that is over.
public enum AttemptEnding: Hashable, Sendable {
    /// A result with numbers.
    case success
    /// A failure of the trial itself (diverged, not converged, …): recorded like a result.
    case failure
    /// The compute child died: nothing to record, but it counts towards quarantine.
    case crashed
}

/// Why an attempt ended without a result.
public enum LossKind: Hashable, Sendable {
    /// The compute child died: counts towards quarantine.
    case crashed
    /// Its worker was lost with it, and nobody knows why: counts until the worker is back.
    case unexplained
    /// Its worker left, or it had not begun, or had just kept a checkpoint: counts for nothing.
    case explained
}

/// What a worker introduces itself with, on each new connection and whenever it is asked to.
public struct Hello: Hashable, Sendable {
    public var identity: WorkerIdentity
    /// Rises with each start of the worker's process.
    public var incarnation: UInt64
    /// The number of this message; one counter for hellos and heartbeats of an incarnation.
    public var sequence: UInt64
    /// The numbering of trials that `held` refers to; nil before the first welcome.
    public var sweep: UInt64?
    public var slotCount: Int
    /// Trials the worker is ready to hold, those waiting for a slot included.
    public var creditCount: Int
    /// Everything the worker has: running, queued, and reports that are not acknowledged.
    public var held: [HeldTrial]
    /// Whether the worker takes no further trials.
    public var isLeaving: Bool

    public init(
        identity: WorkerIdentity, incarnation: UInt64, sequence: UInt64, sweep: UInt64?,
        slotCount: Int, creditCount: Int, held: [HeldTrial] = [], isLeaving: Bool = false
    ) {
        self.identity = identity
        self.incarnation = incarnation
        self.sequence = sequence
        self.sweep = sweep
        self.slotCount = slotCount
        self.creditCount = creditCount
        self.held = held
        self.isLeaving = isLeaving
    }
}

/// A sign of life that names all a worker has, so that a lease nobody names can lapse.
public struct Heartbeat: Hashable, Sendable {
    public var sequence: UInt64
    public var creditCount: Int
    public var held: [HeldTrial]

    public init(sequence: UInt64, creditCount: Int, held: [HeldTrial]) {
        self.sequence = sequence
        self.creditCount = creditCount
        self.held = held
    }
}

/// Why the coordinator does not take a message.
public enum Rejection: Hashable, Sendable {
    /// The session is not known (any more): say hello again.
    case unknownSession
    /// A newer process of the same worker has joined: end.
    case superseded
}

/// Why the coordinator sends a worker away.
public enum Dismissal: Hashable, Sendable {
    /// Every trial is recorded: nothing a worker holds is wanted any more.
    case finished
    /// The coordinator stops for now; what the worker holds will be asked for again.
    case stopping
}

/// What a worker is told when it is welcomed.
public struct Terms: Hashable, Sendable {
    public var heartbeatMilliseconds: UInt64
    public var leaseMilliseconds: UInt64
    /// The numbering of trials; a worker drops what belongs to another.
    public var sweep: UInt64

    public init(heartbeatMilliseconds: UInt64, leaseMilliseconds: UInt64, sweep: UInt64) {
        self.heartbeatMilliseconds = heartbeatMilliseconds
        self.leaseMilliseconds = leaseMilliseconds
        self.sweep = sweep
    }
}
