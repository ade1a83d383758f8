import Foundation
import SweepSimulation
import TestSupport
import Testing

/// The built command in a process of its own: hash tables are seeded anew in each process, so an
/// order taken from one shows here and nowhere else.
@Suite("critsweep-sim, as a process")
struct CommandTests {
    private static let keptLineLimit = 1_000

    private static var goldenFile: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Golden/seed-7.trace")
    }

    private func run(_ arguments: String...) throws -> (status: Int32, output: String) {
        let result = try Command.run("critsweep-sim", arguments)
        return (result.status, result.output)
    }

    @Test("seed 7 gives the golden trace; SWEEP_REWRITE_GOLDEN=1 rewrites it")
    func goldenTrace() throws {
        let (status, output) = try run(
            "--seed", "7", "--trace", "--trace-limit", "\(Self.keptLineLimit)")
        #expect(status == 0)
        if ProcessInfo.processInfo.environment["SWEEP_REWRITE_GOLDEN"] == "1" {
            try output.write(to: Self.goldenFile, atomically: true, encoding: .utf8)
        }
        let golden = try String(contentsOf: Self.goldenFile, encoding: .utf8)
        let (lines, goldenLines) = (output.split(separator: "\n"), golden.split(separator: "\n"))
        let difference = zip(lines, goldenLines).first { $0 != $1 }
        #expect(difference == nil, "the first line that differs")
        #expect(lines.count == goldenLines.count)
    }

    @Test("the trace of a process is that of the library")
    func sameTraceInProcess() throws {
        let (_, output) = try run("--seed", "42", "--trace", "--trace-limit", "0")
        var simulation = Simulation(seed: 42)
        let trace = simulation.run().trace
        #expect(output == "seed 42 lines \(trace.lineCount) hash \(trace.digest)\n")
    }

    @Test("a range of seeds ends with one line of numbers")
    func summary() throws {
        let (status, output) = try run("--seeds", "1...5")
        #expect(status == 0)
        #expect(output.hasPrefix("5 seeds, 0 failed: "))
        #expect(output.split(separator: "\n").count == 1)
    }

    @Test("a thousand seeds keep every promise; a seed that fails is printed with its replay")
    func thousandSeeds() throws {
        let (status, output) = try run("--seeds", "1...1000")
        #expect(status == 0, "\(output)")
        #expect(output.hasPrefix("1000 seeds, 0 failed: "), "\(output)")
    }

    @Test("every process gives the same traces, whatever the number of its threads")
    func sameTracesInEveryProcess() throws {
        func traces(_ threads: String) throws -> Substring? {
            try run("--seeds", "1...60", "--threads", threads).output
                .split(separator: ",").first { $0.contains("traces") }
        }
        let first = try traces("1")
        #expect(first != nil)
        #expect(try traces("1") == first)
        #expect(try traces("3") == first)
    }

    @Test("a planted bug is printed with the seeds that it took and the promise that it broke")
    func plantedBug() throws {
        let (status, output) = try run("--planted", "duplicate-counted-twice", "--seeds", "1...50")
        #expect(status == 0)
        #expect(output.contains("seeds: I2 a trial has one result"), "\(output)")
        #expect(output.hasSuffix("1 of 1 planted bugs were found\n"))
    }

    @Test("an order taken from a hash table is found by another process")
    func hashOrder() throws {
        let (status, output) = try run("--planted", "hash-order", "--seeds", "1...20")
        #expect(status == 0)
        #expect(output.contains("a seed is the same run in every process"), "\(output)")
    }

    @Test("a planted bug that is not found is said to be, with exit code 1")
    func plantedBugNotFound() throws {
        let (status, output) = try run("--planted", "lease-too-long", "--seeds", "1...1")
        #expect(status == 1)
        #expect(output.contains("not found in 1 seeds"))
    }

    @Test(
        "wrong usage is told with exit code 2",
        arguments: [
            ["--seeds", "5...1"], ["--seeds", "1..5"], ["--seeds", "1"], ["--seed", "-1"], [],
            ["--seed", "1", "--seeds", "1...2"], ["--seed", "1", "--trace-limit", "-1"],
            ["--weather"], ["--seed", "1", "--threads", "0"], ["--planted", "x", "--seed", "1"],
            ["--planted", "all"], ["--planted", "all", "--seed", "1", "--trace"],
            ["--seed", "1", "--trace", "--untraced"],
        ])
    func wrongUsage(arguments: [String]) throws {
        #expect(try Command.run("critsweep-sim", arguments).status == 2)
    }
}
