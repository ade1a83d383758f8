/// Elementary functions from +, -, ×, / and square roots alone.
///
/// The C library chooses its code by CPU and promises no bits, while the numbers of infinite width
/// stand in result tables that must agree on every machine. Accurate to a few units in the last
/// place; arguments are finite.
enum PortableMath {
    static let pi = 3.141_592_653_589_793_115_998
    static let inverseRootPi = 0.564_189_583_547_756_286_95

    /// exp(x): argument reduced by multiples of ln 2, then Taylor's series to degree 13, whose
    /// remainder at |r| = ln 2 / 2 is below 5e-18.
    static func exp(_ x: Double) -> Double {
        if x > 709.79 { return .infinity }
        if x < -745.2 { return 0 }
        let multiple = (x * 1.442_695_040_888_963_407_36).rounded()
        // ln 2 in two parts; the first has 32 bits, so its product with `multiple` is exact.
        let rest =
            (x - multiple * 6.931_471_803_691_238_164_90e-01)
            - multiple * 1.908_214_929_270_587_700_02e-10
        let mantissa = 1 + expm1Series(rest)
        let exponent = Int(multiple)
        // Two factors, so that results near the ends of the range are reached without overflow.
        let half = exponent / 2
        return mantissa * powerOfTwo(half) * powerOfTwo(exponent - half)
    }

    /// exp(x) - 1 without cancellation.
    static func expm1(_ x: Double) -> Double {
        abs(x) <= 0.35 ? expm1Series(x) : exp(x) - 1
    }

    /// exp(x) - 1 - x without cancellation.
    static func expm1MinusArgument(_ x: Double) -> Double {
        abs(x) <= 0.5 ? x * x * exponentialTail(x) : expm1(x) - x
    }

    /// Natural logarithm; x > 0 and normal.
    static func log(_ x: Double) -> Double {
        var exponent = Int(x.exponent)
        var mantissa = x.significand
        if mantissa > 1.414_213_562_373_095 {
            mantissa *= 0.5
            exponent += 1
        }
        let f = mantissa - 1
        let s = f / (2 + f)
        let z = s * s
        // 2 artanh(s); |s| ≤ 0.1716, so z¹² / 25 is below 2e-20.
        var sum = 1.0 / 23
        for k in stride(from: 21, through: 3, by: -2) { sum = sum * z + 1 / Double(k) }
        let whole = Double(exponent)
        return whole * 6.931_471_803_691_238_164_90e-01
            + (2 * s + (2 * s * z * sum + whole * 1.908_214_929_270_587_700_02e-10))
    }

    /// arctan(numerator / denominator) for denominator ≥ 0, in [-π/2, π/2]; 0 at (0, 0).
    static func atan(_ numerator: Double, over denominator: Double) -> Double {
        let n = abs(numerator)
        if n == 0 { return 0 }
        let angle: Double
        // arctan q = arctan c + arctan((q - c) / (1 + q c)) with the nearest of four c.
        if n <= 0.25 * denominator {
            angle = atanSeries(n / denominator)
        } else if n <= 0.75 * denominator {
            angle =
                0.463_647_609_000_806_116_21
                + atanSeries((2 * n - denominator) / (2 * denominator + n))
        } else if n <= 1.375 * denominator {
            angle =
                0.785_398_163_397_448_309_62
                + atanSeries((n - denominator) / (denominator + n))
        } else if n <= 4 * denominator {
            angle =
                1.107_148_717_794_090_503_02
                + atanSeries((n - 2 * denominator) / (denominator + 2 * n))
        } else {
            angle = 1.570_796_326_794_896_619_23 - atanSeries(denominator / n)
        }
        return numerator < 0 ? -angle : angle
    }

    /// arctan(x) - x without cancellation; x ≥ 0.
    static func atanMinusArgument(_ x: Double) -> Double {
        x <= 0.25 ? atanTail(x) : atan(x, over: 1) - x
    }

    /// exp(x²) erfc(x) for x ≥ 0.
    ///
    /// Source: W. J. Cody, "Rational Chebyshev approximations for the error function",
    /// Math. Comp. 23 (1969).
    static func scaledErfc(_ x: Double) -> Double {
        if x <= 0.468_75 {
            let z = x * x
            let numerator =
                (((1.85777706184603153e-1 * z + 3.16112374387056560) * z
                    + 1.13864154151050156e2) * z + 3.77485237685302021e2) * z
                + 3.20937758913846947e3
            let denominator =
                (((z + 2.36012909523441209e1) * z + 2.44024637934444173e2) * z
                    + 1.28261652607737228e3) * z + 2.84423683343917062e3
            return exp(z) * (1 - x * numerator / denominator)
        }
        if x <= 4 {
            let top =
                [
                    2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594,
                    6.61191906371416295e1, 2.98635138197400131e2, 8.81952221241769090e2,
                    1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3,
                ] as InlineArray<9, Double>
            let bottom =
                [
                    1, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2,
                    1.62138957456669019e3, 3.29079923573345963e3, 4.36261909014324716e3,
                    3.43936767414372164e3, 1.23033935480374942e3,
                ] as InlineArray<9, Double>
            var numerator = top[0]
            var denominator = bottom[0]
            for k in 1..<9 {
                numerator = numerator * x + top[k]
                denominator = denominator * x + bottom[k]
            }
            return numerator / denominator
        }
        // Beyond 1e8 the correction is below rounding, and its square must not underflow.
        if x > 1e8 { return inverseRootPi / x }
        let z = 1 / (x * x)
        let numerator =
            ((((1.63153871373020978e-2 * z + 3.05326634961232344e-1) * z
                + 3.60344899949804439e-1) * z + 1.25781726111229246e-1) * z
                + 1.60837851487422766e-2) * z + 6.58749161529837803e-4
        let denominator =
            ((((z + 2.56852019228982242) * z + 1.87295284992346047) * z
                + 5.27905102951428412e-1) * z + 6.05183413124413191e-2) * z
            + 2.33520497626869185e-3
        return (inverseRootPi - z * numerator / denominator) / x
    }

    /// exp(r) - 1 by Taylor's series; |r| ≤ 0.35.
    private static func expm1Series(_ r: Double) -> Double { r + r * r * exponentialTail(r) }

    /// (exp(r) - 1 - r) / r² by Taylor's series; |r| ≤ 0.5 leaves a remainder below 1e-17.
    private static func exponentialTail(_ r: Double) -> Double {
        var sum = 1.0 / 1_307_674_368_000
        sum = sum * r + 1.0 / 87_178_291_200
        sum = sum * r + 1.0 / 6_227_020_800
        sum = sum * r + 1.0 / 479_001_600
        sum = sum * r + 1.0 / 39_916_800
        sum = sum * r + 1.0 / 3_628_800
        sum = sum * r + 1.0 / 362_880
        sum = sum * r + 1.0 / 40_320
        sum = sum * r + 1.0 / 5_040
        sum = sum * r + 1.0 / 720
        sum = sum * r + 1.0 / 120
        sum = sum * r + 1.0 / 24
        sum = sum * r + 1.0 / 6
        return sum * r + 0.5
    }

    /// arctan(t) by its series; |t| ≤ 0.25.
    private static func atanSeries(_ t: Double) -> Double { t + atanTail(t) }

    /// arctan(t) - t by its series; |t| ≤ 0.25 leaves a remainder below 1e-17.
    private static func atanTail(_ t: Double) -> Double {
        let z = -t * t
        var sum = 1.0 / 25
        sum = sum * z + 1.0 / 23
        sum = sum * z + 1.0 / 21
        sum = sum * z + 1.0 / 19
        sum = sum * z + 1.0 / 17
        sum = sum * z + 1.0 / 15
        sum = sum * z + 1.0 / 13
        sum = sum * z + 1.0 / 11
        sum = sum * z + 1.0 / 9
        sum = sum * z + 1.0 / 7
        sum = sum * z + 1.0 / 5
        sum = sum * z + 1.0 / 3
        return t * z * sum
    }

    private static func powerOfTwo(_ exponent: Int) -> Double {
        Double(sign: .plus, exponent: exponent, significand: 1)
    }
}
