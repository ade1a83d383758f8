/// Bytes of a pipe put together to frames: four bytes of length, little-endian, and as many bytes.
public struct FrameBuffer: Sendable {
    /// A frame that is longer than its reader allows; the stream is of no use after it.
    public struct TooLong: Error, Hashable, Sendable {
        public let byteCount: Int

        public init(byteCount: Int) { self.byteCount = byteCount }
    }

    private let limit: Int
    private var bytes: [UInt8] = []
    /// Bytes at the front that have been handed out.
    private var start = 0

    /// - Parameter limit: Bytes of the longest frame.
    public init(limit: Int) { self.limit = limit }

    /// Adds bytes as they were read.
    public mutating func append(_ piece: some Collection<UInt8>) {
        // Frames that were handed out are dropped now and then, not one by one.
        if start > 1 << 16, start > bytes.count / 2 {
            bytes.removeFirst(start)
            start = 0
        }
        bytes += piece
    }

    /// Takes the next whole frame, or nil when there is none yet.
    ///
    /// - Throws: ``TooLong`` as soon as the length is known.
    public mutating func next() throws(TooLong) -> [UInt8]? {
        guard bytes.count - start >= 4 else { return nil }
        let length = (0..<4).reduce(0) { $0 | Int(bytes[start + $1]) << (8 * $1) }
        guard length <= limit else { throw TooLong(byteCount: length) }
        guard bytes.count - start >= 4 + length else { return nil }
        let frame = Array(bytes[start + 4..<start + 4 + length])
        start += 4 + length
        if start == bytes.count {
            bytes.removeAll(keepingCapacity: bytes.count <= 1 << 20)
            start = 0
        }
        return frame
    }

    /// The bytes of one frame.
    public static func frame(_ payload: [UInt8]) -> [UInt8] {
        precondition(payload.count <= UInt32.max, "a frame of \(payload.count) bytes")
        var frame: [UInt8] = []
        frame.reserveCapacity(4 + payload.count)
        frame.appendLittleEndian(UInt32(payload.count))
        frame += payload
        return frame
    }
}

extension [UInt8] {
    mutating func appendLittleEndian(_ number: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }
}

/// Reads numbers from the front of some bytes; nil when they end too early.
struct ByteReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: some Sequence<UInt8>) { rest = Array(bytes)[...] }

    var restCount: Int { rest.count }

    mutating func number<Number: FixedWidthInteger & UnsignedInteger>(
        _ type: Number.Type
    ) -> Number? {
        let size = MemoryLayout<Number>.size
        guard rest.count >= size else { return nil }
        var number: Number = 0
        for byte in rest.prefix(size).reversed() { number = number << 8 | Number(byte) }
        rest = rest.dropFirst(size)
        return number
    }

    mutating func bytes(_ count: Int) -> [UInt8]? {
        guard count >= 0, rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }
}
