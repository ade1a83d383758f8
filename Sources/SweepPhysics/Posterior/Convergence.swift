/// What the kept iterations of the chains of one trial say about themselves.
struct Convergence {
    let alignmentMeans: [Double]
    let alignmentErrors: [Double]
    let potentialMean: Double
    let potentialError: Double
    /// Smallest over U and the CKA of every layer; quantities that do not vary do not count.
    let effectiveSamples: Double
    /// Largest over U and the CKA of every layer.
    let autocorrelationTime: Double
    /// Largest over U and the CKA of every layer.
    let splitRHat: Double
    let acceptance: Double
    /// Iterations kept by the chain that kept fewest.
    let shortest: Int

    init(_ records: [ChainRecord]) {
        let total = records.reduce(0) { $0 + $1.count }
        shortest = records.map(\.count).min() ?? 0
        acceptance =
            total == 0 ? 0 : records.reduce(0) { $0 + $1.acceptanceSum } / Double(total)
        let layers = records.first?.alignment.count ?? 0
        let potentials = records.map(\.potential)
        let alignments = (0..<layers).map { layer in records.map { $0.alignment[layer] } }
        func mean(_ chains: [[Double]]) -> Double {
            chains.reduce(0) { $0 + $1.reduce(0, +) } / Double(max(total, 1))
        }
        potentialMean = mean(potentials)
        alignmentMeans = alignments.map(mean)
        // A quantity that never moves, like the CKA of two points, has no error.
        potentialError = Autocorrelation.standardError(potentials) ?? 0
        alignmentErrors = alignments.map { Autocorrelation.standardError($0) ?? 0 }
        let quantities = [potentials] + alignments
        let times = quantities.compactMap(Autocorrelation.integratedTime)
        // Nothing varies: a chain that does not move has no effective samples.
        autocorrelationTime = times.max() ?? .infinity
        effectiveSamples = Double(total) / autocorrelationTime
        splitRHat = quantities.compactMap(SplitRHat.value).max() ?? .infinity
    }
}
