/// The experiments that a spec can name.
public enum ExperimentKind: String, CaseIterable, Hashable, Sendable {
    case posterior, theory, training, prior, criticality, command, calibration

    /// The experiments that this version runs.
    public static let available: [ExperimentKind] = [
        .posterior, .theory, .training, .prior, .criticality, .calibration,
    ]
}
