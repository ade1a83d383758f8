import SweepTraining

extension SweepSpecification {
    /// What one trial of the experiment `training` takes.
    ///
    /// - Parameters:
    ///   - number: the value of a numeric key at the point.
    ///   - task: the word of `data.task` there.
    ///   - rows: points of a data set that the spec does not count.
    func trainingCost(
        _ number: (String) -> Double?, isConvolutional: Bool, task: String, rows: Double
    ) -> Cost {
        let width = number("width") ?? 1
        let depth = number("depth") ?? 1
        let epochs = number("epochs") ?? 1
        // All of MNIST when the spec does not say how many; a file that was not read has no rows.
        let points =
            Self.pointsOfTasks[task] ?? number("points")
            ?? (task == "mnist" ? 60_000 : max(rows, 2))
        let batch = min(number("batch") ?? points, points)
        // A convolution multiplies its few weights at every position.
        let channels = Double(NetworkShape(inputs: 1, outputs: 1, width: 1, depth: 1).channels)
        let filter = Double(NetworkShape(inputs: 1, outputs: 1, width: 1, depth: 1).filter)
        let dimension: Double = task == "mnist" ? 784 : number("dimension") ?? 27
        let weights =
            isConvolutional
            ? depth * channels * channels * filter + 2 * width
            : depth * width * (width + 1) + (task == "mnist" ? dimension * width : 0)
        let products = isConvolutional ? weights * width : weights
        let units = isConvolutional ? depth * width * channels : depth * width
        let steps = (points / batch).rounded(.up) * epochs
        let step =
            weights * CostModel.secondsPerTrainedWeight
            + products * batch * CostModel.secondsPerTrainedWeightAndPoint
            + units * batch * CostModel.secondsPerTrainedUnitAndPoint + depth
            * CostModel.secondsPerTrainedLayer
        let entries = (epochs / (number("record_every") ?? 1)).rounded(.up)
        var layers = 1.0
        if case .numbers(let more) = values["layers"] { layers += Double(more.count) }
        let tracked = min(points, Double(TrainingData.trackedLimit))
        let stored = min(entries, number("stored_entries") ?? entries)
        let kept = keep.filter { $0.hasPrefix("distances") || $0.hasPrefix("kernels") }.count
        let grid: Double = task == "orthogonal" ? 12 * points : 0
        let results = stored * (11 + layers) + Double(kept) * layers * tracked * tracked + grid
        let held = number("test_points") ?? 0
        // What is measured in an entry is one more way forward of every point.
        let looks = entries * (batch < points || held > 0 ? points + held : 0)
        let scalar: Double = values["dtype"] == .word("float64") ? 8 : 4
        let slow: Double = scalar == 8 ? 4 : 1
        // Windows of a convolution are copies of its input, one for each place of the filter.
        let activities =
            units * (CostModel.activitiesPerUnit + (isConvolutional ? 2 * filter : 0))
        return Cost(
            seconds: (steps * step + looks * (products + dimension * width)
                * CostModel.secondsPerTrainedWeightAndPoint) * slow + layers * entries
                * CostModel.secondsPerFittedEntry
                + CostModel.secondsPerTrial,
            bytes: CostModel.bytesPerProcess
                + scalar * (CostModel.weightCopies * weights + max(batch, 256) * activities)
                + 16 * results + 24 * entries * (11 + layers)
                + (task == "mnist"
                    ? CostModel.bytesPerDigitSet : 8 * dimension * (points + held)),
            resultBytes: CostModel.bytesPerResult + 8 * results)
    }
}
