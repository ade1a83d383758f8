import SweepTraining

extension SweepSpecification {
    /// What one trial of the experiment `training` takes.
    ///
    /// - Parameters:
    ///   - number: the value of a numeric key at the point.
    ///   - task: the word of `data.task` there.
    func trainingCost(
        _ number: (String) -> Double?, isConvolutional: Bool, task: String
    ) -> Cost {
        let width = number("width") ?? 1
        let depth = number("depth") ?? 1
        let epochs = number("epochs") ?? 1
        let points: Double =
            switch task {
            case "two-point": 2
            case "xor-corners": 4
            default: 1_800
            }
        let batch = min(number("batch") ?? points, points)
        // A convolution multiplies its few weights at every position.
        let channels = Double(NetworkShape(inputs: 1, outputs: 1, width: 1, depth: 1).channels)
        let filter = Double(NetworkShape(inputs: 1, outputs: 1, width: 1, depth: 1).filter)
        let weights =
            isConvolutional
            ? depth * channels * channels * filter + 2 * width : depth * width * (width + 1)
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
        let tracked = min(points, Double(TrainingSettings.trackedLimit))
        let results = entries * (9 + layers) + 2 * layers * tracked * tracked
        let scalar: Double = values["dtype"] == .word("float64") ? 8 : 4
        let slow: Double = scalar == 8 ? 4 : 1
        // Windows of a convolution are copies of its input, one for each place of the filter.
        let activities =
            units * (CostModel.activitiesPerUnit + (isConvolutional ? 2 * filter : 0))
        return Cost(
            seconds: steps * step * slow + layers * entries * CostModel.secondsPerFittedEntry
                + CostModel.secondsPerTrial,
            bytes: CostModel.bytesPerProcess
                + scalar * (CostModel.weightCopies * weights + max(batch, 256) * activities)
                + 16 * results,
            resultBytes: CostModel.bytesPerResult + 8 * results)
    }
}
