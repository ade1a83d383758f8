import SweepCore

/// The bytes of a trial's numbers in the ledger: little-endian, the same on every machine.
///
/// Names are not in them: a row refers to its layout, the list of names, which is stored once.
enum OutcomeCoding {
    /// A metric that was never reached: one NaN, which no computed metric can be.
    private static let missing: UInt64 = 0x7FF8_0000_0000_0000

    /// Numbers the ledger refuses, since no table could show them.
    static func isWellFormed(_ outcome: TrialOutcome) -> Bool {
        let diagnostics: [NamedDiagnostic]
        switch outcome {
        case .success(let result):
            diagnostics = result.diagnostics
            guard areDistinct(result.metrics.map(\.name)), areDistinct(result.arrays.map(\.name)),
                result.metrics.allSatisfy({ $0.value?.isFinite ?? true }),
                result.arrays.allSatisfy({ product($0.shape) == $0.values.count })
            else { return false }
        case .failure(_, let list): diagnostics = list
        }
        return areDistinct(diagnostics.map(\.name))
    }

    /// The number of values of a shape; nil when negative or past an Int.
    static func product(_ shape: [Int]) -> Int? {
        var count = 1
        for extent in shape {
            let (value, overflow) = count.multipliedReportingOverflow(by: extent)
            if extent < 0 || overflow { return nil }
            count = value
        }
        return count
    }

    private static func areDistinct(_ names: [String]) -> Bool {
        // Bytes, as a search for a text costs more than all the rest of a commit.
        Set(names).count == names.count
            && names.allSatisfy { !$0.isEmpty && !$0.utf8.contains(UInt8(ascii: "\n")) }
    }

    /// A list of names as one text, one a line.
    static func layout(_ names: [String]) -> String { names.joined(separator: "\n") }

    static func names(ofLayout text: String) -> [String] {
        text.isEmpty ? [] : text.split(separator: "\n").map(String.init)
    }

    // MARK: - Metrics

    static func encode(metrics: [NamedMetric]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(8 * metrics.count)
        for metric in metrics { append(metric.value?.bitPattern ?? missing, to: &bytes) }
        return bytes
    }

    /// - Returns: nil when the bytes do not fit the names.
    static func decodeMetrics(_ bytes: [UInt8], names: [String]) -> [NamedMetric]? {
        guard bytes.count == 8 * names.count else { return nil }
        return names.indices.map { index in
            let pattern = word(bytes, at: 8 * index)
            return NamedMetric(
                names[index], pattern == missing ? nil : Double(bitPattern: pattern))
        }
    }

    // MARK: - Arrays

    static func encode(values: [Double]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(8 * values.count)
        for value in values { append(value.bitPattern, to: &bytes) }
        return bytes
    }

    static func decodeValues(_ bytes: [UInt8]) -> [Double]? {
        guard bytes.count % 8 == 0 else { return nil }
        return (0..<bytes.count / 8).map { Double(bitPattern: word(bytes, at: 8 * $0)) }
    }

    /// "3x12x12"; the empty text for a scalar.
    static func encode(shape: [Int]) -> String {
        shape.map(String.init).joined(separator: "x")
    }

    static func decodeShape(_ text: String) -> [Int]? {
        if text.isEmpty { return [] }
        let extents = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        let shape = extents.compactMap { $0 }
        return shape.count == extents.count ? shape : nil
    }

    /// One digest for all arrays of a trial; nil when there is none.
    static func digest(arrays: [(name: String, shape: String, data: [UInt8])]) -> ContentDigest? {
        guard !arrays.isEmpty else { return nil }
        var builder = DigestBuilder()
        for array in arrays {
            builder.append(array.name)
            builder.append(array.shape)
            builder.append(field: array.data)
        }
        return builder.finish()
    }

    // MARK: - Diagnostics

    /// A tag byte each: 0 missing, 1 number (8 bytes), 2 text (4 bytes of length, UTF-8).
    static func encode(diagnostics: [NamedDiagnostic]) -> [UInt8] {
        var bytes: [UInt8] = []
        for diagnostic in diagnostics {
            switch diagnostic.value {
            case .number(nil): bytes.append(0)
            case .number(let number?):
                bytes.append(1)
                append(number.bitPattern, to: &bytes)
            case .text(let text):
                bytes.append(2)
                let utf8 = Array(text.utf8)
                withUnsafeBytes(of: UInt32(utf8.count).littleEndian) {
                    bytes.append(contentsOf: $0)
                }
                bytes.append(contentsOf: utf8)
            }
        }
        return bytes
    }

    /// - Returns: nil when the bytes do not fit the names.
    static func decodeDiagnostics(_ bytes: [UInt8], names: [String]) -> [NamedDiagnostic]? {
        var place = 0
        var list: [NamedDiagnostic] = []
        for name in names {
            guard place < bytes.count else { return nil }
            let tag = bytes[place]
            place += 1
            switch tag {
            case 0: list.append(NamedDiagnostic(name, nil))
            case 1:
                guard bytes.count - place >= 8 else { return nil }
                list.append(NamedDiagnostic(name, Double(bitPattern: word(bytes, at: place))))
                place += 8
            case 2:
                guard bytes.count - place >= 4 else { return nil }
                let count = (0..<4).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
                place += 4
                guard bytes.count - place >= count else { return nil }
                let text = String(decoding: bytes[place..<place + count], as: UTF8.self)
                list.append(NamedDiagnostic(name, text: text))
                place += count
            default: return nil
            }
        }
        return place == bytes.count ? list : nil
    }

    // MARK: - Words

    private static func append(_ word: UInt64, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private static func word(_ bytes: [UInt8], at place: Int) -> UInt64 {
        bytes.withUnsafeBytes {
            UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: place, as: UInt64.self))
        }
    }
}
