/// The Markov chain that draws from the posterior.
public enum Sampler: String, CaseIterable, Hashable, Sendable {
    /// Hamiltonian Monte Carlo on whitened pre-activations, with an exact Gaussian rotation.
    case functionSpace = "function-space"
    /// Elliptical slice sampling of the same target; needs no gradient.
    case ellipticalSlice = "elliptical-slice"
    /// Langevin dynamics of the weights.
    case langevin
}

/// How far the theory goes beyond infinite width.
public enum TheoryOrder: String, CaseIterable, Hashable, Sendable {
    /// N → ∞.
    case nngp
    /// First order in 1/N.
    case linear
    /// The tilted measure in full.
    case full
}
