import ArgumentParser
import SweepSimulation

/// Runs simulated sweeps; the only argument that matters is the seed.
@main
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "critsweep-sim",
        abstract: "Simulate whole sweeps under faults that are drawn from a seed.",
        discussion: """
            EXAMPLE
              critsweep-sim --seeds 1...1000
              critsweep-sim --seed 7 --trace
              critsweep-sim --planted all --seeds 1...500

            Exit codes: 0 when every promise was kept, 1 when one was broken, 2 for wrong usage.
            With --planted: 0 when each of the bugs was found, 1 when one was not.
            """)

    @Option(help: "Run these seeds, as FIRST...LAST.")
    var seeds: SeedRange?

    @Option(help: "Run this seed alone.")
    var seed: UInt64?

    @Flag(help: "Print every event and effect.")
    var trace = false

    @Option(help: "Print at most this many lines of each trace.")
    var traceLimit = Int.max

    @Flag(help: "Keep no traces, not even their digest: a third faster.")
    var untraced = false

    @Option(help: "Run so many seeds at a time (default: one for each processor).")
    var threads: Int?

    @Option(
        help: ArgumentHelp(
            "Give the cores a bug and print how many seeds it takes to find it; or all of them.",
            discussion: "Bugs: "
                + PlantedBug.allCases.map(\.rawValue).joined(separator: ", ") + ".",
            valueName: "name|all"))
    var planted: PlantedChoice?

    func validate() throws {
        if (seeds == nil) == (seed == nil) {
            throw ValidationError("give either --seeds FIRST...LAST or --seed N")
        }
        if traceLimit < 0 { throw ValidationError("--trace-limit must be at least 0") }
        if let threads, !(1...1_024).contains(threads) {
            throw ValidationError("--threads must be from 1 to 1024, but is \(threads)")
        }
        if trace, untraced { throw ValidationError("--trace and --untraced exclude each other") }
        if trace, planted == .all { throw ValidationError("--trace is of one bug at a time") }
    }

    private var range: ClosedRange<UInt64> { seeds?.range ?? (seed ?? 0)...(seed ?? 0) }

    func run() throws {
        if trace { return try printTraces() }
        let runner = SeedRunner(threadCount: threads, isTraced: !untraced)
        if let planted { return try find(planted, with: runner) }
        let clock = ContinuousClock()
        let start = clock.now
        let sum = runner.run(range, failureLimit: 10)
        for outcome in sum.failures { say(outcome) }
        if sum.failures.count >= 10 { print("10 seeds failed; the rest is not run") }
        print("\(sum)\(untraced ? "" : sum.traces), \(seconds(since: start, clock)) s")
        if !sum.failures.isEmpty { throw ExitCode(1) }
    }

    private func say(_ outcome: Simulation.Outcome) {
        guard let violation = outcome.violation else { return }
        print("seed \(outcome.seed) failed at \(outcome.simulatedMilliseconds) ms: \(violation)")
        print("replay: critsweep-sim --seed \(outcome.seed) --trace")
    }

    private func seconds(since start: ContinuousClock.Instant, _ clock: ContinuousClock) -> Double {
        ((clock.now - start) / .seconds(1) * 100).rounded() / 100
    }

    private func printTraces() throws {
        var hasFailed = false
        for seed in range {
            TrapReport.enter(seed: seed, thread: 0)
            var simulation = Simulation(
                seed: seed, keptLineLimit: traceLimit, planted: planted?.bug)
            let outcome = simulation.run()
            for line in outcome.trace.lines { print(line) }
            print("seed \(seed) lines \(outcome.trace.lineCount) hash \(outcome.trace.digest)")
            say(outcome)
            hasFailed = hasFailed || outcome.violation != nil
        }
        if hasFailed { throw ExitCode(1) }
    }

    // MARK: Planted bugs

    private func find(_ choice: PlantedChoice, with runner: SeedRunner) throws {
        var missed: [PlantedBug] = []
        for bug in choice.bugs {
            let found =
                bug == .hashOrder
                ? try FreshProcess.firstDifference(in: range, bug)
                : runner.run(range, planted: bug, failureLimit: 1).failures.first
            if let found {
                let count = found.seed - range.lowerBound + 1
                print("\(padded(bug)) \(count) seeds: \(found.violation?.description ?? "")")
            } else {
                missed.append(bug)
                print("\(padded(bug)) not found in \(range.count) seeds")
            }
        }
        print("\(choice.bugs.count - missed.count) of \(choice.bugs.count) planted bugs were found")
        if !missed.isEmpty { throw ExitCode(1) }
    }

    private func padded(_ bug: PlantedBug) -> String {
        let width = (PlantedBug.allCases.map(\.rawValue.count).max() ?? 0) + 1
        return bug.rawValue + String(repeating: " ", count: width - bug.rawValue.count)
    }

    static func main() {
        TrapReport.install()
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            // ArgumentParser's own code for wrong usage is 64; ours is 2 everywhere.
            if exitCode(for: error) == .validationFailure {
                TrapReport.endWithUsageError(fullMessage(for: error))
            }
            exit(withError: error)
        }
    }
}

/// FIRST...LAST, both included.
struct SeedRange: ExpressibleByArgument {
    var range: ClosedRange<UInt64>

    init?(argument: String) {
        let parts = argument.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[1].isEmpty, parts[2].isEmpty, let first = UInt64(parts[0]),
            let last = UInt64(parts[3]), first <= last, last < .max
        else { return nil }
        range = first...last
    }
}

/// One planted bug, or all.
enum PlantedChoice: ExpressibleByArgument, Equatable {
    case one(PlantedBug)
    case all

    init?(argument: String) {
        if argument == "all" {
            self = .all
        } else if let bug = PlantedBug(rawValue: argument) {
            self = .one(bug)
        } else {
            return nil
        }
    }

    var bug: PlantedBug? { if case .one(let bug) = self { bug } else { nil } }
    var bugs: [PlantedBug] { bug.map { [$0] } ?? PlantedBug.allCases }
}
