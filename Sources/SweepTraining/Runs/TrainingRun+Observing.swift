import SweepPhysics

extension TrainingRun {
    /// Appends an entry to the record. Afterwards a shared tape holds what the next update needs.
    func observe() throws(TrainingDivergence) {
        if let test = data.test, let testing {
            let sums = sums(test.inputs, testTargets, testing, isForward: false)
            record.testLoss.append(
                settings.loss.factor * sums.squares / Double(testTargets.count))
            if isClassification {
                record.testAccuracy.append(Double(sums.right) / Double(data.testPoints))
            }
        }
        let squares = sums(data.training.inputs, targets, observing, isForward: isShared).squares
        let loss = settings.loss.factor * squares / Double(targets.count)
        guard loss.isFinite else { throw TrainingDivergence(epoch: epoch) }
        record.loss.append(loss)
        loadObserved()
        observePair()
        for (place, layer) in settings.observedLayers.enumerated() {
            record.representation[place].append(
                Representation.squaredDistance(
                    activity(layer, pairRows.first), activity(layer, pairRows.second)))
        }
        if epoch > 0 { return }
        record.initialKernels = kernels()
        record.initialOutputs = trackedRows.flatMap { row in outputs(row).map { Double($0) } }
        if data.features != nil { record.initialGeometry = geometry() }
    }

    /// Observes the tracked points once more, for the kernels at the end. After it the record is
    /// complete.
    func finish() {
        if holdsAll {
            if !isShared {
                observing.load(data.training.inputs, points: data.points, plan: plan)
            }
            network.forward(observing, points: data.points)
        } else {
            loadObserved()
        }
        record.finalKernels = kernels()
        if data.features != nil { record.finalGeometry = geometry() }
    }

    /// Squared errors over all points, and how many are classified right.
    ///
    /// - Parameter isForward: whether the tape holds all of them, already carried through.
    private func sums(
        _ inputs: TrainingInputs, _ targets: [Scalar], _ tape: Tape<Scalar>, isForward: Bool
    ) -> (squares: Double, right: Int) {
        var sums = (squares: 0.0, right: 0)
        let outputs = data.outputs
        let points = targets.count / outputs
        targets.withUnsafeBufferPointer { targets in
            guard let base = targets.baseAddress else { return }
            forEachPart(of: inputs, points: points, tape, isForward: isForward) { start, count in
                let part = base + start * outputs
                sums.squares += network.squaredErrors(tape, targets: part, points: count)
                sums.right += network.classifiedRight(tape, targets: part, points: count)
            }
        }
        return sums
    }

    /// Carries the points through the network, as many at a time as the tape takes.
    private func forEachPart(
        of inputs: TrainingInputs, points: Int, _ tape: Tape<Scalar>, isForward: Bool,
        _ body: (_ start: Int, _ count: Int) -> Void
    ) {
        for start in stride(from: 0, to: points, by: tape.capacity) {
            let count = min(tape.capacity, points - start)
            if !isForward {
                let indices = Array(start..<start + count)
                tape.load(inputs, points: count, indices: indices[...], plan: plan)
                network.forward(tape, points: count)
            }
            body(start, count)
        }
    }

    /// Whether the observing tape has room for every point: then rows are points.
    private var holdsAll: Bool { observing.capacity >= data.points }

    /// Where the pair and the tracked points are in the observing tape.
    private var pairRows: PointPair { holdsAll ? pair : PointPair(0, 1) }
    private var trackedRows: [Int] {
        holdsAll ? data.tracked : data.tracked.indices.map { $0 + 2 }
    }

    /// Puts the pair and the tracked points into the observing tape where it cannot hold all.
    private func loadObserved() {
        if holdsAll { return }
        let points = [pair.first, pair.second] + data.tracked
        observing.load(
            data.training.inputs, points: points.count, indices: points[...], plan: plan)
        network.forward(observing, points: points.count)
    }

    private func activity(_ observable: Int, _ row: Int) -> UnsafeBufferPointer<Scalar> {
        observing.activity(plan.layer(ofObservable: observable), point: row, plan: plan)
    }

    private func outputs(_ row: Int) -> UnsafeBufferPointer<Scalar> {
        observing.activity(plan.layers.count - 1, point: row, plan: plan)
    }

    private func observePair() {
        let (a, b) = (outputs(pairRows.first), outputs(pairRows.second))
        var output = 0.0
        var overlap = 0.0
        var mean = 0.0
        for (place, (left, right)) in zip(data.target(pair.first), data.target(pair.second))
            .enumerated()
        {
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
        let rows = trackedRows
        return settings.observedLayers.map { layer in
            Kernel(size: rows.count) { row, column in
                let a = activity(layer, rows[row])
                let b = activity(layer, rows[column])
                var sum = 0.0
                for place in 0..<a.count { sum += Double(a[place]) * Double(b[place]) }
                return sum
            }
        }
    }

    /// How all points lie in the first observed layer. Carries them through the network, so that a
    /// shared tape has them again, and another one has to be loaded again.
    private func geometry() -> FeatureGeometry? {
        guard let features = data.features else { return nil }
        var activities: [Double] = []
        forEachPart(
            of: data.training.inputs, points: data.points, observing, isForward: isShared
        ) { _, count in
            for row in 0..<count {
                activities += activity(settings.observedLayers[0], row).map { Double($0) }
            }
        }
        return FeatureGeometry(of: activities, grid: features)
    }
}
