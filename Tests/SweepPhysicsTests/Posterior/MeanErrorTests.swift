import SweepCore
import SweepPhysics
import Testing

@Suite("Errors of chain means")
struct MeanErrorTests {
    private static func settings(chains: Int = 1, effectiveSamples: Int = 100)
        -> PosteriorSettings
    {
        PosteriorSettings(
            task: .xor(points: 6, dimension: 12, noiseVariance: 0.4, signal: .high),
            testPoints: 4, activation: .erf, biasVariance: 0.05, gain: 1.2, width: 16, depth: 2,
            kappa: 0.1, effectiveSamples: effectiveSamples, chains: chains)
    }

    /// Metrics of independent chains on one and the same data set.
    private static func replicas(_ settings: PosteriorSettings, count: Int) throws -> [TrialResult]
    {
        let data = try settings.dataSet(seed: 0, randomKey: 0) { _ in [] }
        return try (1...count).map { key in
            let outcome = PosteriorTrial.run(
                settings, data: data, point: GridPoint([]), seed: 0, randomKey: UInt64(key),
                family: .best)
            guard case .success(let result) = outcome else {
                throw TrialFailure(.crashed, "\(outcome)")
            }
            return result
        }
    }

    private static func values(_ name: String, _ results: [TrialResult]) -> [Double] {
        results.compactMap { result in result.metrics.first { $0.name == name }?.value }
    }

    @Test(
        "the claimed error is the spread of independent chains on the same data", arguments: [1, 2])
    func claimedErrorIsTheSpread(chains: Int) throws {
        let count = 120
        let results = try Self.replicas(Self.settings(chains: chains), count: count)
        for name in ["cka_output", "adaptation_output", "mean_potential", "train_mse", "test_mse"] {
            let found = Self.values(name, results)
            let claimed = Self.values("\(name)_se", results)
            #expect(found.count == count && claimed.count == count, "\(name)")
            let spread = try #require(ReplicateStatistics(found).standardDeviation)
            let square = claimed.reduce(0) { $0 + $1 * $1 } / Double(count)
            // A spread of 120 is known to 6.5 %; windows and the delta method cost some per cent.
            #expect(
                abs(square.squareRoot() / spread - 1) < 0.3,
                "\(name): \(square.squareRoot()), \(spread)")
        }
    }

    @Test("four times the effective samples halve the error")
    func errorFalls() throws {
        let short = try Self.replicas(Self.settings(effectiveSamples: 100), count: 30)
        let long = try Self.replicas(Self.settings(effectiveSamples: 400), count: 30)
        for name in ["adaptation_output_se", "train_mse_se", "test_mse_se"] {
            let before = try #require(ReplicateStatistics(Self.values(name, short)).mean)
            let after = try #require(ReplicateStatistics(Self.values(name, long)).mean)
            #expect(after > 0.35 * before && after < 0.65 * before, "\(name): \(before), \(after)")
        }
    }
}
