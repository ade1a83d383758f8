/// Bounds that every message keeps, whoever made it. docs/protocol.md repeats this table.
public enum WireLimits {
    /// Bytes of the header frame.
    public static let headerBytes = 20
    /// Frames of a message, the routing id of the ROUTER included, before it is refused unread.
    public static let frameCount = 4
    /// Bytes of a worker's identity.
    public static let identityBytes = 16
    /// Slots of one worker, and trials that it is ready to hold.
    public static let slotCount = 8_192
    /// Leases in one message.
    public static let leaseCount = 16_384
    /// The largest attempt, out of reach in the life of a sweep.
    public static let attempt = Int(Int32.max)
    /// Bytes of a name: host, version, kernel family, sweep, parameter.
    public static let nameBytes = 255
    /// Parameters of one point.
    public static let parameterCount = 256
    /// Bytes of a sentence for people.
    public static let messageBytes = 1_024
    /// Lines of a crashed child's log, and bytes of one.
    public static let logLineCount = 20
    /// Bytes of one line of a crashed child's log.
    public static let logLineBytes = 512
    /// Bytes of the spec's canonical text.
    public static let specBytes = 1 << 20
    /// Data files of a sweep.
    public static let dataFileCount = 16
    /// Bytes of the path of a data file.
    public static let pathBytes = 4_096
    /// Bytes of one part of a result.
    public static let partBytes = 256 << 10
    /// Bytes of the largest result that any sweep may allow.
    public static let resultBytes: UInt64 = 1 << 30
    /// Parts of a checkpoint that a worker asks for at once.
    public static let fetchedParts = 8
    /// Iterations of a trial, those of all its chains together.
    public static let step: UInt64 = 1 << 53
    /// Milliseconds of any interval on the wire: one day.
    public static let intervalMilliseconds: UInt64 = 86_400_000
    /// Depth of nested messages that the decoder follows.
    public static let messageDepth = 16

    /// Bytes of the body of a message, which also bounds the memory its decoding takes.
    public static func bodyBytes(_ kind: Message.Kind) -> Int {
        switch kind {
        case .welcome: specBytes + 4_096 + dataFileCount * (pathBytes + 64)
        case .resultPart, .checkpointPart, .checkpointPiece: partBytes + 1_024
        case .hello, .heartbeat, .returned, .takeBack, .cancel: 512 << 10
        case .assign: 256 << 10
        case .crashed: 16 << 10
        case .reject, .heartbeatAck, .resultCredit, .acknowledge, .dismiss, .checkpointCredit,
            .checkpointAck, .fetchCheckpoint, .continued:
            4_096
        case .drain, .bye, .ping, .saveCheckpoints: 0
        }
    }
}
