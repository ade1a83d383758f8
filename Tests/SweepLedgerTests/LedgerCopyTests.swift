import Foundation
import Glibc
import SweepCore
import SweepLedger
import Testing

@Suite("Copies of a ledger")
struct LedgerCopyTests {
    /// A ledger with results of the trials 0 … count-1.
    private static func filled(_ path: String, count: Int) throws -> Ledger {
        let ledger = try Fixture.ledger(at: path, Fixture.plan())
        try ledger.begin(name: "s", document: "d", canonical: "c")
        _ = try ledger.commit((0..<count).map { Fixture.grant($0) })
        _ = try ledger.commit((0..<count).map { Fixture.result($0) })
        return ledger
    }

    private static func results(at path: String) throws -> [StoredResult] {
        let ledger = try Ledger.open(readingAt: path)
        ledger.use(try Fixture.plan())
        let found = try Fixture.results(ledger)
        #expect(try ledger.verify().findings == [])
        try ledger.close()
        return found
    }

    @Test("a ledger at work is copied with all that was committed, sound, for its owner alone")
    func atWork() throws {
        let scratch = try Scratch()
        let ledger = try Self.filled(scratch.ledger, count: 5)
        let copy = scratch.path + "/copy"
        try Data("what stood there".utf8).write(to: URL(fileURLWithPath: copy))
        try ledger.copy(to: copy)
        let before = try Fixture.results(ledger)
        _ = try ledger.commit([Fixture.grant(7)])
        _ = try ledger.commit([Fixture.result(7)])
        #expect(try Self.results(at: copy) == before)
        var information = stat()
        #expect(stat(copy, &information) == 0)
        #expect(information.st_mode & 0o7777 == 0o600)
        #expect(access(copy + "-wal", F_OK) != 0)
        try ledger.close()
        #expect(try Self.results(at: scratch.ledger).count == 6)
    }

    @Test("a copy can be gone on with, as the next start")
    func goesOn() throws {
        let scratch = try Scratch()
        let ledger = try Self.filled(scratch.ledger, count: 3)
        let copy = scratch.path + "/copy"
        try ledger.copy(to: copy)
        try ledger.close()
        #expect(try Ledger.startCount(at: copy) == 1)
        let next = try Fixture.ledger(at: copy, Fixture.plan())
        #expect(next.epoch == 2)
        _ = try next.commit([Fixture.grant(4)])
        let receipts = try next.commit([Fixture.result(4)])
        #expect(Fixture.verdicts(receipts) == [.recorded])
        try next.close()
        #expect(try Ledger.startCount(at: copy) == 2)
        #expect(try Self.results(at: copy).count == 4)
    }

    @Test("a copy that cannot be written leaves nothing, and the ledger goes on")
    func unwritable() throws {
        let scratch = try Scratch()
        let ledger = try Self.filled(scratch.ledger, count: 2)
        let error = Fixture.error { try ledger.copy(to: scratch.path + "/none/copy") }
        #expect(error?.exitCode == 73)
        _ = try ledger.commit([Fixture.grant(3)])
        try ledger.close()
    }

    @Test("an installed copy takes the place of another ledger, and of its log")
    func install() throws {
        let scratch = try Scratch()
        try Self.filled(scratch.ledger, count: 4).close()
        let other = scratch.path + "/other"
        try Self.filled(other, count: 1).close()
        // The log of a ledger that was killed: with it the new file would be the old one again.
        try Data(repeating: 7, count: 4_096).write(to: URL(fileURLWithPath: other + "-wal"))
        try LedgerCopy.install(scratch.ledger, as: other)
        #expect(access(other + "-wal", F_OK) != 0)
        #expect(try Self.results(at: other) == Self.results(at: scratch.ledger))
        #expect(try Self.results(at: other).count == 4)
    }

    @Test("what cannot be installed leaves the other as it was")
    func installFails() throws {
        let scratch = try Scratch()
        try Self.filled(scratch.ledger, count: 2).close()
        let missing = scratch.path + "/missing"
        #expect(
            Fixture.error { try LedgerCopy.install(missing, as: scratch.ledger) }
                == .missing(path: missing))
        #expect(try Self.results(at: scratch.ledger).count == 2)
        let error = Fixture.error {
            try LedgerCopy.install(scratch.ledger, as: scratch.path + "/none/ledger")
        }
        #expect(error?.exitCode == 73)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: scratch.path).sorted()
                == ["ledger.sqlite", "ledger.sqlite.lock"])
    }
}
