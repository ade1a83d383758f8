import Foundation
import GRDB
import SweepCore
import SweepLedger
import Testing

@Suite("Versions of the ledger")
struct LedgerMigrationTests {
    /// Tables and indices with all blanks made one.
    static func schema(_ path: String) throws -> [String] {
        var configuration = Configuration()
        configuration.readonly = true
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        return try queue.read { database in
            try String.fetchAll(
                database, sql: "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")
        }.map { $0.split { $0 == " " || $0 == "\n" }.joined(separator: " ") }
    }

    @Test("version 1 is as it was released")
    func version1() throws {
        #expect(
            ContentDigest(of: LedgerSchema.migrations[0]).description
                == "7a326a2458e571ed358c2b7b27a93a97f0115cca15b404be1d0d3a1814277b85")
    }

    @Test("version 2 is as it was released")
    func version2() throws {
        #expect(
            ContentDigest(of: LedgerSchema.migrations[1]).description
                == "b07f0758d531a44a64003287ae8994dd2d9fbbb7fe1c60e731ab64ed6799ede6")
    }

    @Test("a ledger of version 1 is read as it is, and has no data files")
    func readingVersion1() throws {
        let scratch = try Scratch()
        let ledger = try Fixture.ledger(at: scratch.ledger, Fixture.plan())
        try ledger.begin(name: "old", document: "d", canonical: "c")
        try ledger.close()
        try Fixture.tamper(
            scratch.ledger,
            """
            DROP TABLE checkpoint; DROP TABLE checkpoint_state; DROP TABLE continuation;
            DROP TABLE data_file; PRAGMA user_version = 1
            """)
        let reader = try Ledger.open(readingAt: scratch.ledger)
        let sweep = try #require(try reader.sweep())
        #expect(sweep.name == "old")
        #expect(sweep.dataFiles == [])
        #expect(try reader.story(ofPoint: "depth=3;gain=0.5", seed: 0).isEmpty)
        #expect(try reader.verify().isSound)
        try reader.close()
        let writer = try Fixture.ledger(at: scratch.ledger, Fixture.plan())
        try writer.adopt(dataFiles: [Fixture.dataFile])
        #expect(try writer.sweep()?.dataFiles == [Fixture.dataFile])
        try writer.close()
    }

    @Test("version 3 is as it was released")
    func version3() throws {
        #expect(
            ContentDigest(of: LedgerSchema.migrations[2]).description
                == "5bdca564ada5f53be28fc115fd0843503f122b743af9f63504a52076f042181d")
    }

    @Test("every version of old ends in the same tables as a new file")
    func migrations() throws {
        let scratch = try Scratch()
        try Fixture.ledger(at: scratch.path + "/new", Fixture.plan()).close()
        for version in 1...LedgerSchema.version {
            let path = scratch.path + "/from\(version)"
            try Fixture.tamper(
                path,
                LedgerSchema.migrations.prefix(version).joined(separator: ";\n")
                    + "; PRAGMA application_id = \(LedgerSchema.applicationID); "
                    + "PRAGMA user_version = \(version)")
            try Fixture.ledger(at: path, Fixture.plan()).close()
            #expect(try Self.schema(path) == Self.schema(scratch.path + "/new"), "\(version)")
        }
    }

    @Test("every table is strict")
    func strict() throws {
        let scratch = try Scratch()
        try Fixture.ledger(at: scratch.ledger, Fixture.plan()).close()
        let tables = try Self.schema(scratch.ledger).filter { $0.hasPrefix("CREATE TABLE") }
        #expect(tables.count == 17)
        #expect(tables.allSatisfy { $0.contains("STRICT") })
    }

    @Test("a start that was killed while it made the ledger is begun again")
    func begunFile() throws {
        let scratch = try Scratch()
        for suffix in [".new", ".new-wal"] {
            _ = FileManager.default.createFile(
                atPath: scratch.ledger + suffix, contents: Data("half".utf8))
        }
        let ledger = try Fixture.ledger(at: scratch.ledger, Fixture.plan())
        #expect(ledger.epoch == 1)
        try ledger.close()
        let left = try FileManager.default.contentsOfDirectory(atPath: scratch.path)
        #expect(!left.contains { $0.contains(".new") }, "\(left)")
    }

    @Test("a file that was emptied is not begun again, but refused")
    func emptyFile() throws {
        let scratch = try Scratch()
        _ = FileManager.default.createFile(atPath: scratch.ledger, contents: Data())
        #expect(throws: LedgerError.self) {
            try Fixture.ledger(at: scratch.ledger, Fixture.plan())
        }
        #expect(FileManager.default.contents(atPath: scratch.ledger)?.isEmpty == true)
    }
}
