/// Everything that one trial of the experiment `theory` needs besides its seed, for one grid point.
///
/// Symbols are those of ``PosteriorSettings``.
public struct TheorySettings: Hashable, Sendable {
    /// The training set.
    public var task: DataTask
    public var activation: Activation
    /// g_b.
    public var biasVariance: Double
    /// g, the weight **variance** gain of every layer, readout included.
    public var gain: Double
    /// N.
    public var width: Int
    /// L.
    public var depth: Int
    /// κ.
    public var kappa: Double
    /// Theories to compute; the experiment has one, the command `theory` all.
    public var orders: [TheoryOrder]
    public var options: TheoryOptions
    /// Names of the matrices that are stored with a result; lists of L numbers always are.
    public var keep: [String]

    public init(
        task: DataTask, activation: Activation, biasVariance: Double, gain: Double, width: Int,
        depth: Int, kappa: Double, orders: [TheoryOrder] = [.full],
        options: TheoryOptions = TheoryOptions(), keep: [String] = []
    ) {
        self.task = task
        self.activation = activation
        self.biasVariance = biasVariance
        self.gain = gain
        self.width = width
        self.depth = depth
        self.kappa = kappa
        self.orders = orders
        self.options = options
        self.keep = keep
    }

    /// The theories of the network that a posterior trial samples.
    public init(
        _ settings: PosteriorSettings, orders: [TheoryOrder],
        options: TheoryOptions = TheoryOptions()
    ) {
        self.init(
            task: settings.task, activation: settings.activation,
            biasVariance: settings.biasVariance, gain: settings.gain, width: settings.width,
            depth: settings.depth, kappa: settings.kappa, orders: orders, options: options,
            keep: settings.keep)
    }

    /// Arrays of L × P × P numbers that `keep` may name.
    public static let matrices = TheoryOrder.allCases.flatMap {
        ["kernels_\($0.rawValue)", "conjugate_kernels_\($0.rawValue)"]
    }
}
