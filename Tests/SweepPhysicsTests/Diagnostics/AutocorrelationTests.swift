import SweepPhysics
import Testing

@Suite("Autocorrelation")
struct AutocorrelationTests {
    /// x_{t+1} = ρ x_t + √(1−ρ²) ξ, started in its stationary law; τ = (1+ρ)/(1−ρ).
    private static func autoregressive(_ rho: Double, count: Int, seed: Int) -> [Double] {
        let stream = RandomStream(
            RandomKey(randomKey: 1, purpose: .data, seed: seed, point: "autoregressive"))
        let noise = stream.normals(count: count)
        var values = [noise[0]]
        for index in 1..<count {
            values.append(rho * values[index - 1] + (1 - rho * rho).squareRoot() * noise[index])
        }
        return values
    }

    @Test("the time of an autoregressive chain is (1 + rho)/(1 - rho)", arguments: [0.0, 0.5, 0.9])
    func autoregressiveTime(rho: Double) throws {
        let count = 100_000
        let chain = Self.autoregressive(rho, count: count, seed: 3)
        let time = try #require(Autocorrelation.integratedTime([chain]))
        let expected = (1 + rho) / (1 - rho)
        // Sokal: Var τ ≈ (2 (2M + 1) / n) τ², M = 5 τ.
        let error = expected * (2 * (10 * expected + 1) / Double(count)).squareRoot()
        #expect(abs(time - expected) < 4 * error)
    }

    @Test("the standard error is the spread of means over many chains")
    func standardErrorIsTheSpreadOfMeans() throws {
        let chains = (0..<400).map { Self.autoregressive(0.8, count: 1000, seed: $0) }
        let means = chains.map { $0.reduce(0, +) / 1000 }
        let spread = (means.reduce(0) { $0 + $1 * $1 } / 400).squareRoot()
        let claimed = try chains.map { try #require(Autocorrelation.standardError([$0])) }
        let average = claimed.reduce(0, +) / 400
        // The spread of 400 means is known to 1/√800 = 3.5 %; windows cost a few per cent.
        #expect(abs(average / spread - 1) < 0.15)
    }

    @Test("a chain that does not move has no effective samples")
    func constantChain() {
        #expect(Autocorrelation.integratedTime([[1, 1, 1, 1, 1, 1]]) == nil)
        #expect(Autocorrelation.effectiveSamples([[2, 2, 2, 2, 2]]) == nil)
        #expect(Autocorrelation.integratedTime([[1, 2, 3]]) == nil)
    }

    @Test("split R-hat is near 1 for one law and far from it for two")
    func splitRHat() throws {
        let first = Self.autoregressive(0.5, count: 4000, seed: 1)
        let second = Self.autoregressive(0.5, count: 4000, seed: 2)
        #expect(try #require(SplitRHat.value([first, second])) < 1.01)
        #expect(try #require(SplitRHat.value([first, second.map { $0 + 2 }])) > 1.4)
        // A trend within one chain counts too.
        let trend = first.enumerated().map { $1 + 4 * Double($0) / 4000 }
        #expect(try #require(SplitRHat.value([trend])) > 1.2)
        #expect(SplitRHat.value([[1, 2, 3]]) == nil)
    }
}
