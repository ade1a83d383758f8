import CSweepKernels

/// Elliptical slice sampling: no gradient, no step size, always moves. The cross-check of
/// ``HamiltonianSampler`` and the fallback where a gradient is of no use.
///
/// Each iteration draws ν ~ N(0, 1), a level ln u below −U(ξ), and shrinks a bracket of angles θ
/// until ξ cos θ + ν sin θ lies on the slice. Source: Murray, Adams, MacKay 2010 (arXiv:1001.0175).
package final class EllipticalSliceSampler: KernelSampler {
    package private(set) var position: ChainPosition
    private var proposal: ChainPosition
    private let auxiliary: AlignedBuffer
    package let density: FunctionSpaceDensity
    private let randomness: ChainRandomness
    /// The bracket halves on average, so this many shrinks mean that no angle has a finite density.
    package static let shrinkLimit = 1000

    /// Starts from a draw of the prior, or from given ξ.
    ///
    /// - Parameter variables: ξ of an earlier position with its padding; nil for a draw.
    /// - Throws: ``SingularKernel`` when the start has a kernel without Cholesky factor.
    package init(
        _ problem: FunctionSpaceProblem, randomness: ChainRandomness, variables: [Double]? = nil
    ) throws(SingularKernel) {
        density = FunctionSpaceDensity(problem, family: randomness.family)
        position = ChainPosition(problem)
        proposal = ChainPosition(problem)
        auxiliary = AlignedBuffer(count: problem.variableCount)
        self.randomness = randomness
        if let variables {
            position.variables.fill(from: variables)
        } else {
            randomness.normals(
                position.variables.base, count: problem.variableCount, .initialVariables,
                iteration: 0)
            position.variables.clearPadding(problem)
        }
        try density.evaluate(position, gradient: false)
    }

    package func step(iteration: Int) -> SamplerReport {
        let table = density.family.table.pointee
        let count = density.problem.variableCount
        randomness.normals(auxiliary.base, count: count, .momentum, iteration: iteration)
        auxiliary.clearPadding(density.problem)
        let (levelUniform, angleUniform) = randomness.uniforms(iteration: iteration)
        let level = -position.potential + KernelMath.logarithm(levelUniform)
        let turn = 2 * Double.pi
        var angle = turn * angleUniform
        var lower = angle - turn
        var upper = angle
        for shrink in 1...Self.shrinkLimit {
            let (cosine, sine) = KernelMath.cosineAndSine(angle)
            for index in 0..<count { proposal.variables.base[index] = 0 }
            table.axpy(proposal.variables.base, cosine, position.variables.base, count)
            table.axpy(proposal.variables.base, sine, auxiliary.base, count)
            var inside = false
            do throws(SingularKernel) {
                try density.evaluate(proposal, gradient: false)
                inside = -proposal.potential > level
            } catch {
                // A singular kernel has density 0: outside the slice.
                inside = false
            }
            if inside {
                swap(&position, &proposal)
                return SamplerReport(
                    accepted: true, acceptanceProbability: 1, diverged: false, evaluations: shrink)
            }
            if angle < 0 { lower = angle } else { upper = angle }
            let (uniform, _) = randomness.uniforms(iteration: iteration, index: shrink)
            angle = lower + (upper - lower) * uniform
        }
        return SamplerReport(
            accepted: false, acceptanceProbability: 0, diverged: true,
            evaluations: Self.shrinkLimit)
    }

    // MARK: What a chain asks

    package var largestCondition: Double { density.largestCondition }
    package var reportedStep: Double? { nil }
    package var targetAcceptance: Double { 1 }
    package var tunedStep: Double? {
        get { nil }
        set {}
    }

    package func write(to writer: inout CheckpointWriter) {
        writer.write(
            UnsafeBufferPointer(start: position.variables.base, count: position.variables.count))
    }

    package func resume(largestCondition: Double) {
        density.resume(largestCondition: largestCondition)
    }
}
