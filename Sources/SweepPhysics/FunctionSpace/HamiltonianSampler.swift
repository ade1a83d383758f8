import CSweepKernels

/// Hamiltonian Monte Carlo whose Gaussian part is integrated exactly.
///
/// One iteration draws v ~ N(0, 1) and walks n steps of
///
///     v ← v − (δ/2) ∂U/∂ξ,   (ξ, v) ← rotation by the angle δ,   v ← v − (δ/2) ∂U/∂ξ
///
/// then accepts with probability min(1, exp(−ΔH)), H = U + ½|ξ|² + ½|v|². δ is jittered by ±20 %
/// so that no trajectory resonates. Splitting: Beskos et al. 2011 (arXiv:1103.4995, section 3).
package final class HamiltonianSampler: KernelSampler {
    /// The state of the chain.
    package private(set) var position: ChainPosition
    private var proposal: ChainPosition
    private let velocity: AlignedBuffer
    package let density: FunctionSpaceDensity
    private let randomness: ChainRandomness
    /// Angle δ of one step, before jitter.
    package var stepSize: Double
    /// Total angle of a trajectory; a quarter turn forgets the Gaussian part.
    package var trajectoryAngle = 1.5
    package static let stepLimit = 64

    /// Starts from a draw of the prior, or from given ξ.
    ///
    /// - Parameter variables: ξ of an earlier position with its padding; nil for a draw.
    /// - Throws: ``SingularKernel`` when the start has a kernel without Cholesky factor.
    package init(
        _ problem: FunctionSpaceProblem, randomness: ChainRandomness, stepSize: Double,
        isTunable: Bool = true, variables: [Double]? = nil
    ) throws(SingularKernel) {
        density = FunctionSpaceDensity(problem, family: randomness.family)
        position = ChainPosition(problem)
        proposal = ChainPosition(problem)
        velocity = AlignedBuffer(count: problem.variableCount)
        self.randomness = randomness
        self.stepSize = stepSize
        self.isTunable = isTunable
        if let variables {
            position.variables.fill(from: variables)
        } else {
            randomness.normals(
                position.variables.base, count: problem.variableCount, .initialVariables,
                iteration: 0)
            position.variables.clearPadding(problem)
        }
        try density.evaluate(position)
    }

    /// Steps of one trajectory at the present step size.
    package var stepCount: Int {
        min(max(Int((trajectoryAngle / stepSize).rounded()), 1), Self.stepLimit)
    }

    /// Moves the chain by iteration number `iteration` of its stream.
    package func step(iteration: Int) -> SamplerReport {
        let table = density.family.table.pointee
        let count = density.problem.variableCount
        let (jitter, decision) = randomness.uniforms(iteration: iteration)
        let delta = stepSize * (0.8 + 0.4 * jitter)
        let (cosine, sine) = KernelMath.cosineAndSine(delta)
        let steps = stepCount

        randomness.normals(velocity.base, count: count, .momentum, iteration: iteration)
        velocity.clearPadding(density.problem)
        proposal.variables.copy(from: position.variables)
        let variables = proposal.variables.base
        let before =
            position.potential
            + 0.5
            * (table.dot(variables, variables, count)
                + table.dot(velocity.base, velocity.base, count))

        for step in 1...steps {
            if step == 1 {
                table.kick_rotate(
                    variables, velocity.base, -0.5 * delta, position.gradient.base, cosine, sine,
                    count)
            } else {
                table.kick_rotate(
                    variables, velocity.base, -delta, proposal.gradient.base, cosine, sine, count)
            }
            do throws(SingularKernel) {
                try density.evaluate(proposal)
            } catch {
                return SamplerReport(
                    accepted: false, acceptanceProbability: 0, diverged: true, evaluations: step)
            }
        }
        table.axpy(velocity.base, -0.5 * delta, proposal.gradient.base, count)
        let after =
            proposal.potential
            + 0.5
            * (table.dot(variables, variables, count)
                + table.dot(velocity.base, velocity.base, count))
        let change = after - before
        // A start far from the posterior falls by more than this in one trajectory: that is
        // progress. Rising by it is a lost trajectory.
        guard change.isFinite, change < 1000 else {
            return SamplerReport(
                accepted: false, acceptanceProbability: 0, diverged: true, evaluations: steps)
        }
        let accepted = KernelMath.logarithm(decision) < -change
        if accepted { swap(&position, &proposal) }
        return SamplerReport(
            accepted: accepted, acceptanceProbability: min(1, KernelMath.exponential(-change)),
            diverged: false, evaluations: steps)
    }

    // MARK: What a chain asks

    package var largestCondition: Double { density.largestCondition }
    package var reportedStep: Double? { stepSize }
    package var targetAcceptance: Double { StepSizeAdaptation.targetAcceptance }
    /// Whether the step may be adapted.
    private let isTunable: Bool
    package var tunedStep: Double? {
        get { isTunable ? stepSize : nil }
        set { if let newValue { stepSize = newValue } }
    }

    package func write(to writer: inout CheckpointWriter) {
        writer.write(
            UnsafeBufferPointer(start: position.variables.base, count: position.variables.count))
    }

    package func resume(largestCondition: Double) {
        density.resume(largestCondition: largestCondition)
    }
}
