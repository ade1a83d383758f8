/// Averages over h ~ N(0, K) that decide how a wide network carries a signal from layer to layer.
public struct GaussianMoments: Hashable, Sendable {
    /// <phi(h)²>.
    public var square: Double
    /// <phi'(h)²>; times the gain it is chi_perp.
    public var slopeSquare: Double
    /// <phi'(h)² + phi(h) phi''(h)> = d<phi²>/dK; times the gain it is chi_par.
    public var squareDerivative: Double
    /// <phi²> - K <phi'²>, which is far smaller than either at small K, without cancellation.
    public var squareExcess: Double

    public init(
        square: Double, slopeSquare: Double, squareDerivative: Double, squareExcess: Double
    ) {
        self.square = square
        self.slopeSquare = slopeSquare
        self.squareDerivative = squareDerivative
        self.squareExcess = squareExcess
    }

    static let zero = GaussianMoments(
        square: 0, slopeSquare: 0, squareDerivative: 0, squareExcess: 0)
}

extension Activation {
    /// <phi²>, <phi'²> and <phi'² + phi phi''> over h ~ N(0, `variance`), to about 1e-14 relative.
    ///
    /// At variance 0 a kinked activation keeps the limit of small variances: half of the normal
    /// variables are negative however narrow they are.
    ///
    /// - Parameter variance: K ≥ 0 and finite.
    public func gaussianMoments(variance: Double) -> GaussianMoments {
        precondition(variance >= 0 && variance.isFinite, "variance \(variance)")
        switch self {
        case .erf: return ScaleMixture.erf.signMoments(variance)
        case .tanh: return ScaleMixture.tanh.signMoments(variance)
        case .gelu: return ScaleMixture.gelu.gateMoments(variance)
        case .silu: return ScaleMixture.silu.gateMoments(variance)
        case .elu: return EluAverages.moments(variance)
        case .relu, .leakyRelu, .linear:
            let slope = homogeneousSlopeSquare
            return GaussianMoments(
                square: slope * variance, slopeSquare: slope, squareDerivative: slope,
                squareExcess: 0)
        }
    }

    /// <phi(h1) phi(h2)> over a pair of normal variables with this covariance, of mean 0.
    ///
    /// The error is below 1e-12 √(<phi(h1)²> <phi(h2)²>) for every correlation, ±1 included. A
    /// covariance that exceeds √(C11 C22) by rounding counts as a correlation of ±1.
    ///
    /// - Parameters:
    ///   - c11: variance of h1, ≥ 0.
    ///   - c12: covariance.
    ///   - c22: variance of h2, ≥ 0.
    public func gaussianProduct(_ c11: Double, _ c12: Double, _ c22: Double) -> Double {
        precondition(c11 >= 0 && c22 >= 0, "variances \(c11) and \(c22)")
        // phi(0) = 0, so a point without variance adds nothing.
        if c11 == 0 || c22 == 0 { return 0 }
        switch self {
        case .erf: return ScaleMixture.erf.signCovariance(c11, c12, c22)
        case .tanh: return ScaleMixture.tanh.signCovariance(c11, c12, c22)
        case .gelu: return ScaleMixture.gelu.gateCovariance(c11, c12, c22)
        case .silu: return ScaleMixture.silu.gateCovariance(c11, c12, c22)
        case .elu: return EluAverages.product(c11, c12, c22)
        case .relu: return Self.reluProduct(c11, c12, c22)
        case .leakyRelu:
            // leaky(x) = a x + (1 - a) relu(x), and <h1 relu(h2)> = C12 / 2.
            let a = Self.leakySlope
            return a * c12 + (1 - a) * (1 - a) * Self.reluProduct(c11, c12, c22)
        case .linear: return c12
        }
    }

    /// <phi'²> of relu, leaky_relu and linear, the same at every variance.
    private var homogeneousSlopeSquare: Double {
        switch self {
        case .relu: 0.5
        case .leakyRelu: 0.5 * (1 + Self.leakySlope * Self.leakySlope)
        default: 1
        }
    }

    /// The arc-cosine kernel of order 1, in the correlation so that no product leaves the range:
    /// √(C11 C22) (√(1 - r²) + r (π/2 + arcsin r)) / 2π.
    private static func reluProduct(_ c11: Double, _ c12: Double, _ c22: Double) -> Double {
        let scale = c11.squareRoot() * c22.squareRoot()
        let r = max(-1, min(1, c12 / scale))
        let root = ((1 - r) * (1 + r)).squareRoot()
        let angle = 0.5 * PortableMath.pi + PortableMath.atan(r, over: root)
        return scale * max(0, root + r * angle) / (2 * PortableMath.pi)
    }
}
