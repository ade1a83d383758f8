/// Integrated autocorrelation time of a chain, with Sokal's self-consistent window.
///
///     τ = 1 + 2 Σ_{t=1}^{M} ρ(t),   M the smallest window with M ≥ 5 τ(M)
///
/// Source: Sokal 1997, "Monte Carlo Methods in Statistical Mechanics", section 3.
public enum Autocorrelation {
    /// Windows end where M ≥ windowFactor · τ.
    static let windowFactor = 5.0

    /// The integrated autocorrelation time in iterations, at least 1.
    ///
    /// - Parameter chains: One or more chains of the same quantity, each with its own mean removed;
    ///   their autocovariances are averaged.
    /// - Returns: nil when fewer than four values are given or the values do not vary.
    public static func integratedTime(_ chains: [[Double]]) -> Double? {
        let length = chains.map(\.count).min() ?? 0
        guard length >= 4 else { return nil }
        var centred: [[Double]] = []
        for chain in chains {
            let mean = chain.reduce(0, +) / Double(chain.count)
            centred.append(chain.map { $0 - mean })
        }
        func covariance(_ lag: Int) -> Double {
            var sum = 0.0
            var count = 0
            for chain in centred {
                chain.withUnsafeBufferPointer { values in
                    for index in 0..<(values.count - lag) {
                        sum += values[index] * values[index + lag]
                    }
                }
                count += chain.count
            }
            return sum / Double(count)
        }
        let variance = covariance(0)
        // A quantity that does not move (to rounding) has no correlation to speak of.
        let scale = chains.flatMap { $0 }.reduce(0) { max($0, abs($1)) }
        guard variance > (scale * 1e-14) * (scale * 1e-14) else { return nil }
        var time = 1.0
        for lag in 1..<length {
            time += 2 * covariance(lag) / variance
            if Double(lag) >= windowFactor * time { break }
        }
        return max(time, 1)
    }

    /// Effective sample size of all the chains together: n / τ, at most n.
    ///
    /// - Returns: nil where ``integratedTime(_:)`` is nil.
    public static func effectiveSamples(_ chains: [[Double]]) -> Double? {
        guard let time = integratedTime(chains) else { return nil }
        return Double(chains.reduce(0) { $0 + $1.count }) / time
    }

    /// Standard error of the mean of a correlated chain: s √(τ / n).
    ///
    /// - Returns: nil where ``integratedTime(_:)`` is nil.
    public static func standardError(_ chains: [[Double]]) -> Double? {
        guard let time = integratedTime(chains) else { return nil }
        let all = chains.flatMap { $0 }
        let mean = all.reduce(0, +) / Double(all.count)
        let variance =
            all.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(all.count - 1)
        return (variance * time / Double(all.count)).squareRoot()
    }
}
