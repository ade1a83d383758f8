import SweepPhysics
import SweepCore
import Testing

/// The sampler against importance sampling of weights, against itself with another algorithm, and
/// against quadrature.
@Suite("Posterior sampling")
struct PosteriorSamplingTests {
    /// One line of `Tests/reference/posterior_importance.py`: (mean, standard error) of CKA by
    /// layer, of C_L[0][1] and of U, found with weights drawn from the prior.
    struct Reference: CustomTestStringConvertible {
        var activation: String
        var width: Int
        var depth: Int
        var cka: [(Double, Double)]
        var entry: (Double, Double)
        var potential: (Double, Double)

        init(
            _ activation: String, width: Int, depth: Int, cka: [(Double, Double)],
            entry: (Double, Double), potential: (Double, Double)
        ) {
            self.activation = activation
            self.width = width
            self.depth = depth
            self.cka = cka
            self.entry = entry
            self.potential = potential
        }

        var testDescription: String { "\(activation), width \(width), depth \(depth)" }
    }

    @Test(
        "function space samples the posterior of the weights",
        arguments: ImportanceReferences.all)
    func agreesWithImportanceSampling(reference: Reference) throws {
        let activation = try #require(Activation(rawValue: reference.activation))
        let problem = try TinyProblems.problem(
            activation, width: reference.width, depth: reference.depth)
        let sample = try TinyProblems.sample(
            problem, ChainSettings(effectiveSamples: 8000, maxIterations: 200_000))
        for (layer, expected) in reference.cka.enumerated() {
            Self.expectAgreement(
                sample.alignment[layer], sample.alignmentError[layer], expected,
                "CKA of layer \(layer + 1)")
        }
        Self.expectAgreement(
            sample.meanPotential, sample.meanPotentialError, reference.potential, "potential")
    }

    private static func expectAgreement(
        _ value: Double, _ error: Double, _ expected: (Double, Double), _ what: Comment
    ) {
        let combined = (error * error + expected.1 * expected.1).squareRoot()
        #expect(abs(value - expected.0) < 4 * combined, what)
        // An error bar so large that nothing could fail would be no test.
        #expect(error < 0.025 * max(abs(expected.0), 0.5), what)
    }

    @Test(
        "elliptical slice sampling finds the same means",
        arguments: [Activation.erf, .tanh, .relu, .leakyRelu, .linear])
    func ellipticalSliceAgrees(activation: Activation) throws {
        let problem = try TinyProblems.problem(activation, width: 24, depth: 2)
        let hamiltonian = try TinyProblems.sample(
            problem, ChainSettings(effectiveSamples: 4000, maxIterations: 100_000), stream: 5)
        let slice = try TinyProblems.sample(
            problem,
            ChainSettings(
                sampler: .ellipticalSlice, effectiveSamples: 4000, maxIterations: 400_000),
            stream: 6)
        for layer in 0..<2 {
            Self.expectAgreement(
                hamiltonian.alignment[layer], hamiltonian.alignmentError[layer],
                (slice.alignment[layer], slice.alignmentError[layer]), "layer \(layer + 1)")
        }
        Self.expectAgreement(
            hamiltonian.meanPotential, hamiltonian.meanPotentialError,
            (slice.meanPotential, slice.meanPotentialError), "potential")
    }

    @Test("two points and two neurons agree with brute-force quadrature")
    func quadrature() throws {
        // U depends on ξ ∈ R^{2×2} only; the trapezoid rule on [−5.5, 5.5]⁴ is exact to 1e-6.
        let data = try DataSet(dimension: 1, inputs: [1, -0.6], targets: [1, -1])
        let problem = FunctionSpaceProblem(
            activation: .erf, gain: 1.5, biasVariance: 0.1, kappa: 0.1, width: 2, depth: 1,
            targets: data.targets, inputFactor: data.inputFactor(gain: 1.5, biasVariance: 0.1))
        let density = FunctionSpaceDensity(problem, family: .best)
        let position = ChainPosition(problem)
        let nodes = stride(from: -5.5, through: 5.5, by: 0.5).map { $0 }
        var norm = 0.0
        var sums = [0.0, 0.0, 0.0, 0.0]
        for a in nodes {
            for b in nodes {
                for c in nodes {
                    for d in nodes {
                        // Row 0 holds neurons 0 and 1 at lanes 0 and 1; row 1 follows 8 later.
                        position.variables.base[0] = a
                        position.variables.base[1] = b
                        position.variables.base[8] = c
                        position.variables.base[9] = d
                        try density.evaluate(position, gradient: false)
                        let weight = KernelMath.exponential(
                            -position.potential - 0.5 * (a * a + b * b + c * c + d * d))
                        norm += weight
                        for entry in 0..<3 {
                            let index = [0, 1, 3][entry]
                            sums[entry] += weight * position.kernels.base[index]
                        }
                        sums[3] += weight * position.potential
                    }
                }
            }
        }
        // Kernels of two points have no CKA to speak of, so the entries are compared; their
        // errors are those of independent draws, from many short chains.
        var entries: [[Double]] = [[], [], []]
        var potentials: [Double] = []
        for stream in 0..<40 {
            let sample = try TinyProblems.sample(
                problem, ChainSettings(effectiveSamples: 1000, maxIterations: 100_000),
                stream: UInt64(100 + stream))
            for entry in 0..<3 { entries[entry].append(sample.meanKernels[[0, 1, 3][entry]]) }
            potentials.append(sample.meanPotential)
        }
        for (values, sum) in zip(entries + [potentials], sums) {
            let statistics = ReplicateStatistics(values)
            let mean = try #require(statistics.mean)
            let error = try #require(statistics.standardError)
            #expect(abs(mean - sum / norm) < 4 * error)
            #expect(error < 0.01)
        }
    }

    @Test("the same key gives the same bits, another key others")
    func reproducible() throws {
        let problem = try TinyProblems.problem(.erf, width: 19, depth: 2)
        let settings = ChainSettings(effectiveSamples: 50)
        for family in SweepPhysics.KernelFamily.available {
            let first = try TinyProblems.sample(problem, settings, stream: 1, family: family)
            let again = try TinyProblems.sample(problem, settings, stream: 1, family: family)
            let other = try TinyProblems.sample(problem, settings, stream: 2, family: family)
            #expect(first.meanKernels.map(\.bitPattern) == again.meanKernels.map(\.bitPattern))
            #expect(
                first.alignmentError.map(\.bitPattern) == again.alignmentError.map(\.bitPattern))
            #expect(first.meanKernels != other.meanKernels)
        }
    }

    @Test("several chains pool to the same answer")
    func chainsPool() throws {
        let problem = try TinyProblems.problem(.erf, width: 16, depth: 2)
        let one = try TinyProblems.sample(
            problem, ChainSettings(effectiveSamples: 3000, maxIterations: 100_000), stream: 11)
        let four = try TinyProblems.sample(
            problem, ChainSettings(effectiveSamples: 3000, maxIterations: 100_000, chains: 4),
            stream: 12)
        for layer in 0..<2 {
            Self.expectAgreement(
                one.alignment[layer], one.alignmentError[layer],
                (four.alignment[layer], four.alignmentError[layer]), "layer \(layer + 1)")
        }
        #expect(four.diagnostics.splitRHat < 1.05)
    }

    @Test("a wide network has the kernels of infinite width, at a distance of order 1/N")
    func wideNetworksApproachInfiniteWidth() throws {
        let data = try DataSet(
            dimension: 2, inputs: TinyProblems.inputs, targets: TinyProblems.targets)
        let infinite = try NNGP.kernels(
            input: data.inputKernel(gain: 1.3, biasVariance: 0.1), gain: 1.3, biasVariance: 0.1,
            depth: 2, activation: .linear)
        func distance(_ width: Int) throws -> Double {
            let sample = try TinyProblems.sample(
                TinyProblems.problem(.linear, width: width, depth: 2),
                ChainSettings(effectiveSamples: 6000, maxIterations: 100_000))
            return try #require(
                Kernel(size: 4, values: Array(sample.meanKernels[16..<32]))
                    .adaptation(from: infinite[1]))
        }
        let narrow = try distance(32)
        let wide = try distance(512)
        // 1/16 within the Monte Carlo error of the wide one, which is below a third of it.
        #expect(narrow / wide > 8)
        #expect(wide < 0.03)
    }

    @Test("a chain that may not run long enough says so")
    func notConverged() throws {
        let problem = try TinyProblems.problem(.erf, width: 16, depth: 2)
        #expect {
            try TinyProblems.sample(
                problem, ChainSettings(effectiveSamples: 500, maxIterations: 200))
        } throws: { error in
            guard let failure = error as? TrialFailure else { return false }
            return failure.kind == .notConverged && failure.message.contains("of 500 effective")
                && failure.message.contains("inference.max_iterations")
        }
    }

    @Test("a step that loses every trajectory is a diverged trial")
    func diverged() throws {
        let problem = try TinyProblems.problem(.erf, width: 64, depth: 12, gain: 0.4, kappa: 1e-9)
        #expect {
            try TinyProblems.sample(
                problem, ChainSettings(effectiveSamples: 50, maxIterations: 300, step: 1.5))
        } throws: { error in
            guard let failure = error as? TrialFailure else { return false }
            return failure.kind == .diverged && failure.message.contains("inference.step")
        }
    }

    @Test("equal rows beyond the first layer are a recorded failure that names the layer")
    func singularKernel() throws {
        let data = try DataSet(dimension: 1, inputs: [1, 1, -1], targets: [1, -1, 0])
        let problem = FunctionSpaceProblem(
            activation: .erf, gain: 1, biasVariance: 0.1, kappa: 0.1, width: 16, depth: 2,
            targets: data.targets, inputFactor: data.inputFactor(gain: 1, biasVariance: 0.1))
        #expect {
            try TinyProblems.sample(problem, ChainSettings())
        } throws: { error in
            guard let failure = error as? TrialFailure else { return false }
            return failure.kind == .nonFinite && failure.message.contains("layer 1")
                && failure.message.contains("condition number")
        }
    }

    private static func expectNonFinite(
        _ activation: Activation, inputs: [Double], gain: Double, biasVariance: Double,
        _ words: String
    ) throws {
        let data = try DataSet(dimension: 1, inputs: inputs, targets: [1, -1, 0.5])
        let problem = FunctionSpaceProblem(
            activation: activation, gain: gain, biasVariance: biasVariance, kappa: 0.1, width: 16,
            depth: 1, targets: data.targets,
            inputFactor: data.inputFactor(gain: gain, biasVariance: biasVariance))
        for family in SweepPhysics.KernelFamily.available {
            #expect {
                try TinyProblems.sample(problem, ChainSettings(), family: family)
            } throws: { error in
                guard let failure = error as? TrialFailure else { return false }
                return failure.kind == .nonFinite && failure.message.contains(words)
            }
        }
    }

    @Test("inputs that are all 0 are a recorded failure", arguments: [Activation.linear, .relu])
    func zeroInputs(activation: Activation) throws {
        try Self.expectNonFinite(
            activation, inputs: [0, 0, 0], gain: 1, biasVariance: 0, "all inputs are 0")
    }

    @Test("a kernel that is constant up to rounding has no alignment")
    func constantKernel() throws {
        try Self.expectNonFinite(
            .linear, inputs: [0.3, -0.2, 0.9], gain: 1e-18, biasVariance: 1, "layer 1")
    }

    @Test("alignment does not depend on the scale of a kernel")
    func alignmentIsScaleFree() throws {
        let target = try #require(CentredTarget([1, -1, 0.5]))
        let kernel = [2.0, 0.3, -0.4, 0.3, 1.0, 0.2, -0.4, 0.2, 1.5]
        let plain = try #require(target.alignment(of: kernel))
        let kernelOfTargets = Kernel(outerProductOf: [1, -1, 0.5])
        for scale in [1e-200, 1, 1e200] {
            let scaled = kernel.map { scale * $0 }
            #expect(abs(try #require(target.alignment(of: scaled)) - plain) < 1e-14)
            let general = Kernel(size: 3, values: scaled).alignment(with: kernelOfTargets)
            #expect(abs(try #require(general) - plain) < 1e-14)
        }
    }
}
