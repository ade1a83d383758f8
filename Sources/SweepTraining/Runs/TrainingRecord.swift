import SweepPhysics

/// What was seen of a network along its training.
///
/// Entry k of a series is epoch k · `interval`, measured before that epoch's updates, without
/// dropout.
public struct TrainingRecord: Hashable, Sendable {
    public var interval: Int
    /// dx2 and dy2 of the pair of points that h, y and w tell of.
    public var task: TwoPointTask
    /// h of each observed layer.
    public var representation: [[Double]]
    public var output: [Double] = []
    public var alignment: [Double] = []
    /// The loss over all training points.
    public var loss: [Double] = []
    /// The loss over held-out points, and the part of them that is classified right; empty where
    /// there are none, or no classes.
    public var testLoss: [Double] = []
    public var testAccuracy: [Double] = []
    /// |ē|², the squared error of the pair's mean output, at epoch 0.
    public var startingMeanError = 0.0
    /// What ``TwoPointLoss`` is to be multiplied with to be `loss`; nil where more points than the pair
    /// are trained on, of which the theory knows nothing.
    public var lossFactor: Double?
    /// Kernels of the tracked points in each observed layer, φ φᵀ without a factor, at epoch 0 and
    /// after the last update.
    public var initialKernels: [Kernel] = []
    public var finalKernels: [Kernel] = []
    /// Outputs of the tracked points at epoch 0, row-major, shape (tracked, outputs).
    public var initialOutputs: [Double] = []
    /// How a grid of features lies in the first observed layer at epoch 0 and after the last update.
    public var initialGeometry: FeatureGeometry?
    public var finalGeometry: FeatureGeometry?
    /// The epoch at which the loss fell below `stop_at_loss`, where it did.
    public var stoppedAt: Int?

    init(interval: Int, task: TwoPointTask, layers: Int) {
        self.interval = interval
        self.task = task
        representation = Array(repeating: [], count: layers)
    }

    public var count: Int { loss.count }

    /// h, y and w of one observed layer (its place in `observedLayers`).
    public func curves(_ layer: Int = 0) -> TwoPointCurves {
        TwoPointCurves(
            representation: representation[layer], output: output, alignment: alignment,
            interval: interval)
    }

    /// Repeats the last entries until there are `count`.
    public mutating func pad(to count: Int) {
        func pad(_ series: inout [Double]) {
            guard let last = series.last, series.count < count else { return }
            series += Array(repeating: last, count: count - series.count)
        }
        pad(&output)
        pad(&alignment)
        pad(&loss)
        pad(&testLoss)
        pad(&testAccuracy)
        for layer in representation.indices { pad(&representation[layer]) }
    }

    /// Epochs of the entries.
    public var epochs: [Double] { (0..<count).map { Double($0 * interval) } }
}

/// The loss was no longer a number: the learning rate was too large for this network.
public struct TrainingDivergence: Error, Hashable, Sendable {
    public var epoch: Int
}
