/// A Markov chain on the whitened variables of a ``FunctionSpaceProblem``.
package protocol KernelSampler: AnyObject {
    /// The state of the chain with its kernels.
    var position: ChainPosition { get }
    /// What the state was computed with; its Cholesky factors belong to the proposal made last.
    var density: FunctionSpaceDensity { get }
    /// Moves the chain by iteration number `iteration` of its random stream.
    func step(iteration: Int) -> SamplerReport
}

/// What one iteration did; for adaptation and diagnostics, not needed to go on.
package struct SamplerReport {
    package var accepted: Bool
    /// min(1, exp(−ΔH)); 0 when the trajectory met a singular kernel or lost its energy.
    package var acceptanceProbability: Double
    /// The trajectory could not be followed: ΔH not finite or past 1000, or a singular kernel.
    package var diverged: Bool
    package var evaluations: Int
}
