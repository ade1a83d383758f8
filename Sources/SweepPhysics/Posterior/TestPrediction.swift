import CSweepKernels
import Glibc

/// Predictions at held-out points, one draw for each state of a chain.
///
/// Test points do not enter the likelihood. Given the training rows h_l of a layer, their rows are
/// conditionally Gaussian; with the Cholesky factor of the joint kernel of both, that is
/// h*_l = (lower rows of the factor) [ξ_l; z_l], z_l ~ N(0, 1) fresh. Given the output kernel,
///
///     f* ~ N( kᵀ (K + κ)⁻¹ y,  k** − kᵀ (K + κ)⁻¹ k )
final class TestPrediction {
    let testCount: Int
    private let problem: FunctionSpaceProblem
    private let randomness: ChainRandomness
    /// Joint input factor, (P+T, P+T) lower triangular.
    private let inputFactor: [Double]
    private let biasDirection: [Double]
    private let rows: Int
    private let variables: AlignedBuffer
    private let fresh: AlignedBuffer
    private let gram: AlignedBuffer
    private let factor: AlignedBuffer

    /// - Parameter inputFactor: A with A Aᵀ = joint C_0 of training, then test points; its leading
    ///   block is the factor of `problem`.
    init(
        _ problem: FunctionSpaceProblem, inputFactor: [Double], testCount: Int,
        randomness: ChainRandomness
    ) {
        rows = problem.points + testCount
        let given = problem.givenTargets.count + testCount
        precondition(inputFactor.count == given * given, "joint factor is not (P+T) × (P+T)")
        self.problem = problem
        self.testCount = testCount
        if let range = problem.range {
            // The training rows in the basis of their range, the test rows as they are.
            let training = Array(inputFactor.prefix(problem.givenTargets.count * given))
            self.inputFactor = HouseholderLQ.lowerFactor(
                range.reduce(training, columns: given)
                    + inputFactor.suffix(testCount * given),
                rows: rows, columns: given)
        } else {
            self.inputFactor = inputFactor
        }
        biasDirection = problem.biasDirection + Array(repeating: 1, count: testCount)
        self.randomness = randomness
        variables = AlignedBuffer(count: problem.tiles * rows * 8)
        fresh = AlignedBuffer(count: problem.depth * problem.tiles * testCount * 8)
        gram = AlignedBuffer(count: rows * rows)
        factor = AlignedBuffer(count: rows * rows)
    }

    /// Mean and variance of f* at every test point given the kernels of `position`.
    func predict(_ position: ChainPosition, iteration: Int) -> (mean: [Double], variance: [Double])
    {
        let table = randomness.family.table.pointee
        let points = problem.points
        randomness.normals(fresh.base, count: fresh.count, .testPoints, iteration: iteration)
        fresh.clearPadding(width: problem.width, points: testCount, layers: problem.depth)
        for (index, value) in inputFactor.enumerated() { factor.base[index] = value }
        let scale = problem.gain / Double(problem.width)
        for layer in 0..<problem.depth {
            let trained = position.variables.base + layer * problem.panelCount
            let drawn = fresh.base + layer * problem.tiles * testCount * 8
            for tile in 0..<problem.tiles {
                let out = variables.base + tile * rows * 8
                out.update(from: trained + tile * points * 8, count: points * 8)
                (out + points * 8).update(from: drawn + tile * testCount * 8, count: testCount * 8)
            }
            table.forward(
                nil, nil, gram.base, variables.base, factor.base, problem.tiles, rows,
                problem.activation.kernelCode)
            for row in 0..<rows {
                for column in 0...row {
                    gram.base[row * rows + column] =
                        scale * gram.base[row * rows + column]
                        + problem.biasVariance * biasDirection[row] * biasDirection[column]
                }
            }
            if layer + 1 < problem.depth { factorise() }
        }
        return readout()
    }

    /// Cholesky of the joint kernel; a test row that the rows above determine gets a zero pivot.
    private func factorise() {
        for row in 0..<rows {
            for column in 0...row {
                var sum = gram.base[row * rows + column]
                for inner in 0..<column {
                    sum -= factor.base[row * rows + inner] * factor.base[column * rows + inner]
                }
                let pivot = factor.base[column * rows + column]
                if column < row {
                    factor.base[row * rows + column] = pivot > 0 ? sum / pivot : 0
                } else {
                    let smallest = SingularKernel.smallestPivotRatio * gram.base[row * rows + row]
                    factor.base[row * rows + row] = sum > smallest ? sum.squareRoot() : 0
                }
            }
            for column in (row + 1)..<max(rows, row + 1) { factor.base[row * rows + column] = 0 }
        }
    }

    /// Gaussian regression on the joint output kernel in `gram`.
    private func readout() -> (mean: [Double], variance: [Double]) {
        let points = problem.points
        for row in 0..<points { gram.base[row * rows + row] += problem.kappa }
        factorise()
        var whitened = [Double](repeating: 0, count: points)
        for row in 0..<points {
            var sum = problem.targets[row]
            for column in 0..<row { sum -= factor.base[row * rows + column] * whitened[column] }
            whitened[row] = sum / factor.base[row * rows + row]
        }
        var mean = [Double](repeating: 0, count: testCount)
        var variance = mean
        for test in 0..<testCount {
            // Row of the joint factor: its first P entries are (K + κ)^{-1/2} k.
            let row = points + test
            variance[test] = gram.base[row * rows + row]
            for column in 0..<points {
                let entry = factor.base[row * rows + column]
                mean[test] += entry * whitened[column]
                variance[test] -= entry * entry
            }
        }
        return (mean, variance)
    }
}

/// Sums of the predictions over a chain.
struct PredictionRecord {
    private(set) var count = 0
    private(set) var meanSum: [Double]
    private(set) var squareSum: [Double]
    private(set) var varianceSum: [Double]
    /// Batches of the means.
    private(set) var batches: BatchSums

    init(count testCount: Int) {
        meanSum = Array(repeating: 0, count: testCount)
        squareSum = meanSum
        varianceSum = meanSum
        batches = BatchSums(size: testCount)
    }

    mutating func add(_ prediction: (mean: [Double], variance: [Double])) {
        count += 1
        batches.add(prediction.mean)
        for index in meanSum.indices {
            meanSum[index] += prediction.mean[index]
            squareSum[index] += prediction.mean[index] * prediction.mean[index]
            varianceSum[index] += prediction.variance[index]
        }
    }

    func write(to writer: inout CheckpointWriter) {
        writer.write(count)
        for sums in [meanSum, squareSum, varianceSum] { writer.write(sums) }
        batches.write(to: &writer)
    }

    init(count testCount: Int, from reader: inout CheckpointReader) throws(CheckpointRefusal) {
        count = try reader.count()
        meanSum = try reader.doubles(testCount)
        squareSum = try reader.doubles(testCount)
        varianceSum = try reader.doubles(testCount)
        batches = try BatchSums(size: testCount, from: &reader)
    }

    /// Predictive mean, and variance by the law of total variance, over all chains.
    ///
    /// - Returns: nil without records.
    static func pooled(_ records: [PredictionRecord]) -> (mean: [Double], variance: [Double])? {
        guard let first = records.first else { return nil }
        let total = Double(records.reduce(0) { $0 + $1.count })
        var mean = [Double](repeating: 0, count: first.meanSum.count)
        var variance = mean
        for index in mean.indices {
            mean[index] = records.reduce(0) { $0 + $1.meanSum[index] } / total
            let square = records.reduce(0) { $0 + $1.squareSum[index] } / total
            let within = records.reduce(0) { $0 + $1.varianceSum[index] } / total
            variance[index] = within + max(square - mean[index] * mean[index], 0)
        }
        return (mean, variance)
    }
}
