/// Everything that one trial of the experiment `posterior` needs besides its seed, for one grid
/// point: the spec's sections with the swept values and the defaults filled in.
///
/// Symbols are those of the posterior page: P points, D input dimension, N width, L depth.
public struct PosteriorSettings: Hashable, Sendable {
    /// The training set.
    public var task: DataTask
    /// Held-out points on which test errors are measured; 0 for none.
    ///
    /// For `xor` they are a draw of their own, for `csv` the rows that follow the training rows, for
    /// `mnist` images that are not among the training points.
    public var testPoints: Int
    /// φ of every hidden layer.
    public var activation: Activation
    /// g_b, the variance of every bias; 0 for a network without biases.
    public var biasVariance: Double
    /// g, the weight **variance** gain of every layer, readout included: W ~ N(0, g/N).
    public var gain: Double
    /// N, neurons of every hidden layer.
    public var width: Int
    /// L, the number of kernels after C0.
    public var depth: Int
    /// κ, variance of the observation noise.
    public var kappa: Double
    /// Which Markov chain draws the samples.
    public var sampler: Sampler
    /// A trial stops when its effective sample size, the smallest over U and the CKA of every
    /// layer, has reached this.
    public var effectiveSamples: Int
    /// A chain that has made so many iterations, burn-in included, is given up as not converged.
    public var maxIterations: Int
    /// Iterations that are thrown away first; nil lets the sampler decide.
    public var burnIn: Int?
    /// Independent chains of one trial.
    public var chains: Int
    /// The sampler's step (δ, the angle of a rotation, in function space); nil adapts it in burn-in.
    ///
    /// Of Langevin dynamics it is η; nil chooses it from the tangent kernel.
    public var step: Double?
    /// Whether each Langevin step passes a Metropolis test.
    public var metropolis: Bool
    /// Whether ln p(y) is wanted too: fifteen more chains.
    public var evidence: Bool
    /// Names of the arrays that are stored with a result.
    public var keep: [String]
    /// Theories that are computed beside the samples.
    public var compare: [TheoryOrder]

    public init(
        task: DataTask, testPoints: Int = 0, activation: Activation, biasVariance: Double,
        gain: Double, width: Int, depth: Int, kappa: Double, sampler: Sampler = .functionSpace,
        effectiveSamples: Int = 100, maxIterations: Int = 20_000, burnIn: Int? = nil,
        chains: Int = 1, step: Double? = nil, metropolis: Bool = false,
        evidence: Bool = false, keep: [String] = Self.arraysKeptByDefault,
        compare: [TheoryOrder] = []
    ) {
        self.task = task
        self.testPoints = testPoints
        self.activation = activation
        self.biasVariance = biasVariance
        self.gain = gain
        self.width = width
        self.depth = depth
        self.kappa = kappa
        self.sampler = sampler
        self.effectiveSamples = effectiveSamples
        self.maxIterations = maxIterations
        self.burnIn = burnIn
        self.chains = chains
        self.step = step
        self.metropolis = metropolis
        self.evidence = evidence
        self.keep = keep
        self.compare = compare
    }

    /// Arrays of L numbers; they are stored unless the spec says otherwise.
    public static let arraysKeptByDefault = [
        "cka_layer", "cka_layer_se", "cka_mean_kernel", "cka_layer_nngp", "adaptation_layer",
    ]

    /// Every array that `keep` may name; `mean_kernels` has L × P × P numbers, those of predictions
    /// P or T, the others L.
    ///
    /// Those of a theory are there when `compare` names it; its lists of L numbers always are then.
    public static let arrays =
        arraysKeptByDefault + ["mean_kernels"] + TheorySettings.matrices + responses
        + predictions

    /// Responses of the layers, around the sampled kernels and those of infinite width.
    public static let responses = [
        "chi_perp_layer", "chi_par_layer", "response_layer", "chi_perp_layer_nngp",
        "chi_par_layer_nngp", "response_layer_nngp",
    ]

    /// Predictions and what they are of.
    public static let predictions = [
        "train_prediction", "train_targets", "test_prediction", "test_variance", "test_targets",
        "test_prediction_nngp", "test_variance_nngp", "test_prediction_linear",
        "test_variance_linear", "test_prediction_full", "test_variance_full",
    ]
}
