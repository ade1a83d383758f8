import Foundation
import SweepCore
import SweepPhysics
import SweepProtocol
import SweepWorker
import Testing

/// One trial, computed and measured.
@Suite("Trial computation")
struct ComputationTests {
    private func trial(_ settings: CalibrationSettings, seed: Int = 0) -> PlannedTrial {
        PlannedTrial(
            experiment: .calibration(settings), point: GridPoint([]), seed: seed, randomKey: 1)
    }

    @Test("the bytes of an outcome are the same each time; its times are not in them")
    func sameBytes() throws {
        let computation = TrialComputation(family: .best, readFile: { _ in [] })
        let spin = trial(CalibrationSettings(kind: .spin, milliseconds: 3))
        let first = try computation.run(spin)
        let second = try computation.run(spin)
        #expect(first.content(limit: 1_000).bytes == second.content(limit: 1_000).bytes)
        #expect(first.cpuNanoseconds >= 3_000_000)
        #expect(first.diagnostics.map(\.name) == ["cpu_seconds"])
        guard case .success(let result) = first.outcome else {
            Issue.record("\(first.outcome)")
            return
        }
        #expect(
            result.diagnostics == [
                NamedDiagnostic("kernel_family", text: KernelFamily.best.name)
            ])
    }

    @Test("a sleep takes its time and no CPU time, nothing takes none")
    func calibrationTimes() throws {
        let computation = TrialComputation(family: .best, readFile: { _ in [] })
        let sleep = try computation.run(trial(CalibrationSettings(kind: .sleep, milliseconds: 5)))
        #expect(sleep.wallNanoseconds >= 5_000_000)
        let none = try computation.run(trial(CalibrationSettings(kind: .none, milliseconds: 1e18)))
        #expect(none.cpuNanoseconds < 1_000_000_000)
    }

    @Test("an outcome that has no bytes is a failure that says why")
    func outcomesWithoutBytes() throws {
        func failure(_ outcome: TrialOutcome, limit: Int = 1_000) throws -> TrialFailure? {
            let measured = MeasuredOutcome(outcome: outcome, wallNanoseconds: 0, cpuNanoseconds: 0)
            let (bytes, ending) = measured.content(limit: limit)
            guard case .failure(let failure, _) = try OutcomeCodec.decode(bytes) else {
                #expect(ending == .success)
                return nil
            }
            #expect(ending == .failure)
            return failure
        }
        func success(_ value: Double?, name: String = "m") -> TrialOutcome {
            .success(TrialResult(metrics: [NamedMetric(name, value)]))
        }
        #expect(try failure(success(1)) == nil)
        #expect(try failure(success(nil)) == nil)
        #expect(try failure(success(.nan))?.kind == .nonFinite)
        #expect(try failure(success(.nan))?.message == "m is not finite")
        #expect(try failure(success(1), limit: 5)?.kind == .outOfMemory)
        #expect(try failure(success(1, name: ""))?.kind == .crashed)
        let longName = String(repeating: "é", count: 100_000)
        #expect(try failure(success(1, name: longName))?.kind == .crashed)
        let diverged = TrialOutcome.failure(TrialFailure(.diverged, "x"), diagnostics: [])
        #expect(try failure(diverged)?.kind == .diverged)
    }

    @Test("a data file is read once, and what is no file is refused")
    func fileCache() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/data.csv"
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: path))
        let cache = FileCache()
        #expect(try cache.read(path) == [1, 2, 3])
        try Data([4]).write(to: URL(fileURLWithPath: path))
        #expect(try cache.read(path) == [1, 2, 3])
        #expect(throws: FileCache.ReadError.self) { try cache.read(folder.path) }
        #expect(throws: FileCache.ReadError.self) { try cache.read(folder.path + "/none") }
        #expect(mkfifo(folder.path + "/pipe", 0o600) == 0)
        #expect(throws: FileCache.ReadError.self) { try cache.read(folder.path + "/pipe") }
    }
}
