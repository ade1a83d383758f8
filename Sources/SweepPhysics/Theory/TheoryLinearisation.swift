/// How the equations of one layer answer a small change, to good approximation and without draws.
///
/// In the frame of the state, with c and t the changes of kernels and conjugate kernels:
///
///     c_l     = a t_l + b c_{l-1},      t_{l-1} = bᵀ t_l + d c_{l-1}
///     a t = Ψ t Ψ,   Ψ = A_l⁻¹ (C_l - g_b 11ᵀ) A_l⁻ᵀ                            (Wick)
///     b c = the exact slope of the two-point functions, + g (R c Rᵀ - R0 c R0ᵀ)
///     d c = their exact second derivative, + E c E,   E = A⁻¹ <h hᵀ> A⁻ᵀ - 1
///
/// with R and R0 = A_l⁻¹ <phi hᵀ> A_{l-1}⁻ᵀ of the tilted and the untilted measure. It is exact for
/// linear networks, and it steers Newton's method: no result depends on it.
struct LayerSlopes: Sendable {
    private let gain: Double
    private let width: Double
    private let points: Int
    /// A_{l-1} and A_l⁻¹.
    private let factor: SquareMatrix
    private let inverse: SquareMatrix
    /// Ψ.
    private let feature: SquareMatrix
    private let cross: (tilted: SquareMatrix, prior: SquareMatrix)?
    /// E; nil for the first order in 1/N.
    private let excess: SquareMatrix?
    private let slopes: PairSlopeTables
    /// g C̃_l.
    private let tilt: SquareMatrix

    /// - Parameters:
    ///   - factor: A_{l-1}.
    ///   - kernel: C_{l-1}.
    ///   - isInput: C_{l-1} is C_0, which never changes: b and d are not wanted.
    init(
        _ equations: TheoryEquations, _ layer: TheoryEquations.Layer, factor: SquareMatrix,
        kernel: SquareMatrix, conjugate: SquareMatrix, own: CholeskyFactor, width: Double,
        isInput: Bool
    ) {
        gain = equations.problem.gain
        self.width = width
        points = factor.size
        self.factor = factor
        inverse = own.inverse
        feature = (layer.kernel - equations.biasKernel).congruent(by: own.inverse)
        cross = layer.cross.map { (own.inverse * $0.tilted, own.inverse * $0.prior) }
        excess = equations.order == .full ? layer.excess : nil
        tilt = gain * conjugate
        slopes = PairSlopeTables(kernel, equations.problem.activation, isWanted: !isInput)
    }

    /// a t.
    func kernelOfConjugate(_ t: SquareMatrix) -> SquareMatrix {
        (feature * t * feature).symmetrised
    }

    /// b c.
    func kernelOfKernel(_ c: SquareMatrix) -> SquareMatrix {
        let change = slopes.change(c.congruent(by: factor))
        var result = gain * change.congruent(by: inverse)
        if excess != nil, let cross {
            result = result.adding(gain, c.congruent(by: cross.tilted))
                .adding(-gain, c.congruent(by: cross.prior))
        }
        return result
    }

    /// bᵀ t.
    func conjugateOfConjugate(_ t: SquareMatrix) -> SquareMatrix {
        let outer = t.congruent(by: inverse.transposed)
        var result = gain * slopes.gradient(outer).congruent(by: factor.transposed)
        if excess != nil, let cross {
            result = result.adding(gain, t.congruent(by: cross.tilted.transposed))
                .adding(-gain, t.congruent(by: cross.prior.transposed))
        }
        return result
    }

    /// d c.
    func conjugateOfKernel(_ c: SquareMatrix) -> SquareMatrix {
        let change = slopes.gradientChange(tilt, c.congruent(by: factor))
        let result = (2 / width) * change.congruent(by: factor.transposed)
        guard let excess else { return result }
        return result + (excess * c * excess).symmetrised
    }
}

/// First and second derivatives of the two-point functions of all pairs of points.
///
/// The second ones are differences of the first.
struct PairSlopeTables: Sendable {
    private let size: Int
    /// dQ_ab/dC_ab; on the diagonal d<phi_a²>/dC_aa.
    private var mixed: SquareMatrix
    /// dQ_ab/dC_aa, 0 on the diagonal.
    private var first: SquareMatrix
    /// d²Q_ab by dC_ab dC_aa, dC_ab², dC_aa², dC_aa dC_bb; diagonals 0 except of `pure`.
    private var mixedFirst: SquareMatrix
    private var mixedMixed: SquareMatrix
    private var pure: SquareMatrix
    private var both: SquareMatrix

    init(_ kernel: SquareMatrix, _ activation: Activation, isWanted: Bool) {
        size = kernel.size
        mixed = SquareMatrix(size: isWanted ? size : 0)
        first = mixed
        mixedFirst = mixed
        mixedMixed = mixed
        pure = mixed
        both = mixed
        guard isWanted else { return }
        let relative = 1e-5
        for a in 0..<size {
            let c11 = kernel[a, a]
            let up = activation.gaussianMoments(variance: c11 * (1 + relative))
            let down = activation.gaussianMoments(variance: c11 * (1 - relative))
            mixed[a, a] = 0.5 * (up.squareDerivative + down.squareDerivative)
            pure[a, a] = (up.squareDerivative - down.squareDerivative) / (2 * relative * c11)
            for b in 0..<a {
                let c12 = kernel[a, b]
                let c22 = kernel[b, b]
                let here = activation.gaussianSlopes(c11, c12, c22)
                mixed[a, b] = here.mixed
                mixed[b, a] = here.mixed
                first[a, b] = here.first
                first[b, a] = here.second
                if activation == .linear { continue }
                func difference(_ e1: Double, _ e12: Double, _ e2: Double) -> PairSlopes {
                    let up = activation.gaussianSlopes(c11 + e1, c12 + e12, c22 + e2)
                    let down = activation.gaussianSlopes(c11 - e1, c12 - e12, c22 - e2)
                    let scale = 1 / (2 * (e1 + e12 + e2))
                    return PairSlopes(
                        mixed: scale * (up.mixed - down.mixed),
                        first: scale * (up.first - down.first),
                        second: scale * (up.second - down.second))
                }
                let by1 = difference(relative * c11, 0, 0)
                let by12 = difference(0, relative * (c11 * c22).squareRoot(), 0)
                let by2 = difference(0, 0, relative * c22)
                mixedFirst[a, b] = by1.mixed
                mixedFirst[b, a] = by2.mixed
                mixedMixed[a, b] = by12.mixed
                mixedMixed[b, a] = by12.mixed
                pure[a, b] = by1.first
                pure[b, a] = by2.second
                both[a, b] = by1.second
                both[b, a] = by1.second
            }
        }
    }

    /// The change of <phi phiᵀ> with C.
    func change(_ x: SquareMatrix) -> SquareMatrix {
        var result = SquareMatrix(size: size)
        for a in 0..<size {
            for b in 0..<a {
                let value =
                    mixed[a, b] * x[a, b] + first[a, b] * x[a, a] + first[b, a] * x[b, b]
                result[a, b] = value
                result[b, a] = value
            }
            result[a, a] = mixed[a, a] * x[a, a]
        }
        return result
    }

    /// The transpose of ``change(_:)``: the gradient of tr(W <phi phiᵀ>).
    func gradient(_ w: SquareMatrix) -> SquareMatrix {
        var result = SquareMatrix(size: size)
        for a in 0..<size {
            var own = mixed[a, a] * w[a, a]
            for b in 0..<size where b != a {
                result[a, b] = mixed[a, b] * w[a, b]
                own += 2 * first[a, b] * w[a, b]
            }
            result[a, a] = own
        }
        return result
    }

    /// The change of ``gradient(_:)`` with C.
    func gradientChange(_ w: SquareMatrix, _ x: SquareMatrix) -> SquareMatrix {
        var result = SquareMatrix(size: size)
        for a in 0..<size {
            var own = pure[a, a] * w[a, a] * x[a, a]
            for b in 0..<size where b != a {
                result[a, b] =
                    w[a, b]
                    * (mixedFirst[a, b] * x[a, a] + mixedMixed[a, b] * x[a, b]
                        + mixedFirst[b, a] * x[b, b])
                own +=
                    2 * w[a, b]
                    * (pure[a, b] * x[a, a] + mixedFirst[a, b] * x[a, b] + both[a, b] * x[b, b])
            }
            result[a, a] = own
        }
        return result
    }
}
