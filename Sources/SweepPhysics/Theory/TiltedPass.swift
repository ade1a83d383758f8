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
    private let gram: AlignedBuffer
    private let factor: AlignedBuffer
    private var exponent: [Double]
    private var penalty: [Double]
    private var alpha: [Double]
    private var beta: [Double]

    init(_ draws: TheoryDraws, _ activation: Activation, _ family: KernelFamily) {
        self.draws = draws
        self.activation = activation
        self.family = family
        let points = draws.points
        phi = AlignedBuffer(count: draws.panel.count)
        gram = AlignedBuffer(count: points * points)
        factor = AlignedBuffer(count: points * points)
        exponent = Array(repeating: 0, count: draws.count)
        penalty = exponent
        alpha = exponent
        beta = exponent
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
        factor.fill(from: given.values)
        family.table.pointee.forward(
            phi.base, nil, gram.base, draws.panel.base, factor.base, draws.tiles, points,
            activation.kernelCode)
        Self.quadraticForms(phi.base, tilt, draws.tiles, &exponent)
        if let excess {
            Self.quadraticForms(draws.panel.base, excess, draws.tiles, &penalty)
        }
        let hasPenalty = excess != nil
        guard
            let fraction = weigh(width: width, measure: measure, hasPenalty: hasPenalty)
        else { return nil }
        var pass = TiltedPass(
            features: Self.secondMoment(phi.base, alpha, draws.tiles, points),
            second: SquareMatrix(size: points), cross: nil, weightFraction: fraction)
        if measure == .full {
            pass.second = Self.secondMoment(draws.panel.base, beta, draws.tiles, points)
        }
        if wantsCross {
            // From here `exponent` holds w and `penalty` holds v.
            pass.cross = (
                Self.product(phi.base, draws.panel.base, exponent, draws.tiles, points),
                Self.product(phi.base, draws.panel.base, penalty, draws.tiles, points)
            )
        }
        return pass
    }

    /// Turns X and zᵀ D z into the weights α, β, w (in `exponent`) and v (in `penalty`).
    private func weigh(
        width: Double, measure: TiltedPass.Measure, hasPenalty: Bool
    ) -> Double? {
        let count = draws.count
        if !hasPenalty { for i in 0..<count { penalty[i] = 0 } }
        var largest = -Double.infinity
        var largestPrior = -Double.infinity
        for i in 0..<count {
            largest = max(largest, exponent[i] / width - 0.5 * penalty[i])
            largestPrior = max(largestPrior, -0.5 * penalty[i])
        }
        guard largest.isFinite, largestPrior.isFinite else { return nil }
        let isFull = measure == .full
        var (sum, square, prior, priorTilt) = (0.0, 0.0, 0.0, 0.0)
        for i in 0..<count {
            let x = exponent[i] / width
            let v = hasPenalty ? KernelMath.exponential(-0.5 * penalty[i] - largestPrior) : 1
            let w =
                isFull ? KernelMath.exponential(x - 0.5 * penalty[i] - largest) : v
            guard w.isFinite, v.isFinite else { return nil }
            sum += w
            square += w * w
            prior += v
            priorTilt += v * x
            alpha[i] = w
            beta[i] = v
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

    // MARK: Loops over tiles of eight draws

    /// out[i] = xᵀ S x for the column x of draw i.
    private static func quadraticForms(
        _ panel: UnsafeMutablePointer<Double>, _ matrix: SquareMatrix, _ tiles: Int,
        _ out: inout [Double]
    ) {
        let points = matrix.size
        out.withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            matrix.values.withUnsafeBufferPointer { s in
                for tile in 0..<tiles {
                    let x = UnsafeRawPointer(panel + tile * points * 8)
                    var total = SIMD8<Double>.zero
                    for a in 0..<points {
                        var row = SIMD8<Double>.zero
                        for b in 0..<a {
                            row += s[a * points + b] * load(x, b)
                        }
                        let own = load(x, a)
                        total += own * (row + row + s[a * points + a] * own)
                    }
                    (base + tile * 64).storeBytes(of: total, as: SIMD8<Double>.self)
                }
            }
        }
    }

    /// Σ weight x xᵀ, both triangles.
    private static func secondMoment(
        _ panel: UnsafeMutablePointer<Double>, _ weights: [Double], _ tiles: Int, _ points: Int
    ) -> SquareMatrix {
        var sums = [SIMD8<Double>](repeating: .zero, count: points * (points + 1) / 2)
        var scaled = [SIMD8<Double>](repeating: .zero, count: points)
        weights.withUnsafeBytes { weights in
            guard let weights = weights.baseAddress else { return }
            sums.withUnsafeMutableBufferPointer { sums in
                scaled.withUnsafeMutableBufferPointer { scaled in
                    for tile in 0..<tiles {
                        let x = UnsafeRawPointer(panel + tile * points * 8)
                        let weight = load(weights, tile)
                        for a in 0..<points { scaled[a] = weight * load(x, a) }
                        var place = 0
                        for a in 0..<points {
                            let left = scaled[a]
                            for b in 0...a {
                                sums[place] += left * load(x, b)
                                place += 1
                            }
                        }
                    }
                }
            }
        }
        var result = SquareMatrix(size: points)
        var place = 0
        for a in 0..<points {
            for b in 0...a {
                let sum = total(sums[place])
                result[a, b] = sum
                result[b, a] = sum
                place += 1
            }
        }
        return result
    }

    /// Σ weight x yᵀ.
    private static func product(
        _ left: UnsafeMutablePointer<Double>, _ right: UnsafeMutablePointer<Double>,
        _ weights: [Double], _ tiles: Int, _ points: Int
    ) -> SquareMatrix {
        var sums = [SIMD8<Double>](repeating: .zero, count: points * points)
        weights.withUnsafeBytes { weights in
            guard let weights = weights.baseAddress else { return }
            sums.withUnsafeMutableBufferPointer { sums in
                for tile in 0..<tiles {
                    let x = UnsafeRawPointer(left + tile * points * 8)
                    let y = UnsafeRawPointer(right + tile * points * 8)
                    let weight = load(weights, tile)
                    for a in 0..<points {
                        let scaled = weight * load(x, a)
                        for b in 0..<points { sums[a * points + b] += scaled * load(y, b) }
                    }
                }
            }
        }
        return SquareMatrix(size: points, values: sums.map(total))
    }

    @inline(__always)
    private static func load(_ base: UnsafeRawPointer, _ index: Int) -> SIMD8<Double> {
        base.loadUnaligned(fromByteOffset: index * 64, as: SIMD8<Double>.self)
    }

    /// The sum of eight lanes in a fixed order.
    private static func total(_ lanes: SIMD8<Double>) -> Double {
        ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3]))
            + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]))
    }
}
