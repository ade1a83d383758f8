import SweepCore

/// One message of the wire. docs/protocol.md says who sends what when.
///
/// A value of this type that came from ``MessageCodec`` keeps every bound of ``WireLimits``.
public enum Message: Hashable, Sendable {
    /// The version this code speaks, in every header.
    public static let version: UInt16 = 1

    // From a worker.

    /// First on every connection, and whenever the session is not known any more.
    case hello(Hello, WorkerDescription)
    case heartbeat(Heartbeat)
    case resultPart(ResultPart)
    case crashed(Crash)
    /// Given back without having been started.
    case returned([Lease])
    /// The worker takes nothing more, and leaves when it has ended what it runs.
    case drain
    /// The worker holds nothing and leaves.
    case bye
    /// A part of the newest checkpoint of a running trial.
    case checkpointPart(ResultPart)
    /// A trial goes on from the checkpoint that came with it.
    case continued(Continuation)
    /// Asks for parts of the checkpoint that an assignment offers.
    case fetchCheckpoint(CheckpointFetch)

    // From the coordinator.

    case welcome(Welcome)
    case reject(Reject)
    case assign(Assignment)
    case heartbeatAck(sequence: UInt64)
    case resultCredit(ResultCredit)
    case acknowledge(Acknowledgement)
    /// Asks for trials back that should not have been started yet.
    case takeBack([Lease])
    /// Stop these, drop them, delete their reports.
    case cancel([Lease])
    /// Asks for a heartbeat now; also sent to find out whether a peer is gone.
    case ping
    case dismiss(Dismissal)
    case checkpointAck(CheckpointAcknowledgement)
    /// How far a worker may send the checkpoint that it has begun.
    case checkpointCredit(ResultCredit)
    /// A part of a checkpoint that a worker asked for.
    case checkpointPiece(ResultPart)
    /// Write a checkpoint of everything that runs, now: the end is near.
    case saveCheckpoints

    /// The type of a message, as it is written in the header.
    public enum Kind: UInt16, Hashable, Sendable, CaseIterable {
        case hello = 1
        case heartbeat = 2
        case resultPart = 3
        case crashed = 4
        case returned = 5
        case drain = 6
        case bye = 7
        case checkpointPart = 8
        case continued = 9
        case fetchCheckpoint = 10

        case welcome = 65
        case reject = 66
        case assign = 67
        case heartbeatAck = 68
        case resultCredit = 69
        case acknowledge = 70
        case takeBack = 71
        case cancel = 72
        case ping = 73
        case dismiss = 74
        case checkpointAck = 75
        case checkpointCredit = 76
        case checkpointPiece = 77
        case saveCheckpoints = 78

        /// The side that sends messages of this type.
        public var sender: Side { rawValue < 64 ? .worker : .coordinator }
    }

    /// The two sides of the wire.
    public enum Side: Hashable, Sendable {
        case worker
        case coordinator
    }

    /// The type of this message.
    public var kind: Kind {
        switch self {
        case .hello: .hello
        case .heartbeat: .heartbeat
        case .resultPart: .resultPart
        case .crashed: .crashed
        case .returned: .returned
        case .drain: .drain
        case .bye: .bye
        case .welcome: .welcome
        case .reject: .reject
        case .assign: .assign
        case .heartbeatAck: .heartbeatAck
        case .resultCredit: .resultCredit
        case .acknowledge: .acknowledge
        case .takeBack: .takeBack
        case .cancel: .cancel
        case .ping: .ping
        case .dismiss: .dismiss
        case .checkpointPart: .checkpointPart
        case .continued: .continued
        case .fetchCheckpoint: .fetchCheckpoint
        case .checkpointAck: .checkpointAck
        case .checkpointCredit: .checkpointCredit
        case .checkpointPiece: .checkpointPiece
        case .saveCheckpoints: .saveCheckpoints
        }
    }
}

/// A message and the session it belongs to.
public struct Envelope: Hashable, Sendable {
    /// The session that WELCOME opened; nil in a HELLO, and in an answer to a peer without one.
    public var session: WorkerID?
    public var message: Message

    public init(_ message: Message, session: WorkerID?) {
        self.session = session
        self.message = message
    }
}
