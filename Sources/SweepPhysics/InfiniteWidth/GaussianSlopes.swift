/// Derivatives of a two-point function Q(C11, C12, C22) = <phi(h1) phi(h2)>.
package struct PairSlopes: Hashable, Sendable {
    /// dQ/dC12 = <phi'(h1) phi'(h2)>.
    package var mixed: Double
    /// dQ/dC11 = <phi''(h1) phi(h2)> / 2.
    package var first: Double
    /// dQ/dC22 = <phi(h1) phi''(h2)> / 2.
    package var second: Double

    static let zero = PairSlopes(mixed: 0, first: 0, second: 0)
}

extension Activation {
    /// How ``gaussianProduct(_:_:_:)`` changes with each of its arguments (Price's theorem).
    ///
    /// A point without variance has no slopes: they are 0.
    package func gaussianSlopes(_ c11: Double, _ c12: Double, _ c22: Double) -> PairSlopes {
        guard c11 > 0, c22 > 0 else { return .zero }
        switch self {
        case .erf: return ScaleMixture.erf.signSlopes(c11, c12, c22)
        case .tanh: return ScaleMixture.tanh.signSlopes(c11, c12, c22)
        case .gelu: return ScaleMixture.gelu.gateSlopes(c11, c12, c22)
        case .silu: return ScaleMixture.silu.gateSlopes(c11, c12, c22)
        case .elu: return EluAverages.slopes(c11, c12, c22)
        case .relu: return Self.reluSlopes(c11, c12, c22)
        case .leakyRelu:
            let a = Self.leakySlope
            let relu = Self.reluSlopes(c11, c12, c22)
            let scale = (1 - a) * (1 - a)
            return PairSlopes(
                mixed: a + scale * relu.mixed, first: scale * relu.first,
                second: scale * relu.second)
        case .linear: return PairSlopes(mixed: 1, first: 0, second: 0)
        }
    }

    /// From √(C11 C22) (√(1 - r²) + r (π/2 + arcsin r)) / 2π.
    private static func reluSlopes(_ c11: Double, _ c12: Double, _ c22: Double) -> PairSlopes {
        let ratio = (c22 / c11).squareRoot()
        let r = max(-1, min(1, c12 / (c11.squareRoot() * c22.squareRoot())))
        let root = ((1 - r) * (1 + r)).squareRoot()
        let angle = 0.5 * PortableMath.pi + PortableMath.atan(r, over: root)
        let factor = root / (4 * PortableMath.pi)
        return PairSlopes(
            mixed: angle / (2 * PortableMath.pi), first: factor * ratio, second: factor / ratio)
    }
}

extension ScaleMixture {
    /// Sign family: <phi' phi'> = (2/π) <1/√Δ>, dQ/dC11 = -(1/π) <C12 / (A √Δ)>.
    func signSlopes(_ c11: Double, _ c12: Double, _ c22: Double) -> PairSlopes {
        var slopes = PairSlopes.zero
        let determinant = max(0, c11 * c22 - c12 * c12)
        visit { s1, s2, weight in
            let delta = determinant + s1 * c22 + s2 * c11 + s1 * s2
            let inverse = weight / delta.squareRoot()
            slopes.mixed += inverse
            slopes.first -= inverse * c12 / (s1 + c11)
            slopes.second -= inverse * c12 / (s2 + c22)
        }
        slopes.mixed *= 2 / PortableMath.pi
        slopes.first /= PortableMath.pi
        slopes.second /= PortableMath.pi
        return slopes
    }

    /// Gate family: derivatives of ``gateCovariance(_:_:_:)``, with x = C12, a = C11/A, b = C22/B:
    ///
    ///     dQ/dx   = 1/4 + (1/2π) < arctan(x/√Δ) + x (3 - 2a - 2b)/√Δ + E x/Δ^{3/2} >
    ///     dQ/dC11 = (1/2π) < (C22 - x² (s1²/A² + 1/2A))/√Δ - E B / 2Δ^{3/2} >
    func gateSlopes(_ c11: Double, _ c12: Double, _ c22: Double) -> PairSlopes {
        var slopes = PairSlopes.zero
        let determinant = max(0, c11 * c22 - c12 * c12)
        let square = c12 * c12
        visit { s1, s2, weight in
            let a = s1 + c11
            let b = s2 + c22
            let delta = determinant + s1 * c22 + s2 * c11 + s1 * s2
            let root = delta.squareRoot()
            let even = c22 * (determinant + s2 * c11) / b + s1 * square / a
            let curved = even / (delta * root)
            slopes.mixed +=
                weight
                * (PortableMath.atan(c12, over: root)
                    + c12 * (3 - 2 * c11 / a - 2 * c22 / b) / root + c12 * curved)
            slopes.first +=
                weight
                * ((c22 - square * (s1 / (a * a) + 0.5 / a)) / root - 0.5 * b * curved)
            slopes.second +=
                weight
                * ((c11 - square * (s2 / (b * b) + 0.5 / b)) / root - 0.5 * a * curved)
        }
        let factor = 1 / (2 * PortableMath.pi)
        return PairSlopes(
            mixed: 0.25 + factor * slopes.mixed, first: factor * slopes.first,
            second: factor * slopes.second)
    }

    /// Visits ordered pairs of squared scales with their weight.
    @inline(__always)
    private func visit(_ term: (Double, Double, Double) -> Void) {
        for i in squares.indices {
            for j in squares.indices { term(squares[i], squares[j], weights[i] * weights[j]) }
        }
    }
}
