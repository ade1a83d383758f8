import SweepPhysics

/// A table of inputs, row-major: numbers, or bytes that each stand for one of 256 numbers, which
/// take an eighth of the memory.
public enum TrainingInputs: Hashable, Sendable {
    case numbers([Double])
    /// - `values`: what the bytes 0 … 255 stand for.
    case bytes([UInt8], values: [Double])

    public var count: Int {
        switch self {
        case .numbers(let numbers): numbers.count
        case .bytes(let bytes, _): bytes.count
        }
    }

    /// The numbers of a run of the table.
    public subscript(range: Range<Int>) -> [Double] {
        switch self {
        case .numbers(let numbers): Array(numbers[range])
        case .bytes(let bytes, let values): bytes[range].map { values[Int($0)] }
        }
    }

    /// Copies a run of the table, converted.
    func copy<Scalar: TrainingScalar>(
        _ range: Range<Int>, to target: UnsafeMutablePointer<Scalar>
    ) {
        switch self {
        case .numbers(let numbers):
            // One check for a run: the conversion is then a loop of vectors.
            numbers[range].withUnsafeBufferPointer { source in
                for place in 0..<source.count { target[place] = Scalar(source[place]) }
            }
        case .bytes(let bytes, let values):
            for place in range {
                target[place - range.lowerBound] = Scalar(values[Int(bytes[place])])
            }
        }
    }

    /// Adds what tells one table from another.
    func add(to print: inout Fingerprint) {
        switch self {
        case .numbers(let numbers): print.add(numbers)
        case .bytes(let bytes, let values):
            let content = Fingerprint(of: bytes[...])
            print.add(content.high)
            print.add(content.low)
            print.add(values)
        }
    }
}
