import CSweepKernels

/// Sums over all draws of one layer: the hot loop of the theory, and all of it.
///
/// With draws z_i of N(0, I), h = B z, phi = phi(h) and, for a proposal other than the prior,
/// the excess D of its precision, a draw has
///
///     X_i = g phiᵀ T phi,    ln w_i = X_i / N - zᵀ D z / 2,    ln v_i = -zᵀ D z / 2
///
/// w for the tilted measure and v for N(0, C), each normalised to Σ = 1.
struct TiltedPass {
    /// What is summed with which weight.
    enum Measure {
        /// The tilt in full: phi phiᵀ with w - v, z zᵀ with w - v - v (X - x̄)/N.
        case full
        /// The tilt to first order: phi phiᵀ with v (X - x̄)/N; no z zᵀ.
        case firstOrder
    }

    /// Σ α phi phiᵀ, the change of <phi phiᵀ> by the tilt.
    var features: SquareMatrix
    /// Σ β z zᵀ, what the tilt changes <z zᵀ> by beyond first order.
    var second: SquareMatrix
    /// Σ w phi zᵀ and Σ v phi zᵀ; only when asked for.
    var cross: (tilted: SquareMatrix, prior: SquareMatrix)?
    /// 1 / (M Σ w²): 1 for equal weights.
    var weightFraction: Double
}

/// Memory for passes over one set of draws.
final class TiltedPassWorkspace {
    let draws: TheoryDraws
    let family: KernelFamily
    private let activation: Activation
    private let phi: AlignedBuffer
    private let factor: AlignedBuffer
    private let matrix: AlignedBuffer
    private let exponent: AlignedBuffer
    private let penalty: AlignedBuffer
    private let alpha: AlignedBuffer
    private let beta: AlignedBuffer

    init(_ draws: TheoryDraws, _ activation: Activation, _ family: KernelFamily) {
        self.draws = draws
        self.activation = activation
        self.family = family
        let points = draws.points
        phi = AlignedBuffer(count: draws.panel.count)
        factor = AlignedBuffer(count: points * points)
        matrix = AlignedBuffer(count: points * points)
        exponent = AlignedBuffer(count: draws.count)
        penalty = AlignedBuffer(count: draws.count)
        alpha = AlignedBuffer(count: draws.count)
        beta = AlignedBuffer(count: draws.count)
    }

    /// One pass.
    ///
    /// - Parameters:
    ///   - factor: B, lower triangular, (P, P).
    ///   - tilt: g T, symmetric, (P, P).
    ///   - width: N.
    ///   - excess: D, symmetric, (P, P); nil for draws of the prior itself.
    ///   - wantsCross: whether to sum phi zᵀ too.
    /// - Returns: nil when a weight is not finite.
    func run(
        factor given: SquareMatrix, tilt: SquareMatrix, width: Double, excess: SquareMatrix?,
        measure: TiltedPass.Measure, wantsCross: Bool = false
    ) -> TiltedPass? {
        let points = draws.points
        let kernels = family.table.pointee
        factor.fill(from: given.values)
        kernels.forward(
            phi.base, nil, nil, draws.panel.base, factor.base, draws.tiles, points,
            activation.kernelCode)
        matrix.fill(from: tilt.values)
        kernels.quadratic_forms(exponent.base, phi.base, matrix.base, draws.tiles, points)
        if let excess {
            matrix.fill(from: excess.values)
            kernels.quadratic_forms(
                penalty.base, draws.panel.base, matrix.base, draws.tiles, points)
        } else {
            for i in 0..<draws.count { penalty.base[i] = 0 }
        }
        guard
            let fraction = weigh(width: width, measure: measure, hasPenalty: excess != nil)
        else { return nil }
        var pass = TiltedPass(
            features: secondMoment(phi, alpha), second: SquareMatrix(size: points), cross: nil,
            weightFraction: fraction)
        if measure == .full { pass.second = secondMoment(draws.panel, beta) }
        if wantsCross {
            // From here `exponent` holds w and `penalty` holds v.
            let both = stack()
            pass.cross = (cross(both, exponent), cross(both, penalty))
        }
        return pass
    }

    /// Turns X and zᵀ D z into the weights α, β, w (in `exponent`) and v (in `penalty`).
    private func weigh(
        width: Double, measure: TiltedPass.Measure, hasPenalty: Bool
    ) -> Double? {
        let count = draws.count
        let (exponent, penalty) = (exponent.base, penalty.base)
        let (alpha, beta) = (alpha.base, beta.base)
        let isFull = measure == .full
        var largest = -Double.infinity
        var largestPrior = -Double.infinity
        var total = 0.0
        for i in 0..<count {
            let v = -0.5 * penalty[i]
            let w = exponent[i] / width + v
            // A maximum does not see what is not a number, a sum does.
            total += w
            largest = max(largest, w)
            largestPrior = max(largestPrior, v)
            alpha[i] = w
            beta[i] = v
        }
        guard total.isFinite, largest.isFinite, largestPrior.isFinite else { return nil }
        let kernels = family.table.pointee
        for i in 0..<count { beta[i] -= largestPrior }
        if hasPenalty { kernels.exponentials(beta, beta, count) } else { Self.fill(beta, count, 1) }
        if isFull {
            for i in 0..<count { alpha[i] -= largest }
            kernels.exponentials(alpha, alpha, count)
        } else {
            for i in 0..<count { alpha[i] = beta[i] }
        }
        var (sum, square, prior, priorTilt) = (0.0, 0.0, 0.0, 0.0)
        for i in 0..<count {
            let (w, v) = (alpha[i], beta[i])
            sum += w
            square += w * w
            prior += v
            priorTilt += v * (exponent[i] / width)
        }
        let mean = priorTilt / prior
        for i in 0..<count {
            let x = exponent[i] / width
            let w = alpha[i] / sum
            let v = beta[i] / prior
            let linear = v * (x - mean)
            alpha[i] = isFull ? w - v : linear
            beta[i] = w - v - linear
            exponent[i] = w
            penalty[i] = v
        }
        return sum * sum / (Double(count) * square)
    }

    private static func fill(_ x: UnsafeMutablePointer<Double>, _ count: Int, _ value: Double) {
        for i in 0..<count { x[i] = value }
    }

    /// Σ weight x xᵀ, both triangles.
    private func secondMoment(_ panel: AlignedBuffer, _ weights: AlignedBuffer) -> SquareMatrix {
        let points = draws.points
        family.table.pointee.weighted_products(
            matrix.base, panel.base, weights.base, draws.tiles, points)
        var result = SquareMatrix(size: points)
        for a in 0..<points {
            for b in 0...a {
                let sum = matrix.base[a * points + b]
                result[a, b] = sum
                result[b, a] = sum
            }
        }
        return result
    }

    // MARK: Averages of phi zᵀ

    /// phi and z of each draw one after the other: their weighted second moment has <phi zᵀ> in it.
    private func stack() -> AlignedBuffer {
        let points = draws.points
        let size = points * 8
        let both = AlignedBuffer(count: 2 * draws.panel.count)
        for tile in 0..<draws.tiles {
            let place = both.base + tile * 2 * size
            place.update(from: phi.base + tile * size, count: size)
            (place + size).update(from: draws.panel.base + tile * size, count: size)
        }
        return both
    }

    /// Σ weight phi zᵀ of a stack.
    private func cross(_ stack: AlignedBuffer, _ weights: AlignedBuffer) -> SquareMatrix {
        let points = draws.points
        let lower = AlignedBuffer(count: 4 * points * points)
        family.table.pointee.weighted_products(
            lower.base, stack.base, weights.base, draws.tiles, 2 * points)
        var result = SquareMatrix(size: points)
        for a in 0..<points {
            for b in 0..<points { result[a, b] = lower.base[(points + b) * 2 * points + a] }
        }
        return result
    }
}
