import Glibc

extension PosteriorSample {
    /// Standard error of ‖<C_L> − R‖_F / ‖R‖_F, whose derivative is along <C_L> − R.
    ///
    /// To first order: where <C_L> − R is not much larger than its own sampling error, the distance
    /// itself is biased upwards and the error is a rough one.
    ///
    /// - Parameters:
    ///   - mean: <C_L>.
    ///   - reference: R, the kernel at infinite width.
    /// - Returns: nil where the distance is 0, or R is.
    func adaptationError(of mean: Kernel, from reference: Kernel) -> Double? {
        var (distance, norm) = (0.0, 0.0)
        for (value, expected) in zip(mean.values, reference.values) {
            distance += (value - expected) * (value - expected)
            norm += expected * expected
        }
        let scale = distance.squareRoot() * norm.squareRoot()
        guard scale > 0, scale.isFinite else { return nil }
        var direction: [Double] = []
        for row in 0..<mean.size {
            for column in 0...row {
                // The lower triangle stands for both.
                let factor = row == column ? 1.0 : 2.0
                direction.append(factor * (mean[row, column] - reference[row, column]) / scale)
            }
        }
        direction += Array(repeating: 0, count: mean.size)
        let error = BatchSums.standardError(stateBatches, of: direction)
        return error.isFinite ? error : nil
    }

    /// Standard error of the mean squared residual at the training points.
    func trainingError(targets: [Double], kappa: Double) -> Double? {
        let points = targets.count
        // The prediction is y − κ α.
        let slope = zip(trainingPrediction, targets).map {
            -2 * kappa * ($0 - $1) / Double(points)
        }
        let kernel = Array(repeating: 0.0, count: points * (points + 1) / 2)
        let error = BatchSums.standardError(stateBatches, of: kernel + slope)
        return error.isFinite ? error : nil
    }

    /// Standard error of the mean squared residual at the test points; nil without any.
    func testError(targets: [Double]) -> Double? {
        guard let mean = testPrediction?.mean, !mean.isEmpty else { return nil }
        let slope = zip(mean, targets).map { 2 * ($0 - $1) / Double(targets.count) }
        let error = BatchSums.standardError(predictionBatches, of: slope)
        return error.isFinite ? error : nil
    }
}
