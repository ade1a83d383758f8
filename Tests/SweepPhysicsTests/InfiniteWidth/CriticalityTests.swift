import SweepPhysics
import Testing

@Suite("Criticality")
struct CriticalityTests {
    @Test("critical points agree with quadrature in 30 digits")
    func references() throws {
        let table = try ReferenceTable("critical_gains.csv")
        #expect(table.rows.count == 30)
        for row in table.rows {
            let points = try Criticality.criticalPoints(
                activation: row.activation, biasVariance: row.numbers[0])
            let nearest = points.min {
                abs($0.gain - row.numbers[1]) < abs($1.gain - row.numbers[1])
            }
            let point = try #require(nearest)
            #expect(abs(point.gain - row.numbers[1]) < 1e-11 * row.numbers[1], "\(row)")
            let variance = try #require(point.variance)
            // The slope of the fixed-point equation is as small as 1e-3 for silu.
            #expect(abs(variance - row.numbers[2]) < 1e-10 * row.numbers[2], "\(row)")
            let report = try Criticality.report(
                activation: row.activation, biasVariance: row.numbers[0], gain: point.gain)
            let fixed = report.fixedPoints.min {
                abs($0.variance - variance) < abs($1.variance - variance)
            }
            let chiPar = try #require(fixed?.chiPar)
            #expect(abs(chiPar - row.numbers[3]) < 1e-9, "\(row)")
        }
    }

    @Test(
        "published critical gains of erf",
        arguments: [
            (0, 0.785_398_163_397_448), (0.01, 1.114_280), (0.05, 1.375_839), (0.1, 1.552_118),
            (0.2, 1.788_180),
        ])
    func erf(biasVariance: Double, expected: Double) throws {
        let report = try Criticality.report(activation: .erf, biasVariance: biasVariance)
        let gain = try #require(report.criticalGain)
        #expect(abs(gain - expected) < 5.1e-7)
        #expect(report.gain == gain)
        #expect(abs(try #require(report.chiPerp) - 1) < 1e-14)
        #expect(report.xiPerp == nil)
    }

    @Test(
        "chi_perp = chi_par = 1 at the published half-stable points of gelu and silu",
        arguments: [
            (Activation.gelu, 0.172_922_39, 1.983_058_26, 3.561_552_81),
            (.silu, 0.555_143_17, 1.988_004_68, 14.320_173_62),
        ])
    func halfStable(
        activation: Activation, biasVariance: Double, gain: Double, variance: Double
    ) throws {
        // Source: Roberts, Yaida, Hanin, "The Principles of Deep Learning Theory", section 5.3.
        let report = try Criticality.report(activation: activation, biasVariance: biasVariance)
        #expect(abs(try #require(report.criticalGain) - gain) < 1e-7)
        #expect(abs(try #require(report.fixedPoint) - variance) < 1e-5)
        #expect(abs(try #require(report.chiPar) - 1) < 1e-7)
    }

    @Test(
        "homogeneous activations have one critical gain, and no fixed point there with biases",
        arguments: [(Activation.relu, 2.0), (.leakyRelu, 2 / 1.0001), (.linear, 1)])
    func homogeneous(activation: Activation, expected: Double) throws {
        let critical = try Criticality.report(activation: activation, biasVariance: 0.05)
        #expect(abs(try #require(critical.criticalGain) - expected) < 1e-14)
        #expect(critical.criticalPoints.count == 1)
        #expect(critical.fixedPoint == nil)
        #expect(critical.fixedPoints.isEmpty)
        #expect(abs(try #require(critical.chiPerp) - 1) < 1e-14)
        #expect(critical.xiPerp == nil && critical.xiPar == nil)

        let below = try Criticality.report(
            activation: activation, biasVariance: 0.05, gain: 0.6 * expected)
        #expect(abs(try #require(below.fixedPoint) - 0.125) < 1e-14)
        #expect(abs(try #require(below.xiPerp) - 1.957_615_188_971_217) < 1e-13)

        let above = try Criticality.report(
            activation: activation, biasVariance: 0.05, gain: 1.5 * expected)
        #expect(above.fixedPoint == nil)
        #expect(abs(try #require(above.chiPar) - 1.5) < 1e-14)

        let unbiased = try Criticality.report(activation: activation, biasVariance: 0)
        #expect(unbiased.fixedPoint == 0)
    }

    @Test("without biases K = 0 is a fixed point, and critical where g phi'(0)² = 1")
    func withoutBiases() throws {
        for (activation, expected) in [
            (Activation.erf, 0.785_398_163_397_448_3), (.tanh, 1), (.silu, 4), (.gelu, 4),
            (.elu, 1),
        ] {
            let report = try Criticality.report(activation: activation, biasVariance: 0)
            #expect(abs(try #require(report.criticalGain) - expected) < 1e-13 * expected)
            #expect(report.fixedPoint == 0)
        }
        let ordered = try Criticality.report(activation: .erf, biasVariance: 0, gain: 0.5)
        #expect(ordered.fixedPoints.map(\.stability) == [.stable])
        let chaotic = try Criticality.report(activation: .erf, biasVariance: 0, gain: 1.2)
        #expect(chaotic.fixedPoints.map(\.stability) == [.unstable, .stable])
        #expect(try #require(chaotic.fixedPoint) > 0.1)
        #expect(try #require(chaotic.chiPerp) > 1)
        #expect(chaotic.xiPerp == nil && chaotic.xiPar != nil)
    }

    @Test("a stable fixed point is where the map itself ends", arguments: Activation.allCases)
    func iteration(activation: Activation) throws {
        let report = try Criticality.report(activation: activation, biasVariance: 0.3, gain: 0.9)
        #expect(report.fixedPoints.count == 1)
        var variance = 5.0
        for _ in 0..<1500 {
            variance = 0.9 * activation.gaussianMoments(variance: variance).square + 0.3
        }
        #expect(abs(try #require(report.fixedPoint) - variance) < 1e-12 * variance)
    }

    @Test("silu and gelu have several fixed points at one gain, and all are listed")
    func several() throws {
        for activation in [Activation.silu, .gelu] {
            let points = try Criticality.fixedPoints(
                activation: activation, biasVariance: 0.05, gain: 2)
            #expect(points.map(\.stability) == [.stable, .unstable])
            for point in points {
                let square = activation.gaussianMoments(variance: point.variance).square
                #expect(abs(2 * square + 0.05 - point.variance) < 1e-12 * point.variance)
            }
        }
        // Just below the gain at which the pair of gelu meets and vanishes, both are still seen.
        var (low, high) = (2.0, 2.5)
        for _ in 0..<40 {
            let middle = (low + high) / 2
            let count = try Criticality.fixedPoints(
                activation: .gelu, biasVariance: 0.05, gain: middle
            ).count
            if count == 0 { high = middle } else { low = middle }
        }
        let last = try Criticality.fixedPoints(
            activation: .gelu, biasVariance: 0.05, gain: low - 1e-9)
        #expect(last.count == 2)
        let first = try #require(last.first)
        #expect(abs(first.chiPar - 1) < 1e-3)
    }

    @Test("tiny and huge bias variances give finite numbers", arguments: Activation.allCases)
    func extremes(activation: Activation) throws {
        for biasVariance in [
            Double.leastNonzeroMagnitude, 1e-300, 1e-30, 1e-9, 1e3, 1e12, 1e50, 1e100,
        ] {
            for gain in [nil, 0, 1e-9, 0.7, 3, 1e9, 1e100] as [Double?] {
                let report = try Criticality.report(
                    activation: activation, biasVariance: biasVariance, gain: gain)
                let numbers =
                    [
                        report.criticalGain, report.fixedPoint, report.chiPerp, report.chiPar,
                        report.xiPerp, report.xiPar,
                    ].compactMap { $0 }
                    + report.fixedPoints.flatMap { [$0.variance, $0.chiPerp, $0.chiPar] }
                #expect(numbers.allSatisfy { $0.isFinite }, "\(report)")
            }
        }
        let tiny = try Criticality.report(activation: activation, biasVariance: 1e-30)
        let none = try Criticality.report(activation: activation, biasVariance: 0)
        let close = try #require(tiny.criticalGain)
        let limit = try #require(none.criticalGain)
        #expect(abs(close - limit) < 1e-6)
    }

    @Test("arguments that are negative, infinite or not numbers are refused")
    func invalid() {
        for bad in [-1e-9, .infinity, -.infinity, 1e101] {
            #expect(throws: CriticalityProblem.biasVarianceOutOfRange(bad)) {
                try Criticality.report(activation: .erf, biasVariance: bad)
            }
            #expect(throws: CriticalityProblem.gainOutOfRange(bad)) {
                try Criticality.report(activation: .relu, biasVariance: 0, gain: bad)
            }
        }
        #expect(throws: CriticalityProblem.self) {
            try Criticality.report(activation: .erf, biasVariance: .nan)
        }
    }
}
