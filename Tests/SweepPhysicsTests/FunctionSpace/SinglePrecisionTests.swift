import CSweepKernels
import SweepPhysics
import Testing

/// Where single precision is allowed, and with which error.
@Suite("Single precision in function space")
struct SinglePrecisionTests {
    /// The same ξ, in single precision and widened.
    private static func positions(
        _ problem: FunctionSpaceProblem, _ family: SweepPhysics.KernelFamily, stream: UInt64
    ) -> (ChainPosition, SinglePanels) {
        let position = ChainPosition(problem)
        let panels = SinglePanels(problem, family: family)
        let randomness = ChainRandomness(
            key: TinyProblems.key(stream), chain: 0, family: family)
        randomness.normals(
            panels.variables.base, count: panels.variables.count, .initialVariables, iteration: 0)
        panels.clearPadding(panels.variables)
        panels.widen(panels.variables, into: position.variables)
        return (position, panels)
    }

    private static func norm(_ values: [Double]) -> Double {
        values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }

    @Test(
        "kernels agree to 1e-6, the gradient to that times the condition number",
        arguments: Activation.allCases, [1, 3])
    func agreesWithDouble(activation: Activation, depth: Int) throws {
        for family in SweepPhysics.KernelFamily.available {
            for width in [40, 100, 333] {
                let problem = try TinyProblems.problem(activation, width: width, depth: depth)
                let (position, panels) = Self.positions(problem, family, stream: UInt64(width))
                let density = FunctionSpaceDensity(problem, family: family)
                try density.evaluate(position)
                let other = ChainPosition(problem)
                let single = FunctionSpaceDensity(problem, family: family, holdsPanels: false)
                try single.evaluate(other, panels: panels)
                let kernels = zip(position.kernels.array(), other.kernels.array())
                let scale = position.kernels.array().map(abs).max() ?? 0
                for (a, b) in kernels { #expect(abs(a - b) < 1e-6 * scale) }
                let condition = density.largestCondition
                let gradient = AlignedBuffer(count: position.gradient.count)
                panels.widen(panels.gradient, into: gradient)
                let difference = zip(position.gradient.array(), gradient.array()).map { $0 - $1 }
                #expect(
                    Self.norm(difference)
                        < 2e-6 * condition * max(1, Self.norm(position.gradient.array())),
                    "\(family.name) N \(width) condition \(condition)")
                #expect(
                    abs(position.potential - other.potential)
                        < 2e-6 * condition * max(1, abs(position.potential)))
            }
        }
    }

    @Test("a kernel that single precision cannot do is refused, with its layer")
    func illConditionedKernelsAreRefused() throws {
        // Two points that are nearly one: condition numbers of 10⁷, fine for doubles.
        let inputs = [0.9, -0.4, -0.3, 1.1, 0.9 + 3e-4, -0.4]
        let targets = [1.0, -1.0, 0.5]
        let data = try DataSet(dimension: 2, inputs: inputs, targets: targets)
        let problem = FunctionSpaceProblem(
            activation: .erf, gain: 1.3, biasVariance: 0.1, kappa: 0.05, width: 64, depth: 2,
            targets: targets, inputFactor: data.inputFactor(gain: 1.3, biasVariance: 0.1))
        for family in SweepPhysics.KernelFamily.available {
            let (position, panels) = Self.positions(problem, family, stream: 1)
            let density = FunctionSpaceDensity(problem, family: family)
            try density.evaluate(position)
            #expect(density.largestCondition > 2e6)
            let single = FunctionSpaceDensity(problem, family: family, holdsPanels: false)
            #expect(throws: SingularKernel.self) {
                try single.evaluate(ChainPosition(problem), panels: panels)
            }
        }
    }

    /// Mean and standard error of the alignment of the output kernel, from batches.
    private static func alignment(_ sampler: any KernelSampler, _ problem: FunctionSpaceProblem)
        -> (mean: Double, error: Double)
    {
        let (warmup, batches, length) = (100, 20, 100)
        var means: [Double] = []
        for iteration in 0..<warmup { _ = sampler.step(iteration: iteration) }
        for batch in 0..<batches {
            var sum = 0.0
            for iteration in 0..<length {
                _ = sampler.step(iteration: warmup + batch * length + iteration)
                let kernel = sampler.position.kernels.base + 16
                for row in 0..<4 {
                    for column in 0..<4 {
                        sum +=
                            TinyProblems.targets[row] * kernel[row * 4 + column]
                            * TinyProblems.targets[column]
                    }
                }
            }
            means.append(sum / Double(length))
        }
        let mean = means.reduce(0, +) / Double(batches)
        let square = means.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (mean, (square / Double(batches * (batches - 1))).squareRoot())
    }

    @Test("both precisions sample the same posterior, within 4 standard errors")
    func samplesTheSamePosterior() throws {
        let problem = try TinyProblems.problem(.erf, width: 30, depth: 2)
        let family = SweepPhysics.KernelFamily.best
        let double = Self.alignment(
            try HamiltonianSampler(
                problem,
                randomness: ChainRandomness(key: TinyProblems.key(1), chain: 0, family: family),
                stepSize: 0.4), problem)
        let single = Self.alignment(
            try SingleHamiltonianSampler(
                problem,
                randomness: ChainRandomness(key: TinyProblems.key(2), chain: 0, family: family),
                stepSize: 0.4), problem)
        let error = (double.error * double.error + single.error * single.error).squareRoot()
        #expect(abs(double.mean - single.mean) < 4 * error)
        #expect(error < 0.05 * abs(double.mean))
    }

    @Test("a chain goes on from its widened state with the same bits")
    func chainResumes() throws {
        let problem = try TinyProblems.problem(.tanh, width: 37, depth: 2)
        let randomness = ChainRandomness(
            key: TinyProblems.key(9), chain: 0, family: SweepPhysics.KernelFamily.best)
        let whole = try SingleHamiltonianSampler(problem, randomness: randomness, stepSize: 0.4)
        for iteration in 0..<5 { _ = whole.step(iteration: iteration) }
        let resumed = try SingleHamiltonianSampler(
            problem, randomness: randomness, stepSize: 0.4,
            variables: whole.position.variables.array())
        #expect(resumed.position.potential == whole.position.potential)
        for iteration in 5..<9 {
            _ = whole.step(iteration: iteration)
            _ = resumed.step(iteration: iteration)
        }
        #expect(resumed.position.variables.array() == whole.position.variables.array())
        #expect(resumed.position.potential == whole.position.potential)
    }
}
