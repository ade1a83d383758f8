import SweepCore
import SweepLedger
import Testing

@Suite("Spec, retry, story and verify")
struct LedgerHistoryTests {
    @Test("the sweep is written once, compared on resume, and extended with its history kept")
    func spec() throws {
        let scratch = try Scratch()
        let ledger = try Fixture.ledger(at: scratch.ledger, Fixture.plan())
        #expect(try ledger.sweep() == nil)
        try ledger.begin(name: "xor", document: "sweep: xor # mine", canonical: "one")
        try ledger.begin(name: "xor", document: "sweep:   xor", canonical: "one")
        #expect(try ledger.sweep()?.document == "sweep: xor # mine")
        let refused = Fixture.error {
            try ledger.begin(name: "xor", document: "", canonical: "two")
        }
        #expect(
            refused
                == .specChanged(
                    path: scratch.ledger, stored: ContentDigest(of: "one"),
                    given: ContentDigest(of: "two")))
        #expect(refused?.exitCode == 2)
        try ledger.extend(document: "sweep: xor # more", canonical: "two")
        try ledger.extend(document: "sweep: xor # again", canonical: "two")
        let sweep = try ledger.sweep()
        #expect(sweep?.name == "xor" && sweep?.canonical == "two")
        #expect(sweep?.document == "sweep: xor # more")
        #expect(sweep?.history == ["one", "two"].map { ContentDigest(of: $0) })
        #expect(sweep?.createdAt == 1_700_000_000_000 && sweep?.softwareVersion == "1.2.3")
        try ledger.close()
    }

    @Test("a digest is SHA-256")
    func digest() {
        #expect(
            ContentDigest(of: "abc").description
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(ContentDigest(ContentDigest(of: "abc").bytes) == ContentDigest(of: "abc"))
        #expect(ContentDigest([1, 2, 3]) == nil)
    }

    @Test("a retried failure may be recorded again, with a higher attempt, and stays in the story")
    func retry() throws {
        let scratch = try Scratch()
        let plan = try Fixture.plan()
        let ledger = try Fixture.ledger(at: scratch.ledger, plan)
        _ = try ledger.commit([
            Fixture.grant(4), Fixture.grant(5), Fixture.grant(6), Fixture.failure(4),
            Fixture.failure(5, .timeout), Fixture.result(6),
        ])
        #expect(try ledger.retryFailed([.timeout], reason: "more time") == 1)
        #expect(try ledger.contents().failed == [TrialID(4)])
        #expect(try ledger.contents().open.map(\.lease) == [Lease(TrialID(5), attempt: 0)])
        let receipts = try ledger.commit([
            .reopen(TrialID(4), reason: "asked"), .reopen(TrialID(6), reason: "asked"),
            Fixture.grant(4, 1, Fixture.bob), Fixture.result(4, 1, Fixture.bob),
            Fixture.grant(5, 1), Fixture.result(5, 1),
        ])
        #expect(
            receipts.prefix(2) == [
                LedgerReceipt(Lease(TrialID(4), attempt: 0), .reopened(nextAttempt: 1)),
                LedgerReceipt(Lease(TrialID(6), attempt: 0), .refused(.noResult)),
            ])
        #expect(try ledger.contents().recorded == [4, 5, 6].map { TrialID($0) })
        #expect(try ledger.counts().retired == 2)
        #expect(try ledger.retryFailed(reason: "none left") == 0)
        #expect(try ledger.verify().findings == [])

        let failure = TrialFailure(.diverged, "it grew past 1e12 at step 7")
        let story = try ledger.story(ofPoint: plan.grid.point(at: 4).canonicalText, seed: 0)
        #expect(story.map(\.attempt) == [0, 0, 0, 1, 1])
        #expect(
            story.map(\.kind).prefix(4) == [
                .granted(to: Fixture.ann, epoch: 1), .failed(failure),
                .retired(failure, reason: "asked"), .granted(to: Fixture.bob, epoch: 1),
            ])
        guard case .recorded(_, "avx2", 12) = story.last?.kind else {
            Issue.record("\(String(describing: story.last))")
            return
        }
        try ledger.close()
        // The chain goes on over results that were set aside.
        let next = try Fixture.ledger(at: scratch.ledger, plan)
        #expect(try next.verify().isSound)
        try next.close()
    }

    @Test("a story has losses and duplicates in their places, and nothing of other trials")
    func story() throws {
        let scratch = try Scratch()
        let plan = try Fixture.plan()
        let ledger = try Fixture.ledger(at: scratch.ledger, plan)
        _ = try ledger.commit([
            Fixture.grant(8), Fixture.grant(2), Fixture.result(2),
            .loss(LossRecord(Lease(TrialID(8), attempt: 0), .explained, reason: "lapsed")),
            Fixture.grant(8, 1, Fixture.bob), Fixture.result(8, 1, Fixture.bob),
            .duplicate(Fixture.record(8, 0)), .duplicate(Fixture.record(8, 0)),
        ])
        let text = plan.grid.point(at: 2).canonicalText
        let story = try ledger.story(ofPoint: text, seed: 1)
        let digest = try #require(try ledger.result(of: TrialID(8))?.digest)
        #expect(
            story.map(\.kind) == [
                .granted(to: Fixture.ann, epoch: 1), .lost(reason: "lapsed", isCrash: false),
                .duplicate(kind: "benign", by: Fixture.ann, digest: digest, times: 2),
                .granted(to: Fixture.bob, epoch: 1),
                .recorded(digest, kernelFamily: "avx2", wallMilliseconds: 12),
            ])
        #expect(try ledger.story(ofPoint: text, seed: 2) == [])
        #expect(try ledger.story(ofPoint: "gain=9", seed: 0) == [])
        try ledger.close()
    }

    @Test(
        "verify names each broken promise",
        arguments: [
            ("DELETE FROM \"grant\" WHERE seed = 0 AND point = 1", "never granted"),
            ("UPDATE \"grant\" SET worker = 2 WHERE seed = 0 AND point = 1", "never granted"),
            ("DELETE FROM \"grant\" WHERE seed = 0 AND point = 3 AND attempt = 0", "was due"),
            ("UPDATE \"grant\" SET epoch = 2 WHERE point = 3 AND attempt = 0", "earlier start"),
            (
                "DELETE FROM result_array WHERE result = 1; DELETE FROM result WHERE sequence = 1",
                "missing"
            ),
            ("DELETE FROM batch WHERE id = 1", "missing"),
            ("UPDATE batch SET sha256 = zeroblob(32) WHERE id = 1", "altered"),
            ("UPDATE result SET wall_ms = 1 WHERE sequence = 1", "digest"),
            ("UPDATE result_array SET data = zeroblob(32) WHERE result = 1", "arrays"),
            ("UPDATE result SET worker = 77 WHERE sequence = 1", "gone"),
        ])
    func verify(statement: String, words: String) throws {
        let scratch = try Scratch()
        let plan = try Fixture.plan()
        let ledger = try Fixture.ledger(at: scratch.ledger, plan)
        _ = try ledger.commit([
            Fixture.grant(0), Fixture.grant(1, 0, Fixture.bob), Fixture.grant(2),
            Fixture.grant(2, 1), Fixture.result(0), Fixture.result(1, 0, Fixture.bob),
        ])
        _ = try ledger.commit([Fixture.grant(5), Fixture.result(5)])
        _ = try ledger.commit([Fixture.grant(4), Fixture.result(4)])
        try ledger.close()
        try Fixture.ledger(at: scratch.ledger, plan).close()

        let sound = try Ledger.open(readingAt: scratch.ledger)
        sound.use(plan)
        #expect(try sound.verify().findings == [])
        try sound.close()

        try Fixture.tamper(scratch.ledger, statement)
        let broken = try Ledger.open(readingAt: scratch.ledger)
        broken.use(plan)
        let findings = try broken.verify().findings
        #expect(findings.contains { $0.contains(words) }, "\(findings)")
        try broken.close()
    }
}
