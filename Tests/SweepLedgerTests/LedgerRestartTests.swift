import Foundation
import GRDB
import SweepCore
import SweepLedger
import Testing

/// A coordinator that was killed looks at every page of its ledger, while it reads what is settled.
@Suite("Starts after an unclean stop")
struct LedgerRestartTests {
    private static let resultCount = 400

    private static func plan() throws -> SweepPlan { try Fixture.plan(seeds: 100) }

    /// Ledger and log as a kill leaves them: 400 results, of which the last are in the log alone, and
    /// a grant of each of the next 20 trials.
    private static func killed(_ scratch: Scratch) throws {
        let source = try Scratch()
        let plan = try plan()
        var ledger = try Fixture.ledger(at: source.ledger, plan)
        try ledger.begin(name: "s", document: "sweep: s", canonical: "sweep=s")
        for start in stride(from: 0, to: resultCount, by: 50) {
            if start == 350 {
                try ledger.close()
                ledger = try Fixture.ledger(at: source.ledger, plan)
            }
            let trials = start..<start + 50
            _ = try ledger.commit(trials.map { Fixture.grant($0) })
            _ = try ledger.commit(trials.map { Fixture.result($0) })
        }
        _ = try ledger.commit((resultCount..<resultCount + 20).map { Fixture.grant($0) })
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(
                atPath: source.ledger + suffix, toPath: scratch.ledger + suffix)
        }
        try ledger.close()
    }

    private static func bytes(_ path: String) throws -> Data {
        FileManager.default.fileExists(atPath: path)
            ? try Data(contentsOf: URL(fileURLWithPath: path)) : Data()
    }

    /// Damages the page of a table that no start reads.
    private static func damage(_ scratch: Scratch) throws {
        let queue = try DatabaseQueue(path: scratch.ledger)
        let page = try queue.writeWithoutTransaction { database in
            // Everything into the file; the start has not ended.
            try database.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
            return try Int.fetchOne(
                database, sql: "SELECT rootpage FROM sqlite_master WHERE name = 'duplicate'")
        }
        try queue.close()
        var file = try bytes(scratch.ledger)
        // No kind of page has this number.
        file[try #require(page) * 4_096 - 4_096] = 0xFF
        try file.write(to: URL(fileURLWithPath: scratch.ledger))
    }

    @Test("what is settled is read before the look at every page has ended, and then written to")
    func sound() throws {
        let scratch = try Scratch()
        try Self.killed(scratch)
        let ledger = try Fixture.ledger(at: scratch.ledger, Self.plan())
        #expect(!ledger.wasClosedCleanly && ledger.epoch == 3)
        let contents = try ledger.contents()
        #expect(contents.recorded == (0..<Self.resultCount).map { TrialID($0) })
        #expect(contents.open.count == 20 && contents.open.allSatisfy { $0.epoch == 2 })
        // Of this start nothing is there yet, and the first write brings it.
        #expect(try ledger.counts().epochs == 2)
        _ = try ledger.commit([Fixture.grant(500), Fixture.result(500)])
        #expect(try ledger.counts().epochs == 3)
        try ledger.announce()
        #expect(try ledger.counts().epochs == 3)
        #expect(try ledger.verify().isSound)
        try ledger.close()
        let next = try Fixture.ledger(at: scratch.ledger, Self.plan())
        #expect(next.wasClosedCleanly && next.epoch == 4)
        try next.close()
    }

    @Test("a start that writes nothing has been one, and its ledger is closed")
    func idle() throws {
        let scratch = try Scratch()
        try Self.killed(scratch)
        try Fixture.ledger(at: scratch.ledger, Self.plan()).close()
        let next = try Fixture.ledger(at: scratch.ledger, Self.plan())
        #expect(next.wasClosedCleanly && next.epoch == 4)
        try next.close()
    }

    @Test("into a file with a damaged page nothing is written, however often one starts")
    func damaged() throws {
        let scratch = try Scratch()
        try Self.killed(scratch)
        try Self.damage(scratch)
        let before = try Self.bytes(scratch.ledger)
        for _ in 0..<2 {
            let ledger = try Fixture.ledger(at: scratch.ledger, Self.plan())
            // Nothing of it is in what a coordinator reads, so only the look at every page finds it.
            #expect(try ledger.contents().recorded.count == Self.resultCount)
            for write in [
                { try ledger.announce() }, { _ = try ledger.commit([Fixture.grant(500)]) },
                { _ = try ledger.commit([Fixture.result(400)]) },
                { try ledger.extend(document: "sweep: s", canonical: "sweep=s2") },
                { try ledger.adopt(dataFiles: [Fixture.dataFile]) },
                { _ = try ledger.retryFailed(reason: "asked") }, { try ledger.close() },
            ] {
                let refused = Fixture.error(write)
                guard case .corrupt(_, let detail) = refused else {
                    Issue.record("\(String(describing: refused))")
                    continue
                }
                #expect(!detail.isEmpty && !detail.contains("\n"), "\(detail)")
                #expect(refused?.exitCode == 66)
            }
            #expect(try Self.bytes(scratch.ledger) == before)
            #expect(try Self.bytes(scratch.ledger + "-wal").isEmpty)
        }
    }

    @Test("an older ledger is looked at before it is brought up to date")
    func older() throws {
        let scratch = try Scratch()
        try Fixture.ledger(at: scratch.ledger, Fixture.plan()).close()
        try Fixture.tamper(
            scratch.ledger,
            "DROP TABLE unexplained_loss; PRAGMA user_version = 3; UPDATE epoch SET ended_at = NULL"
        )
        let ledger = try Fixture.ledger(at: scratch.ledger, Fixture.plan())
        #expect(!ledger.wasClosedCleanly)
        #expect(try ledger.counts().epochs == ledger.epoch)
        try ledger.close()
    }

    @Test("open attempts are those of trials without a result, in every mixture of them")
    func open() throws {
        let scratch = try Scratch()
        let plan = try Fixture.plan(seeds: 50)
        let ledger = try Fixture.ledger(at: scratch.ledger, plan)
        var state: UInt64 = 5
        func roll(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        var expected: [Lease] = []
        for trial in 0..<plan.trialCount {
            let attempts = roll(4)
            _ = try ledger.commit((0..<attempts).map { Fixture.grant(trial, $0) })
            switch attempts == 0 ? 9 : roll(4) {
            case 0: _ = try ledger.commit([Fixture.result(trial, roll(attempts))])
            case 1: _ = try ledger.commit([Fixture.failure(trial, .diverged, roll(attempts))])
            case 2:
                // Set aside: all its attempts are open again.
                _ = try ledger.commit([
                    Fixture.failure(trial, .diverged, roll(attempts)),
                    .reopen(TrialID(trial), reason: "asked"),
                ])
                fallthrough
            default: expected += (0..<attempts).map { Lease(TrialID(trial), attempt: $0) }
            }
        }
        #expect(try ledger.contents().open.map(\.lease) == expected)
        #expect(expected.count > 100)
        try ledger.close()
    }
}
