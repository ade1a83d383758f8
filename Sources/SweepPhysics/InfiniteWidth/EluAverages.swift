/// Gaussian averages of elu, which has a jump in its second derivative at 0.
///
/// elu(x) = x + psi(x) with psi(x) = (exp(x) - 1 - x) [x < 0]. Integrals over a half-line are taken
/// by the trapezoidal rule in log |x|: it converges exponentially, its nodes crowd at 0, and so it
/// sees every length scale between the kink and the standard deviation at once.
enum EluAverages {
    /// Nodes z_i = exp(i / 8) and weights that make Σ w f(z) = ∫_0^∞ f(z) normal density dz.
    private struct HalfNormalRule: Sendable {
        let nodes: [Double]
        let weights: [Double]

        /// The first node is the one after exp(lowest / 8); the last one has a density of 1e-17.
        init(lowest: Int) {
            let indices = lowest...17
            nodes = indices.map { PortableMath.exp(Double($0) / 8) }
            weights = nodes.map { z in
                z / 8 * PortableMath.inverseRootPi * 0.5.squareRoot()
                    * PortableMath.exp(-0.5 * z * z)
            }
        }
    }

    /// Leaves out z < 6e-15: integrands of order 1 lose that much.
    private static let fineRule = HalfNormalRule(lowest: -262)
    /// Leaves out z < 4e-6: integrands are at most of order z², which loses less than 1e-16.
    private static let pairRule = HalfNormalRule(lowest: -99)

    static func moments(_ variance: Double) -> GaussianMoments {
        let deviation = variance.squareRoot()
        var moments = GaussianMoments(
            square: 0.5 * variance, slopeSquare: 0.5, squareDerivative: 0.5, squareExcess: 0)
        let rule = fineRule
        for (z, weight) in zip(rule.nodes, rule.weights) {
            let below = PortableMath.expm1(-deviation * z)
            let slope = 1 + below
            moments.square += weight * below * below
            moments.slopeSquare += weight * slope * slope
            moments.squareDerivative += weight * slope * (slope + below)
            moments.squareExcess += weight * (below * below - variance * slope * slope)
        }
        return moments
    }

    /// <elu(h1) elu(h2)> = C12 (1 + <psi'(h1)> + <psi'(h2)>) + <psi(h1) psi(h2)>, by Stein's lemma.
    static func product(_ c11: Double, _ c12: Double, _ c22: Double) -> Double {
        if c11 <= 0 || c22 <= 0 { return 0 }
        return c12 * (1 + meanPsiSlope(c11) + meanPsiSlope(c22)) + psiProduct(c11, c12, c22)
    }

    /// <psi'> = <(exp(h) - 1) [h < 0]> = (exp(K/2) erfc(√(K/2)) - 1) / 2.
    private static func meanPsiSlope(_ variance: Double) -> Double {
        0.5 * (PortableMath.scaledErfc((0.5 * variance).squareRoot()) - 1)
    }

    /// Derivatives of ``product(_:_:_:)``; elu'' = exp(h) [h < 0], without a delta function.
    static func slopes(_ c11: Double, _ c12: Double, _ c22: Double) -> PairSlopes {
        PairSlopes(
            mixed: 1 + meanPsiSlope(c11) + meanPsiSlope(c22)
                + halfLine(c11, c12, c22) { h, mean, deviation in
                    PortableMath.expm1(h) * conditional(mean, deviation).slope
                },
            first: 0.5
                * halfLine(c11, c12, c22) { h, mean, deviation in
                    PortableMath.exp(h) * (mean + conditional(mean, deviation).value)
                },
            second: 0.5
                * halfLine(c22, c12, c11) { h, mean, deviation in
                    PortableMath.exp(h) * (mean + conditional(mean, deviation).value)
                })
    }

    /// <f(h1, mean and deviation of h2 given h1) [h1 < 0]>.
    private static func halfLine(
        _ c11: Double, _ c12: Double, _ c22: Double,
        _ term: (_ h: Double, _ mean: Double, _ deviation: Double) -> Double
    ) -> Double {
        let ratio = c12 / c11
        let spread = max(0, c22 - ratio * c12).squareRoot()
        let deviation = c11.squareRoot()
        let rule = fineRule
        var total = 0.0
        for i in rule.nodes.indices {
            let h = -deviation * rule.nodes[i]
            total += rule.weights[i] * term(h, ratio * h, spread)
        }
        return total
    }

    /// <psi(h)> and <psi'(h)> for h ~ N(m, s²).
    private static func conditional(
        _ mean: Double, _ deviation: Double
    ) -> (value: Double, slope: Double) {
        let value = meanPsi(mean: mean, deviation: deviation)
        let standard = mean / deviation
        if !standard.isFinite { return (value, mean < 0 ? PortableMath.expm1(mean) : 0) }
        // psi' = psi + h [h < 0], and <h [h < 0]> = m Phi(-m/s) - s density(m/s).
        let rootHalf = 0.707_106_781_186_547_524_4
        let gaussian = PortableMath.exp(-0.5 * standard * standard)
        var below = 0.5 * gaussian * PortableMath.scaledErfc(abs(standard) * rootHalf)
        if standard < 0 { below = 1 - below }
        let density = gaussian * PortableMath.inverseRootPi * rootHalf
        return (value, value + mean * below - deviation * density)
    }

    /// <psi(h1) psi(h2)>: the average over h2 given h1 in closed form, that over h1 < 0 by the rule.
    private static func psiProduct(_ c11: Double, _ c12: Double, _ c22: Double) -> Double {
        let ratio = c12 / c11
        let spread = max(0, c22 - ratio * c12).squareRoot()
        let deviation = c11.squareRoot()
        let rule = pairRule
        var total = 0.0
        for i in rule.nodes.indices {
            let h = -deviation * rule.nodes[i]
            total +=
                rule.weights[i] * PortableMath.expm1MinusArgument(h)
                * meanPsi(mean: ratio * h, deviation: spread)
        }
        return total
    }

    /// <psi(h)> for h ~ N(m, s²): exp(m + s²/2) Phi(-m/s - s) - (1 + m) Phi(-m/s) + s density(m/s).
    private static func meanPsi(mean: Double, deviation: Double) -> Double {
        let standard = mean / deviation
        if !standard.isFinite {
            return mean < 0 ? PortableMath.expm1MinusArgument(mean) : 0
        }
        let rootHalf = 0.707_106_781_186_547_524_4
        let gaussian = PortableMath.exp(-0.5 * standard * standard)
        var below = 0.5 * gaussian * PortableMath.scaledErfc(abs(standard) * rootHalf)
        if standard < 0 { below = 1 - below }
        let shifted = standard + deviation
        // gaussian = exp(m + s²/2) exp(-shifted²/2): the large factors have been cancelled by hand.
        var exponential = 0.5 * gaussian * PortableMath.scaledErfc(abs(shifted) * rootHalf)
        if shifted < 0 {
            exponential = PortableMath.exp(mean + 0.5 * deviation * deviation) - exponential
        }
        let density = gaussian * PortableMath.inverseRootPi * rootHalf
        return exponential - (1 + mean) * below + deviation * density
    }
}
