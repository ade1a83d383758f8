/// Gaussian regression with one kernel: f at training and held-out points given noisy targets.
///
/// Source: Rasmussen, Williams 2006, "Gaussian Processes for Machine Learning", section 2.2.
public struct KernelRegression: Sendable {
    /// Mean of f at the training points, (P).
    public let trainingMean: [Double]
    /// Mean of f at the held-out points, (T).
    public let testMean: [Double]
    /// Variance of f at the held-out points, (T); without the noise of the targets.
    public let testVariance: [Double]
    /// ln p(y) = −½ yᵀ (K + κ)⁻¹ y − ½ ln det(K + κ) − (P/2) ln 2π.
    public let logEvidence: Double

    /// - Parameters:
    ///   - joint: kernel of the P training points followed by T held-out ones.
    ///   - targets: y, shape (P).
    ///   - kappa: κ > 0, variance of the noise.
    /// - Returns: nil when K + κ is not positive definite.
    public init?(joint: Kernel, targets: [Double], kappa: Double) {
        let points = targets.count
        precondition(joint.size >= points && points > 0, "fewer points than targets")
        // Rows of the factor of the joint kernel, as far as the training points go.
        var factor = [Double](repeating: 0, count: joint.size * points)
        var whitened: [Double] = []
        var logDeterminant = 0.0
        var misfit = 0.0
        for row in 0..<joint.size {
            for column in 0..<min(row + 1, points) {
                var sum = joint[row, column] + (row == column ? kappa : 0)
                for inner in 0..<column {
                    sum -= factor[row * points + inner] * factor[column * points + inner]
                }
                if row == column {
                    guard sum > 0, sum.isFinite else { return nil }
                    factor[row * points + row] = sum.squareRoot()
                } else {
                    factor[row * points + column] = sum / factor[column * points + column]
                }
            }
            guard row < points else { continue }
            var value = targets[row]
            for inner in 0..<row { value -= factor[row * points + inner] * whitened[inner] }
            whitened.append(value / factor[row * points + row])
            misfit += whitened[row] * whitened[row]
            logDeterminant += 2 * KernelMath.logarithm(factor[row * points + row])
        }
        var dual = whitened
        for row in (0..<points).reversed() {
            for below in (row + 1)..<max(points, row + 1) {
                dual[row] -= factor[below * points + row] * dual[below]
            }
            dual[row] /= factor[row * points + row]
        }
        trainingMean = zip(targets, dual).map { $0 - kappa * $1 }
        var means: [Double] = []
        var variances: [Double] = []
        for row in points..<joint.size {
            var mean = 0.0
            var variance = joint[row, row]
            for column in 0..<points {
                let entry = factor[row * points + column]
                mean += entry * whitened[column]
                variance -= entry * entry
            }
            means.append(mean)
            variances.append(max(variance, 0))
        }
        testMean = means
        testVariance = variances
        logEvidence =
            -0.5 * misfit - 0.5 * logDeterminant
            - 0.5 * Double(points) * KernelMath.logarithm(2 * PortableMath.pi)
    }
}
