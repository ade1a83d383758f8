import SweepCore
import SweepPhysics
import SweepSpec
import Testing

extension SweepSpecification {
    /// The settings of a posterior point.
    func posterior(at index: Int) throws -> PosteriorSettings {
        guard case .posterior(let settings) = try experiment(at: plan.grid.point(at: index)) else {
            throw SpecError(file: path, "not a posterior spec")
        }
        return settings
    }
}

@Suite("What a point computes")
struct ResolutionTests {
    @Test("a short spec has the documented defaults")
    func defaults() throws {
        let spec = try SweepSpecification(
            text: """
                sweep: short
                experiment: posterior
                data: {task: xor}
                grid: {gain: 1.2, width: 500, depth: 3}
                """, path: "short.yaml")
        #expect(spec.name == "short")
        #expect(spec.seedCount == 1)
        #expect(spec.randomKey == 0)
        #expect(spec.plan.trialCount == 1)
        #expect(
            try spec.posterior(at: 0)
                == PosteriorSettings(
                    task: .xor(points: 12, dimension: 100, noiseVariance: 0.4, signal: .high),
                    testPoints: 0, activation: .erf, biasVariance: 0.05, gain: 1.2, width: 500,
                    depth: 3, kappa: 0.001, sampler: .functionSpace, effectiveSamples: 100,
                    maxIterations: 20_000, burnIn: nil, chains: 1, step: nil,
                    keep: [
                        "cka_layer", "cka_layer_se", "cka_mean_kernel", "cka_layer_nngp",
                        "adaptation_layer",
                    ], compare: []))
    }

    @Test("every key reaches the settings, and swept values win")
    func everyKeyReachesTheSettings() throws {
        let spec = try SweepSpecification(
            text: """
                sweep: long
                experiment: posterior
                random_key: 7
                keep: [mean_kernels, cka_layer]
                compare: [nngp]
                data: {task: xor, points: 16, dimension: 40, noise_variance: 0.2, test_points: 5}
                network: {bias_variance: 0}
                inference:
                  sampler: elliptical-slice
                  effective_samples: 50
                  max_iterations: 3000
                  burn_in: 10
                  chains: 2
                  step: 0.3
                grid:
                  gain: [1, 2]
                  activation: [relu, leaky_relu]
                  kappa: [0.5]
                  snr: [low]
                  width: [100]
                  depth: [2]
                seeds: 4
                """, path: "long.yaml")
        #expect(spec.randomKey == 7)
        #expect(spec.keep == ["cka_layer", "mean_kernels"])
        #expect(
            try spec.posterior(at: 3)
                == PosteriorSettings(
                    task: .xor(points: 16, dimension: 40, noiseVariance: 0.2, signal: .low),
                    testPoints: 5, activation: .leakyRelu, biasVariance: 0, gain: 2, width: 100,
                    depth: 2, kappa: 0.5, sampler: .ellipticalSlice, effectiveSamples: 50,
                    maxIterations: 3_000, burnIn: 10, chains: 2, step: 0.3,
                    keep: ["cka_layer", "mean_kernels"], compare: [.nngp]))
    }

    @Test("every activation may be swept, in any order")
    func everyActivation() throws {
        let words = Activation.allCases.map(\.rawValue)
        let spec = try Fixtures.spec(
            replacing: "network: {activation: erf, bias_variance: 0.05}\n", by: "",
            in: Fixtures.posterior.replacingOccurrences(
                of: "  depth: [3]",
                with: "  depth: [3]\n  activation: [\(words.reversed().joined(separator: ", "))]"))
        let activations = try (0..<8).map { try spec.posterior(at: $0).activation }
        #expect(activations == Activation.allCases.reversed())
    }

    @Test("a criticality trial needs no grid")
    func criticality() throws {
        let plain = try SweepSpecification(
            text: "sweep: k\nexperiment: criticality\nnetwork: {activation: silu}\n", path: "k.yaml"
        )
        #expect(plain.plan.trialCount == 1)
        #expect(
            try plain.experiment(at: plain.plan.grid.point(at: 0))
                == .criticality(CriticalitySettings(activation: .silu, biasVariance: 0.05)))
        let swept = try SweepSpecification(
            text: """
                sweep: k
                experiment: criticality
                grid: {bias_variance: [0, 0.1], gain: [1, 2]}
                """, path: "k.yaml")
        #expect(
            try swept.experiment(at: swept.plan.grid.point(at: 2))
                == .criticality(
                    CriticalitySettings(activation: .erf, biasVariance: 0.1, gain: 1)))
    }

    @Test("a calibration trial carries grid keys that it ignores")
    func calibration() throws {
        let spec = try Fixtures.spec(
            replacing: "kind: none", by: "kind: sleep, milliseconds: 2.5",
            in: Fixtures.calibration + "grid: {gain: [1, 2], width: [3]}\n")
        #expect(spec.plan.trialCount == 10)
        #expect(
            try spec.experiment(at: spec.plan.grid.point(at: 1))
                == .calibration(CalibrationSettings(kind: .sleep, milliseconds: 2.5)))
    }

    @Test("a point with other parameters than the grid is refused")
    func strangePointIsRefused() throws {
        let spec = try Fixtures.spec()
        let error = #expect(throws: SpecError.self) {
            _ = try spec.experiment(
                at: GridPoint([.init(name: "gain", value: .number(1))]))
        }
        #expect(
            error?.description
                == """
                a.yaml: a point must have the parameters of the grid (depth, gain, width), but \
                "gain=1" has others
                """)
    }

    @Test(
        "a point with values that no spec may have is refused",
        arguments: [
            (ParameterValue.number(-1), "\"-1\""), (.number(.nan), "\"nan\""),
            (.number(.infinity), "\"inf\""), (.word("wide"), "\"wide\""),
        ])
    func badPointIsRefused(gain: ParameterValue, shown: String) throws {
        let spec = try Fixtures.spec()
        let error = #expect(throws: SpecError.self) {
            _ = try spec.experiment(
                at: GridPoint([
                    .init(name: "gain", value: gain), .init(name: "width", value: .number(500)),
                    .init(name: "depth", value: .number(3)),
                ]))
        }
        #expect(
            error?.description
                == "a.yaml: grid.gain must be a number above 0 and at most 1000000, but is \(shown)"
        )
    }

    @Test("a name is what a file may be called", arguments: ["a", "A-1_b.c", "no", "1.0", "-"])
    func nameIsRead(name: String) throws {
        #expect(try Fixtures.spec(replacing: "sweep: a", by: "sweep: \"\(name)\"").name == name)
    }

    @Test(
        "a name that could leave its folder or disturb a terminal is refused",
        arguments: [
            "..", "a b", "a/b", "\\u001b[2J", "ä", "\\0", String(repeating: "a", count: 129),
        ])
    func badNameIsRefused(name: String) {
        let sentence = Fixtures.sentence(
            Fixtures.posterior.replacingOccurrences(of: "sweep: a", with: "sweep: \"\(name)\""))
        let start = """
            a.yaml:1: sweep must be a name of at most 128 letters (a to z), digits, points, hyphens \
            and underscores that does not begin with a point, but is "
            """
        #expect(sentence?.hasPrefix(start) == true)
        #expect(sentence?.unicodeScalars.allSatisfy { $0.value >= 32 } == true)
    }
}
