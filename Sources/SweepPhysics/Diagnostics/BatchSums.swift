/// Sums of a vector over stretches of a chain that are all equally long: enough to tell the
/// standard error of any function of its chain mean, in bounded memory.
///
/// With 2 B batches full, neighbours are added and each batch is twice as long. A smooth function
/// f of the mean m has, to first order (delta method), the error of the scalar ∇f(m) · x, whose
/// batch means are a shorter chain: ``standardError(_:of:)`` looks at them as at any chain.
struct BatchSums {
    /// Complete batches.
    private(set) var sums: [[Double]] = []
    /// Iterations in each batch.
    private(set) var length = 1
    /// Iterations added, those of an incomplete batch too.
    private(set) var count = 0

    private var open: [Double]
    private var openCount = 0
    private let limit: Int

    /// - Parameter size: Length of the vectors.
    init(size: Int) {
        open = Array(repeating: 0, count: size)
        limit = Self.limit(size: size)
    }

    /// Most batches that are kept: 64, fewer of long vectors, so that they stay below 32 MiB as
    /// long as 16 of them do.
    static func limit(size: Int) -> Int {
        for limit in [64, 32] where limit * size * 8 <= 32 << 20 { return limit }
        return 16
    }

    mutating func add(_ vector: [Double]) {
        precondition(vector.count == open.count, "a vector of another length")
        for index in open.indices { open[index] += vector[index] }
        count += 1
        openCount += 1
        guard openCount == length else { return }
        sums.append(open)
        open = Array(repeating: 0, count: open.count)
        openCount = 0
        if sums.count == limit { merge() }
    }

    private mutating func merge() {
        var merged: [[Double]] = []
        merged.reserveCapacity(limit)
        for pair in stride(from: 0, to: sums.count, by: 2) {
            merged.append(zip(sums[pair], sums[pair + 1]).map { $0 + $1 })
        }
        sums = merged
        length *= 2
    }

    /// Batch means of `direction` · x, in batches of `wanted` iterations, a multiple of ours.
    private func projection(on direction: [Double], length wanted: Int) -> [Double] {
        let each = wanted / length
        let values = sums.map { sum in
            zip(sum, direction).reduce(0) { $0 + $1.0 * $1.1 } / Double(wanted)
        }
        return (0..<values.count / each).map { values[$0 * each..<($0 + 1) * each].reduce(0, +) }
    }

    /// Standard error of `direction` · (mean of x over all chains), by the estimator of all chain
    /// means, s √(τ / n) with Sokal's window, over batches.
    ///
    /// - Returns: 0 for a quantity that does not vary; it has no error.
    static func standardError(_ chains: [BatchSums], of direction: [Double]) -> Double {
        let length = chains.map(\.length).max() ?? 1
        let series = chains.map { $0.projection(on: direction, length: length) }
        guard let error = Autocorrelation.standardError(series) else { return 0 }
        // What lies in incomplete batches is in the mean and not in the series.
        let covered = length * series.reduce(0) { $0 + $1.count }
        let total = chains.reduce(0) { $0 + $1.count }
        return error * (Double(covered) / Double(max(total, 1))).squareRoot()
    }
}

extension BatchSums {
    func write(to writer: inout CheckpointWriter) {
        writer.write(length)
        writer.write(count)
        writer.write(openCount)
        writer.write(open)
        writer.write(sums.count)
        for sum in sums { writer.write(sum) }
    }

    init(size: Int, from reader: inout CheckpointReader) throws(CheckpointRefusal) {
        self.init(size: size)
        length = try reader.count()
        count = try reader.count()
        openCount = try reader.count(upTo: max(length - 1, 0))
        open = try reader.doubles(size)
        let complete = try reader.count(upTo: limit - 1)
        for _ in 0..<complete { sums.append(try reader.doubles(size)) }
        let (covered, overflows) = complete.multipliedReportingOverflow(by: length)
        guard length > 0, !overflows, covered + openCount == count else { throw .damaged }
    }
}
