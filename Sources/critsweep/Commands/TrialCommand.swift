import ArgumentParser
import Foundation
import SweepCore
import SweepPhysics
import SweepReport
import SweepSpec
import SweepWorker

/// One trial in the foreground, without network or ledger.
struct TrialCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trial",
        abstract: "Run one trial here and print it.",
        usage: "critsweep trial <spec> [options]",
        discussion: """
            Prints one JSON object: point, seed, metrics, arrays and diagnostics, or a failure in \
            place of the metrics (exit code 1). A worker computes the same bits.

            Example: critsweep trial configs/smoke.yaml --point 2 --seed 0
            """)

    @OptionGroup var choice: TrialChoice
    @Option(help: "json, table or csv (one line a metric).")
    var format: OutputFormat = .json

    func run() throws {
        let chosen = try choice.load()
        var experiment = chosen.experiment
        if case .posterior(var settings) = experiment {
            // Nothing is stored or sent here, so every array is shown.
            settings.keep = PosteriorSettings.arrays
            experiment = .posterior(settings)
        } else if case .theory(var settings) = experiment {
            settings.keep = TheorySettings.matrices
            experiment = .theory(settings)
        }
        let measured = try Self.measure(
            PlannedTrial(
                experiment: experiment, point: chosen.point, seed: chosen.seed,
                randomKey: chosen.spec.randomKey),
            chosen.family)
        let outcome = measured.outcome
        try show(outcome, of: chosen, measured.diagnostics)
        if case .failure(let failure, _) = outcome {
            throw CommandError(.failedTrials, "\(failure.kind.rawValue): \(failure.message)")
        }
    }

    private static func measure(
        _ trial: PlannedTrial, _ family: KernelFamily
    ) throws -> MeasuredOutcome {
        let computation = TrialComputation(family: family, readFile: SpecLoading.readFile)
        do {
            return try computation.run(trial)
        } catch let problem as DataProblem {
            throw CommandError(.dataUnreadable, "\(problem)")
        }
    }

    private func show(
        _ outcome: TrialOutcome, of chosen: TrialChoice.Chosen, _ measured: [NamedDiagnostic]
    ) throws {
        let json = JSONValue.trial(
            point: chosen.point, seed: chosen.seed, outcome: outcome, measured: measured)
        switch (format, outcome) {
        case (.json, _): try Terminal.output(json.prettyText() + "\n")
        case (_, .failure): break
        case (.csv, .success(let result)):
            try Terminal.output(
                "metric,value\n"
                    + result.metrics.map {
                        "\($0.name),\($0.value.map { JSONValue.number($0).prettyText() } ?? "")\n"
                    }.joined())
        case (.table, .success(let result)):
            var rows = result.metrics.map {
                [$0.name, $0.value.map { Numbers.shown($0, digits: 6) } ?? "-"]
            }
            rows += (result.diagnostics + measured).map {
                switch $0.value {
                case .number(let number):
                    [$0.name, number.map { Numbers.shown($0, digits: 4) } ?? "-"]
                case .text(let text): [$0.name, text]
                }
            }
            try Terminal.output(chosen.heading + Terminal.table(rows))
        }
    }
}
