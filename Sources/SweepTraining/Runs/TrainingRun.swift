import SweepPhysics

/// One training, epoch by epoch: the state that a checkpoint keeps, and what is computed from it.
final class TrainingRun<Scalar: TrainingScalar> {
    let settings: TrainingSettings
    let data: TrainingData
    let plan: NetworkPlan
    let keys: TrainingKeys
    let network: Network<Scalar>
    let optimizer: OptimizerState<Scalar>
    /// Epochs trained.
    var epoch = 0
    var record: TrainingRecord
    private var isEnded = false

    /// Tells settings, data and keys from others; the data are gone through once.
    lazy var identity: Fingerprint = makeIdentity()

    private let order: BatchOrder
    let targets: [Scalar]
    let testTargets: [Scalar]
    /// For updates; for observing when a training step sees something else; for held-out points.
    let tape: Tape<Scalar>
    let observing: Tape<Scalar>
    let testing: Tape<Scalar>?
    let pair: PointPair
    let batch: Int
    let isClassification: Bool

    /// Points that are observed at a time.
    static var observedAtOnce: Int { 256 }

    init(
        _ settings: TrainingSettings, data: TrainingData, keys: TrainingKeys, family: KernelFamily
    ) {
        if let problem = settings.problem(for: data) { preconditionFailure(problem) }
        self.settings = settings
        self.data = data
        self.keys = keys
        plan = NetworkPlan(settings.shape(for: data))
        network = Network(plan, family: family)
        optimizer = OptimizerState(
            settings.optimizer, learningRate: settings.learningRate,
            parameterCount: plan.parameterCount)
        order = BatchOrder(key: keys.batches)
        targets = data.targets.map { Scalar($0) }
        testTargets = data.test?.targets.map { Scalar($0) } ?? []
        batch = min(settings.batch ?? data.points, data.points)
        pair = settings.pair ?? data.pair
        isClassification = data.isClassification
        record = TrainingRecord(
            interval: settings.recordEvery, task: data.task(pair.first, pair.second),
            layers: settings.observedLayers.count)
        if data.points == 2 {
            record.lossFactor = settings.loss.factor * 2 / Double(data.outputs)
        }
        tape = Tape(plan, capacity: batch)
        // A training step on all points without dropout has computed all that is observed.
        let isShared = batch == data.points && !plan.hasDropout
        observing =
            isShared
            ? tape
            : Tape(
                plan, capacity: min(Self.observedAtOnce, data.points), isForTraining: false)
        testing =
            data.test == nil
            ? nil
            : Tape(plan, capacity: min(Self.observedAtOnce, data.testPoints), isForTraining: false)
        network.initialise(gain: settings.gain, key: keys.weights)
        if batch == data.points { tape.load(data.training.inputs, points: batch, plan: plan) }
    }

    var isShared: Bool { observing === tape }

    /// Records, and trains one epoch.
    ///
    /// - Returns: whether there is more to do.
    func advance() throws(TrainingDivergence) -> Bool {
        guard !isEnded, epoch < settings.epochs else { return false }
        if isShared { network.forward(tape, points: batch) }
        if epoch % settings.recordEvery == 0 {
            try observe()
            let entries = record.count
            let isLast = entries * settings.recordEvery >= settings.epochs
            let bound = settings.stopAtLoss ?? -1
            if let loss = record.loss.last, loss < bound, !isLast {
                record.stoppedAt = epoch
                isEnded = true
                return false
            }
        }
        train()
        epoch += 1
        return epoch < settings.epochs
    }

    private func train() {
        if isShared {
            update(points: batch, targets: targets, mask: nil)
            return
        }
        let mixed = batch < data.points ? order.points(epoch: epoch, count: data.points) : nil
        for start in stride(from: 0, to: data.points, by: batch) {
            let points = min(batch, data.points - start)
            let mask =
                plan.hasDropout
                ? DropoutMask(
                    key: keys.dropout, rate: plan.shape.dropoutRate, step: optimizer.step)
                : nil
            var batchTargets = targets
            if let mixed {
                let indices = mixed[start..<start + points]
                tape.load(
                    data.training.inputs, points: points, indices: indices, plan: plan)
                batchTargets = indices.flatMap {
                    targets[$0 * data.outputs..<($0 + 1) * data.outputs]
                }
            }
            network.forward(tape, points: points, dropout: mask)
            update(points: points, targets: batchTargets, mask: mask)
        }
    }

    private func update(points: Int, targets: [Scalar], mask: DropoutMask?) {
        network.setOutputGradients(tape, targets: targets, points: points, loss: settings.loss)
        optimizer.update(network, tape, points: points, hasDropout: mask != nil)
    }
}
