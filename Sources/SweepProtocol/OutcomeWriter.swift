import SweepCore

/// Appends the pieces of an outcome, checking each. Numbers are little-endian.
struct OutcomeWriter {
    var bytes: [UInt8] = []

    mutating func append(metrics: [NamedMetric]) throws(OutcomeError) {
        try append(count: metrics.count)
        var names = UniqueNames()
        for metric in metrics {
            try append(name: metric.name, in: &names)
            try append(optional: metric.value, name: metric.name)
        }
    }

    mutating func append(arrays: [NamedArray]) throws(OutcomeError) {
        try append(count: arrays.count)
        var names = UniqueNames()
        for array in arrays {
            try append(name: array.name, in: &names)
            guard array.shape.count <= OutcomeCodec.dimensionCount,
                elementCount(array.shape) == array.values.count
            else { throw .shape(name: array.name) }
            bytes.append(UInt8(array.shape.count))
            for dimension in array.shape { append(UInt32(dimension)) }
            guard array.values.allSatisfy(\.isFinite) else { throw .nonFinite(name: array.name) }
            #if _endian(little)
                array.values.withUnsafeBytes { bytes.append(contentsOf: $0) }
            #else
                for value in array.values { append(value.bitPattern) }
            #endif
        }
    }

    mutating func append(diagnostics: [NamedDiagnostic]) throws(OutcomeError) {
        try append(count: diagnostics.count)
        var names = UniqueNames()
        for diagnostic in diagnostics {
            try append(name: diagnostic.name, in: &names)
            switch diagnostic.value {
            case .number(let number): try append(optional: number, name: diagnostic.name)
            case .text(let text):
                bytes.append(2)
                try append(text: text, name: diagnostic.name)
            }
        }
    }

    mutating func append(text: String, name: String) throws(OutcomeError) {
        let utf8 = text.utf8
        guard utf8.count <= OutcomeCodec.textBytes else { throw .textTooLong(name: name) }
        append(UInt16(utf8.count))
        bytes.append(contentsOf: utf8)
    }

    private mutating func append(optional value: Double?, name: String) throws(OutcomeError) {
        guard let value else {
            bytes.append(0)
            return
        }
        guard value.isFinite else { throw .nonFinite(name: name) }
        bytes.append(1)
        append(value.bitPattern)
    }

    private mutating func append(
        name: String, in names: inout UniqueNames
    ) throws(OutcomeError) {
        try names.insert(name)
        bytes.append(UInt8(name.utf8.count))
        bytes.append(contentsOf: name.utf8)
    }

    private mutating func append(count: Int) throws(OutcomeError) {
        guard count <= OutcomeCodec.entryCount else { throw .tooManyEntries }
        append(UInt16(count))
    }

    private mutating func append(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }
}

/// The names of one list: valid, and each once.
struct UniqueNames {
    private var names: Set<String> = []

    mutating func insert(_ name: String) throws(OutcomeError) {
        let isValid = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard isValid, (1...OutcomeCodec.nameBytes).contains(name.utf8.count) else {
            throw .name(name)
        }
        guard names.insert(name).inserted else { throw .duplicateName(name) }
    }
}

/// Elements of an array of this shape, or nil when a dimension or the product is out of range.
func elementCount(_ shape: [Int]) -> Int? {
    var count = 1
    for dimension in shape {
        guard (0...Int(Int32.max)).contains(dimension) else { return nil }
        let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
        guard !overflow else { return nil }
        count = product
    }
    return count
}
