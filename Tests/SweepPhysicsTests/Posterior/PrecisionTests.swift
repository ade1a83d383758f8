import SweepCore
import SweepPhysics
import Testing

/// Trials whose panels are in single precision.
@Suite("Precision of a trial")
struct PrecisionTests {
    private static func settings(
        _ precision: ChainPrecision, activation: Activation = .erf, depth: Int = 2,
        noise: Double = 0.4, testPoints: Int = 0
    ) -> PosteriorSettings {
        PosteriorSettings(
            task: .xor(points: 8, dimension: 20, noiseVariance: noise, signal: .high),
            testPoints: testPoints, activation: activation, biasVariance: 0.05, gain: 1.2,
            width: 40, depth: depth, kappa: 1e-2, precision: precision, effectiveSamples: 300)
    }

    private static func run(
        _ settings: PosteriorSettings, family: SweepPhysics.KernelFamily = .best
    ) throws -> TrialOutcome {
        let data = try settings.dataSet(seed: 0, randomKey: 0) { _ in [] }
        return PosteriorTrial.run(
            settings, data: data, point: GridPoint([]), seed: 0, randomKey: 0, family: family)
    }

    private static func metrics(_ outcome: TrialOutcome) throws -> [String: Double] {
        guard case .success(let result) = outcome else {
            throw TrialFailure(.crashed, "\(outcome)")
        }
        return Dictionary(
            uniqueKeysWithValues: result.metrics.compactMap { m in m.value.map { (m.name, $0) } })
    }

    @Test(
        "both precisions measure the same, within 4 standard errors",
        arguments: [Activation.erf, .tanh, .relu])
    func agrees(activation: Activation) throws {
        let double = try Self.metrics(
            Self.run(Self.settings(.double, activation: activation, testPoints: 5)))
        let single = try Self.metrics(
            Self.run(Self.settings(.single, activation: activation, testPoints: 5)))
        for name in [
            "cka_output", "mean_potential", "train_mse", "test_mse", "adaptation_output",
        ] {
            let one = try #require(double[name])
            let other = try #require(single[name])
            let errors = try [double, single].map { try #require($0[name + "_se"]) }
            let bound = 4 * (errors[0] * errors[0] + errors[1] * errors[1]).squareRoot()
            #expect(abs(one - other) < bound, "\(name) \(one) \(other)")
            // They are two chains.
            #expect(one != other)
        }
    }

    @Test("a result says that it is of single precision, and is the same again")
    func tells() throws {
        let outcome = try Self.run(Self.settings(.single))
        guard case .success(let result) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(
            result.diagnostics.first { $0.name == "precision" }
                == NamedDiagnostic("precision", text: "single"))
        #expect(try Self.run(Self.settings(.single)) == outcome)
        guard case .success(let other) = try Self.run(Self.settings(.double)) else { return }
        #expect(!other.diagnostics.contains { $0.name == "precision" })
    }

    @Test("a kernel that only double precision can do fails with a sentence that says so")
    func illConditioned() throws {
        // With so little noise the points of a cluster are nearly one.
        let outcome = try Self.run(Self.settings(.single, noise: 1e-7))
        guard case .failure(let failure, _) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(failure.kind == .nonFinite)
        #expect(failure.message.contains("too much for single precision"))
        #expect(failure.message.hasSuffix("use inference.precision double"))
    }
}
