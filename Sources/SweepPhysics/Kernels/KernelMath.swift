/// Elementary functions from IEEE basic operations only, so that decisions taken along a chain have
/// the same bits on every CPU and every system library. A few a step: clarity before speed.
package enum KernelMath {
    /// ln x for x > 0, to about 2 ulp; −∞ at 0.
    ///
    ///     x = 2ᵉ m, √½ ≤ m < √2,   ln x = e ln 2 + 2 artanh z,   z = (m − 1) / (m + 1)
    package static func logarithm(_ x: Double) -> Double {
        guard x > 0 else { return x == 0 ? -.infinity : .nan }
        guard x < .infinity else { return .infinity }
        var exponent = x.exponent
        var mantissa = x.significand
        if mantissa > 1.414_213_562_373_095_1 {
            mantissa /= 2
            exponent += 1
        }
        let z = (mantissa - 1) / (mantissa + 1)
        let square = z * z
        // z ≤ 0.172, so the term z²⁵/25 is below 10⁻²⁰.
        var series = 0.0
        for power in stride(from: 23, through: 3, by: -2) {
            series = square * (1 / Double(power) + series)
        }
        let tail = 2 * z * series
        // ln 2 in two parts; the first has trailing zeros, so its multiple is exact.
        let high = 6.931_471_803_691_238_16e-01
        let low = 1.908_214_929_270_587_70e-10
        return Double(exponent) * high + (2 * z + (tail + Double(exponent) * low))
    }

    /// eˣ to about 2 ulp; 0 below −745, +∞ above 709.7.
    ///
    ///     x = k ln 2 + r, |r| ≤ ½ ln 2,   eˣ = 2ᵏ eʳ
    package static func exponential(_ x: Double) -> Double {
        guard x < 709.7 else { return x.isNaN ? x : .infinity }
        guard x > -745 else { return 0 }
        let multiple = (x * 1.442_695_040_888_963_4).rounded()
        let rest =
            (x - multiple * 6.931_471_803_691_238_16e-01) - multiple * 1.908_214_929_270_587_70e-10
        var series = 1.0
        for term in stride(from: 16, through: 1, by: -1) {
            series = 1 + rest * series / Double(term)
        }
        // In two factors, since 2ᵏ alone may be subnormal.
        let half = Int(multiple) / 2
        return series * Double(sign: .plus, exponent: half, significand: 1)
            * Double(sign: .plus, exponent: Int(multiple) - half, significand: 1)
    }

    /// cos x and sin x for |x| ≤ 2π, to about 10⁻¹⁵, with cos² + sin² = 1 to rounding.
    package static func cosineAndSine(_ x: Double) -> (cosine: Double, sine: Double) {
        // Taylor at x/4, then the double angle twice.
        let quarter = x / 4
        let square = quarter * quarter
        var sine = 0.0
        var versine = 0.0
        for index in stride(from: 24, through: 2, by: -2) {
            let even = Double(index)
            versine = square * (1 - versine) / (even * (even - 1))
            sine = square * (1 - sine) / (even * (even + 1))
        }
        // versine = 1 − cos, kept apart from 1 so that nothing cancels.
        var s = quarter * (1 - sine)
        var v = versine
        for _ in 0..<2 {
            let doubled = 2 * s * (1 - v)
            v = 2 * s * s
            s = doubled
        }
        return (1 - v, s)
    }
}
