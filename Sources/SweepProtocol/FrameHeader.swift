import SweepCore

/// The first frame of every message: magic, version, type, length of the body, session.
///
/// This layout never changes, so that every version can tell what another one speaks.
struct FrameHeader: Hashable, Sendable {
    static let magic: [UInt8] = Array("CSWP".utf8)

    var version = Message.version
    var kind: UInt16
    var bodyByteCount: UInt32
    /// 0 for none.
    var session: UInt64

    init(kind: Message.Kind, bodyByteCount: Int, session: WorkerID?) {
        self.kind = kind.rawValue
        self.bodyByteCount = UInt32(bodyByteCount)
        self.session = session?.rawValue ?? 0
    }

    /// The 20 bytes, numbers big-endian.
    var bytes: [UInt8] {
        var bytes = Self.magic
        bytes.reserveCapacity(WireLimits.headerBytes)
        func append(_ number: some FixedWidthInteger) {
            withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
        }
        append(version)
        append(kind)
        append(bodyByteCount)
        append(session)
        return bytes
    }

    /// - Throws: ``ProtocolError/headerLength(_:)`` or ``ProtocolError/magic``.
    init(_ frame: Frame) throws(ProtocolError) {
        guard frame.count == WireLimits.headerBytes else { throw .headerLength(frame.count) }
        guard frame.starts(with: Self.magic) else { throw .magic }
        func number(_ range: Range<Int>) -> UInt64 {
            frame[range].reduce(0) { $0 << 8 | UInt64($1) }
        }
        version = UInt16(truncatingIfNeeded: number(4..<6))
        kind = UInt16(truncatingIfNeeded: number(6..<8))
        bodyByteCount = UInt32(truncatingIfNeeded: number(8..<12))
        session = number(12..<20)
    }
}
