/// A Markov chain whose states have the layer kernels of a ``FunctionSpaceProblem``.
package protocol KernelSampler: AnyObject {
    /// The kernels of the present state and what follows from them.
    var position: ChainPosition { get }
    /// The largest 1 / pivot ratio met so far: a lower bound of the worst condition number.
    var largestCondition: Double { get }
    /// The step as diagnostics report it; nil for a sampler without step.
    var reportedStep: Double? { get }
    /// The step as burn-in adapts it, of the order of 1; nil where it is not to be adapted.
    var tunedStep: Double? { get set }
    /// The acceptance that adaptation aims at.
    var targetAcceptance: Double { get }
    /// A burn-in begins: what was settled may be chosen anew.
    func burnInBegan()
    /// A burn-in has ended: from here on everything but the state is fixed.
    func burnInEnded()
    /// Moves the chain by iteration number `iteration` of its random stream.
    func step(iteration: Int) -> SamplerReport
    /// Writes the state and what else the next iteration depends on.
    func write(to writer: inout CheckpointWriter)
    /// Takes up a chain that was interrupted: what it had met counts.
    func resume(largestCondition: Double)
}

extension KernelSampler {
    package func burnInBegan() {}
    package func burnInEnded() {}
}

/// What one iteration did; for adaptation and diagnostics, not needed to go on.
package struct SamplerReport {
    package var accepted: Bool
    /// min(1, exp(−ΔH)); 0 when the trajectory met a singular kernel or lost its energy.
    package var acceptanceProbability: Double
    /// The trajectory could not be followed: ΔH not finite or past 1000, or a singular kernel.
    package var diverged: Bool
    package var evaluations: Int
    /// Why the chain is over, where it cannot go on.
    package var loss: String?
    /// One draw of what the bias of the step covaries with; nil for a sampler without such a bias.
    package var stepBias: Double?

    package init(
        accepted: Bool, acceptanceProbability: Double, diverged: Bool, evaluations: Int
    ) {
        self.accepted = accepted
        self.acceptanceProbability = acceptanceProbability
        self.diverged = diverged
        self.evaluations = evaluations
    }
}
