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

    @Test("a data file must be the one that is expected")
    func expectedFiles() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/data.csv"
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: path))
        let file = DataFile(path: path, digest: SHA256Digest(of: [1, 2, 3]))
        let cache = FileCache(expecting: [file])
        #expect(try cache.read(path) == [1, 2, 3])
        #expect(DataFiles.trouble(with: [file]) == nil)
        try Data([4]).write(to: URL(fileURLWithPath: path))
        #expect(throws: FileCache.ReadError.self) {
            try FileCache(expecting: [file]).read(path)
        }
        #expect(
            DataFiles.trouble(with: [file])
                == "cannot use \(path): its content is not that of the sweep's file (SHA-256 "
                + "e52d9c508c50… here, 039058c6f2c0… at the coordinator); put the coordinator's "
                + "file there")
        // Other files are expected, so what was read is read again.
        cache.expect([DataFile(path: path, digest: SHA256Digest(of: [4]))])
        #expect(try cache.read(path) == [4])
        cache.expect([])
        let stranger = #expect(throws: FileCache.ReadError.self) { try cache.read(path) }
        #expect(stranger?.reason == "the sweep began without data files")
        try FileManager.default.removeItem(atPath: path)
        #expect(
            DataFiles.trouble(with: [file])
                == "cannot read \(path): No such file or directory; every machine needs the data "
                + "files of the sweep under the same path")
    }

    @Test("identity is digest and size, whatever the size of the file")
    func identity() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/data"
        let bytes = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let found = try DataFiles.identity(of: path)
        #expect(found.digest == SHA256Digest(of: bytes))
        #expect(found.byteCount == 700_000)
    }
}
