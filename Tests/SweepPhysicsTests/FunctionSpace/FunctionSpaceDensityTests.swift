import CSweepKernels
import SweepPhysics
import Testing

/// U and its gradient, each against something that knows nothing of reverse mode.
@Suite("Function-space density")
struct FunctionSpaceDensityTests {
    /// A prior draw of the variables.
    private static func position(
        _ problem: FunctionSpaceProblem, stream: UInt64
    ) -> ChainPosition {
        let position = ChainPosition(problem)
        let randomness = ChainRandomness(
            key: TinyProblems.key(stream), chain: 0, family: SweepPhysics.KernelFamily.best)
        randomness.normals(
            position.variables.base, count: position.variables.count, .initialVariables,
            iteration: 0)
        position.variables.clearPadding(problem)
        return position
    }

    @Test(
        "the gradient agrees with central differences of the potential",
        arguments: Activation.allCases, [1, 2, 4])
    func gradientAgreesWithDifferences(activation: Activation, depth: Int) throws {
        for family in SweepPhysics.KernelFamily.available {
            let problem = try TinyProblems.problem(activation, width: 11, depth: depth)
            let density = FunctionSpaceDensity(problem, family: family)
            let position = Self.position(problem, stream: UInt64(depth))
            try density.evaluate(position)
            let gradient = position.gradient.array()
            let variables = position.variables.base
            // Every layer, row and neuron gets its turn, at a stride prime to all of them.
            for index in stride(from: 0, to: position.variables.count, by: 7) {
                let isPadding = (index / (8 * problem.points)) % 2 == 1 && index % 8 >= 3
                if isPadding {
                    #expect(gradient[index] == 0)
                    continue
                }
                let value = variables[index]
                let step = 1e-5
                variables[index] = value + step
                try density.evaluate(position, gradient: false)
                let above = position.potential
                variables[index] = value - step
                try density.evaluate(position, gradient: false)
                let difference = (above - position.potential) / (2 * step)
                variables[index] = value
                // A third derivative times step², and rounding over step.
                #expect(abs(difference - gradient[index]) < 2e-6 * max(1, abs(difference)))
            }
        }
    }

    @Test("the potential of one layer is the marginal likelihood of its kernel")
    func potentialIsTheMarginalLikelihood() throws {
        let problem = try TinyProblems.problem(.erf, width: 5, depth: 1)
        let density = FunctionSpaceDensity(problem, family: SweepPhysics.KernelFamily.best)
        let position = Self.position(problem, stream: 3)
        try density.evaluate(position)
        // ½ yᵀ K⁻¹ y + ½ ln det K by Gaussian elimination of K = C_1 + κ, with y as last column.
        var rows = (0..<4).map { row in
            (0..<4).map { position.kernels.base[row * 4 + $0] + (row == $0 ? problem.kappa : 0) }
                + [problem.targets[row]]
        }
        var logDeterminant = 0.0
        for pivot in 0..<4 {
            logDeterminant += KernelMath.logarithm(rows[pivot][pivot])
            for row in 0..<4 where row != pivot {
                let factor = rows[row][pivot] / rows[pivot][pivot]
                for column in pivot..<5 { rows[row][column] -= factor * rows[pivot][column] }
            }
        }
        let dual = (0..<4).map { rows[$0][4] / rows[$0][$0] }
        let misfit = zip(dual, problem.targets).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(position.potential - 0.5 * (misfit + logDeterminant)) < 1e-12)
        for index in 0..<4 { #expect(abs(position.dual.base[index] - dual[index]) < 1e-12) }
    }

    @Test("fewer neurons than points is a singular kernel that names its layer")
    func tooNarrowIsSingular() throws {
        let problem = try TinyProblems.problem(.erf, width: 2, depth: 3, biasVariance: 0)
        let density = FunctionSpaceDensity(problem, family: SweepPhysics.KernelFamily.best)
        let position = Self.position(problem, stream: 1)
        #expect {
            try density.evaluate(position)
        } throws: { error in
            guard let singular = error as? SingularKernel else { return false }
            return singular.layer == 1 && singular.conditionNumber > 1e12
        }
    }

    @Test("families agree on potential and gradient to rounding")
    func familiesAgree() throws {
        let problem = try TinyProblems.problem(.tanh, width: 40, depth: 3)
        var potentials: [Double] = []
        var gradients: [[Double]] = []
        for family in SweepPhysics.KernelFamily.available {
            let density = FunctionSpaceDensity(problem, family: family)
            let position = Self.position(problem, stream: 8)
            try density.evaluate(position)
            potentials.append(position.potential)
            gradients.append(position.gradient.array())
        }
        for (potential, gradient) in zip(potentials, gradients) {
            #expect(abs(potential - potentials[0]) < 1e-11 * abs(potentials[0]))
            for (value, reference) in zip(gradient, gradients[0]) {
                #expect(abs(value - reference) < 1e-10)
            }
        }
    }
}
