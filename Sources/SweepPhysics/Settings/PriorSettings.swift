/// Everything that one trial of the experiment `prior` needs, for one grid point: networks without
/// data, looked at on the inputs of a data set.
public struct PriorSettings: Hashable, Sendable {
    /// Where the inputs come from.
    public var task: DataTask
    public var activation: Activation
    /// g_b.
    public var biasVariance: Double
    /// g.
    public var gain: Double
    /// N.
    public var width: Int
    /// L.
    public var depth: Int
    /// Networks that are drawn.
    public var draws: Int

    public init(
        task: DataTask, activation: Activation, biasVariance: Double, gain: Double, width: Int,
        depth: Int, draws: Int
    ) {
        self.task = task
        self.activation = activation
        self.biasVariance = biasVariance
        self.gain = gain
        self.width = width
        self.depth = depth
        self.draws = draws
    }
}
