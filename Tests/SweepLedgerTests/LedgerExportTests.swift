import Foundation
import GRDB
import SweepCore
import SweepLedger
import Testing

@Suite("Copies for other programs")
struct LedgerExportTests {
    /// Points 0, 1 and 4 have results; one is a failure.
    private static func filled(_ path: String) throws -> SweepPlan {
        let plan = try Fixture.plan()
        let ledger = try Fixture.ledger(at: path, plan)
        for trial in [13, 7, 1, 0, 6] { _ = try ledger.commit([Fixture.grant(trial)]) }
        _ = try ledger.commit([
            Fixture.result(13), Fixture.failure(7), Fixture.result(1), Fixture.result(0),
            Fixture.result(6),
        ])
        // 16 is granted and has no result.
        _ = try ledger.commit([Fixture.grant(16)])
        try ledger.close()
        return plan
    }

    private static func export(_ path: String, to target: String, _ plan: SweepPlan) throws {
        let ledger = try Ledger.open(readingAt: path)
        ledger.use(plan)
        try ledger.export(try ledger.trialIndex(), to: target, note: [("sweep", "x")])
        try ledger.close()
    }

    private static func rows(_ path: String, _ sql: String) throws -> [String] {
        let queue = try DatabaseQueue(path: path)
        return try queue.read { database in
            try Row.fetchAll(database, sql: sql).map { row in
                row.databaseValues.map { $0.isNull ? "-" : "\($0.storage.value ?? "")" }
                    .joined(separator: " ")
            }
        }
    }

    @Test("the index has trials by point and seed, with names and shapes")
    func index() throws {
        let scratch = try Scratch()
        let plan = try Self.filled(scratch.ledger)
        let ledger = try Ledger.open(readingAt: scratch.ledger)
        ledger.use(plan)
        let index = try ledger.trialIndex()
        #expect(index.entries.map(\.point) == [0, 0, 1, 1, 1])
        #expect(index.entries.map(\.seed) == [0, 1, 0, 1, 2])
        #expect(index.entries.map(\.isFailed) == [false, false, false, true, false])
        #expect(index.metrics == ["cka_output", "epoch", "tiny"])
        #expect(index.diagnostics == ["acceptance", "burn_in", "kernel_family"])
        #expect(index.textDiagnostics == ["kernel_family"])
        #expect(index.arrays.map(\.name) == ["layers"])
        #expect(index.arrays[0].shapes.map(\.shape) == [[2, 2]])
        #expect(index.arrays[0].shapes.map(\.count) == [4])
        var values: [Double?] = []
        try ledger.forEachTrial(of: index, withArrays: true) { _, stored in
            guard case .success(let result) = stored.outcome else { return }
            values.append(result.arrays[0].values[0])
        }
        #expect(values == [0, 6, 1, 13].map { $0 * 0.1 })
        struct Enough: Error {}
        #expect(throws: Enough.self) {
            try ledger.forEachTrial(of: index) { _, _ in throw Enough() }
        }
        try ledger.close()
    }

    @Test("plain tables and views hold the numbers of the ledger")
    func tables() throws {
        let scratch = try Scratch()
        let plan = try Self.filled(scratch.ledger)
        let copy = scratch.path + "/copy.sqlite"
        try Self.export(scratch.ledger, to: copy, plan)
        func rows(_ sql: String) throws -> [String] { try Self.rows(copy, sql) }

        #expect(
            try rows("SELECT point_index, gain, depth FROM grid_point").prefix(2)
                == ["0 0.5 3.0", "1 0.5 4.0"])
        #expect(
            try rows("SELECT * FROM point_parameter WHERE point_index = 1") == [
                "1 gain 0.5 -", "1 depth 4.0 -",
            ])
        #expect(
            try rows(
                "SELECT point_index, seed, state, failure_kind, attempt, committed_at FROM trial")
                == [
                    "0 0 recorded - 0 2023-11-14T22:13:20.000Z",
                    "0 1 recorded - 0 2023-11-14T22:13:20.000Z",
                    "1 0 recorded - 0 2023-11-14T22:13:20.000Z",
                    "1 1 failed diverged 0 2023-11-14T22:13:20.000Z",
                    "1 2 recorded - 0 2023-11-14T22:13:20.000Z",
                ])
        #expect(
            try rows("SELECT seed, value FROM metric WHERE name = 'cka_output' AND point_index = 0")
                == ["0 0.0", "1 \(6 * 0.1)"])
        // Never reached: NULL, and counted nowhere.
        #expect(try rows("SELECT DISTINCT value FROM metric WHERE name = 'epoch'") == ["-"])
        let statistics = ReplicateStatistics([0.1, 13 * 0.1])
        let mean = try #require(statistics.mean)
        let deviation = try #require(statistics.standardDeviation)
        #expect(
            try rows(
                """
                SELECT name, n, mean, sd FROM metric_summary WHERE point_index = 1
                AND name <> 'tiny'
                """) == ["cka_output 2 \(mean) \(deviation)", "epoch 0 - -"])
        #expect(
            try rows("SELECT * FROM point_summary WHERE point_index < 3") == [
                "0 2 0", "1 2 1", "2 0 0",
            ])
        #expect(
            try rows("SELECT gain, depth, seed, cka_output, epoch FROM trial_metrics").last
                == "0.5 4.0 2 \(13 * 0.1) -")
        #expect(
            try rows("SELECT shape, length(data) FROM trial_array WHERE point_index = 1") == [
                "2x2 32", "2x2 32",
            ])
        #expect(
            try rows("SELECT name, number, text FROM diagnostic WHERE seed = 2") == [
                "acceptance 0.8 -", "burn_in - -", "kernel_family - avx2 – ü",
            ])
        #expect(try rows("SELECT value FROM export_note WHERE key = 'sweep'") == ["x"])
        #expect(try rows("PRAGMA journal_mode") == ["delete"])
    }

    @Test("a copy proves the promises of its ledger, and is not gone on with")
    func copy() throws {
        let scratch = try Scratch()
        let plan = try Self.filled(scratch.ledger)
        let copy = scratch.path + "/copy.sqlite"
        try Self.export(scratch.ledger, to: copy, plan)
        let before = try Data(contentsOf: URL(fileURLWithPath: copy))
        let reader = try Ledger.open(readingAt: copy)
        reader.use(plan)
        #expect(try reader.isExported())
        #expect(try reader.verify().findings.isEmpty)
        #expect(try reader.counts().recorded == 4)
        try reader.close()
        let refused = Fixture.error { try Fixture.ledger(at: copy, plan).close() }
        #expect(refused == .exported(path: copy))
        #expect(refused?.exitCode == 66)
        #expect(try Data(contentsOf: URL(fileURLWithPath: copy)) == before)
        #expect(Ledger.isOriginal(scratch.ledger))
        #expect(!Ledger.isOriginal(copy))
        #expect(!Ledger.isOriginal(scratch.path + "/nothing"))

        // A change of the copy is found out as one of the ledger is.
        try Fixture.tamper(copy, "UPDATE result SET attempt = 1 WHERE sequence = 1")
        guard
            case .corrupt(copy, _) = Fixture.error({
                let tampered = try Ledger.open(copyAt: copy)
                tampered.use(plan)
                let report = try tampered.verify()
                if !report.isSound { throw LedgerError.corrupt(path: copy, detail: "\(report)") }
            })
        else {
            Issue.record("a change of the copy was not found out")
            return
        }
    }

    @Test("a ledger that is being written is copied as it is at that moment")
    func live() throws {
        let scratch = try Scratch()
        let plan = try Fixture.plan()
        let ledger = try Fixture.ledger(at: scratch.ledger, plan)
        _ = try ledger.commit([Fixture.grant(0), Fixture.result(0)])
        let path = scratch.path + "/live.part"
        try ledger.copy(to: path)
        _ = try ledger.commit([Fixture.grant(1), Fixture.result(1)])
        let copy = try Ledger.open(copyAt: path)
        copy.use(plan)
        #expect(try copy.counts().recorded == 1)
        #expect(try copy.verify().isSound)
        #expect(try ledger.counts().recorded == 2)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        #expect(mode as? Int == 0o600)
        try ledger.close()
    }

    @Test("of a damaged ledger nothing is written")
    func damaged() throws {
        let scratch = try Scratch()
        let plan = try Self.filled(scratch.ledger)
        try Fixture.tamper(
            scratch.ledger, "UPDATE result SET metrics = zeroblob(24) WHERE sequence = 4")
        let copy = scratch.path + "/copy.sqlite"
        guard
            case .corrupt(scratch.ledger, _) = Fixture.error({
                try Self.export(scratch.ledger, to: copy, plan)
            })
        else {
            Issue.record("the damage was not seen")
            return
        }
        #expect(!FileManager.default.fileExists(atPath: copy))
    }

    @Test("the summary tells who computed what, and when")
    func summary() throws {
        let scratch = try Scratch()
        _ = try Self.filled(scratch.ledger)
        let ledger = try Ledger.open(readingAt: scratch.ledger)
        let summary = try ledger.summary()
        #expect(summary.counts.recorded == 4 && summary.counts.grants == 6)
        #expect(summary.failures.map(\.kind) == ["diverged"])
        #expect(summary.failures.map(\.count) == [1])
        #expect(summary.kernelFamilies == ["avx2"] && summary.softwareVersions == ["1.2.3"])
        #expect(summary.firstCommitAt == 1_700_000_000_000)
        #expect(summary.starts.map(\.host) == ["node"])
        #expect(summary.starts.map(\.endedAt) == [1_700_000_000_000])
        #expect(summary.workers == [.init(name: Fixture.ann.description, results: 5)])
        #expect(summary.sqliteVersion.hasPrefix("3."))
        try ledger.close()
    }
}
