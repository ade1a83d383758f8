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

    private let order: BatchOrder
    private let targets: [Scalar]
    /// For updates; for observing when a training step sees something else.
    private let tape: Tape<Scalar>
    private let observing: Tape<Scalar>
    private let tracked: Int
    private let batch: Int

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
        batch = min(settings.batch ?? data.points, data.points)
        tracked = min(TrainingSettings.trackedLimit, data.points)
        record = TrainingRecord(
            interval: settings.recordEvery, task: data.task(0, 1),
            layers: settings.observedLayers.count)
        tape = Tape(plan, capacity: batch)
        // A training step on all points without dropout has computed all that is observed.
        let isShared = batch == data.points && !plan.hasDropout
        observing =
            isShared
            ? tape
            : Tape(
                plan, capacity: min(Self.observedAtOnce, data.points), isForTraining: false)
        network.initialise(gain: settings.gain, key: keys.weights)
        if batch == data.points { tape.load(data.inputs, points: batch, plan: plan) }
    }

    private var isShared: Bool { observing === tape }

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
                tape.load(data.inputs, points: points, indices: indices, plan: plan)
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

    /// Appends an entry to the record.
    private func observe() throws(TrainingDivergence) {
        var squares = 0.0
        let size = isShared ? data.points : observing.capacity
        // From the end, so that the tape holds the first points, the tracked ones, when it is done.
        let starts = Array(stride(from: 0, to: data.points, by: size))
        targets.withUnsafeBufferPointer { targets in
            guard let base = targets.baseAddress else { return }
            for start in starts.reversed() {
                let points = min(size, data.points - start)
                if !isShared {
                    let indices = Array(start..<start + points)
                    observing.load(
                        data.inputs, points: points, indices: indices[...], plan: plan)
                    network.forward(observing, points: points)
                }
                squares += network.squaredErrors(
                    observing, targets: base + start * data.outputs, points: points)
            }
        }
        let loss = settings.loss.factor * squares / Double(data.targets.count)
        guard loss.isFinite else { throw TrainingDivergence(epoch: epoch) }
        record.loss.append(loss)
        observePair()
        for (place, layer) in settings.observedLayers.enumerated() {
            record.representation[place].append(
                Representation.squaredDistance(activity(layer, 0), activity(layer, 1)))
        }
        if epoch == 0 { record.initialKernels = kernels() }
    }

    private func activity(_ observable: Int, _ point: Int) -> UnsafeBufferPointer<Scalar> {
        observing.activity(plan.layer(ofObservable: observable), point: point, plan: plan)
    }

    private func observePair() {
        let last = plan.layers.count - 1
        let a = observing.activity(last, point: 0, plan: plan)
        let b = observing.activity(last, point: 1, plan: plan)
        var output = 0.0
        var overlap = 0.0
        var mean = 0.0
        for place in 0..<data.outputs {
            let (left, right) = (data.targets[place], data.targets[data.outputs + place])
            let difference = Double(b[place]) - Double(a[place])
            output += difference * difference
            overlap += (right - left) * difference
            let error = 0.5 * (Double(a[place]) + Double(b[place]) - left - right)
            mean += error * error
        }
        record.output.append(output)
        record.alignment.append(output - overlap)
        if epoch == 0 { record.startingMeanError = mean }
    }

    /// Kernels of the tracked points in the observed layers, from what the tape holds.
    private func kernels() -> [Kernel] {
        settings.observedLayers.map { layer in
            Kernel(size: tracked) { row, column in
                let a = activity(layer, row)
                let b = activity(layer, column)
                var sum = 0.0
                for place in 0..<a.count { sum += Double(a[place]) * Double(b[place]) }
                return sum
            }
        }
    }

    /// Observes the tracked points once more, for the kernels at the end. After it the record is
    /// complete.
    func finish() {
        if isShared {
            network.forward(tape, points: batch)
        } else {
            observing.load(data.inputs, points: tracked, plan: plan)
            network.forward(observing, points: tracked)
        }
        record.finalKernels = kernels()
    }
}
