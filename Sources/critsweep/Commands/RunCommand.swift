import ArgumentParser
import Foundation
import SweepReport
import SweepSpec

/// A whole sweep on this machine: a coordinator and its workers, to the end.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a sweep on this machine; the same command resumes it.",
        usage: "critsweep run <spec> [options]",
        discussion: """
            Starts a coordinator and a worker for each core, runs every trial, and prints the \
            table. Whatever is interrupted, killed or crashes: the same command goes on where it \
            was. A spec with more seeds or more grid values extends the sweep. Workers from other \
            machines may join with DIR/access.json if --bind lets them in.

            Ctrl-C or SIGTERM lets the trials that run end (20 s at most), a second one does not; \
            both end with exit code 130 while work is left.

            Example: critsweep run configs/smoke.yaml --workers 2 --format csv > smoke.csv
            """)

    @Argument(help: "The spec file.")
    var spec: String
    @Option(help: "Local workers, one trial at a time each (default: one for each core).")
    var workers: Int?
    @Option(help: "The folder of the sweep (default: its name with .sweep, in this folder).")
    var out: String?
    @Option(help: "auto, reference, avx2 or avx512.")
    var kernels: KernelChoice = .auto
    @Option(help: "Where to listen (default: a port of our choice, for this machine only).")
    var bind: String?
    @Option(help: "How the table is printed: table, csv, json, markdown or latex.")
    var format: String = "table"
    @OptionGroup var checkpoints: CheckpointOptions
    @Flag(help: "No progress.")
    var quiet = false

    func run() throws {
        let spec = try SpecLoading.load(self.spec)
        SpecLoading.tellNotes(of: spec)
        _ = try kernels.family()
        let count = workers ?? ProcessInfo.processInfo.activeProcessorCount
        guard (bind == nil ? 1 : 0)...1_024 ~= count else {
            throw CommandError(
                .usage, "--workers must be from 1 to 1024, but is \(count)")
        }
        try TableFormat.check(format)
        do {
            let memory = ProcessSetup.sharedMemory
            try spec.checkResources(
                spec.estimate(), physicalMemoryBytes: memory.bytes, memoryName: memory.name,
                workers: max(1, count))
        } catch {
            throw CommandError(.usage, "\(error)")
        }
        var options = CoordinatorOptions(
            directory: SweepDirectory(folder: out ?? "\(spec.name).sweep"))
        options.endpoint = bind
        options.workerCount = count
        options.kernels = kernels
        options.checkpointMilliseconds = checkpoints.milliseconds
        options.isQuiet = quiet
        let report = try CoordinatorRun(spec: spec, options: options).run()
        try TableFormat.print(report.table, format)
        if report.exitCode != 0 { throw ExitCode(report.exitCode) }
    }
}

/// The formats of tables on the command line.
enum TableFormat {
    static let names = ["table", "csv", "json", "markdown", "latex"]

    /// - Throws: ``CommandError`` (2), before anything is started.
    static func check(_ format: String) throws {
        guard names.contains(format) else {
            throw CommandError(
                .usage, "--format must be one of \(names.joined(separator: ", ")), but is \(format)"
            )
        }
    }

    static func print(_ table: SweepTable, _ format: String) throws {
        do {
            try Terminal.output(
                try SweepQueries.text(
                    of: table, format: format, metrics: nil, width: Terminal.columns))
        } catch {
            throw CommandError(describing: error)
        }
    }
}

extension Terminal {
    /// Columns of the terminal that shows standard output; plenty when it is none.
    static var columns: Int {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return 160
        }
        return Int(size.ws_col)
    }
}
