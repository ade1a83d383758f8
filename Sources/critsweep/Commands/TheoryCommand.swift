import ArgumentParser
import SweepCore
import SweepExperiments
import SweepPhysics
import SweepReport
import SweepSpec
import SweepWorker

/// All three theories of one point of a spec.
struct TheoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "theory",
        abstract:
            "Kernels of a finite network in theory: infinite width, first order in 1/N, full.",
        usage: "critsweep theory <spec> [options]",
        discussion: """
            Solves the forward-backward equations of the most probable kernels for one point and \
            seed of a spec of experiment posterior or theory, and prints the alignment of every \
            layer with the targets. Where an order has no solution its numbers are null; without \
            one of the full theory the exit code is 1.

            Example: critsweep theory configs/smoke.yaml --point 2 --seed 0
            """)

    @OptionGroup var choice: TrialChoice
    @Option(help: "table, json or csv; a table on a terminal and json elsewhere.")
    var format: OutputFormat = .fitting

    func run() throws {
        let chosen = try choice.load()
        guard var settings = Self.settings(chosen.experiment) else {
            throw CommandError(
                .usage,
                "\(choice.spec) is of experiment \(chosen.spec.experimentKind.rawValue); the theory is of "
                    + "experiments posterior and theory")
        }
        settings.orders = TheoryOrder.allCases
        settings.keep = TheorySettings.matrices
        let comparison: TheoryComparison
        do {
            guard
                let data = try chosen.experiment.dataSet(
                    seed: chosen.seed, randomKey: chosen.spec.randomKey,
                    readFile: SpecLoading.readFile)
            else { preconditionFailure("a theory without data") }
            comparison = try TheoryComparison.compute(
                settings, data: data, seed: chosen.seed, randomKey: chosen.spec.randomKey,
                family: chosen.family)
        } catch let problem as DataProblem {
            throw CommandError(.dataUnreadable, "\(problem)")
        } catch let failure as TrialFailure {
            throw CommandError(.failedTrials, "\(failure.kind.rawValue): \(failure.message)")
        }
        try show(comparison, of: chosen)
        for entry in comparison.entries {
            guard case .failure(let failure) = entry.solution else { continue }
            let sentence = "\(failure.kind.rawValue): \(failure.message)"
            if entry.order == .full { throw CommandError(.failedTrials, sentence) }
            Terminal.complain(sentence)
        }
    }

    private static func settings(_ experiment: Experiment) -> TheorySettings? {
        switch experiment {
        case .posterior(let settings): TheorySettings(settings, orders: [])
        case .theory(let settings): settings
        case .training, .prior, .criticality, .calibration: nil
        }
    }

    private func show(_ comparison: TheoryComparison, of chosen: TrialChoice.Chosen) throws {
        switch format {
        case .json:
            let result = TrialResult(
                metrics: comparison.metrics,
                arrays: comparison.arrays(keep: TheorySettings.matrices),
                diagnostics: comparison.diagnostics { $0 == .full ? "" : "_\($0.rawValue)" }
                    + [NamedDiagnostic("kernel_family", text: chosen.family.name)])
            let json = JSONValue.trial(
                point: chosen.point, seed: chosen.seed, outcome: .success(result))
            try Terminal.output(json.prettyText() + "\n")
        case .csv:
            let orders = comparison.entries.map { "cka_layer_\($0.order.rawValue)" }
            try Terminal.output(
                "layer,\(orders.joined(separator: ","))\n"
                    + rows(comparison) { $0.map { JSONValue.number($0).prettyText() } ?? "" }
                    .map { $0.joined(separator: ",") + "\n" }.joined())
        case .table:
            let head = ["layer"] + comparison.entries.map { "CKA \($0.order.rawValue)" }
            try Terminal.output(
                chosen.heading
                    + Terminal.table(
                        [head]
                            + rows(comparison) {
                                $0.map { Numbers.shown($0, digits: 5) } ?? "-"
                            }) + "\n" + Self.notes(comparison))
        }
    }

    private func rows(_ comparison: TheoryComparison, _ cell: (Double?) -> String) -> [[String]] {
        let depth = comparison.entries.first?.alignment.count ?? 0
        return (0..<depth).map { layer in
            ["\(layer + 1)"] + comparison.entries.map { cell($0.alignment[layer]) }
        }
    }

    /// One line an order that was solved for: how well, and by which widths.
    private static func notes(_ comparison: TheoryComparison) -> String {
        comparison.entries.compactMap { entry -> String? in
            guard entry.order != .nngp, case .success(let solution) = entry.solution else {
                return nil
            }
            let gains =
                solution.annealingGains.isEmpty
                ? "" : ", \(solution.annealingGains.count) gains"
            return "\(entry.order.rawValue): residual "
                + "\(Numbers.shown(solution.residual, digits: 2)), effective weights "
                + "\(Numbers.shown(100 * solution.weightFraction, digits: 3)) %, "
                + "\(solution.iterations) iterations, \(solution.annealingWidths.count) widths"
                + "\(gains)\n"
        }.joined()
    }
}
