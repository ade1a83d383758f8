/// A trial that does nothing useful for a given time: it measures and tests the sweep engine.
public struct CalibrationSettings: Hashable, Sendable {
    /// What the trial does.
    public enum Kind: String, CaseIterable, Hashable, Sendable {
        /// Ends at once.
        case none
        /// Computes for the given CPU time.
        case spin
        /// Sleeps for the given time.
        case sleep
    }

    public var kind: Kind
    /// How long; 0 for `none`.
    public var milliseconds: Double

    public init(kind: Kind, milliseconds: Double = 0) {
        self.kind = kind
        self.milliseconds = milliseconds
    }
}
