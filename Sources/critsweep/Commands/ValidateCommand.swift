import ArgumentParser
import Foundation
import SweepReport
import SweepSpec

/// Reads a spec and says what it would take; starts nothing.
struct ValidateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Check a spec and estimate its cost; nothing is started.",
        discussion: "Example: critsweep validate configs/xor-critical-gain.yaml")

    @Argument(help: "The spec file.")
    var spec: String
    @Option(help: "table, json or csv; a table on a terminal and json elsewhere.")
    var format: OutputFormat = .fitting

    func run() throws {
        let spec = try SpecLoading.load(self.spec)
        SpecLoading.tellNotes(of: spec)
        let estimate = spec.estimate()
        let fields: [(String, String, Double)] = [
            ("points", "points", Double(estimate.pointCount)),
            ("seeds", "seeds", Double(spec.seedCount)),
            ("trials", "trials", Double(estimate.trialCount)),
            ("cpu_seconds", "CPU time, about", estimate.cpuSeconds),
            ("longest_trial_seconds", "longest trial, about", estimate.longestTrialSeconds),
            ("memory_bytes", "memory of a worker slot, about", estimate.peakBytes),
            ("result_bytes", "largest result, about", estimate.resultBytes),
        ]
        switch format {
        case .json:
            var members: [JSONValue.Member] = [
                .init("sweep", .text(spec.name)),
                .init("experiment", .text(spec.experimentKind.rawValue)),
            ]
            members += fields.map { .init($0.0, .number($0.2)) }
            try Terminal.output(JSONValue.object(members).prettyText() + "\n")
        case .csv:
            try Terminal.output(
                "sweep,experiment," + fields.map(\.0).joined(separator: ",") + "\n" + spec.name
                    + ",\(spec.experimentKind.rawValue),"
                    + fields.map { JSONValue.number($0.2).prettyText() }.joined(separator: ",")
                    + "\n")
        case .table:
            var rows = [["sweep", spec.name], ["experiment", spec.experimentKind.rawValue]]
            rows += fields.map { key, title, value in
                [title, Self.shown(key, value)]
            }
            try Terminal.output(Terminal.table(rows) + "the spec is valid\n")
        }
    }

    private static func shown(_ key: String, _ value: Double) -> String {
        if key.hasSuffix("seconds") { return Numbers.span(seconds: value) }
        if key.hasSuffix("bytes") { return Numbers.size(bytes: value) }
        return String(Int(value))
    }
}
