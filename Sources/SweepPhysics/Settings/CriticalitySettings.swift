/// Everything that one trial of the experiment `criticality` needs, for one grid point.
public struct CriticalitySettings: Hashable, Sendable {
    public var activation: Activation
    /// g_b, the variance of every bias.
    public var biasVariance: Double
    /// g at which fixed point and responses are wanted; nil for the critical gain itself.
    public var gain: Double?

    public init(activation: Activation, biasVariance: Double, gain: Double? = nil) {
        self.activation = activation
        self.biasVariance = biasVariance
        self.gain = gain
    }
}
