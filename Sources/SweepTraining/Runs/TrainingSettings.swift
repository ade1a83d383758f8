import SweepPhysics

/// All that decides a training trial beside its random keys.
public struct TrainingSettings: Hashable, Sendable {
    public var task: TrainingTask
    public var architecture = Architecture.mlp
    public var activation = Activation.leakyRelu
    /// Units of a hidden layer.
    public var width: Int
    /// Hidden layers.
    public var depth: Int
    /// Xavier multiplier: weights have the deviation gain √(2/(fan_in + fan_out)).
    public var gain: Double
    public var optimizer = Optimizer.sgd()
    public var learningRate: Double
    /// Passes over the training points, and entries of the series when each is recorded.
    public var epochs: Int
    /// Points of a mini-batch; nil, or as many as there are or more, for all at once.
    public var batch: Int?
    public var loss = TrainingLoss.halfMSE
    /// Training ends when a recorded loss is below this.
    public var stopAtLoss: Double?
    /// Every so many epochs are recorded, from epoch 0 on.
    public var recordEvery = 1
    /// Hidden activities whose distances are recorded, as ``NetworkShape/observableCount`` counts
    /// them. The first is the one that metrics tell of.
    public var observedLayers: [Int]
    public var precision = TrainingPrecision.float32
    /// The points of h, y and w; nil for those of the data set.
    public var pair: PointPair?
    /// eta_h/eta_y of the prediction for all pairs; nil for the ratio that was fitted to the one.
    public var rateRatio: Double?
    /// Whether the four wrong systems of equations are fitted too.
    public var alternatives = false
    /// Entries of a series that are stored, at most.
    public var storedEntries = 1_000
    /// Names of the arrays that are stored with a result.
    public var keep = Self.arraysKeptByDefault
    public var dropoutRate = 0.1
    public var channels = 20
    public var filter = 11

    public init(
        task: TrainingTask, width: Int, depth: Int, gain: Double, learningRate: Double,
        epochs: Int, observedLayers: [Int]
    ) {
        self.task = task
        self.width = width
        self.depth = depth
        self.gain = gain
        self.learningRate = learningRate
        self.epochs = epochs
        self.observedLayers = observedLayers
    }

    /// The network that the data ask for.
    public func shape(for data: TrainingData) -> NetworkShape {
        var shape = NetworkShape(
            architecture: architecture, activation: activation, inputs: data.dimension,
            outputs: data.outputs, width: width, depth: depth)
        shape.dropoutRate = dropoutRate
        shape.channels = channels
        shape.filter = filter
        return shape
    }

    /// Why nothing can be trained so, in a sentence; nil where it can.
    public func problem(for data: TrainingData) -> String? {
        let shape = shape(for: data)
        if let problem = shape.problem { return problem }
        if data.points < 2 { return "the two-point theory needs 2 points" }
        if epochs < 1 { return "epochs are at least 1" }
        if recordEvery < 1 { return "record_every is at least 1" }
        if let batch, batch < 1 { return "a batch has at least 1 point" }
        if !(gain > 0 && gain.isFinite) { return "the gain is above 0" }
        if !(learningRate > 0 && learningRate.isFinite) { return "the learning rate is above 0" }
        if let pair {
            if pair.first == pair.second { return "a pair is of two different points" }
            for point in [pair.first, pair.second] where !(0..<data.points).contains(point) {
                return "pair: there is no point \(point), but the points 0 to \(data.points - 1)"
            }
        }
        if observedLayers.isEmpty { return "at least one layer is observed" }
        for layer in observedLayers where !(0..<shape.observableCount).contains(layer) {
            return "observed layer \(layer): this network has the layers 0 to "
                + "\(shape.observableCount - 1)"
        }
        return nil
    }
}

/// The three streams of random numbers of a training.
public struct TrainingKeys: Hashable, Sendable {
    public var weights: RandomKey
    public var batches: RandomKey
    public var dropout: RandomKey

    /// - Parameter point: canonical text of the grid point.
    public init(randomKey: UInt64, seed: Int, point: String) {
        func key(_ purpose: RandomKey.Purpose) -> RandomKey {
            RandomKey(randomKey: randomKey, purpose: purpose, seed: seed, point: point)
        }
        weights = key(.weights)
        batches = key(.batches)
        dropout = key(.dropout)
    }
}
