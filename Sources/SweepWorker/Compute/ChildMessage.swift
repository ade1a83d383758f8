import SweepCore
import SweepProtocol

/// What the supervisor asks of a compute child: the coordinator's own messages, passed on.
public enum ChildRequest: Hashable, Sendable {
    /// All trials that follow are of this spec.
    case prepare(Welcome)
    case compute(Assignment)

    /// Bytes of the longest request.
    public static let byteLimit = WireLimits.headerBytes + WireLimits.bodyBytes(.welcome)

    /// The frame of the pipe.
    ///
    /// - Throws: ``ProtocolError`` for a message that breaks a bound of the wire.
    public func frame() throws(ProtocolError) -> [UInt8] {
        let message: Message =
            switch self {
            case .prepare(let welcome): .welcome(welcome)
            case .compute(let assignment): .assign(assignment)
            }
        let frames = try MessageCodec.encode(Envelope(message, session: nil))
        return FrameBuffer.frame(frames.flatMap { $0 })
    }

    /// - Throws: ``ProtocolError`` for any payload but those that ``frame()`` makes.
    public init(payload: [UInt8]) throws(ProtocolError) {
        guard payload.count > WireLimits.headerBytes else { throw .headerLength(payload.count) }
        let frames = [
            Array(payload.prefix(WireLimits.headerBytes)),
            Array(payload.dropFirst(WireLimits.headerBytes)),
        ]
        let message = try MessageCodec.decode(frames, from: .coordinator).message
        switch message {
        case .welcome(let welcome): self = .prepare(welcome)
        case .assign(let assignment): self = .compute(assignment)
        default: throw .wrongDirection(message.kind)
        }
    }
}

/// A trial that ended with an outcome: what the child answers, the spool keeps and reports say.
public struct FinishedTrial: Hashable, Sendable {
    public var lease: Lease
    /// `success` or `failure`, as the content says.
    public var ending: AttemptEnding
    /// The encoded outcome; times are not in it.
    public var content: [UInt8]
    public var wallMilliseconds: UInt64
    public var cpuMilliseconds: UInt64

    public init(
        _ lease: Lease, _ ending: AttemptEnding, content: [UInt8], wallMilliseconds: UInt64,
        cpuMilliseconds: UInt64
    ) {
        precondition(ending != .crashed, "a crash has no outcome")
        self.lease = lease
        self.ending = ending
        self.content = content
        self.wallMilliseconds = wallMilliseconds
        self.cpuMilliseconds = cpuMilliseconds
    }

    /// Bytes before the content in ``bytes``.
    static let headBytes = 1 + 8 + 4 + 8 + 8

    /// Bytes of the longest one.
    public static let byteLimit = headBytes + Int(WireLimits.resultBytes)

    /// Kind of the answer and all fields, numbers little-endian, the content to the end.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = [ending == .success ? 1 : 2]
        bytes.reserveCapacity(Self.headBytes + content.count)
        bytes.appendLittleEndian(UInt64(lease.trial.rawValue))
        bytes.appendLittleEndian(UInt32(lease.attempt))
        bytes.appendLittleEndian(wallMilliseconds)
        bytes.appendLittleEndian(cpuMilliseconds)
        bytes += content
        return bytes
    }

    /// - Returns: nil for any bytes but those ``bytes`` makes. The content is looked at no further
    ///   than its beginning; the coordinator decodes it.
    public init?(bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        guard let kind = reader.number(UInt8.self), kind == 1 || kind == 2,
            let trial = reader.number(UInt64.self), trial < SweepPlan.trialLimit,
            let attempt = reader.number(UInt32.self), attempt <= WireLimits.attempt,
            let wall = reader.number(UInt64.self), let cpu = reader.number(UInt64.self),
            let content = reader.bytes(reader.restCount), content.count > 5,
            content[4] == kind - 1, UInt64(content.count) <= WireLimits.resultBytes
        else { return nil }
        self.init(
            Lease(TrialID(Int(trial)), attempt: Int(attempt)), kind == 1 ? .success : .failure,
            content: content, wallMilliseconds: wall, cpuMilliseconds: cpu)
    }
}
