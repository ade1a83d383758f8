/// A posterior over pre-activations: the network, the data and the noise of one trial.
///
/// Whitened variables ξ_l ∈ R^{P×N}, l = 0 … L−1, are standard normal under the prior, with
///
///     h_0 = A ξ_0, A Aᵀ = C_0,     h_l = chol(C_l) ξ_l,     C_{l+1} = (g/N) φ(h_l) φ(h_l)ᵀ + g_b 11ᵀ
///
/// and the readout integrated out, so that the only non-Gaussian term is
///
///     U(ξ) = β [ ½ yᵀ (C_L + κ)⁻¹ y + ½ ln det(C_L + κ) ]          (no (P/2) ln 2π, β = 1)
///
/// The target density is exp(−U) ∏ N(ξ; 0, 1). Its kernels have exactly the law that they have
/// under the posterior of the weights.
public struct FunctionSpaceProblem: Sendable {
    /// φ.
    public let activation: Activation
    /// g: weight variance times fan-in, the readout included.
    public let gain: Double
    /// g_b ≥ 0.
    public let biasVariance: Double
    /// κ > 0: variance of the observation noise.
    public let kappa: Double
    /// N: neurons of every hidden layer.
    public let width: Int
    /// L: number of kernels after C_0.
    public let depth: Int
    /// P: data points; of a linear network the rank of its features, if that is less.
    public let points: Int
    /// y, shape (P).
    public let targets: [Double]
    /// A with A Aᵀ = C_0, lower triangular, shape (P, P), row-major.
    public let inputFactor: [Double]
    /// The direction 1 in which biases act, shape (P).
    let biasDirection: [Double]
    /// What U has besides its formula.
    let potentialOffset: Double
    /// How to come back from the range of a linear network's features; nil otherwise.
    let range: LinearRange?
    /// β of the likelihood; 1 for the posterior, towards 0 for the prior.
    public var likelihoodPower = 1.0
    /// The targets as they were given.
    let givenTargets: [Double]

    /// - Parameters:
    ///   - targets: y, shape (P).
    ///   - inputFactor: A with A Aᵀ = C_0, lower triangular, shape (P, P), row-major.
    ///   - reduces: Whether a linear network is to be looked at in the range of its features, as
    ///     pre-activations must be; weights need not.
    public init(
        activation: Activation, gain: Double, biasVariance: Double, kappa: Double, width: Int,
        depth: Int, targets: [Double], inputFactor: [Double], reduces: Bool = true
    ) {
        precondition(width >= 1 && depth >= 1 && !targets.isEmpty, "an empty network or data set")
        precondition(kappa > 0 && gain > 0 && biasVariance >= 0, "variances out of range")
        precondition(inputFactor.count == targets.count * targets.count, "factor is not P × P")
        self.activation = activation
        self.gain = gain
        self.biasVariance = biasVariance
        self.kappa = kappa
        self.width = width
        self.depth = depth
        givenTargets = targets
        let given = targets.count
        let range =
            activation == .linear && reduces ? LinearRange(factor: inputFactor, points: given) : nil
        guard let range, range.rank < given else {
            self.range = nil
            points = given
            self.targets = targets
            self.inputFactor = inputFactor
            biasDirection = Array(repeating: 1, count: given)
            potentialOffset = 0
            return
        }
        self.range = range
        points = range.rank
        self.targets = range.reduce(targets, columns: 1)
        self.inputFactor = HouseholderLQ.lowerFactor(
            range.reduce(inputFactor, columns: given), rows: range.rank, columns: given)
        biasDirection = range.reduce(Array(repeating: 1, count: given), columns: 1)
        let inside = self.targets.reduce(0) { $0 + $1 * $1 }
        let all = targets.reduce(0) { $0 + $1 * $1 }
        potentialOffset =
            0.5 * max(all - inside, 0) / kappa
            + 0.5 * Double(given - range.rank) * KernelMath.logarithm(kappa)
    }

    /// Blocks of eight neurons a panel has.
    var tiles: Int { (width + 7) / 8 }
    /// Doubles in one panel (layer), padding included.
    var panelCount: Int { tiles * points * 8 }
    /// Doubles in the whitened variables of all layers, padding included.
    var variableCount: Int { depth * panelCount }
}

/// A kernel that has no usable Cholesky factor.
public struct SingularKernel: Error, Hashable, Sendable {
    /// The layer l of the kernel C_l; L stands for the output kernel with the noise added.
    public var layer: Int
    /// At least the condition number that was found; infinite when the factorisation stopped.
    public var conditionNumber: Double

    /// Pivot ratios below this are called singular. It is the size of the largest jitter that would
    /// leave the kernels unchanged to the precision reported; we add none.
    static let smallestPivotRatio = 1e-12
}
