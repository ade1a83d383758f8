import CSweepKernels

/// Averages of φ to the fourth order over pairs of normal variables, by quadrature in the plane.
///
/// In polar coordinates around the origin, h_a = √C_aa r cos θ and h_b = √C_bb r cos(θ − ψ) with
/// cos ψ their correlation. All kinks lie on the four rays on which one of them is 0, so between the
/// rays everything is analytic, and Gauss–Legendre in θ and, on intervals that grow, in r is good
/// to about nine digits for activations and variances of the order of 1.
package struct PairAverages {
    /// <φ_a⁴>, <φ_a³ φ_b>, <φ_a² φ_b²>, <φ_a φ_b³>, <φ_b⁴>.
    package var fourth: (Double, Double, Double, Double, Double) = (0, 0, 0, 0, 0)
    /// <φ_a²>, <φ_a φ_b>, <φ_b²>.
    package var second: (Double, Double, Double) = (0, 0, 0)
    /// <φ'_a φ'_b>.
    package var slopes = 0.0
    /// <φ''_a φ_b> and <φ_a φ''_b>, the delta of a kink included.
    package var curvatures: (Double, Double) = (0, 0)
    /// d<φ²>/dC = <φ'² + φ φ''> of h_a and of h_b.
    package var own: (Double, Double) = (0, 0)
}

/// Nodes and scratch memory of ``PairAverages``.
package final class PairQuadrature {
    private let activation: Activation
    private let family: KernelFamily
    private let arguments: AlignedBuffer
    private let values: AlignedBuffer
    private let slopes: AlignedBuffer
    /// Radii, and weights r exp(−r²/2) dr.
    private let radii: [(Double, Double)]

    private static let radialBounds = [0, 0.125, 0.25, 0.5, 1, 2, 3, 4.5, 6.5, 9.5]
    private static let angles = 20

    package init(_ activation: Activation, family: KernelFamily) {
        self.activation = activation
        self.family = family
        var radii: [(Double, Double)] = []
        for (low, high) in zip(Self.radialBounds, Self.radialBounds.dropFirst()) {
            for (node, weight) in LegendreRule.eight {
                let r = 0.5 * (low + high) + 0.5 * (high - low) * node
                radii.append((r, 0.5 * (high - low) * weight * r * PortableMath.exp(-0.5 * r * r)))
            }
        }
        self.radii = radii
        let count = 2 * radii.count
        arguments = AlignedBuffer(count: count)
        values = AlignedBuffer(count: count)
        slopes = AlignedBuffer(count: count)
    }

    /// - Parameters:
    ///   - caa: variance of h_a, ≥ 0; `cbb` that of h_b.
    ///   - cab: covariance.
    package func averages(_ caa: Double, _ cab: Double, _ cbb: Double) -> PairAverages {
        var result = PairAverages()
        let (sigmaA, sigmaB) = (caa.squareRoot(), cbb.squareRoot())
        let scale = sigmaA * sigmaB
        let correlation = scale > 0 ? max(-1, min(1, cab / scale)) : 0
        let sine = ((1 - correlation) * (1 + correlation)).squareRoot()
        let psi = Self.angle(correlation, sine)
        let half = 0.5 * PortableMath.pi
        let turn = 2 * PortableMath.pi
        // h_a = 0 at ±π/2, h_b = 0 at ψ ± π/2; 0 ≤ ψ ≤ π.
        let rays = [half, half + psi, 3 * half, 3 * half + psi].sorted()
        var (linearA, linearB, ownA, ownB) = (0.0, 0.0, 0.0, 0.0)
        for index in rays.indices {
            let low = rays[index]
            let high = index + 1 < rays.count ? rays[index + 1] : rays[0] + turn
            guard high - low > 1e-14 else { continue }
            for (node, weight) in LegendreRule.twenty {
                let theta = 0.5 * (low + high) + 0.5 * (high - low) * node
                let factor = 0.5 * (high - low) * weight / turn
                let (c, s) = KernelMath.cosineAndSine(theta > turn ? theta - turn : theta)
                let (directionA, directionB) = (sigmaA * c, sigmaB * (correlation * c + sine * s))
                for (place, radius) in radii.enumerated() {
                    arguments.base[2 * place] = directionA * radius.0
                    arguments.base[2 * place + 1] = directionB * radius.0
                }
                family.table.pointee.activate(
                    values.base, slopes.base, arguments.base, 2 * radii.count,
                    activation.kernelCode)
                for (place, radius) in radii.enumerated() {
                    let w = factor * radius.1
                    let (a, b) = (values.base[2 * place], values.base[2 * place + 1])
                    let (sa, sb) = (slopes.base[2 * place], slopes.base[2 * place + 1])
                    let (ha, hb) = (arguments.base[2 * place], arguments.base[2 * place + 1])
                    result.fourth.0 += w * (a * a) * (a * a)
                    result.fourth.1 += w * (a * a) * (a * b)
                    result.fourth.2 += w * (a * b) * (a * b)
                    result.fourth.3 += w * (a * b) * (b * b)
                    result.fourth.4 += w * (b * b) * (b * b)
                    result.second.0 += w * a * a
                    result.second.1 += w * a * b
                    result.second.2 += w * b * b
                    result.slopes += w * sa * sb
                    linearA += w * ha * sa * b
                    linearB += w * hb * sb * a
                    ownA += w * ha * sa * a
                    ownB += w * hb * sb * b
                }
            }
        }
        // Stein: <h_a φ'_a φ_b> = C_aa <φ''_a φ_b> + C_ab <φ'_a φ'_b>.
        // <φ²> of one variable: C d<φ²>/dC = <h φ φ'>.
        if caa > 0 { result.own.0 = ownA / caa }
        if cbb > 0 { result.own.1 = ownB / cbb }
        if caa > 0 { result.curvatures.0 = (linearA - cab * result.slopes) / caa }
        if cbb > 0 { result.curvatures.1 = (linearB - cab * result.slopes) / cbb }
        return result
    }

    /// ψ in [0, π] with these cosine and sine.
    private static func angle(_ cosine: Double, _ sine: Double) -> Double {
        let quarter = 0.5 * PortableMath.pi
        return sine > 0
            ? quarter - PortableMath.atan(cosine, over: sine) : cosine > 0 ? 0 : 2 * quarter
    }
}

/// Gauss–Legendre nodes and weights on (−1, 1).
enum LegendreRule {
    static let eight = rule(8)
    static let twenty = rule(20)

    /// Roots of P_n by Newton's method from the usual first guess; basic operations only.
    private static func rule(_ count: Int) -> [(Double, Double)] {
        (0..<count).map { index in
            let guess = PortableMath.pi * (Double(index) + 0.75) / (Double(count) + 0.5)
            var x = KernelMath.cosineAndSine(guess).cosine
            var derivative = 1.0
            for _ in 0..<100 {
                var (last, value) = (1.0, x)
                for n in 2...count {
                    let order = Double(n)
                    (last, value) = (
                        value, ((2 * order - 1) * x * value - (order - 1) * last) / order
                    )
                }
                derivative = Double(count) * (x * value - last) / (x * x - 1)
                let step = value / derivative
                x -= step
                if abs(step) < 1e-16 { break }
            }
            return (x, 2 / ((1 - x * x) * derivative * derivative))
        }
    }
}
