/// Why the bytes of a checkpoint cannot be taken up.
package struct CheckpointRefusal: Error, Hashable {
    package let reason: String

    package static let damaged = CheckpointRefusal(reason: "it is damaged")
    package static let foreign = CheckpointRefusal(
        reason: "it belongs to another trial, other settings, other data or other kernels")
    package static let otherBits = CheckpointRefusal(
        reason: "this machine does not compute the same bits as the one that made it")
    package static let version = CheckpointRefusal(
        reason: "it is of another version of the sampler")
}

/// The bytes of a checkpoint, little-endian:
///
///     state     = "CSK1" version identity body checksum
///     version   = 4 bytes; of the layout and of everything that decides the numbers of a chain
///     identity  = 16 bytes; fingerprint of all that the chain depends on
///     checksum  = 8 bytes; fingerprint of all before
///
/// Who transports it has a better checksum (SHA-256); this one makes a mistake of ours visible.
package struct CheckpointWriter {
    /// To be raised whenever the same state would go on to other numbers.
    package static let version: UInt32 = 2
    static let magic = Array("CSK1".utf8)
    static let headBytes = 4 + 4 + 16
    static let checksumBytes = 8

    private var bytes: [UInt8]

    package init(identity: Fingerprint) {
        bytes = Self.magic
        append(Self.version)
        append(identity.high)
        append(identity.low)
    }

    package mutating func write(_ number: Int) { append(UInt64(bitPattern: Int64(number))) }
    package mutating func write(_ number: UInt64) { append(number) }
    package mutating func write(_ number: Double) { append(number.bitPattern) }
    package mutating func write(_ flag: Bool) { bytes.append(flag ? 1 : 0) }

    package mutating func write(_ number: Int?) {
        write(number != nil)
        if let number { write(number) }
    }

    /// Count and values.
    package mutating func write(_ values: [Double]) {
        values.withUnsafeBufferPointer { write($0) }
    }

    /// Count and values, all their bits.
    package mutating func write(_ values: UnsafeBufferPointer<Double>) {
        write(values.count)
        #if _endian(little)
            bytes.append(contentsOf: UnsafeRawBufferPointer(values))
        #else
            for value in values { append(value.bitPattern) }
        #endif
    }

    /// Count of bytes and bytes, in the order in which this machine has them.
    package mutating func write(raw values: UnsafeRawBufferPointer) {
        write(values.count)
        bytes.append(contentsOf: values)
    }

    /// Count and bytes.
    package mutating func write(bytes values: [UInt8]) {
        write(values.count)
        bytes += values
    }

    /// The whole checkpoint.
    package consuming func finish() -> [UInt8] {
        let checksum = Fingerprint(of: bytes[...]).high
        append(checksum)
        return bytes
    }

    private mutating func append(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }
}

/// Reads what a ``CheckpointWriter`` wrote; any other bytes are refused and never trap.
package struct CheckpointReader {
    private var rest: ArraySlice<UInt8>

    /// Checks everything but the meaning of the body.
    package init(_ bytes: [UInt8], identity: Fingerprint) throws(CheckpointRefusal) {
        let least = CheckpointWriter.headBytes + CheckpointWriter.checksumBytes
        guard bytes.count >= least, bytes.starts(with: CheckpointWriter.magic) else {
            throw .damaged
        }
        let body = bytes.dropLast(CheckpointWriter.checksumBytes)
        rest = bytes[body.endIndex...]
        guard try number(UInt64.self) == Fingerprint(of: body).high else { throw .damaged }
        rest = body.dropFirst(CheckpointWriter.magic.count)
        guard try number(UInt32.self) == CheckpointWriter.version else { throw .version }
        let high = try number(UInt64.self)
        let low = try number(UInt64.self)
        guard high == identity.high, low == identity.low else { throw .foreign }
    }

    /// To be called at the end: nothing may be left.
    package func finish() throws(CheckpointRefusal) {
        guard rest.isEmpty else { throw .damaged }
    }

    package mutating func integer() throws(CheckpointRefusal) -> Int {
        guard let number = Int(exactly: Int64(bitPattern: try number(UInt64.self))) else {
            throw .damaged
        }
        return number
    }

    /// An integer that can be a count of something.
    package mutating func count(upTo limit: Int = 1 << 52) throws(CheckpointRefusal) -> Int {
        let number = try integer()
        guard (0...limit).contains(number) else { throw .damaged }
        return number
    }

    package mutating func word() throws(CheckpointRefusal) -> UInt64 { try number(UInt64.self) }
    package mutating func double() throws(CheckpointRefusal) -> Double {
        Double(bitPattern: try number(UInt64.self))
    }

    package mutating func flag() throws(CheckpointRefusal) -> Bool {
        guard let byte = rest.popFirst(), byte <= 1 else { throw .damaged }
        return byte == 1
    }

    package mutating func optionalInteger() throws(CheckpointRefusal) -> Int? {
        try flag() ? try integer() : nil
    }

    /// Count and values; the count has to be `expected` where one is given.
    package mutating func doubles(_ expected: Int? = nil) throws(CheckpointRefusal) -> [Double] {
        // Never more than what is there, so that no bytes make a large allocation.
        let count = try count(upTo: rest.count / 8)
        guard expected.map({ $0 == count }) ?? true else { throw .damaged }
        var values = [Double](repeating: 0, count: count)
        let taken = rest.prefix(8 * count)
        values.withUnsafeMutableBytes { $0.copyBytes(from: taken) }
        #if _endian(big)
            values = values.map { Double(bitPattern: UInt64(littleEndian: $0.bitPattern)) }
        #endif
        rest = rest.dropFirst(8 * count)
        return values
    }

    /// Bytes that were written raw; their count has to be that of `target`.
    package mutating func read(
        raw target: UnsafeMutableRawBufferPointer
    ) throws(CheckpointRefusal) {
        guard try count(upTo: rest.count) == target.count else { throw .damaged }
        target.copyBytes(from: rest.prefix(target.count))
        rest = rest.dropFirst(target.count)
    }

    /// Count and bytes.
    package mutating func bytes() throws(CheckpointRefusal) -> [UInt8] {
        let count = try count(upTo: rest.count)
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    private mutating func number<Number: FixedWidthInteger & UnsignedInteger>(
        _ type: Number.Type
    ) throws(CheckpointRefusal) -> Number {
        let size = MemoryLayout<Number>.size
        guard rest.count >= size else { throw .damaged }
        var number: Number = 0
        for byte in rest.prefix(size).reversed() { number = number << 8 | Number(byte) }
        rest = rest.dropFirst(size)
        return number
    }
}
