/// How long to run the chains of one trial and when to believe them.
public struct ChainSettings: Hashable, Sendable {
    public enum Sampler: Hashable, Sendable {
        case hamiltonian
        case ellipticalSlice
        /// Langevin dynamics of the weights, with or without a Metropolis test of every step.
        case langevin(metropolis: Bool)
    }

    public var sampler: Sampler
    /// The chains end when U and the CKA of every layer have this effective sample size.
    public var effectiveSamples: Double
    /// Iterations a chain may take, burn-in included; then the trial is `not_converged`.
    public var maxIterations: Int
    /// At least this many iterations are discarded; nil lets the chain decide.
    public var burnIn: Int?
    /// Independent chains, run one after the other and pooled.
    public var chains: Int
    /// Angle δ of one leapfrog step, or η of Langevin dynamics; nil lets the sampler choose it.
    public var step: Double?

    public init(
        sampler: Sampler = .hamiltonian, effectiveSamples: Double = 100, maxIterations: Int = 20000,
        burnIn: Int? = nil, chains: Int = 1, step: Double? = nil
    ) {
        self.sampler = sampler
        self.effectiveSamples = effectiveSamples
        self.maxIterations = maxIterations
        self.burnIn = burnIn
        self.chains = chains
        self.step = step
    }

    /// Iterations discarded at least when the spec gives none.
    static let shortestBurnIn = 50
    /// Halves of the chains must agree this well.
    static let largestSplitRHat = 1.05
    /// A chain that moves less often than this goes back to adapting its step.
    static let smallestAcceptance = 0.4
}
