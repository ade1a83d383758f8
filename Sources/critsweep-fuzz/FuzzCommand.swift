import ArgumentParser
import Foundation
import SweepFuzzing

/// Feeds damaged inputs to every decoder and parser that reads bytes from outside.
@main
struct FuzzCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "critsweep-fuzz",
        abstract: "Feed damaged inputs to the decoders of the wire and the parser of specs.",
        discussion: """
            An input must be answered within 100 ms, with memory in proportion to its length, and \
            without a trap; each target promises more, see docs/fuzzing.md.

            TARGETS
              \(FuzzTargets.all.map(\.name).joined(separator: " "))

            EXAMPLE
              critsweep-fuzz --inputs 1000000
              critsweep-fuzz --target spec --inputs 100000 --seed 7
              critsweep-fuzz --replay Tests/Corpus

            Exit codes: 0 when every promise was kept, 1 when one was broken, 2 for wrong usage.
            """)

    @Option(help: "One target, or all.")
    var target = "all"

    @Option(help: "Inputs of each target.")
    var inputs: UInt64 = 10_000

    @Option(help: "The number that all inputs are drawn from.")
    var seed: UInt64 = 1

    @Option(help: "Children at a time; as many as there are processors unless given.")
    var jobs: Int?

    @Option(help: "Folder of inputs to start from, one folder for each target.")
    var corpus = "Tests/Corpus"

    @Option(help: "Folder of specs to start from.")
    var specs = "configs"

    @Option(help: "Folder for inputs that fail.")
    var keep = "fuzz-failures"

    @Option(help: "Milliseconds that an input may take, at the best of three times.")
    var limit: UInt64 = 100

    @Option(help: "Seconds without an answer after which a child is ended.")
    var patience = 20

    @Option(
        parsing: .upToNextOption,
        help: "Judge these files, or all files of these folders, instead of drawing inputs.")
    var replay: [String] = []

    @Option(help: .hidden) var childPage: String?
    @Option(help: .hidden) var childFirst: UInt64 = 0
    @Option(help: .hidden) var childEnd: UInt64 = 0

    private static let inputLimit: UInt64 = 1_000_000_000_000

    private static func named(_ name: String) -> (any FuzzTarget)? {
        name == PlantedTarget().name ? PlantedTarget() : FuzzTargets.named(name)
    }

    func validate() throws {
        if target != "all", Self.named(target) == nil {
            throw ValidationError(
                "no target \(target); there are all, "
                    + FuzzTargets.all.map(\.name).joined(separator: ", "))
        }
        if !(1...Self.inputLimit).contains(inputs) {
            throw ValidationError("--inputs must be from 1 to \(Self.inputLimit)")
        }
        if !(1...60_000).contains(limit) || !(1...600).contains(patience) {
            throw ValidationError(
                "--limit must be from 1 to 60000 milliseconds, --patience from 1 to 600 seconds")
        }
        if let jobs, !(1...1_024).contains(jobs) {
            throw ValidationError("--jobs must be from 1 to 1024")
        }
    }

    func run() throws {
        if let childPage {
            let child = FuzzChild(
                source: try source(of: target), page: try SharedPage(file: childPage),
                longestMilliseconds: limit)
            throw ExitCode(try child.run(first: childFirst, end: childEnd))
        }
        let names = replay.isEmpty ? chosen : try replayed()
        var failureCount = 0
        for name in names {
            let source = try source(of: name)
            let count = source.files.isEmpty ? inputs : UInt64(source.files.count)
            let start = ContinuousClock().now
            let report = try FuzzParent(
                source: source, childArguments: arguments(for: name, source.files),
                jobCount: jobCount,
                keepFolder: keep, patienceSeconds: patience
            ).run(count: count)
            for failure in report.failures { print("FAILED \(failure)") }
            failureCount += report.failures.count
            print(Self.line(name, report, seconds: (ContinuousClock().now - start) / .seconds(1)))
            // A run in the background is to be seen while it goes on.
            fflush(nil)
        }
        if failureCount > 0 { throw ExitCode(1) }
    }

    private var chosen: [String] { target == "all" ? FuzzTargets.all.map(\.name) : [target] }

    private var jobCount: Int { jobs ?? ProcessInfo.processInfo.activeProcessorCount }

    private func source(of name: String) throws -> InputSource {
        guard let target = Self.named(name) else { throw Trouble("no target \(name)") }
        guard replay.isEmpty else {
            let files = replay.flatMap(InputSource.files).filter { targetName(of: $0) == name }
            return InputSource(target: target, replaying: files)
        }
        return try InputSource(
            target: target, seed: seed, corpus: corpus.isEmpty ? nil : corpus,
            specs: specs.isEmpty ? nil : specs)
    }

    /// A child makes its source from the same options.
    private func arguments(for name: String, _ files: [String]) -> [String] {
        let common = [
            "--target", name, "--corpus", corpus, "--specs", specs, "--seed", "\(seed)",
            "--limit", "\(limit)",
        ]
        return replay.isEmpty ? common : common + ["--replay"] + files
    }

    /// The target that a file is for: the name of its folder, unless a target was asked for.
    private func targetName(of file: String) -> String? {
        if target != "all" { return target }
        let folder = URL(filePath: file).deletingLastPathComponent().lastPathComponent
        return Self.named(folder)?.name
    }

    private func replayed() throws -> [String] {
        for path in replay where InputSource.files(in: path).isEmpty {
            throw Trouble("\(path): no file to replay")
        }
        let files = replay.flatMap(InputSource.files)
        for file in files where targetName(of: file) == nil {
            throw Trouble("\(file): its folder is no target; say which with --target")
        }
        let names = Set(files.compactMap(targetName))
        return (FuzzTargets.all.map(\.name) + [PlantedTarget().name]).filter(names.contains)
    }

    private static func line(_ name: String, _ report: FuzzParent.Report, seconds: Double) -> String
    {
        let milliseconds = Double(report.slowest.nanoseconds / 10_000) / 100
        return "\(name): \(report.inputs) inputs, \(report.read) read, "
            + "\(report.failures.count) failed; slowest \(milliseconds) ms "
            + "(\(report.slowest.index)), most memory \(report.peak.bytes) bytes "
            + "(\(report.peak.index)), growth \(report.growthBytes) bytes, resident "
            + "\(report.residentGrowthBytes) bytes; \((seconds * 10).rounded() / 10) s"
    }

    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let trouble as Trouble {
            end(with: trouble.description)
        } catch {
            // ArgumentParser's own code for wrong usage is 64; ours is 2 everywhere.
            if exitCode(for: error) == .validationFailure { end(with: fullMessage(for: error)) }
            exit(withError: error)
        }
    }

    private static func end(with message: String) -> Never {
        FileHandle.standardError.write(Data((message + "\n").utf8))
        Foundation.exit(2)
    }
}
