import CSweepKernels
import Glibc

/// The nonlinearity phi of a layer. Every one of them has phi(0) = 0.
public enum Activation: String, CaseIterable, Hashable, Sendable {
    /// The error function.
    case erf
    case tanh
    /// max(x, 0).
    case relu
    /// x for x ≥ 0 and 0.01 x below (``leakySlope``).
    case leakyRelu = "leaky_relu"
    /// x / (1 + exp(-x)).
    case silu
    /// x times the normal distribution function.
    case gelu
    /// x for x ≥ 0 and exp(x) - 1 below.
    case elu
    /// The identity: a deep linear network.
    case linear

    /// The slope of `leaky_relu` for negative arguments.
    public static let leakySlope = 0.01

    /// phi(x).
    public func value(_ x: Double) -> Double {
        switch self {
        case .erf: Glibc.erf(x)
        case .tanh: Glibc.tanh(x)
        case .relu: x > 0 ? x : 0
        case .leakyRelu: x >= 0 ? x : Self.leakySlope * x
        case .silu: x * Self.logistic(x)
        case .gelu: x * Self.normalDistribution(x)
        case .elu: x >= 0 ? x : Glibc.expm1(x)
        case .linear: x
        }
    }

    /// phi'(x); at the kink of a kinked activation, the slope on the left, as in PyTorch.
    public func slope(_ x: Double) -> Double {
        switch self {
        case .erf: return 2 * Self.inverseRootPi * Glibc.exp(-x * x)
        case .tanh:
            let reciprocal = 1 / Glibc.cosh(x)
            return reciprocal * reciprocal
        case .relu: return x > 0 ? 1 : 0
        case .leakyRelu: return x > 0 ? 1 : Self.leakySlope
        case .silu:
            let rising = Self.logistic(x)
            return rising + x * rising * Self.logistic(-x)
        case .gelu: return Self.normalDistribution(x) + x * Self.normalDensity(x)
        case .elu: return x >= 0 ? 1 : Glibc.exp(x)
        case .linear: return 1
        }
    }

    /// phi''(x) without the delta function that relu and leaky_relu have at their kink.
    ///
    /// In <phi phi''> that delta is multiplied by phi(0) = 0, so nothing is lost there.
    public func curvature(_ x: Double) -> Double {
        switch self {
        case .erf:
            // Beyond |x| = 40 the Gaussian is 0 and its factor may overflow.
            return abs(x) > 40 ? 0 : -4 * Self.inverseRootPi * x * Glibc.exp(-x * x)
        case .tanh:
            let reciprocal = 1 / Glibc.cosh(x)
            return -2 * Glibc.tanh(x) * reciprocal * reciprocal
        case .silu:
            let rising = Self.logistic(x)
            let falling = Self.logistic(-x)
            return rising * falling * (2 + x * (falling - rising))
        case .gelu:
            // As for erf.
            return abs(x) > 40 ? 0 : Self.normalDensity(x) * (2 - x * x)
        case .elu: return x >= 0 ? 0 : Glibc.exp(x)
        case .relu, .leakyRelu, .linear: return 0
        }
    }

    /// Whether phi(c x) = c phi(x) for c > 0, so that chi does not depend on the variance.
    public var isHomogeneous: Bool {
        switch self {
        case .relu, .leakyRelu, .linear: true
        case .erf, .tanh, .silu, .gelu, .elu: false
        }
    }

    /// The number that the C kernels know this activation by.
    public var kernelCode: swk_activation {
        switch self {
        case .erf: SWK_ERF
        case .tanh: SWK_TANH
        case .relu: SWK_RELU
        case .leakyRelu: SWK_LEAKY_RELU
        case .linear: SWK_LINEAR
        case .silu: SWK_SILU
        case .gelu: SWK_GELU
        case .elu: SWK_ELU
        }
    }

    private static let inverseRootPi = 0.564_189_583_547_756_286_95
    private static let inverseRootTwo = 0.707_106_781_186_547_524_4
    private static let inverseRootTwoPi = 0.398_942_280_401_432_677_94

    /// 1 / (1 + exp(-x)) without overflow or loss of the left tail.
    private static func logistic(_ x: Double) -> Double {
        if x >= 0 { return 1 / (1 + Glibc.exp(-x)) }
        let decay = Glibc.exp(x)
        return decay / (1 + decay)
    }

    /// Phi(x), accurate in the left tail too.
    private static func normalDistribution(_ x: Double) -> Double {
        0.5 * Glibc.erfc(-x * inverseRootTwo)
    }

    private static func normalDensity(_ x: Double) -> Double {
        inverseRootTwoPi * Glibc.exp(-0.5 * x * x)
    }
}
