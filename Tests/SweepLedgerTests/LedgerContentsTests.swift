import SweepCore
import SweepLedger
import Testing

@Suite("What a coordinator finds on restart")
struct LedgerContentsTests {
    @Test("recorded, failed, quarantined and open trials, in order")
    func contents() throws {
        let scratch = try Scratch()
        let plan = try Fixture.plan()
        let ledger = try Fixture.ledger(at: scratch.ledger, plan)
        _ = try ledger.commit([
            Fixture.grant(9), Fixture.grant(1), Fixture.grant(4), Fixture.grant(2),
            Fixture.grant(0, 0, Fixture.bob), Fixture.grant(12), Fixture.result(9),
            Fixture.result(1), Fixture.failure(4), Fixture.failure(2, .quarantined),
            .loss(LossRecord(Lease(TrialID(0), attempt: 0), .crashed, reason: "signal 9")),
            .loss(LossRecord(Lease(TrialID(12), attempt: 0), .explained, reason: "lapsed")),
        ])
        try ledger.close()
        let next = try Fixture.ledger(at: scratch.ledger, plan)
        _ = try next.commit([Fixture.grant(0, 1)])
        let contents = try next.contents()
        #expect(contents.recorded == [1, 9].map { TrialID($0) })
        #expect(contents.failed == [TrialID(4)])
        #expect(contents.quarantined == [TrialID(2)])
        #expect(
            contents.open == [
                OpenGrant(
                    Lease(TrialID(0), attempt: 0), worker: Fixture.bob, epoch: 1, .crashed),
                OpenGrant(
                    Lease(TrialID(0), attempt: 1), worker: Fixture.ann, epoch: 2, .open),
                OpenGrant(
                    Lease(TrialID(12), attempt: 0), worker: Fixture.ann, epoch: 1,
                    .open),
            ])
        try next.close()
    }

    @Test("attempts that were lost unexplained count, until they are forgiven")
    func unexplained() throws {
        let scratch = try Scratch()
        let plan = try Fixture.plan()
        let ledger = try Fixture.ledger(at: scratch.ledger, plan)
        func loss(_ trial: Int, _ kind: LossKind) -> LedgerWrite {
            .loss(LossRecord(Lease(TrialID(trial), attempt: 0), kind, reason: "gone"))
        }
        _ = try ledger.commit((0..<5).map { Fixture.grant($0) })
        _ = try ledger.commit([
            loss(0, .unexplained), loss(1, .unexplained), loss(1, .crashed),
            loss(2, .unexplained), .forgiveness(Lease(TrialID(2), attempt: 0)),
            loss(3, .explained), loss(4, .unexplained), loss(4, .unexplained),
        ])
        #expect(try ledger.verify().isSound)
        try ledger.close()
        let reader = try Ledger.open(readingAt: scratch.ledger)
        reader.use(plan)
        #expect(try reader.contents().open.map(\.fate) == [.lost, .crashed, .open, .open, .lost])
        try reader.close()
        try Fixture.tamper(scratch.ledger, "UPDATE unexplained_loss SET attempt = 7 WHERE seed = 0")
        let altered = try Ledger.open(readingAt: scratch.ledger)
        #expect(try !altered.verify().isSound)
        try altered.close()
    }

    @Test("a grid that grew, or whose keys were reordered, re-runs nothing")
    func extended() throws {
        let scratch = try Scratch()
        let small = try Fixture.plan(gains: [1, 1.5], seeds: 2)
        let ledger = try Fixture.ledger(at: scratch.ledger, small)
        let all = (0..<small.trialCount).map { $0 }
        _ = try ledger.commit(all.map { Fixture.grant($0) } + all.map { Fixture.result($0) })
        let large = try SweepPlan(
            grid: Grid(axes: [
                .init(name: "depth", values: [.number(5), .number(3), .number(4)]),
                .init(name: "gain", values: [0.5, 1, 1.5, 2.5].map { .number($0) }),
            ]), seedCount: 4)
        var expected: [TrialID] = []
        for trial in all {
            let (index, seed) = small.pointAndSeed(of: TrialID(trial))
            let text = small.grid.point(at: index).canonicalText
            for point in 0..<large.grid.pointCount
            where large.grid.point(at: point).canonicalText == text {
                expected.append(large.trial(point: point, seed: seed))
            }
        }
        ledger.use(large)
        #expect(try ledger.contents().recorded == expected.sorted())
        #expect(expected.count == 8)
        // And what comes next belongs to the larger plan.
        let fresh = large.trial(point: 0, seed: 3)
        _ = try ledger.commit([
            Fixture.grant(fresh.rawValue), Fixture.result(fresh.rawValue),
        ])
        #expect(try ledger.result(of: fresh)?.point == "depth=5;gain=0.5")
        // In the smaller plan it is outside: nothing is left out in silence.
        ledger.use(small)
        let damage = LedgerError.corrupt(
            path: scratch.ledger, detail: "depth=5;gain=0.5 seed 3 is not in the plan")
        #expect(throws: damage) { _ = try ledger.contents() }
        #expect(throws: damage) { try ledger.forEachResult { _ in } }
        #expect(try ledger.verify().findings.count == 1)
        try ledger.close()
    }

    @Test("a plan without swept parameters has one point with the empty text")
    func noAxes() throws {
        let scratch = try Scratch()
        let plan = try SweepPlan(grid: Grid(axes: []), seedCount: 3)
        let ledger = try Fixture.ledger(at: scratch.ledger, plan)
        _ = try ledger.commit([Fixture.grant(2), Fixture.result(2)])
        #expect(try ledger.contents().recorded == [TrialID(2)])
        try ledger.close()
    }

    @Test("words, whole, tiny and negative numbers are found again as points")
    func values() throws {
        let scratch = try Scratch()
        let plan = try SweepPlan(
            grid: Grid(axes: [
                .init(name: "activation", values: [.word("erf"), .word("leaky_relu")]),
                .init(
                    name: "kappa",
                    values: [0, -1.5, 1e-300, 1.0 / 3, 1e300, 500].map { .number($0) }),
            ]), seedCount: 1)
        let ledger = try Fixture.ledger(at: scratch.ledger, plan)
        let all = Array(0..<plan.trialCount)
        _ = try ledger.commit(all.flatMap { [Fixture.grant($0), Fixture.result($0)] })
        #expect(try ledger.contents().recorded == all.map { TrialID($0) })
        #expect(try Fixture.results(ledger).map(\.pointIndex) == all.map { Optional($0) })
        try ledger.close()
    }

    @Test("a hundred thousand results are there again after a restart")
    func many() throws {
        let scratch = try Scratch()
        let plan = try Fixture.plan(seeds: 20_000)
        let ledger = try Fixture.ledger(at: scratch.ledger, plan)
        let count = 100_000
        let outcome = TrialOutcome.success(TrialResult(metrics: [NamedMetric("a", 0.5)]))
        for start in stride(from: 0, to: count, by: 5_000) {
            _ = try ledger.commit(
                (start..<start + 5_000).flatMap { trial in
                    [
                        Fixture.grant(trial), .result(Fixture.record(trial, outcome: outcome)),
                    ]
                })
        }
        try ledger.close()
        let next = try Fixture.ledger(at: scratch.ledger, plan)
        let contents = try next.contents()
        #expect(contents.recorded.count == count)
        #expect(contents.recorded.first == TrialID(0))
        #expect(contents.recorded.last == TrialID(count - 1))
        #expect(contents.open.isEmpty)
        try next.close()
    }
}
