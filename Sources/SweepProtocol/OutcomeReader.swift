import SweepCore

/// Takes an outcome apart, refusing whatever ``OutcomeWriter`` does not write.
struct OutcomeReader {
    let bytes: [UInt8]
    private var place = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { place == bytes.count }

    private var remaining: Int { bytes.count - place }

    mutating func byte() throws(OutcomeError) -> UInt8 {
        guard remaining >= 1 else { throw .malformed }
        defer { place += 1 }
        return bytes[place]
    }

    mutating func metrics() throws(OutcomeError) -> [NamedMetric] {
        var names = UniqueNames()
        var metrics: [NamedMetric] = []
        for _ in 0..<(try count()) {
            let name = try name(in: &names)
            switch try byte() {
            case 0: metrics.append(NamedMetric(name, nil))
            case 1: metrics.append(NamedMetric(name, try double(name)))
            default: throw .malformed
            }
        }
        return metrics
    }

    mutating func arrays() throws(OutcomeError) -> [NamedArray] {
        var names = UniqueNames()
        var arrays: [NamedArray] = []
        for _ in 0..<(try count()) {
            let name = try name(in: &names)
            let rank = Int(try byte())
            guard rank <= OutcomeCodec.dimensionCount else { throw .malformed }
            var shape: [Int] = []
            for _ in 0..<rank { shape.append(Int(try integer(UInt32.self))) }
            // Before anything of that size is allocated.
            guard let count = elementCount(shape), count <= remaining / 8 else {
                throw .malformed
            }
            let start = place
            let values = [Double](unsafeUninitializedCapacity: count) { buffer, filled in
                bytes.withUnsafeBytes { source in
                    for index in 0..<count {
                        let bits = source.loadUnaligned(
                            fromByteOffset: start + 8 * index, as: UInt64.self)
                        buffer.initializeElement(
                            at: index, to: Double(bitPattern: UInt64(littleEndian: bits)))
                    }
                }
                filled = count
            }
            place += 8 * count
            guard values.allSatisfy(\.isFinite) else { throw .nonFinite(name: name) }
            arrays.append(NamedArray(name, shape: shape, values))
        }
        return arrays
    }

    mutating func diagnostics() throws(OutcomeError) -> [NamedDiagnostic] {
        var names = UniqueNames()
        var diagnostics: [NamedDiagnostic] = []
        for _ in 0..<(try count()) {
            let name = try name(in: &names)
            switch try byte() {
            case 0: diagnostics.append(NamedDiagnostic(name, nil))
            case 1: diagnostics.append(NamedDiagnostic(name, try double(name)))
            case 2: diagnostics.append(NamedDiagnostic(name, text: try text()))
            default: throw .malformed
            }
        }
        return diagnostics
    }

    mutating func text() throws(OutcomeError) -> String {
        try string(byteCount: Int(try integer(UInt16.self)))
    }

    private mutating func count() throws(OutcomeError) -> Int {
        let count = Int(try integer(UInt16.self))
        guard count <= OutcomeCodec.entryCount else { throw .tooManyEntries }
        return count
    }

    private mutating func name(in names: inout UniqueNames) throws(OutcomeError) -> String {
        let name = try string(byteCount: Int(try byte()))
        try names.insert(name)
        return name
    }

    private mutating func string(byteCount: Int) throws(OutcomeError) -> String {
        guard byteCount <= remaining else { throw .malformed }
        let utf8 = bytes[place..<place + byteCount]
        guard let text = String(validating: utf8, as: UTF8.self) else { throw .malformed }
        place += byteCount
        return text
    }

    private mutating func double(_ name: String) throws(OutcomeError) -> Double {
        let value = Double(bitPattern: try integer(UInt64.self))
        guard value.isFinite else { throw .nonFinite(name: name) }
        return value
    }

    private mutating func integer<Number: FixedWidthInteger>(
        _ type: Number.Type
    ) throws(OutcomeError) -> Number {
        let size = MemoryLayout<Number>.size
        guard size <= remaining else { throw .malformed }
        defer { place += size }
        let start = place
        return bytes.withUnsafeBytes {
            Number(littleEndian: $0.loadUnaligned(fromByteOffset: start, as: Number.self))
        }
    }
}
