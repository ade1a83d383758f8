/// The inverse of the normal distribution function, from portable operations only.
package enum NormalQuantile {
    /// x with Phi(x) = p, 0 < p < 1, to about 1e-14 relative.
    ///
    /// A rational start of relative error 1e-9 (Acklam), then one step of Halley's method on the
    /// complementary error function.
    package static func value(_ p: Double) -> Double {
        // The left half is the accurate one; the right is its mirror.
        p > 0.5 ? -left(1 - p) : left(p)
    }

    private static func left(_ p: Double) -> Double {
        var x = start(p)
        // Phi(x) = exp(-x²/2) scaledErfc(-x/√2) / 2 for x ≤ 0.
        let gaussian = PortableMath.exp(-0.5 * x * x)
        let rootHalf = 0.707_106_781_186_547_524_4
        let error = 0.5 * gaussian * PortableMath.scaledErfc(max(0, -x) * rootHalf) - p
        let step = error * 2.506_628_274_631_000_502_4 / gaussian
        x -= step / (1 + 0.5 * x * step)
        return x
    }

    private static func start(_ p: Double) -> Double {
        if p < 0.02425 {
            let q = (-2 * PortableMath.log(p)).squareRoot()
            let top =
                ((((-7.784894002430293e-03 * q - 3.223964580411365e-01) * q
                    - 2.400758277161838) * q - 2.549732539343734) * q + 4.374664141464968) * q
                + 2.938163982698783
            let bottom =
                (((7.784695709041462e-03 * q + 3.224671290700398e-01) * q + 2.445134137142996) * q
                    + 3.754408661907416) * q + 1
            return top / bottom
        }
        let q = p - 0.5
        let r = q * q
        let top =
            (((((-3.969683028665376e+01 * r + 2.209460984245205e+02) * r
                - 2.759285104469687e+02) * r + 1.383577518672690e+02) * r
                - 3.066479806614716e+01) * r + 2.506628277459239) * q
        let bottom =
            ((((-5.447609879822406e+01 * r + 1.615858368580409e+02) * r
                - 1.556989798598866e+02) * r + 6.680131188771972e+01) * r
                - 1.328068155288572e+01) * r + 1
        return top / bottom
    }
}
