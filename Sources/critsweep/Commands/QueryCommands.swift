import ArgumentParser
import Foundation
import SweepCoordinator
import SweepCore

/// The aggregated table of a sweep, running or not.
struct TableCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "table",
        abstract: "Mean and spread over the seeds of every grid point.",
        usage: "critsweep table <sweep> [options]",
        discussion: """
            Works while the sweep runs. The csv has every metric with its mean, sample standard \
            deviation and standard error, and nothing that differs between two runs of a spec. \
            --spread tells how much of the standard deviation is the sampling error of the chains, \
            and so whether more seeds or longer chains would help. --layers has a row for each \
            layer of each grid point, with what the trials have there: cka_layer, adaptation_layer, \
            and so on.

            Example: critsweep table smoke.sweep --format csv > smoke.csv
            """)

    @Argument(help: "The folder of the sweep, or its ledger.")
    var sweep: String
    @Option(help: "table, csv, json, markdown or latex.")
    var format = "table"
    @Option(parsing: .upToNextOption, help: "Only these metrics.")
    var metric: [String] = []
    @Flag(help: "Split the spread: seed to seed, and sampling error of the chains.")
    var spread = false
    @Flag(help: "A row for each layer: the arrays of the trials instead of their metrics.")
    var layers = false

    func run() throws {
        let formats = ["table", "csv", "json", "markdown", "latex"]
        guard formats.contains(format) else {
            throw CommandError(
                .usage,
                "--format must be \(formats.dropLast().joined(separator: ", ")) or latex, but is "
                    + "\"\(format)\"")
        }
        try Questions.show(
            QueryRequest(
                "table", format: format, names: metric.isEmpty ? nil : metric,
                width: Terminal.columns, withSpread: spread ? true : nil,
                byLayer: layers ? true : nil),
            about: sweep)
    }
}

/// Counts and workers of a sweep, running or not.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "How far a sweep is, and which workers it has.",
        discussion: "Example: critsweep status smoke.sweep")

    @Argument(help: "The folder of the sweep, or its ledger.")
    var sweep: String
    @Option(help: "table, json or csv; a table on a terminal and json elsewhere.")
    var format: OutputFormat = .fitting

    func run() throws {
        try Questions.show(QueryRequest("status", format: format.rawValue), about: sweep)
    }
}

/// Proves the promises of the ledger from the ledger alone.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check that nothing is missing, altered or counted twice.",
        discussion: """
            Reads every result and checks its digest, that it was granted, and that no trial has \
            two. Exit code 66 when a promise is broken.

            Example: critsweep verify smoke.sweep
            """)

    @Argument(help: "The folder of the sweep, or its ledger.")
    var sweep: String
    @Option(help: "table, json or csv; a table on a terminal and json elsewhere.")
    var format: OutputFormat = .fitting

    func run() throws {
        try Questions.show(QueryRequest("verify", format: format.rawValue), about: sweep)
    }
}

/// What happened to one trial.
struct StoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "story",
        abstract: "Everything that happened to one trial: grants, losses, results.",
        usage: "critsweep story <sweep> [options]",
        discussion: "Example: critsweep story smoke.sweep --point 2 --seed 0")

    @Argument(help: "The folder of the sweep, or its ledger.")
    var sweep: String
    @Option(help: "Index of the grid point, from 0.")
    var point = 0
    @Option(help: "The seed, from 0.")
    var seed = 0
    @Option(help: "table, json or csv; a table on a terminal and json elsewhere.")
    var format: OutputFormat = .fitting

    func run() throws {
        try Questions.show(
            QueryRequest("story", format: format.rawValue, point: point, seed: seed), about: sweep)
    }
}

/// Sets failures aside, so that they are tried again.
struct RetryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Try failed and quarantined trials again.",
        discussion: """
            In a running sweep they are pending at once; in a stopped one the next run takes them. \
            The failures stay in the trial's story.

            Example: critsweep retry smoke.sweep --kind not_converged
            """)

    @Argument(help: "The folder of the sweep, or its ledger.")
    var sweep: String
    @Option(parsing: .upToNextOption, help: "Only failures of these kinds.")
    var kind: [String] = []

    func run() throws {
        let known = TrialFailure.Kind.allCases.map(\.rawValue)
        for name in kind where !known.contains(name) {
            throw CommandError(
                .usage,
                "--kind must be one of \(known.joined(separator: ", ")), but is \"\(name)\"")
        }
        try Questions.show(
            QueryRequest("retry", names: kind.isEmpty ? nil : kind), about: sweep)
    }
}

/// Asks and prints.
enum Questions {
    /// - Throws: ``CommandError`` with the answer's exit code when it has one.
    static func show(_ request: QueryRequest, about sweep: String) throws {
        let response = try SweepAccess.answer(request, about: sweep)
        try Terminal.output(response.text)
        if response.exitCode != 0 {
            throw CommandError(response.exitCode, response.message ?? "the question failed")
        }
        if let message = response.message { Terminal.complain(message, prefix: "") }
    }
}
