import CSweepKernels

/// ``HamiltonianSampler`` with panels in single precision.
///
/// ξ, v and dU/dξ are floats; kernels, their factors, U and H are doubles. The chain has the same
/// law up to an error of the force that the Metropolis test, whose U is that of the rounded ξ,
/// corrects; what remains is the rounding of U itself.
package final class SingleHamiltonianSampler: KernelSampler {
    /// The state of the chain; its `variables` are the floats widened, its `gradient` is not kept.
    package private(set) var position: ChainPosition
    private var proposal: ChainPosition
    package let density: FunctionSpaceDensity
    private let panels: SinglePanels
    private let velocity: SingleBuffer
    /// ξ and dU/dξ of `position`.
    private var variables: SingleBuffer
    private var gradient: SingleBuffer
    private let randomness: ChainRandomness
    /// Angle δ of one step, before jitter.
    package var stepSize: Double
    /// Total angle of a trajectory.
    package var trajectoryAngle = 1.5

    /// Starts from a draw of the prior, or from given ξ.
    ///
    /// - Parameter variables: ξ of an earlier position in the layout of ``ChainPosition``.
    /// - Throws: ``SingularKernel`` when the start has a kernel that single precision cannot do.
    package init(
        _ problem: FunctionSpaceProblem, randomness: ChainRandomness, stepSize: Double,
        isTunable: Bool = true, variables given: [Double]? = nil
    ) throws(SingularKernel) {
        density = FunctionSpaceDensity(problem, family: randomness.family, holdsPanels: false)
        panels = SinglePanels(problem, family: randomness.family)
        position = ChainPosition(problem)
        proposal = ChainPosition(problem)
        let count = problem.singleVariableCount
        velocity = SingleBuffer(count: count)
        variables = SingleBuffer(count: count)
        gradient = SingleBuffer(count: count)
        self.randomness = randomness
        self.stepSize = stepSize
        self.isTunable = isTunable
        if let given {
            position.variables.fill(from: given)
            panels.narrow(position.variables, into: panels.variables)
        } else {
            randomness.normals(
                panels.variables.base, count: count, .initialVariables, iteration: 0)
            panels.clearPadding(panels.variables)
        }
        try density.evaluate(position, panels: panels)
        keep()
    }

    /// Makes what the panels hold the state of the chain.
    private func keep() {
        swap(&panels.variables, &variables)
        swap(&panels.gradient, &gradient)
        panels.widen(variables, into: position.variables)
    }

    /// Steps of one trajectory at the present step size.
    package var stepCount: Int {
        min(max(Int((trajectoryAngle / stepSize).rounded()), 1), HamiltonianSampler.stepLimit)
    }

    /// Moves the chain by iteration number `iteration` of its stream.
    package func step(iteration: Int) -> SamplerReport {
        let table = density.family.table.pointee
        let count = density.problem.singleVariableCount
        let (jitter, decision) = randomness.uniforms(iteration: iteration)
        let delta = stepSize * (0.8 + 0.4 * jitter)
        let (cosine, sine) = KernelMath.cosineAndSine(delta)
        let steps = stepCount

        randomness.normals(velocity.base, count: count, .momentum, iteration: iteration)
        panels.clearPadding(velocity)
        panels.variables.copy(from: variables)
        let moving = panels.variables.base
        let before =
            position.potential
            + 0.5
            * (table.single_dot(moving, moving, count)
                + table.single_dot(velocity.base, velocity.base, count))
        for step in 1...steps {
            table.single_kick_rotate(
                moving, velocity.base, Float(step == 1 ? -0.5 * delta : -delta),
                step == 1 ? gradient.base : panels.gradient.base, Float(cosine), Float(sine),
                count)
            do throws(SingularKernel) {
                try density.evaluate(proposal, panels: panels)
            } catch {
                return SamplerReport(
                    accepted: false, acceptanceProbability: 0, diverged: true, evaluations: step)
            }
        }
        table.single_axpy(velocity.base, Float(-0.5 * delta), panels.gradient.base, count)
        let after =
            proposal.potential
            + 0.5
            * (table.single_dot(moving, moving, count)
                + table.single_dot(velocity.base, velocity.base, count))
        let change = after - before
        guard change.isFinite, change < 1000 else {
            return SamplerReport(
                accepted: false, acceptanceProbability: 0, diverged: true, evaluations: steps)
        }
        let accepted = KernelMath.logarithm(decision) < -change
        if accepted {
            swap(&position, &proposal)
            keep()
        }
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
