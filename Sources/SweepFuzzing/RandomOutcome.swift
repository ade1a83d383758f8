import SweepCore
import SweepProtocol

/// Outcomes that have bytes, drawn from choices.
enum RandomOutcome {
    static func outcome(using choices: inout some Choices) -> TrialOutcome {
        if choices.once(in: 3) {
            return .failure(
                TrialFailure(
                    choices.pick(TrialFailure.Kind.allCases),
                    RandomMessage.text(atMost: 2_000, using: &choices)),
                diagnostics: diagnostics(using: &choices))
        }
        var metrics: [NamedMetric] = []
        for index in 0..<choices.size(below: 30) {
            metrics.append(
                NamedMetric(
                    name(index, using: &choices),
                    choices.once(in: 4) ? nil : RandomMessage.double(using: &choices)))
        }
        var arrays: [NamedArray] = []
        for index in 0..<choices.size(below: 6) {
            let rank = choices.below(OutcomeCodec.dimensionCount + 1)
            // At most 2⁸ values, or none of a very long shape.
            var shape = (0..<rank).map { _ in choices.below(3) }
            if shape.contains(0), choices.once(in: 2) {
                shape = shape.map { $0 == 1 ? Int(Int32.max) : $0 }
            }
            let isEmpty = shape.contains(0)
            let count = isEmpty ? 0 : shape.reduce(1, *)
            if isEmpty, shape.filter({ $0 > 2 }).count > 1 { shape = [0] }
            arrays.append(
                NamedArray(
                    name(index, using: &choices), shape: shape,
                    (0..<count).map { _ in RandomMessage.double(using: &choices) }))
        }
        return .success(
            TrialResult(
                metrics: metrics, arrays: arrays, diagnostics: diagnostics(using: &choices)))
    }

    private static func diagnostics(using choices: inout some Choices) -> [NamedDiagnostic] {
        (0..<choices.size(below: 12)).map { index in
            let name =
                index == 0 && choices.once(in: 2) ? "cpu_seconds" : name(index, using: &choices)
            switch choices.below(3) {
            case 0: return NamedDiagnostic(name, nil)
            case 1: return NamedDiagnostic(name, RandomMessage.double(using: &choices))
            default:
                return NamedDiagnostic(
                    name, text: RandomMessage.text(atMost: 300, using: &choices))
            }
        }
    }

    private static func name(_ index: Int, using choices: inout some Choices) -> String {
        let stem = choices.pick(["a", "cka_output", "_", "-", "X.9"])
        return choices.once(in: 20)
            ? stem + String(repeating: "n", count: 100) + "\(index)" : "\(stem)\(index)"
    }
}
