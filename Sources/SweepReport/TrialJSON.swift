import SweepCore

extension JSONValue {
    /// One trial: point, seed, then metrics, arrays and diagnostics, or the failure in place of
    /// metrics.
    ///
    /// - Parameter measured: diagnostics that are not part of the outcome, such as `cpu_seconds`.
    public static func trial(
        point: GridPoint, seed: Int, outcome: TrialOutcome, measured: [NamedDiagnostic] = []
    ) -> JSONValue {
        var members = [
            Member(
                "point", .object(point.parameters.map { Member($0.name, .parameter($0.value)) })),
            Member("seed", .number(Double(seed))),
        ]
        switch outcome {
        case .success(let result):
            members.append(
                Member(
                    "metrics", .object(result.metrics.map { Member($0.name, .optional($0.value)) }))
            )
            members.append(
                Member("arrays", .object(result.arrays.map { Member($0.name, .nested($0)) })))
            members.append(Member("diagnostics", .diagnostics(result.diagnostics + measured)))
        case .failure(let failure, let diagnostics):
            members.append(
                Member(
                    "failure",
                    .object([
                        Member("kind", .text(failure.kind.rawValue)),
                        Member("message", .text(failure.message)),
                    ])))
            members.append(Member("diagnostics", .diagnostics(diagnostics + measured)))
        }
        return .object(members)
    }

    /// A parameter's value: a number, or a word.
    public static func parameter(_ value: ParameterValue) -> JSONValue {
        switch value {
        case .number(let number): .number(number)
        case .word(let word): .text(word)
        }
    }

    private static func diagnostics(_ diagnostics: [NamedDiagnostic]) -> JSONValue {
        .object(
            diagnostics.map { diagnostic in
                switch diagnostic.value {
                case .number(let number): Member(diagnostic.name, .optional(number))
                case .text(let text): Member(diagnostic.name, .text(text))
                }
            })
    }

    /// Row-major values as arrays of arrays.
    private static func nested(_ array: NamedArray) -> JSONValue {
        var level = array.values.map(JSONValue.number)
        for extent in array.shape.dropFirst().reversed() {
            level = stride(from: 0, to: level.count, by: max(extent, 1)).map {
                .array(Array(level[$0..<min($0 + max(extent, 1), level.count)]))
            }
        }
        return .array(level)
    }
}
