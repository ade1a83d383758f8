import Glibc
import SweepCore
import SweepPhysics
import Testing

/// Langevin dynamics against the other samplers, against quadrature, and against its own step.
@Suite("Langevin dynamics of the weights")
struct LangevinTests {
    static func sample(
        _ activation: Activation, width: Int, depth: Int, _ settings: ChainSettings,
        stream: UInt64 = 1, kappa: Double = 0.05
    ) throws -> PosteriorSample {
        let data = try DataSet(
            dimension: 2, inputs: TinyProblems.inputs, targets: TinyProblems.targets)
        let isLangevin =
            if case .langevin = settings.sampler { true } else { false }
        let problem = FunctionSpaceProblem(
            activation: activation, gain: 1.3, biasVariance: 0.1, kappa: kappa, width: width,
            depth: depth, targets: TinyProblems.targets,
            inputFactor: data.inputFactor(gain: 1.3, biasVariance: 0.1), reduces: !isLangevin)
        return try PosteriorSampling.run(
            problem, settings, key: TinyProblems.key(stream), family: .best,
            features: data.inputFeatures)
    }

    struct Case: CustomTestStringConvertible, Sendable {
        var activation: Activation
        var width: Int
        var depth: Int
        var testDescription: String { "\(activation), width \(width), depth \(depth)" }
    }

    /// Every activation, three depths, narrow and wide.
    static let matrix: [Case] = [
        Case(activation: .erf, width: 10, depth: 1), Case(activation: .erf, width: 12, depth: 3),
        Case(activation: .tanh, width: 12, depth: 2), Case(activation: .relu, width: 20, depth: 2),
        Case(activation: .leakyRelu, width: 12, depth: 1),
        Case(activation: .linear, width: 8, depth: 2), Case(activation: .silu, width: 8, depth: 3),
        Case(activation: .gelu, width: 10, depth: 2), Case(activation: .elu, width: 8, depth: 3),
    ]

    @Test("four ways to the same posterior", arguments: matrix)
    func samplersAgree(trial: Case) throws {
        func run(_ sampler: ChainSettings.Sampler, _ samples: Double, step: Double? = nil) throws
            -> PosteriorSample
        {
            try Self.sample(
                trial.activation, width: trial.width, depth: trial.depth,
                ChainSettings(
                    sampler: sampler, effectiveSamples: samples, maxIterations: 1_000_000,
                    step: step))
        }
        let exact = try run(.hamiltonian, 2000)
        let slice = try run(.ellipticalSlice, 300)
        let tested = try run(.langevin(metropolis: true), 300)
        // Well below 2 over the largest eigenvalue, and far above the default that no test has
        // time for.
        let eigenvalue = try #require(tested.diagnostics.tangentEigenvalue)
        let plain = try run(.langevin(metropolis: false), 50, step: 0.3 / eigenvalue)
        #expect(plain.diagnostics.acceptance > 0.999_999)
        #expect((0.4...0.95).contains(tested.diagnostics.acceptance))
        for (name, other) in [("slice", slice), ("tested", tested), ("plain", plain)] {
            for layer in 0..<trial.depth {
                Self.expectAgreement(
                    other.alignment[layer], other.alignmentError[layer], exact.alignment[layer],
                    exact.alignmentError[layer], "\(name), CKA of layer \(layer + 1)")
            }
            Self.expectAgreement(
                other.meanPotential, other.meanPotentialError, exact.meanPotential,
                exact.meanPotentialError, "\(name), potential")
        }
    }

    private static func expectAgreement(
        _ value: Double, _ error: Double, _ expected: Double, _ expectedError: Double,
        _ what: Comment
    ) {
        let combined = (error * error + expectedError * expectedError).squareRoot()
        #expect(abs(value - expected) < 4 * combined, what)
        // An error bar so large that nothing could fail would be no test.
        #expect(combined < 0.25 * max(abs(expected), 1), what)
    }

    @Test("fewer neurons than points: as importance sampling of the weights finds it")
    func fewerNeuronsThanPoints() throws {
        // Tests/reference/posterior_importance.py, case("erf", 2, 2) and case("erf", 3, 3).
        let references = [
            (2, 2, [(0.72605, 0.00064), (0.84521, 0.00044)], (-0.07911, 0.00431)),
            (
                3, 3, [(0.66722, 0.00060), (0.76556, 0.00056), (0.84214, 0.00041)],
                (0.09057, 0.00391)
            ),
        ]
        for (width, depth, cka, potential) in references {
            let sample = try Self.sample(
                .erf, width: width, depth: depth,
                ChainSettings(
                    sampler: .langevin(metropolis: true), effectiveSamples: 400,
                    maxIterations: 1_000_000))
            for (layer, expected) in cka.enumerated() {
                Self.expectAgreement(
                    sample.alignment[layer], sample.alignmentError[layer], expected.0, expected.1,
                    "width \(width), layer \(layer + 1)")
            }
            Self.expectAgreement(
                sample.meanPotential, sample.meanPotentialError, potential.0, potential.1,
                "width \(width), potential")
        }
    }

    @Test("the bias of the step vanishes linearly, and is what the chain says of itself")
    func bias() throws {
        let exact = try Self.sample(
            .erf, width: 4, depth: 1,
            ChainSettings(effectiveSamples: 20_000, maxIterations: 1_000_000), kappa: 0.5)
        // The largest eigenvalue is about 8: from 0.2 to 0.6 over it.
        let steps = [0.025, 0.05, 0.075]
        var (weights, squares, products, estimates) = (0.0, 0.0, 0.0, [Double]())
        for (index, step) in steps.enumerated() {
            let sample = try Self.sample(
                .erf, width: 4, depth: 1,
                ChainSettings(
                    sampler: .langevin(metropolis: false), effectiveSamples: 4000,
                    maxIterations: 10_000_000, step: step), stream: UInt64(index + 10), kappa: 0.5)
            let bias = sample.meanPotential - exact.meanPotential
            let variance =
                sample.meanPotentialError * sample.meanPotentialError
                + exact.meanPotentialError * exact.meanPotentialError
            weights += 1 / variance
            squares += step * step / variance
            products += step * bias / variance
            estimates.append(try #require(sample.diagnostics.stepBias).potential / step)
            // On the line of the theory below, within errors and the next order.
            #expect(abs(bias - 0.268 * step) < 4 * variance.squareRoot() + 2 * step * step)
        }
        let slope = products / squares
        let error = 1 / squares.squareRoot()
        // The covariance with a Metropolis-tested chain of 200,000 iterations: 0.268 ± 0.011.
        #expect(abs(slope - 0.268) < 4 * error + 0.15 * 0.268, "\(slope) ± \(error)")
        #expect(slope > 4 * error)
        // What a chain estimates of itself has the same value at small steps, and errs upwards.
        #expect(abs(estimates[0] - 0.29) < 0.1)
    }

    @Test("a chain that diverges is a failure that says so, never a number")
    func divergence() throws {
        for (step, kind) in [(0.5, TrialFailure.Kind.diverged), (10, .diverged)] {
            let failure = #expect(throws: TrialFailure.self) {
                _ = try Self.sample(
                    .erf, width: 20, depth: 2,
                    ChainSettings(
                        sampler: .langevin(metropolis: false), effectiveSamples: 100,
                        maxIterations: 2000, step: step))
            }
            #expect(failure?.kind == kind)
            #expect(failure?.message.contains("use a smaller inference.step") == true)
        }
        // With a test the same step is refused move by move, and the chain does not converge.
        let failure = #expect(throws: TrialFailure.self) {
            _ = try Self.sample(
                .erf, width: 20, depth: 2,
                ChainSettings(
                    sampler: .langevin(metropolis: true), effectiveSamples: 100,
                    maxIterations: 500, step: 0.5))
        }
        #expect(failure?.kind == .notConverged)
    }

    @Test("a chain too short to forget its start is not reported")
    func notStationary() throws {
        let failure = #expect(throws: TrialFailure.self) {
            _ = try Self.sample(
                .erf, width: 20, depth: 2,
                ChainSettings(
                    sampler: .langevin(metropolis: false), effectiveSamples: 5, maxIterations: 40,
                    burnIn: 0, step: 1e-6))
        }
        #expect(failure?.kind == .notConverged)
    }

    @Test("one neuron, one layer: the law of quadrature, and as many moves there as back")
    func detailedBalance() throws {
        // h = V x, f = w φ(h): with w integrated out, V alone decides the kernel.
        let inputs = [0.8, -1.5]
        let targets = [1.0, -0.4]
        let (gain, kappa) = (1.3, 0.3)
        var (weight, entry, square) = (0.0, 0.0, 0.0)
        for index in -40_000...40_000 {
            let v = Double(index) * 2e-4
            let (a, b) = (erf(v * inputs[0]), erf(v * inputs[1]))
            let (c11, c12, c22) = (gain * a * a + kappa, gain * a * b, gain * b * b + kappa)
            let determinant = c11 * c22 - c12 * c12
            let misfit =
                (c22 * targets[0] * targets[0] - 2 * c12 * targets[0] * targets[1]
                    + c11 * targets[1] * targets[1]) / determinant
            let density = exp(-0.5 * v * v / gain - 0.5 * misfit) / determinant.squareRoot()
            weight += density
            entry += density * c12
            square += density * v * v
        }
        let data = try DataSet(dimension: 1, inputs: inputs, targets: targets)
        let problem = FunctionSpaceProblem(
            activation: .erf, gain: gain, biasVariance: 0, kappa: kappa, width: 1, depth: 1,
            targets: targets, inputFactor: data.inputFactor(gain: gain, biasVariance: 0))
        let sampler = try LangevinSampler(
            problem, features: data.inputFeatures,
            randomness: ChainRandomness(key: TinyProblems.key(3), chain: 0, family: .best),
            step: 0.4, hasMetropolisTest: true)
        var (entries, potentials): ([Double], [Double]) = ([], [])
        var acceptance = 0.0
        for iteration in 0..<60_000 {
            acceptance += sampler.step(iteration: iteration).acceptanceProbability
            if iteration >= 100 {
                entries.append(sampler.position.kernels.base[1])
                potentials.append(sampler.position.potential)
            }
        }
        // The test has something to do.
        #expect((0.3...0.95).contains(acceptance / 60_000))
        let mean = entries.reduce(0, +) / Double(entries.count)
        let error = try #require(Autocorrelation.standardError([entries]))
        #expect(abs(mean - entry / weight) < 4 * error)
        #expect(error < 0.03 * abs(entry / weight))
        // Reversible: <A_t B_{t+1} − B_t A_{t+1}> = 0.
        var currents: [Double] = []
        for index in 1..<entries.count {
            let there = entries[index - 1] * potentials[index]
            currents.append(there - potentials[index - 1] * entries[index])
        }
        let current = currents.reduce(0, +) / Double(currents.count)
        let currentError = try #require(Autocorrelation.standardError([currents]))
        #expect(abs(current) < 4 * currentError)
    }

    @Test("predictions at held-out points are those of function space")
    func predictions() throws {
        var settings = PosteriorSettings(
            task: .teacher(kind: .erf, points: 6, dimension: 3, noiseVariance: 0.1), testPoints: 4,
            activation: .tanh, biasVariance: 0.05, gain: 1.4, width: 12, depth: 2, kappa: 0.2,
            effectiveSamples: 1500, maxIterations: 1_000_000, keep: PosteriorSettings.predictions)
        let data = try settings.task.draw(testPoints: 4)
        func run(_ settings: PosteriorSettings) throws -> TrialResult {
            let outcome = PosteriorTrial.run(
                settings, data: data, point: GridPoint([]), seed: 0, randomKey: 0, family: .best)
            guard case .success(let result) = outcome else {
                throw TrialFailure(.crashed, "\(outcome)")
            }
            return result
        }
        let exact = try run(settings)
        settings.sampler = .langevin
        settings.metropolis = true
        settings.effectiveSamples = 400
        let weights = try run(settings)
        func array(_ name: String, _ result: TrialResult) throws -> [Double] {
            try #require(result.arrays.first { $0.name == name }?.values)
        }
        for name in ["train_prediction", "test_prediction", "test_variance"] {
            for (left, right) in zip(try array(name, exact), try array(name, weights)) {
                #expect(abs(left - right) < 0.07, "\(name)")
            }
        }
        #expect(try array("test_variance", exact).allSatisfy { $0 > 0.01 })
    }
}

extension DataTask {
    /// The data set of seed 0 of a task that reads no file.
    func draw(testPoints: Int) throws -> DataSet {
        let settings = PosteriorSettings(
            task: self, testPoints: testPoints, activation: .erf, biasVariance: 0, gain: 1,
            width: 1, depth: 1, kappa: 1)
        return try settings.dataSet(seed: 0, randomKey: 0) { _ in [] }
    }
}
