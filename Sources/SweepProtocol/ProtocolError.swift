/// What is wrong with the bytes of a peer. The message is dropped and counted; nothing else happens.
public enum ProtocolError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Neither one frame nor two, or more than were read.
    case frameCount(Int)
    case headerLength(Int)
    case magic
    /// The peer speaks another version; it is told ours.
    case version(UInt16)
    case unknownKind(UInt16)
    /// A message that only the other side may send.
    case wrongDirection(Message.Kind)
    case bodyLength(Message.Kind, declared: UInt32, received: Int)
    case bodyTooLong(Message.Kind, byteCount: Int)
    case undecodable(Message.Kind)
    /// Fields that this version does not know.
    case unknownFields(Message.Kind)
    /// A value outside its bounds.
    case field(Message.Kind, String)

    public var description: String {
        switch self {
        case .frameCount(let count): "\(count) frames instead of one or two"
        case .headerLength(let count):
            "a header of \(count) bytes instead of \(WireLimits.headerBytes)"
        case .magic: "the header does not begin with CSWP"
        case .version(let version):
            "protocol version \(version), but this is version \(Message.version)"
        case .unknownKind(let kind): "unknown message type \(kind)"
        case .wrongDirection(let kind): "\(kind) comes from the wrong side"
        case .bodyLength(let kind, let declared, let received):
            "\(kind) declares \(declared) bytes and has \(received)"
        case .bodyTooLong(let kind, let byteCount):
            "\(kind) has \(byteCount) bytes, at most \(WireLimits.bodyBytes(kind)) are allowed"
        case .undecodable(let kind): "the body of \(kind) cannot be decoded"
        case .unknownFields(let kind): "\(kind) has fields that this version does not know"
        case .field(let kind, let name): "\(kind): \(name) is out of bounds"
        }
    }

    /// What a coordinator answers; a worker that reads it stops instead of trying for ever.
    public var rejection: Reject {
        if case .version = self {
            return Reject(.version, message: "\(self); install the same version on both sides")
        }
        return Reject(.malformed, message: description)
    }
}
