import SweepPhysics
import Testing

@Suite("Draws of the theory")
struct TheoryDrawsTests {
    private static func stream(_ seed: Int) -> RandomStream {
        RandomStream(RandomKey(randomKey: 0, purpose: .theory, seed: seed))
    }

    @Test("every coordinate has one point in each of 2ᵏ equal cells")
    func isStratified() {
        let sobol = ScrambledSobol(dimension: 100, stream: Self.stream(0))
        for j in 0..<100 {
            let cells = Set(sobol.coordinates(j, count: 1024).map { Int($0 * 1024) })
            #expect(cells.count == 1024, "dimension \(j)")
        }
    }

    @Test("a product over six coordinates is known far better than from random points")
    func isEven() {
        var errors: [Double] = []
        for seed in 0..<8 {
            let sobol = ScrambledSobol(dimension: 6, stream: Self.stream(seed))
            let x = (0..<6).map { sobol.coordinates($0, count: 4096) }
            var sum = 0.0
            for i in 0..<4096 { sum += x.reduce(1.0) { $0 * (1 + 0.5 * ($1[i] - 0.5)) } }
            errors.append(abs(sum / 4096 - 1))
        }
        // Random points have an error of about 0.37 / 64 = 0.0058.
        #expect(errors.max() ?? 1 < 6e-4, "\(errors)")
    }

    @Test("the quantile is the inverse of the distribution function")
    func quantile() {
        // 60-digit values, rounded.
        let known: [(Double, Double)] = [
            (0.5, 0), (0.975, 1.959963984540054), (0.01, -2.3263478740408408),
            (1e-9, -5.9978070150076869), (0.84134474606854293, 1),
        ]
        for (p, x) in known {
            #expect(abs(NormalQuantile.value(p) - x) < 1e-13 * max(1, abs(x)), "\(p)")
        }
    }

    @Test(
        "slopes of the two-point functions are their differences",
        arguments: Activation.allCases)
    func slopes(activation: Activation) {
        for (c11, c12, c22) in [(0.7, 0.3, 1.1), (2.0, -1.2, 1.5), (0.05, 0.04, 0.06)] {
            let slopes = activation.gaussianSlopes(c11, c12, c22)
            func difference(_ a: Double, _ b: Double, _ c: Double) -> Double {
                let h = 1e-4 * c11
                let near =
                    activation.gaussianProduct(c11 + h * a, c12 + h * b, c22 + h * c)
                    - activation.gaussianProduct(c11 - h * a, c12 - h * b, c22 - h * c)
                let far =
                    activation.gaussianProduct(c11 + 2 * h * a, c12 + 2 * h * b, c22 + 2 * h * c)
                    - activation.gaussianProduct(c11 - 2 * h * a, c12 - 2 * h * b, c22 - 2 * h * c)
                return (8 * near - far) / (12 * h)
            }
            #expect(abs(slopes.mixed - difference(0, 1, 0)) < 1e-8, "\(c11) \(c12) \(c22)")
            #expect(abs(slopes.first - difference(1, 0, 0)) < 1e-8, "\(c11) \(c12) \(c22)")
            #expect(abs(slopes.second - difference(0, 0, 1)) < 1e-8, "\(c11) \(c12) \(c22)")
        }
    }
}
