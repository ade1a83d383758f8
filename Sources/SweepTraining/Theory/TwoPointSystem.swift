/// What two training points and their targets contribute to the effective theory.
public struct TwoPointTask: Hashable, Sendable {
    /// ‖x_B − x_A‖² ≥ 0.
    public var inputDistance: Double
    /// ‖t_B − t_A‖² ≥ 0.
    public var targetDistance: Double

    public init(inputDistance: Double, targetDistance: Double) {
        precondition(inputDistance >= 0 && targetDistance >= 0, "distances are squares")
        self.inputDistance = inputDistance
        self.targetDistance = targetDistance
    }
}

/// Where a network is in the eyes of the effective theory. All three are squares or products, not
/// lengths; d means "B minus A".
public struct TwoPointState: Hashable, Sendable {
    /// h = ‖dh‖², the squared distance of the two hidden representations.
    public var representation: Double
    /// y = ‖dŷ‖², the squared distance of the two outputs.
    public var output: Double
    /// w = y − dt·dŷ: 0 at a solution and at zero output, negative on the way between them.
    public var alignment: Double

    public init(representation: Double, output: Double, alignment: Double) {
        self.representation = representation
        self.output = output
        self.alignment = alignment
    }

    /// The state of scalar outputs s = dŷ along dt: y = s², w = s² − s √dy2.
    public init(representation: Double, scalarOutput s: Double, task: TwoPointTask) {
        self.init(
            representation: representation, output: s * s,
            alignment: s * s - s * task.targetDistance.squareRoot())
    }

    /// dt·dŷ = y − w: negative when the outputs are the wrong way round.
    public var overlap: Double { output - alignment }

    /// ‖dŷ − dt‖² = 2w − y + dy2.
    public func outputError(_ task: TwoPointTask) -> Double {
        2 * alignment - output + task.targetDistance
    }

    var isFinite: Bool { representation.isFinite && output.isFinite && alignment.isFinite }

    static func + (left: Self, right: Self) -> Self {
        Self(
            representation: left.representation + right.representation,
            output: left.output + right.output, alignment: left.alignment + right.alignment)
    }

    static func * (factor: Double, state: Self) -> Self {
        Self(
            representation: factor * state.representation, output: factor * state.output,
            alignment: factor * state.alignment)
    }
}

/// Effective learning rates, which hold all that the theory does not know of the architecture; unit
/// 1/epoch.
public struct EffectiveRates: Hashable, Sendable {
    /// eta_h, of the map from inputs to the hidden layer.
    public var encoder: Double
    /// eta_y, of the map from the hidden layer to outputs.
    public var decoder: Double

    public init(encoder: Double, decoder: Double) {
        self.encoder = encoder
        self.decoder = decoder
    }

    /// Both rates times `factor`: the same curves, so many times faster.
    public func scaled(by factor: Double) -> Self {
        Self(encoder: factor * encoder, decoder: factor * decoder)
    }
}

/// The equations of motion: those of the theory, or one of four that are wrong on purpose, to be
/// fitted beside it.
///
///     h′ = −eta_h dx2 w
///     y′ = −w (eta_y h + eta_h dx2 y / h)
///     w′ = −½ eta_y (3w − y + dy2) h − ½ eta_h dx2 (y + w) w / h
///
/// Source: van Rossem and Saxe 2024 (arXiv:2402.09142).
public enum TwoPointSystem: String, CaseIterable, Hashable, Sendable {
    case theory
    /// y′ doubled.
    case doubledOutput = "doubled_output"
    /// h′ doubled.
    case doubledRepresentation = "doubled_representation"
    /// The sign of the second term of w′ flipped.
    case flippedAlignment = "flipped_alignment"
    /// y′ without its second term.
    case encoderlessOutput = "encoderless_output"

    /// Derivatives of h, y and w by the epoch.
    @inline(__always)
    public func derivative(
        of state: TwoPointState, task: TwoPointTask, rates: EffectiveRates
    ) -> TwoPointState {
        let h = state.representation
        let y = state.output
        let w = state.alignment
        let encoder = rates.encoder * task.inputDistance
        var dh = -encoder * w
        let decoded = rates.decoder * h
        var encoded = encoder * y / h
        if self == .encoderlessOutput { encoded = 0 }
        var dy = -w * (decoded + encoded)
        if self == .doubledOutput { dy *= 2 }
        if self == .doubledRepresentation { dh *= 2 }
        let first = -0.5 * decoded * (3 * w - y + task.targetDistance)
        let second = -0.5 * encoder * (y + w) * w / h
        let dw = self == .flippedAlignment ? first - second : first + second
        return TwoPointState(representation: dh, output: dy, alignment: dw)
    }
}
