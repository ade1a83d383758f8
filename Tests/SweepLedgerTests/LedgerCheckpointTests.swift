import Foundation
import GRDB
import SweepCore
import SweepLedger
import Testing

@Suite("Checkpoints in the ledger")
struct LedgerCheckpointTests {
    private static func record(
        _ trial: Int, _ attempt: Int = 0, _ worker: WorkerIdentity = Fixture.ann, step: UInt64 = 10,
        family: String = "avx2", software: String = "1", bytes: [UInt8] = [1, 2, 3]
    ) -> LedgerWrite {
        .checkpoint(
            CheckpointRecord(
                Lease(TrialID(trial), attempt: attempt), worker: worker, step: step,
                kernelFamily: family, softwareVersion: software, content: bytes))
    }

    private static func bytes(_ ledger: Ledger, _ trial: Int, _ content: [UInt8]) throws
        -> [UInt8]?
    {
        try ledger.checkpoint(
            of: TrialID(trial), digest: ContentDigest(of: content), from: 0, count: content.count)
    }

    @Test("the newest one of a trial is there after reopening, and only that one")
    func newest() throws {
        let scratch = try Scratch()
        let plan = try Fixture.plan()
        let ledger = try Fixture.ledger(at: scratch.ledger, plan)
        let large = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 / 3) }
        let receipts = try ledger.commit([
            Fixture.grant(7), Fixture.grant(2, 0, Fixture.bob), Self.record(7),
            Self.record(7, step: 20, bytes: large), Self.record(2, 0, Fixture.bob, step: 5),
        ])
        #expect(
            Fixture.verdicts(receipts) == [
                .granted, .granted, .checkpointKept, .checkpointKept, .checkpointKept,
            ])
        try ledger.close()

        let again = try Fixture.ledger(at: scratch.ledger, plan)
        let found = try again.checkpoints()
        #expect(found.map(\.lease.trial) == [TrialID(2), TrialID(7)])
        #expect(found.map(\.step) == [5, 20])
        #expect(found.map(\.byteCount) == [3, 700_000])
        #expect(found.map(\.kernelFamily) == ["avx2", "avx2"])
        #expect(found[1].digest == ContentDigest(of: large))
        #expect(try Self.bytes(again, 7, large) == large)
        #expect(try Self.bytes(again, 7, [1, 2, 3]) == nil)
        #expect(
            try again.checkpoint(
                of: TrialID(7), digest: ContentDigest(of: large), from: 600_000, count: 262_144)
                == Array(large[600_000...]))
        #expect(try again.verify().isSound)
        try again.close()
    }

    @Test("the attempt is the fencing token")
    func fencing() throws {
        let scratch = try Scratch()
        let ledger = try Fixture.ledger(at: scratch.ledger, Fixture.plan())
        let receipts = try ledger.commit([
            Self.record(3), Fixture.grant(3), Self.record(3, 0, Fixture.bob), Self.record(3),
            Fixture.grant(3, 1, Fixture.bob), Self.record(3, step: 99),
            Self.record(3, 1, Fixture.bob, step: 11), Fixture.result(3, 1, Fixture.bob),
            Self.record(3, 1, Fixture.bob, step: 12),
        ])
        #expect(
            Fixture.verdicts(receipts) == [
                .refused(.neverGranted), .granted, .refused(.grantedToAnother), .checkpointKept,
                .granted, .refused(.notCurrent), .checkpointKept, .recorded, .refused(.notCurrent),
            ])
        #expect(try ledger.checkpoints().isEmpty)
        #expect(try ledger.verify().isSound)
        try ledger.close()
    }

    @Test("one of other kernels does not take the place of one that is further")
    func behind() throws {
        let scratch = try Scratch()
        let ledger = try Fixture.ledger(at: scratch.ledger, Fixture.plan())
        let receipts = try ledger.commit([
            Fixture.grant(0), Self.record(0, step: 1_000), Fixture.grant(0, 1),
            Self.record(0, 1, step: 10, family: "reference"),
            Self.record(0, 1, step: 10, software: "2"),
            Self.record(0, 1, step: 1_000, family: "reference", bytes: [9]),
            // The same kernels that began afresh had a reason.
            Self.record(0, 1, step: 3, family: "reference", bytes: [8]),
        ])
        #expect(
            Fixture.verdicts(receipts) == [
                .granted, .checkpointKept, .granted, .refused(.behind), .refused(.behind),
                .checkpointKept, .checkpointKept,
            ])
        #expect(try Self.bytes(ledger, 0, [8]) == [8])
        try ledger.close()
    }

    @Test("a failure ends it as well, and a retry begins afresh")
    func retry() throws {
        let scratch = try Scratch()
        let ledger = try Fixture.ledger(at: scratch.ledger, Fixture.plan())
        _ = try ledger.commit([Fixture.grant(1), Self.record(1), Fixture.failure(1)])
        #expect(try ledger.checkpoints().isEmpty)
        let receipts = try ledger.commit([
            .reopen(TrialID(1), reason: "asked"), Fixture.grant(1, 1), Self.record(1, 1, step: 2),
        ])
        #expect(receipts.last?.verdict == .checkpointKept)
        #expect(try ledger.checkpoints().map(\.step) == [2])
        try ledger.close()
    }

    @Test("replacing it two hundred times does not make the file grow")
    func bounded() throws {
        let scratch = try Scratch()
        let ledger = try Fixture.ledger(at: scratch.ledger, Fixture.plan())
        _ = try ledger.commit([Fixture.grant(0)])
        func size(_ suffix: String) -> Int {
            let path = scratch.ledger + suffix
            let facts = try? FileManager.default.attributesOfItem(atPath: path)
            return (facts?[.size] as? NSNumber)?.intValue ?? 0
        }
        let bytes = [UInt8](repeating: 7, count: 200_000)
        for step in 1...200 {
            var changed = bytes
            changed[step] = 0
            _ = try ledger.commit([Self.record(0, step: UInt64(step), bytes: changed)])
        }
        // One page more than two checkpoints, and a log that begins anew at 4,000 pages.
        #expect(size("") < 1_000_000)
        #expect(size("-wal") < 24_000_000)
        try ledger.close()
        #expect(size("") < 1_000_000 && size("") > 200_000)
    }

    @Test("an altered one is not handed out, and verify tells")
    func altered() throws {
        let scratch = try Scratch()
        let plan = try Fixture.plan()
        let ledger = try Fixture.ledger(at: scratch.ledger, plan)
        _ = try ledger.commit([Fixture.grant(0), Self.record(0)])
        try ledger.close()
        try Fixture.tamper(scratch.ledger, "UPDATE checkpoint_state SET data = x'010204'")
        let again = try Fixture.ledger(at: scratch.ledger, plan)
        #expect(try again.checkpoints().count == 1)
        #expect(try Self.bytes(again, 0, [1, 2, 3]) == nil)
        #expect(try Self.bytes(again, 0, [1, 2, 4]) == nil)
        let findings = try again.verify().findings
        #expect(findings.contains { $0.contains("checkpoint") && $0.contains("altered") })
        try again.close()
        for statement in [
            "UPDATE checkpoint_state SET attempt = 5", "UPDATE checkpoint_state SET seed = 2",
            "UPDATE checkpoint SET seed = 1", "DELETE FROM checkpoint",
        ] {
            try Fixture.tamper(scratch.ledger, statement)
            let ledger = try Fixture.ledger(at: scratch.ledger, plan)
            #expect(try !ledger.verify().isSound, "\(statement)")
            #expect(try Self.bytes(ledger, 0, [1, 2, 3]) == nil)
            try ledger.close()
        }
    }

    @Test("the story says what was kept and where the next attempt went on")
    func story() throws {
        let scratch = try Scratch()
        let plan = try Fixture.plan()
        let ledger = try Fixture.ledger(at: scratch.ledger, plan)
        let receipts = try ledger.commit([
            Fixture.grant(0), Self.record(0), Self.record(0, step: 20, bytes: [1, 2, 3, 4]),
            Fixture.grant(0, 1, Fixture.bob),
            .continuation(Lease(TrialID(0), attempt: 1), step: 20),
            .continuation(Lease(TrialID(0), attempt: 1), step: 21),
            Fixture.result(0, 1, Fixture.bob),
        ])
        #expect(receipts[4].verdict == .noted)
        let point = plan.grid.point(at: 0).canonicalText
        let kinds = try ledger.story(ofPoint: point, seed: 0).map(\.kind)
        #expect(
            kinds.dropLast() == [
                .granted(to: Fixture.ann, epoch: 1),
                .checkpoint(step: 20, byteCount: 4, times: 2),
                .granted(to: Fixture.bob, epoch: 1), .continued(step: 20),
            ])
        #expect(try ledger.verify().isSound)
        try ledger.close()
    }
}
