import SweepCore
import SwiftProtobuf

/// One frame of a multi-part message.
public typealias Frame = [UInt8]

/// Messages to frames and back. Any bytes are safe to decode.
public enum MessageCodec {
    /// The frames of a message: a header, and a body unless it is empty.
    ///
    /// - Throws: ``ProtocolError`` when the message breaks a bound, so that no peer is sent what
    ///   it must refuse.
    public static func encode(_ envelope: Envelope) throws(ProtocolError) -> [Frame] {
        let message = envelope.message
        let kind = message.kind
        try message.check()
        let body = try encodedBody(message)
        guard body.count <= WireLimits.bodyBytes(kind) else {
            throw .bodyTooLong(kind, byteCount: body.count)
        }
        let header = FrameHeader(
            kind: kind, bodyByteCount: body.count, session: envelope.session)
        return body.isEmpty ? [header.bytes] : [header.bytes, body]
    }

    /// The message in `frames`, with every bound of ``WireLimits`` checked.
    ///
    /// - Parameters:
    ///   - frames: The frames without routing id, as they were received.
    ///   - sender: The side they came from; messages of the other side are refused.
    /// - Throws: ``ProtocolError`` for anything but a message this version would have sent.
    public static func decode(
        _ frames: [Frame], from sender: Message.Side
    ) throws(ProtocolError) -> Envelope {
        guard (1...2).contains(frames.count) else { throw .frameCount(frames.count) }
        let header = try FrameHeader(frames[0])
        // A refusal must be readable whatever version the refusing side speaks.
        guard header.version == Message.version || header.kind == Message.Kind.reject.rawValue
        else { throw .version(header.version) }
        guard let kind = Message.Kind(rawValue: header.kind) else {
            throw .unknownKind(header.kind)
        }
        guard kind.sender == sender else { throw .wrongDirection(kind) }
        let body = frames.count == 2 ? frames[1] : []
        guard body.count == Int(header.bodyByteCount), frames.count == 1 || !body.isEmpty else {
            throw .bodyLength(kind, declared: header.bodyByteCount, received: body.count)
        }
        guard body.count <= WireLimits.bodyBytes(kind) else {
            throw .bodyTooLong(kind, byteCount: body.count)
        }
        let message = try decodedBody(kind, body, version: header.version)
        try message.check()
        let session = header.session == 0 ? nil : WorkerID(rawValue: header.session)
        return Envelope(message, session: session)
    }

    private static func encodedBody(_ message: Message) throws(ProtocolError) -> [UInt8] {
        let kind = message.kind
        return switch message {
        case .hello(let hello, let description):
            try serialized(WireHello(hello, description), kind)
        case .heartbeat(let value): try serialized(WireHeartbeat(value), kind)
        case .resultPart(let value), .checkpointPart(let value), .checkpointPiece(let value):
            try serialized(WireResultPart(value), kind)
        case .crashed(let value): try serialized(WireCrashed(value), kind)
        case .returned(let value), .takeBack(let value), .cancel(let value):
            try serialized(WireLeases(value), kind)
        case .welcome(let value): try serialized(WireWelcome(value), kind)
        case .reject(let value): try serialized(WireReject(value), kind)
        case .assign(let value): try serialized(WireAssign(value), kind)
        case .heartbeatAck(let sequence):
            try serialized(WireHeartbeatAck.with { $0.sequence = sequence }, kind)
        case .resultCredit(let value), .checkpointCredit(let value):
            try serialized(WireResultCredit(value), kind)
        case .acknowledge(let value): try serialized(WireAcknowledge(value), kind)
        case .dismiss(let value): try serialized(WireDismiss(value), kind)
        case .checkpointAck(let value): try serialized(WireCheckpointAck(value), kind)
        case .fetchCheckpoint(let value): try serialized(WireCheckpointFetch(value), kind)
        case .continued(let value): try serialized(WireContinued(value), kind)
        case .ping, .drain, .bye, .saveCheckpoints: []
        }
    }

    private static func decodedBody(
        _ kind: Message.Kind, _ body: [UInt8], version: UInt16
    ) throws(ProtocolError) -> Message {
        switch kind {
        case .hello: try parsed(WireHello.self, kind, body).message()
        case .heartbeat: .heartbeat(try parsed(WireHeartbeat.self, kind, body).heartbeat())
        case .resultPart: .resultPart(try parsed(WireResultPart.self, kind, body).part(of: kind))
        case .crashed: .crashed(try parsed(WireCrashed.self, kind, body).crash())
        case .returned: .returned(try parsed(WireLeases.self, kind, body).leases(of: kind))
        case .takeBack: .takeBack(try parsed(WireLeases.self, kind, body).leases(of: kind))
        case .cancel: .cancel(try parsed(WireLeases.self, kind, body).leases(of: kind))
        case .welcome: .welcome(try parsed(WireWelcome.self, kind, body).welcome())
        case .reject:
            .reject(
                try parsed(
                    WireReject.self, kind, body, allowingUnknownFields: version != Message.version
                ).reject())
        case .assign: .assign(try parsed(WireAssign.self, kind, body).assignment())
        case .heartbeatAck:
            .heartbeatAck(sequence: try parsed(WireHeartbeatAck.self, kind, body).sequence)
        case .resultCredit:
            .resultCredit(try parsed(WireResultCredit.self, kind, body).credit(of: kind))
        case .acknowledge:
            .acknowledge(try parsed(WireAcknowledge.self, kind, body).acknowledgement())
        case .dismiss: .dismiss(try parsed(WireDismiss.self, kind, body).dismissal())
        case .checkpointPart:
            .checkpointPart(try parsed(WireResultPart.self, kind, body).part(of: kind))
        case .checkpointPiece:
            .checkpointPiece(try parsed(WireResultPart.self, kind, body).part(of: kind))
        case .checkpointCredit:
            .checkpointCredit(try parsed(WireResultCredit.self, kind, body).credit(of: kind))
        case .checkpointAck:
            .checkpointAck(try parsed(WireCheckpointAck.self, kind, body).acknowledgement())
        case .fetchCheckpoint:
            .fetchCheckpoint(try parsed(WireCheckpointFetch.self, kind, body).fetch())
        case .continued: .continued(try parsed(WireContinued.self, kind, body).continuation())
        case .saveCheckpoints: .saveCheckpoints
        case .ping: .ping
        case .drain: .drain
        case .bye: .bye
        }
    }

    private static func serialized(
        _ body: some SwiftProtobuf.Message, _ kind: Message.Kind
    ) throws(ProtocolError) -> [UInt8] {
        do {
            let bytes: [UInt8] = try body.serializedBytes()
            return bytes
        } catch {
            // Only a message over 2 GiB ends here.
            throw .undecodable(kind)
        }
    }

    private static func parsed<Body: SwiftProtobuf.Message & CheckedBody>(
        _ type: Body.Type, _ kind: Message.Kind, _ body: [UInt8],
        allowingUnknownFields: Bool = false
    ) throws(ProtocolError) -> Body {
        var options = BinaryDecodingOptions()
        options.messageDepthLimit = WireLimits.messageDepth
        let parsed: Body
        do {
            parsed = try Body(serializedBytes: body, options: options)
        } catch {
            throw .undecodable(kind)
        }
        guard allowingUnknownFields || !parsed.hasUnknownFields else {
            throw .unknownFields(kind)
        }
        return parsed
    }
}
