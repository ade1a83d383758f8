import Foundation
import SweepSimulation

/// Runs a seed once more in a process of its own, where hash tables have another order.
enum FreshProcess {
    /// The first seed whose trace differs there, as a broken promise.
    static func firstDifference(
        in seeds: ClosedRange<UInt64>, _ planted: PlantedBug
    ) throws -> Simulation.Outcome? {
        for seed in seeds {
            var simulation = Simulation(seed: seed, planted: planted)
            var outcome = simulation.run()
            let line = "seed \(seed) lines \(outcome.trace.lineCount) hash \(outcome.trace.digest)"
            let output = try output(of: [
                "--seed", "\(seed)", "--trace", "--trace-limit", "0", "--planted", planted.rawValue,
            ])
            if output.hasPrefix(line + "\n") { continue }
            outcome.violation = Violation(.sameInEveryProcess, "the traces differ")
            return outcome
        }
        return nil
    }

    private static func output(of arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }
}
