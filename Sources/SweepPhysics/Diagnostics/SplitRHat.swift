/// Split R̂: agreement of the halves of one or more chains, 1 when they sample the same law.
///
/// Source: Gelman et al., Bayesian Data Analysis (3rd ed.), section 11.4.
public enum SplitRHat {
    /// - Parameter chains: One or more chains of the same quantity.
    /// - Returns: nil when a half has fewer than two values, or nothing varies.
    public static func value(_ chains: [[Double]]) -> Double? {
        var means: [Double] = []
        var variances: [Double] = []
        let length = (chains.map(\.count).min() ?? 0) / 2
        guard length >= 2 else { return nil }
        for chain in chains {
            for half in [chain.prefix(length), chain.suffix(length)] {
                let mean = half.reduce(0, +) / Double(length)
                means.append(mean)
                variances.append(
                    half.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(length - 1))
            }
        }
        let count = Double(means.count)
        let within = variances.reduce(0, +) / count
        let mean = means.reduce(0, +) / count
        let betweenOverLength =
            means.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
        guard within > 0 else { return nil }
        let size = Double(length)
        return (((size - 1) / size * within + betweenOverLength) / within).squareRoot()
    }
}
