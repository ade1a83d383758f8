import Foundation
import GRDB
import SweepLedger
import Testing

/// The tables themselves: reading rests on their rules, and a start may come to nothing.
@Suite("Tables of a ledger")
struct LedgerSchemaTests {
    @Test(
        "tables that are not those of the version are damage",
        arguments: [
            "ALTER TABLE point RENAME TO old; CREATE TABLE point (id, canonical, parameters)",
            "ALTER TABLE result RENAME COLUMN seed TO number",
            "DROP INDEX result_failed",
            "DROP TABLE loss; CREATE TABLE loss (id INTEGER PRIMARY KEY)",
        ])
    func alteredTables(statements: String) throws {
        let scratch = try Scratch()
        try LedgerDamageTests.filled(scratch)
        try Fixture.tamper(scratch.ledger, "PRAGMA foreign_keys = OFF; " + statements)
        let before = try Data(contentsOf: URL(fileURLWithPath: scratch.ledger))
        for open in [
            { try Ledger.open(readingAt: scratch.ledger).close() },
            { try Fixture.ledger(at: scratch.ledger, Fixture.plan(seeds: 20)).close() },
        ] {
            guard case .corrupt = Fixture.error(open) else {
                Issue.record("opened")
                continue
            }
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: scratch.ledger)) == before)
    }

    @Test("a ledger whose sweep is gone is damaged, not new")
    func lostSweep() throws {
        let scratch = try Scratch()
        try LedgerDamageTests.filled(scratch)
        try Fixture.tamper(scratch.ledger, "DELETE FROM sweep")
        let ledger = try Fixture.ledger(at: scratch.ledger, Fixture.plan(seeds: 20))
        guard case .corrupt = Fixture.error({ _ = try ledger.sweep() }) else {
            Issue.record("a new sweep could begin")
            return
        }
        try ledger.close()
    }

    @Test("a new ledger that is abandoned leaves no file; an old one stays as it was")
    func abandoned() throws {
        let scratch = try Scratch()
        func names() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: scratch.path)
        }
        let new = try Fixture.ledger(at: scratch.ledger, Fixture.plan())
        new.abandon()
        new.abandon()
        #expect(try names().isEmpty)
        try LedgerDamageTests.filled(scratch)
        let before = try names()
        try Fixture.ledger(at: scratch.ledger, Fixture.plan(seeds: 20)).abandon()
        #expect(try names().sorted() == before.sorted())
        #expect(try LedgerDamageTests.readAll(scratch.ledger).count == 40)
    }
}
