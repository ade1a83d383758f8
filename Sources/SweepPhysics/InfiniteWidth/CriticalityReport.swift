/// Where the scalar map K → g <phi²>_K + g_b rests, and how it answers to a small push there.
public struct FixedPoint: Hashable, Sendable {
    /// What repeated application of the map does near the fixed point.
    public enum Stability: String, Hashable, Sendable {
        /// chi_par < 1: the variances of nearby layers approach it.
        case stable
        /// chi_par > 1: they leave it.
        case unstable
        /// chi_par = 1 within 1e-9.
        case marginal
    }

    /// K*.
    public var variance: Double
    /// g <phi'²>: growth per layer of a small difference between two inputs.
    public var chiPerp: Double
    /// g <phi'² + phi phi''>: growth per layer of a small error of the variance.
    public var chiPar: Double

    public init(variance: Double, chiPerp: Double, chiPar: Double) {
        self.variance = variance
        self.chiPerp = chiPerp
        self.chiPar = chiPar
    }

    public var stability: Stability {
        if abs(chiPar - 1) <= 1e-9 { return .marginal }
        return chiPar < 1 ? .stable : .unstable
    }
}

/// A gain at which chi_perp = 1 at a fixed point.
public struct CriticalPoint: Hashable, Sendable {
    /// g_crit, a variance gain.
    public var gain: Double
    /// The fixed point at that gain; nil where the variance has none that is finite (homogeneous
    /// activations with biases).
    public var variance: Double?

    public init(gain: Double, variance: Double?) {
        self.gain = gain
        self.variance = variance
    }
}

/// The edge of chaos of one activation and bias variance, and the responses at one gain.
///
/// Every number is finite; what does not exist is nil.
public struct CriticalityReport: Hashable, Sendable {
    public var activation: Activation
    /// g_b.
    public var biasVariance: Double
    /// Every critical point, by increasing gain.
    public var criticalPoints: [CriticalPoint]
    /// The gain of the responses below: the one asked for, or else the first critical gain.
    public var gain: Double?
    /// Every fixed point at ``gain``, by increasing variance.
    public var fixedPoints: [FixedPoint]
    /// The one of ``fixedPoints`` at which the responses below are taken: the critical one when no
    /// gain was asked for; else the first stable one, which deep layers reach, or the first
    /// marginal one, or the first.
    public var fixedPoint: Double?
    /// nil without a fixed point, except for homogeneous activations, where it is the same at
    /// every variance.
    public var chiPerp: Double?
    /// As ``chiPerp``.
    public var chiPar: Double?

    /// The first of the critical gains.
    public var criticalGain: Double? { criticalPoints.first?.gain }

    /// -1 / ln chi_perp in layers: how far a difference between inputs reaches. nil where it does
    /// not decay (chi ≥ 1, or closer to 1 than 1e-12).
    public var xiPerp: Double? { Self.depthScale(chiPerp) }

    /// -1 / ln chi_par in layers: how far an error of the variance reaches; nil as ``xiPerp``.
    public var xiPar: Double? { Self.depthScale(chiPar) }

    private static func depthScale(_ chi: Double?) -> Double? {
        guard let chi, chi < 1 - 1e-12, chi >= 0 else { return nil }
        // chi = 0 within the range of doubles: nothing is left after one layer.
        return chi < 1e-300 ? 0 : -1 / PortableMath.log(chi)
    }
}

/// Why criticality cannot be computed.
public enum CriticalityProblem: Error, Hashable, Sendable, CustomStringConvertible {
    case biasVarianceOutOfRange(Double)
    case gainOutOfRange(Double)

    /// Larger gains and bias variances are refused: squares of variances would leave the range.
    public static let limit = 1e100

    public var description: String {
        switch self {
        case .biasVarianceOutOfRange(let value):
            "bias variance is \(value); it must be a number from 0 to \(Self.limit)"
        case .gainOutOfRange(let value):
            "gain is \(value); it must be a number from 0 to \(Self.limit)"
        }
    }
}
