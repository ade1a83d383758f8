import SweepCore
import SweepProtocol

/// What the supervisor asks of a compute child: the coordinator's own messages, passed on.
public enum ChildRequest: Hashable, Sendable {
    /// All trials that follow are of this spec.
    case prepare(Welcome)
    /// The trial that follows goes on from here: ``SweepProtocol/CheckpointContent`` in bytes.
    case resume(Lease, [UInt8])
    case compute(Assignment)

    /// Bytes of the longest request.
    public static let byteLimit =
        Int(WireLimits.resultBytes) + WireLimits.headerBytes + WireLimits.bodyBytes(.welcome)

    private static let resumeMagic = Array("CSKR".utf8)

    /// The frame of the pipe.
    ///
    /// - Throws: ``ProtocolError`` for a message that breaks a bound of the wire.
    public func frame() throws(ProtocolError) -> [UInt8] {
        let message: Message
        switch self {
        case .prepare(let welcome): message = .welcome(welcome)
        case .compute(let assignment): message = .assign(assignment)
        case .resume(let lease, let content):
            var payload = Self.resumeMagic
            payload.reserveCapacity(content.count + 16)
            payload.append(lease)
            payload += content
            return FrameBuffer.frame(payload)
        }
        let frames = try MessageCodec.encode(Envelope(message, session: nil))
        return FrameBuffer.frame(frames.flatMap { $0 })
    }

    /// - Throws: ``ProtocolError`` for any payload but those that ``frame()`` makes.
    public init(payload: [UInt8]) throws(ProtocolError) {
        if payload.starts(with: Self.resumeMagic) {
            var reader = ByteReader(payload.dropFirst(Self.resumeMagic.count))
            guard let lease = reader.lease(), let content = reader.bytes(reader.restCount) else {
                throw .headerLength(payload.count)
            }
            self = .resume(lease, content)
            return
        }
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
        bytes.append(lease)
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
            let lease = reader.lease(), let wall = reader.number(UInt64.self),
            let cpu = reader.number(UInt64.self),
            let content = reader.bytes(reader.restCount), content.count > 5,
            content[4] == kind - 1, UInt64(content.count) <= WireLimits.resultBytes
        else { return nil }
        self.init(
            lease, kind == 1 ? .success : .failure, content: content, wallMilliseconds: wall,
            cpuMilliseconds: cpu)
    }
}

/// What a compute child says.
public enum ChildAnswer: Hashable, Sendable {
    case finished(FinishedTrial)
    /// The state of the trial that it computes.
    case checkpoint(Lease, content: [UInt8])
    /// It goes on from the checkpoint that it was given, after so many iterations.
    case continued(Lease, step: UInt64)
    /// The checkpoint that it was given is of no use, as the words say: it begins afresh.
    case refused(Lease, reason: String)

    /// Kind of the answer and its fields, numbers little-endian.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        switch self {
        case .finished(let trial): return trial.bytes
        case .checkpoint(let lease, let content):
            bytes.reserveCapacity(content.count + 16)
            bytes.append(3)
            bytes.append(lease)
            bytes += content
        case .continued(let lease, let step):
            bytes.append(4)
            bytes.append(lease)
            bytes.appendLittleEndian(step)
        case .refused(let lease, let reason):
            bytes.append(5)
            bytes.append(lease)
            bytes += reason.utf8.prefix(WireLimits.messageBytes)
        }
        return bytes
    }

    /// - Returns: nil for any bytes but those ``bytes`` makes.
    public init?(bytes: [UInt8]) {
        guard let kind = bytes.first, kind > 2 else {
            guard let trial = FinishedTrial(bytes: bytes) else { return nil }
            self = .finished(trial)
            return
        }
        var reader = ByteReader(bytes.dropFirst())
        guard let lease = reader.lease() else { return nil }
        switch kind {
        case 3:
            guard let content = reader.bytes(reader.restCount), !content.isEmpty else { return nil }
            self = .checkpoint(lease, content: content)
        case 4:
            guard let step = reader.number(UInt64.self), step <= WireLimits.step,
                reader.restCount == 0
            else { return nil }
            self = .continued(lease, step: step)
        case 5:
            guard reader.restCount <= WireLimits.messageBytes,
                let text = reader.bytes(reader.restCount)
            else { return nil }
            self = .refused(lease, reason: String(decoding: text, as: UTF8.self))
        default: return nil
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ lease: Lease) {
        appendLittleEndian(UInt64(lease.trial.rawValue))
        appendLittleEndian(UInt32(lease.attempt))
    }
}

extension ByteReader {
    fileprivate mutating func lease() -> Lease? {
        guard let trial = number(UInt64.self), trial < SweepPlan.trialLimit,
            let attempt = number(UInt32.self), attempt <= WireLimits.attempt
        else { return nil }
        return Lease(TrialID(Int(trial)), attempt: Int(attempt))
    }
}
