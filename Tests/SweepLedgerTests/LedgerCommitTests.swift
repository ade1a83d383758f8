import SweepCore
import SweepLedger
import Testing

@Suite("Commits")
struct LedgerCommitTests {
    @Test("what went in comes out, bit for bit, after reopening")
    func roundTrip() throws {
        let scratch = try Scratch()
        let plan = try Fixture.plan()
        let ledger = try Fixture.ledger(at: scratch.ledger, plan)
        let receipts = try ledger.commit([
            Fixture.grant(7), Fixture.grant(2, 0, Fixture.bob), Fixture.result(7),
            .result(
                Fixture.record(
                    2, 0, Fixture.bob,
                    outcome: .failure(
                        TrialFailure(.notConverged, "tried 10 000 steps; \"raise\" max_iterations"),
                        diagnostics: [NamedDiagnostic("burn_in", 100)]), kernels: "avx512")),
        ])
        #expect(Fixture.verdicts(receipts) == [.granted, .granted, .recorded, .recorded])
        try ledger.close()

        let reader = try Ledger.open(readingAt: scratch.ledger)
        reader.use(plan)
        let results = try Fixture.results(reader)
        #expect(results.map(\.sequence) == [1, 2])
        #expect(results.map(\.point) == ["depth=4;gain=0.5", "depth=3;gain=1"])
        #expect(results.map(\.pointIndex) == [1, 2])
        #expect(results.map(\.seed) == [1, 0])
        #expect(results.map(\.worker) == [Fixture.ann, Fixture.bob])
        #expect(results.map(\.kernelFamily) == ["avx2", "avx512"])
        #expect(results.map(\.committedAt) == [1_700_000_000_000, 1_700_000_000_000])
        #expect(results[0].outcome == Fixture.outcome(7))
        guard case .success(let success) = results[0].outcome else {
            Issue.record("not a success")
            return
        }
        // Negative zero equals zero, so its bits are looked at.
        #expect(success.arrays[0].values[1].bitPattern == (-0.0).bitPattern)
        #expect(try reader.result(of: TrialID(7))?.outcome == Fixture.outcome(7))
        #expect(try reader.result(of: TrialID(8)) == nil)
        try reader.close()
    }

    @Test("a trial has one result: the first; later ones are compared and noted")
    func exactlyOnce() throws {
        let scratch = try Scratch()
        let ledger = try Fixture.ledger(at: scratch.ledger, Fixture.plan())
        let other = Fixture.outcome(4, shift: 1e-15)
        let receipts = try ledger.commit([
            Fixture.grant(4), Fixture.grant(4, 1, Fixture.bob), Fixture.grant(4, 2),
            Fixture.result(4),
            Fixture.result(4),
            Fixture.result(4, 1, Fixture.bob),
            .result(Fixture.record(4, 2, outcome: other, kernels: "avx512")),
            .duplicate(Fixture.record(4, 2, outcome: other)),
            .duplicate(Fixture.record(4, 0, outcome: other)),
        ])
        #expect(
            Fixture.verdicts(receipts) == [
                .granted, .granted, .granted, .recorded, .alreadyRecorded, .benignDuplicate,
                .otherKernels, .divergentDuplicate, .divergentDuplicate,
            ])
        #expect(
            receipts.map(\.mayAcknowledge) == [
                false, false, false, true, true, true, true, true, true,
            ])
        #expect(try Fixture.results(ledger).map(\.outcome) == [Fixture.outcome(4)])
        let counts = try ledger.counts()
        #expect(counts.recorded == 1 && counts.duplicates == 3 && counts.divergentDuplicates == 2)
        #expect(try ledger.verify().findings == [])
        try ledger.close()
    }

    @Test("diagnostics may differ between two runs of a trial; it is the same result")
    func diagnosticsDoNotCount() throws {
        let scratch = try Scratch()
        let ledger = try Fixture.ledger(at: scratch.ledger, Fixture.plan())
        func outcome(_ seconds: Double) -> TrialOutcome {
            .success(
                TrialResult(
                    metrics: [NamedMetric("a", 1)],
                    diagnostics: [NamedDiagnostic("cpu_seconds", seconds)]))
        }
        let receipts = try ledger.commit([
            Fixture.grant(0), Fixture.grant(0, 1),
            .result(Fixture.record(0, 0, outcome: outcome(1))),
            .result(Fixture.record(0, 1, outcome: outcome(2))),
        ])
        #expect(receipts.last?.verdict == .benignDuplicate)
        try ledger.close()
    }

    @Test("a result without its grant, or from another worker, is refused and nothing is written")
    func fencing() throws {
        let scratch = try Scratch()
        let ledger = try Fixture.ledger(at: scratch.ledger, Fixture.plan())
        let receipts = try ledger.commit([
            Fixture.result(3), Fixture.grant(3), Fixture.result(3, 1),
            Fixture.result(3, 0, Fixture.bob), Fixture.grant(3, 0, Fixture.bob), Fixture.grant(3),
            .duplicate(Fixture.record(3)),
        ])
        #expect(
            Fixture.verdicts(receipts) == [
                .refused(.neverGranted), .granted, .refused(.neverGranted),
                .refused(.grantedToAnother), .refused(.grantedToAnother), .granted,
                .refused(.noResult),
            ])
        #expect(try ledger.counts().recorded == 0)
        #expect(receipts.allSatisfy { !$0.mayAcknowledge })
        try ledger.close()
    }

    @Test("the coordinator's own verdict needs no worker, but a grant")
    func quarantine() throws {
        let scratch = try Scratch()
        let ledger = try Fixture.ledger(at: scratch.ledger, Fixture.plan())
        let outcome = TrialOutcome.failure(
            TrialFailure(.quarantined, "three workers died of it"), diagnostics: [])
        let receipts = try ledger.commit([
            Fixture.grant(3, 0, Fixture.bob),
            .loss(LossRecord(Lease(TrialID(3), attempt: 0), .crashed, reason: "signal 11")),
            .result(Fixture.record(3, 0, nil, outcome: outcome, kernels: "")),
        ])
        #expect(Fixture.verdicts(receipts) == [.granted, .noted, .recorded])
        #expect(try Fixture.results(ledger).map(\.worker) == [Fixture.bob])
        #expect(try ledger.contents().quarantined == [TrialID(3)])
        try ledger.close()
    }

    @Test(
        "numbers that no table could show are refused",
        arguments: [
            TrialResult(metrics: [NamedMetric("a", .nan)]),
            TrialResult(metrics: [NamedMetric("a", .infinity)]),
            TrialResult(metrics: [NamedMetric("a", 1), NamedMetric("a", 2)]),
            TrialResult(metrics: [NamedMetric("a\nb", 1)]),
            TrialResult(metrics: [NamedMetric("", 1)]),
            TrialResult(metrics: [], arrays: [NamedArray("x", shape: [2, 3], [1])]),
            TrialResult(metrics: [], arrays: [NamedArray("x", shape: [-1, -1], [1])]),
            TrialResult(metrics: [], arrays: [NamedArray("x", shape: [Int.max, 3], [1])]),
            TrialResult(
                metrics: [], diagnostics: [NamedDiagnostic("d", 1), NamedDiagnostic("d", 2)]),
        ])
    func malformed(result: TrialResult) throws {
        let scratch = try Scratch()
        let ledger = try Fixture.ledger(at: scratch.ledger, Fixture.plan())
        let receipts = try ledger.commit([
            Fixture.grant(0), .result(Fixture.record(0, outcome: .success(result))),
        ])
        #expect(receipts.last?.verdict == .refused(.malformed))
        try ledger.close()
    }

    @Test("a full disk takes nothing of a batch, and the same batch goes in when there is space")
    func diskFull() throws {
        let scratch = try Scratch()
        let plan = try Fixture.plan(seeds: 1_000)
        let ledger = try Fixture.ledger(at: scratch.ledger, plan)
        _ = try ledger.commit([Fixture.grant(0), Fixture.result(0)])
        let before = try ledger.counts()
        try ledger.setPageLimit(40)
        let batch = (1..<500).flatMap { [Fixture.grant($0), Fixture.result($0)] }
        #expect(
            Fixture.error { _ = try ledger.commit(batch) } == .diskFull(path: scratch.ledger))
        #expect(try ledger.counts() == before)
        try ledger.setPageLimit(1_000_000)
        let receipts = try ledger.commit(batch)
        #expect(receipts.filter { $0.verdict == .recorded }.count == 499)
        #expect(try ledger.verify().findings == [])
        try ledger.close()
        let reader = try Ledger.open(readingAt: scratch.ledger)
        #expect(try reader.verify().findings == [])
        try reader.close()
    }
}
