import Foundation
import GRDB
import SweepCore
import SweepLedger
import Testing

@Suite("Damaged and foreign files")
struct LedgerDamageTests {
    /// A closed ledger with 40 results.
    static func filled(_ scratch: Scratch) throws {
        let plan = try Fixture.plan(seeds: 20)
        let ledger = try Fixture.ledger(at: scratch.ledger, plan)
        try ledger.begin(name: "s", document: "sweep: s", canonical: "sweep=s")
        for start in stride(from: 0, to: 40, by: 8) {
            let trials = start..<start + 8
            _ = try ledger.commit(trials.map { Fixture.grant($0) })
            _ = try ledger.commit(trials.map { Fixture.result($0) })
        }
        try ledger.close()
    }

    /// Opens for reading and reads everything there is.
    static func readAll(_ path: String) throws -> [StoredResult] {
        let ledger = try Ledger.open(readingAt: path)
        ledger.use(try Fixture.plan(seeds: 20))
        defer { try? ledger.close() }
        _ = try ledger.sweep()
        return try Fixture.results(ledger)
    }

    @Test("text and a foreign database are refused and not changed")
    func foreign() throws {
        let scratch = try Scratch()
        let text = scratch.path + "/notes.txt"
        try Data(repeating: 65, count: 5_000).write(to: URL(fileURLWithPath: text))
        let other = scratch.path + "/other.sqlite"
        try Fixture.tamper(other, "CREATE TABLE t (x); INSERT INTO t VALUES (1)")
        for path in [text, other] {
            defer {
                #expect(path == other || !FileManager.default.fileExists(atPath: path + ".lock"))
            }
            let before = try Data(contentsOf: URL(fileURLWithPath: path))
            for open in [
                { try Fixture.ledger(at: path, Fixture.plan()).close() },
                { try Ledger.open(readingAt: path).close() },
            ] {
                guard case .notALedger = Fixture.error(open) else {
                    Issue.record("\(path) was opened")
                    continue
                }
            }
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
        }
    }

    @Test("a newer ledger is refused with a sentence and not changed")
    func newer() throws {
        let scratch = try Scratch()
        try Self.filled(scratch)
        try Fixture.tamper(scratch.ledger, "PRAGMA user_version = 99")
        let before = try Data(contentsOf: URL(fileURLWithPath: scratch.ledger))
        let refused = Fixture.error {
            try Fixture.ledger(at: scratch.ledger, Fixture.plan()).close()
        }
        #expect(
            refused
                == .newerVersion(
                    path: scratch.ledger, found: 99, supported: LedgerSchema.version))
        #expect(refused?.exitCode == 66)
        #expect(try Data(contentsOf: URL(fileURLWithPath: scratch.ledger)) == before)
    }

    @Test("a file cut at any page is refused, never read as fewer results")
    func truncated() throws {
        let scratch = try Scratch()
        try Self.filled(scratch)
        let whole = try Data(contentsOf: URL(fileURLWithPath: scratch.ledger))
        var cut = 4_096
        while cut < whole.count {
            try whole.prefix(cut - 100).write(to: URL(fileURLWithPath: scratch.ledger))
            #expect(
                throws: LedgerError.self, "cut at \(cut - 100)",
                performing: { _ = try Self.readAll(scratch.ledger) })
            cut += 4_096
        }
    }

    @Test("a flipped bit is an error or harmless, never another number")
    func bitFlips() throws {
        let scratch = try Scratch()
        try Self.filled(scratch)
        let whole = try Data(contentsOf: URL(fileURLWithPath: scratch.ledger))
        let truth = try Self.readAll(scratch.ledger)
        var noticed = 0
        var state: UInt64 = 42
        for _ in 0..<300 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let place = Int((state >> 33) % UInt64(whole.count))
            var changed = whole
            changed[place] ^= 1 << UInt8((state >> 29) & 7)
            try changed.write(to: URL(fileURLWithPath: scratch.ledger))
            do {
                let found = try Self.readAll(scratch.ledger)
                #expect(found == truth, "byte \(place)")
            } catch is LedgerError { noticed += 1 }
        }
        // Most of the file is results and their indices; free space is what a flip cannot hurt.
        #expect(noticed > 30)
    }

    @Test(
        "an altered row is named when it is read",
        arguments: [
            "UPDATE result SET metrics = zeroblob(24) WHERE sequence = 7",
            "UPDATE result SET seed = 19 WHERE sequence = 40",
            "UPDATE result SET cpu_ms = 0 WHERE sequence = 3",
            "UPDATE result SET point = 6 WHERE sequence = 40",
            "UPDATE result SET kernel_family = 'x' WHERE sequence = 1",
            "UPDATE result_array SET data = zeroblob(32) WHERE result = 5",
            "UPDATE result_array SET shape = '4' WHERE result = 5",
            "DELETE FROM result_array WHERE result = 5",
            "UPDATE layout SET names = 'a' || char(10) || 'b' || char(10) || 'c' WHERE id = 1",
            "UPDATE worker SET name = '00000000000000010000000000000009'",
            "UPDATE spec SET canonical = 'sweep=t'",
            "UPDATE result SET state = 'failed', failure_kind = 'diverged', message = 'x' WHERE sequence = 2",
        ])
    func altered(statement: String) throws {
        let scratch = try Scratch()
        try Self.filled(scratch)
        try Fixture.tamper(scratch.ledger, statement)
        #expect(throws: LedgerError.self) { _ = try Self.readAll(scratch.ledger) }
    }

    @Test(
        "a point, seed, attempt or start that cannot be is an error, not a trap or a gap",
        arguments: [
            // The point of grants alone, of which no digest is taken.
            "UPDATE point SET canonical = 'depth=3;gain=0.7' WHERE id = 6",
            "UPDATE \"grant\" SET attempt = -1 WHERE seed = 7 AND point = 6",
            "UPDATE \"grant\" SET attempt = 2147483648 WHERE seed = 7 AND point = 6",
            "UPDATE \"grant\" SET attempt = 9223372036854775807 WHERE seed = 7 AND point = 6",
            "UPDATE \"grant\" SET epoch = -1 WHERE seed = 7 AND point = 6",
            "UPDATE \"grant\" SET epoch = 9223372036854775807 WHERE seed = 7 AND point = 6",
            "UPDATE \"grant\" SET seed = 20 WHERE seed = 7 AND point = 6",
            "UPDATE \"grant\" SET point = 99 WHERE seed = 7 AND point = 6",
            "UPDATE epoch SET id = 9223372036854775807 WHERE id = 2",
            "UPDATE epoch SET id = 2147483647 WHERE id = 2",
            "UPDATE batch SET last_sequence = 9223372036854775807 WHERE id = 4",
            "UPDATE batch SET last_sequence = 9223372036854775807 WHERE id = 5",
        ])
    func impossible(statement: String) throws {
        let scratch = try Scratch()
        let plan = try Fixture.plan(seeds: 20)
        try Self.filled(scratch)
        let ledger = try Fixture.ledger(at: scratch.ledger, plan)
        _ = try ledger.commit([Fixture.grant(47), Fixture.grant(47, 1)])
        try ledger.close()
        let sound = try Ledger.open(readingAt: scratch.ledger)
        sound.use(plan)
        #expect(try sound.contents().open.map(\.lease.attempt) == [0, 1])
        try sound.close()
        // Of the two grants the later one.
        try Fixture.tamper(
            scratch.ledger,
            statement.replacingOccurrences(of: "point = 6", with: "point = 6 AND attempt = 1"))
        #expect(throws: LedgerError.self) {
            let damaged = try Fixture.ledger(at: scratch.ledger, plan)
            defer { try? damaged.close() }
            _ = try damaged.contents()
        }
    }

    @Test("results of a point whose name was altered are missed by no reader")
    func alteredPoint() throws {
        let scratch = try Scratch()
        try Self.filled(scratch)
        try Fixture.tamper(
            scratch.ledger, "UPDATE point SET canonical = 'depth=3;gain=0.7' WHERE id = 1")
        #expect(throws: LedgerError.self) { _ = try Self.readAll(scratch.ledger) }
    }

    @Test("a removed last batch is noticed on opening")
    func removedBatch() throws {
        let scratch = try Scratch()
        try Self.filled(scratch)
        try Fixture.tamper(
            scratch.ledger,
            "DELETE FROM result_array WHERE result = 40; DELETE FROM result WHERE sequence = 40")
        guard
            case .corrupt = Fixture.error({
                try Fixture.ledger(at: scratch.ledger, Fixture.plan()).close()
            })
        else {
            Issue.record("opened without its last result")
            return
        }
    }
}
