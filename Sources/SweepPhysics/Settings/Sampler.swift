/// The Markov chain that draws from the posterior.
public enum Sampler: String, CaseIterable, Hashable, Sendable {
    /// Hamiltonian Monte Carlo on whitened pre-activations, with an exact Gaussian rotation.
    case functionSpace = "function-space"
    /// Elliptical slice sampling of the same target; needs no gradient.
    case ellipticalSlice = "elliptical-slice"
    /// Langevin dynamics of the weights.
    case langevin
}

/// What the panels of a chain, P points by N neurons, are made of. Whatever is summed over neurons and
/// all P × P algebra is in double precision either way.
public enum ChainPrecision: String, CaseIterable, Hashable, Sendable {
    case double
    /// Half the memory and nearly half the time; kernels have an error of 10⁻⁶, and those whose
    /// condition number is past 10⁶ are refused.
    case single
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
