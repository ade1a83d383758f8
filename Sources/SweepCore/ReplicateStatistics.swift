/// Mean and spread of one metric over the seeds of a grid point.
///
/// Sums are taken in the order given (seed order), in two passes, so the bits do not depend on
/// which worker finished first.
public struct ReplicateStatistics: Hashable, Sendable {
    /// Replicates that have a value.
    public let count: Int
    /// nil when there is no replicate.
    public let mean: Double?
    /// Sample standard deviation (n − 1); nil below two replicates.
    public let standardDeviation: Double?
    /// s / √n; nil below two replicates.
    public let standardError: Double?

    /// - Parameter values: One value a replicate, in seed order.
    public init(_ values: some Collection<Double>) {
        count = values.count
        guard count > 0 else {
            (mean, standardDeviation, standardError) = (nil, nil, nil)
            return
        }
        // Equal values have exactly that mean, and no spread that is only the rounding of sums.
        if let first = values.first, values.allSatisfy({ $0 == first }) {
            mean = first
            (standardDeviation, standardError) = count > 1 ? (0, 0) : (nil, nil)
            return
        }
        var sum = 0.0
        for value in values { sum += value }
        let average = sum / Double(count)
        mean = average
        var squares = 0.0
        for value in values { squares += (value - average) * (value - average) }
        let deviation = (squares / Double(count - 1)).squareRoot()
        standardDeviation = deviation
        standardError = deviation / Double(count).squareRoot()
    }
}
