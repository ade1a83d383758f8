import SweepCore

/// Outcomes of trials to bytes and back, one byte string for each outcome.
///
/// The encoding is canonical: equal outcomes have equal bytes and no other bytes decode to them,
/// so two computations of a trial agree when their digests do. Doubles keep all 64 bits; a nil
/// metric is its own case. docs/protocol.md has the layout.
public enum OutcomeCodec {
    /// Entries of one list of metrics, arrays or diagnostics.
    public static let entryCount = 4_096
    /// Bytes of a name.
    public static let nameBytes = 128
    /// Bytes of a failure's message and of a diagnostic's text.
    public static let textBytes = 65_535
    /// Dimensions of an array.
    public static let dimensionCount = 8

    static let magic: [UInt8] = Array("CSO1".utf8)

    /// Diagnostics that tell how long a trial took. They differ between two computations of one
    /// trial, and so are left out of ``identity(of:)``.
    public static let varyingDiagnostics: Set<String> = ["cpu_seconds", "wall_seconds"]

    /// The bytes of an outcome.
    ///
    /// - Throws: ``OutcomeError``; a caller that computed the outcome turns it into a failure of
    ///   the trial.
    public static func encode(_ outcome: TrialOutcome) throws(OutcomeError) -> [UInt8] {
        var writer = OutcomeWriter()
        writer.bytes = magic
        switch outcome {
        case .success(let result):
            writer.bytes.append(0)
            try writer.append(metrics: result.metrics)
            try writer.append(arrays: result.arrays)
            try writer.append(diagnostics: result.diagnostics)
        case .failure(let failure, let diagnostics):
            writer.bytes.append(1)
            writer.bytes.append(code(of: failure.kind))
            try writer.append(text: failure.message, name: "message")
            try writer.append(diagnostics: diagnostics)
        }
        return writer.bytes
    }

    /// The outcome with these bytes.
    ///
    /// - Throws: ``OutcomeError`` for any bytes but those ``encode(_:)`` makes.
    public static func decode(_ bytes: [UInt8]) throws(OutcomeError) -> TrialOutcome {
        var reader = OutcomeReader(bytes: bytes)
        for expected in magic {
            guard try reader.byte() == expected else { throw .malformed }
        }
        let outcome: TrialOutcome
        switch try reader.byte() {
        case 0:
            let metrics = try reader.metrics()
            let arrays = try reader.arrays()
            outcome = .success(
                TrialResult(
                    metrics: metrics, arrays: arrays, diagnostics: try reader.diagnostics()))
        case 1:
            let kind = try failureKind(reader.byte())
            let message = try reader.text()
            outcome = .failure(
                TrialFailure(kind, message), diagnostics: try reader.diagnostics())
        default: throw .malformed
        }
        guard reader.isAtEnd else { throw .malformed }
        return outcome
    }

    /// What two computations of one trial must agree in: SHA-256 of the outcome without
    /// ``varyingDiagnostics``.
    public static func identity(of outcome: TrialOutcome) throws(OutcomeError) -> SHA256Digest {
        var constant = outcome
        switch outcome {
        case .success(var result):
            result.diagnostics.removeAll { varyingDiagnostics.contains($0.name) }
            constant = .success(result)
        case .failure(let failure, let diagnostics):
            constant = .failure(
                failure, diagnostics: diagnostics.filter { !varyingDiagnostics.contains($0.name) })
        }
        return SHA256Digest(of: try encode(constant))
    }

    /// Numbers of the wire; a new kind gets a new one.
    private static func code(of kind: TrialFailure.Kind) -> UInt8 {
        switch kind {
        case .diverged: 1
        case .notConverged: 2
        case .nonFinite: 3
        case .outOfMemory: 4
        case .timeout: 5
        case .crashed: 6
        case .quarantined: 7
        }
    }

    private static func failureKind(_ code: UInt8) throws(OutcomeError) -> TrialFailure.Kind {
        for kind in TrialFailure.Kind.allCases where Self.code(of: kind) == code { return kind }
        throw .malformed
    }
}
