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

            Exit codes: 0 when every promise was kept, 1 when one was broken, 2 for wrong usage.
            """)

    @Option(help: "Run these seeds, as FIRST...LAST.")
    var seeds: SeedRange?

    @Option(help: "Run this seed alone.")
    var seed: UInt64?

    @Flag(help: "Print every event and effect.")
    var trace = false

    @Option(help: "Print at most this many lines of each trace.")
    var traceLimit = Int.max

    func validate() throws {
        if (seeds == nil) == (seed == nil) {
            throw ValidationError("give either --seeds FIRST...LAST or --seed N")
        }
        if traceLimit < 0 { throw ValidationError("--trace-limit must be at least 0") }
    }

    func run() throws {
        let clock = ContinuousClock()
        let start = clock.now
        var (runCount, eventCount, faultCount, simulated) = (0, 0, 0, UInt64(0))
        var failed: [UInt64] = []
        for seed in seeds?.range ?? (seed ?? 0)...(seed ?? 0) {
            TrapReport.seed = seed
            var simulation = Simulation(seed: seed, keptLineLimit: trace ? traceLimit : 0)
            let outcome = simulation.run()
            for line in outcome.trace.lines { print(line) }
            if trace {
                print("seed \(seed) lines \(outcome.trace.lineCount) hash \(outcome.trace.digest)")
            }
            runCount += 1
            eventCount += outcome.eventCount
            faultCount += outcome.faultCount
            simulated += outcome.simulatedMilliseconds
            guard let violation = outcome.violation else { continue }
            failed.append(seed)
            print("seed \(seed) failed: \(violation)")
            print("replay: critsweep-sim --seed \(seed) --trace")
            if failed.count == 10 {
                print("10 seeds failed; the rest is not run")
                break
            }
        }
        if trace { return try end(failed) }
        let seconds = (clock.now - start) / .seconds(1)
        print(
            "\(runCount) seeds, \(failed.count) failed: \(eventCount) events, "
                + "\(faultCount) faults, \(simulated / 1_000) simulated s, "
                + "\((seconds * 100).rounded() / 100) s")
        try end(failed)
    }

    private func end(_ failed: [UInt64]) throws {
        if !failed.isEmpty { throw ExitCode(1) }
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
            let last = UInt64(parts[3]), first <= last
        else { return nil }
        range = first...last
    }
}
