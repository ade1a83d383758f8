/// An activation written as an average over scales s of sign(h + s n) or of h [h + s n > 0], n normal.
///
///     sign family  phi(h) = <erf(h / (√2 s))>_s         erf: s = 1/√2;  tanh: Kolmogorov's law
///     gate family  phi(h) = <h Phi(h / s)>_s            gelu: s = 1;    silu: 2 × Kolmogorov's law
///
/// Gaussian averages of products are then averages over pairs of scales of closed forms. With
/// A = s1² + C11, B = s2² + C22, Δ = A B - C12², p = s1² s2², and for equal arguments (C = K):
/// S = p + K (s1² + s2²), q = s1²/A + s2²/B. Every form below is arranged so that terms of one sign
/// are added, which keeps the accuracy from K → 0 to K → ∞.
struct ScaleMixture: Sendable {
    /// Squares of the scales, and the weights of the scales, which add up to 1.
    let squares: [Double]
    let weights: [Double]

    /// `erf`: a single scale.
    static let erf = ScaleMixture(squares: [0.5], weights: [1])
    /// `gelu`: a single scale.
    static let gelu = ScaleMixture(squares: [1], weights: [1])
    static let tanh = ScaleMixture(
        squares: KolmogorovRule.scales.map { $0 * $0 }, weights: KolmogorovRule.weights)
    static let silu = ScaleMixture(
        squares: KolmogorovRule.scales.map { 4 * $0 * $0 }, weights: KolmogorovRule.weights)

    /// Sign family: <phi(h1) phi(h2)> = (2/π) <arctan(C12 / √Δ)>.
    func signCovariance(_ c11: Double, _ c12: Double, _ c22: Double) -> Double {
        let determinant = max(0, c11 * c22 - c12 * c12)
        return 2 / PortableMath.pi
            * average { s1, s2 in
                let delta = determinant + s1 * c22 + s2 * c11 + s1 * s2
                return PortableMath.atan(c12, over: delta.squareRoot())
            }
    }

    /// Sign family: <phi²>, <phi'²> and d<phi²>/dK = <phi'² + phi phi''> at variance K.
    func signMoments(_ variance: Double) -> GaussianMoments {
        var moments = GaussianMoments.zero
        averagePairs { s1, s2, weight in
            let root = (s1 * s2 + variance * (s1 + s2)).squareRoot()
            let q = s1 / (s1 + variance) + s2 / (s2 + variance)
            moments.square += weight * PortableMath.atan(variance, over: root)
            moments.slopeSquare += weight / root
            moments.squareDerivative += weight * q / (2 * root)
            moments.squareExcess += weight * PortableMath.atanMinusArgument(variance / root)
        }
        let factor = 2 / PortableMath.pi
        moments.square *= factor
        moments.slopeSquare *= factor
        moments.squareDerivative *= factor
        moments.squareExcess *= factor
        return moments
    }

    /// Gate family, by Stein's lemma twice:
    ///
    ///     <phi(h1) phi(h2)> = C12/4 + (1/2π) < C12 arctan(C12/√Δ) + E/√Δ >
    ///     E = C11 C22 + C12² - C12² (C11/A + C22/B) = C22 (det C + s2² C11)/B + s1² C12²/A
    func gateCovariance(_ c11: Double, _ c12: Double, _ c22: Double) -> Double {
        let determinant = max(0, c11 * c22 - c12 * c12)
        let mean = average { s1, s2 in
            let root = (determinant + s1 * c22 + s2 * c11 + s1 * s2).squareRoot()
            let even =
                c22 * (determinant + s2 * c11) / (s2 + c22) + s1 * c12 * c12 / (s1 + c11)
            return c12 * PortableMath.atan(c12, over: root) + even / root
        }
        return 0.25 * c12 + mean / (2 * PortableMath.pi)
    }

    /// Gate family: <phi²>, <phi'²> and d<phi²>/dK = <phi'² + phi phi''> at variance K.
    ///
    /// <phi'²> is the derivative of the covariance with respect to C12 (Price's theorem) at
    /// C12 = K, in which (2q - 1) + K² q/S has been written without cancellation.
    func gateMoments(_ variance: Double) -> GaussianMoments {
        let k = variance
        var moments = GaussianMoments.zero
        averagePairs { s1, s2, weight in
            let p = s1 * s2
            let sum = s1 + s2
            let s = p + k * sum
            let root = s.squareRoot()
            let a = s1 + k
            let b = s2 + k
            let q = s1 / a + s2 / b
            let angle = PortableMath.atan(k, over: root)
            let x = k / root
            moments.square += weight * k * (angle + x * q)
            let rest = (k * (k / s) * p - s) / (a * b)
            moments.slopeSquare += weight * (angle + x * (2 * q + rest))
            moments.squareExcess -= weight * k * x * (q + rest)
            let qDerivative = -(s1 / a / a + s2 / b / b)
            moments.squareDerivative +=
                weight * (angle + x * (2.5 * q + k * qDerivative - k * q * sum / (2 * s)))
        }
        let factor = 1 / (2 * PortableMath.pi)
        moments.square = 0.25 * k + factor * moments.square
        moments.slopeSquare = 0.25 + factor * moments.slopeSquare
        moments.squareDerivative = 0.25 + factor * moments.squareDerivative
        moments.squareExcess *= factor
        return moments
    }

    /// Sum over ordered pairs of scales; arguments of `term` are s1² and s2².
    @inline(__always)
    func average(_ term: (Double, Double) -> Double) -> Double {
        var total = 0.0
        for i in squares.indices {
            var row = 0.0
            for j in squares.indices { row += weights[j] * term(squares[i], squares[j]) }
            total += weights[i] * row
        }
        return total
    }

    /// Visits unordered pairs of scales, for terms that are symmetric in them.
    @inline(__always)
    private func averagePairs(_ visit: (Double, Double, Double) -> Void) {
        for i in squares.indices {
            visit(squares[i], squares[i], weights[i] * weights[i])
            for j in squares.indices where j < i {
                visit(squares[i], squares[j], 2 * weights[i] * weights[j])
            }
        }
    }
}
