import SweepCoordinator
import SweepCore
import SweepProtocol
import Testing

@Suite("The loop, from hello to acknowledgement")
struct LoopDialogueTests {
    @Test("a result is acknowledged only after it is durable")
    func acknowledgedAfterCommit() throws {
        let world = World()
        let report = try Fixture.result(Fixture.lease(0), Fixture.outcome(0.5))
        world.script = [
            { $0.say(Fixture.hello(), as: "ann") },
            { _ in },
            {
                $0.isBookQuick = false
                $0.say(report, as: "ann")
            },
            { _ in },
            { _ in },
            { $0.isBookQuick = true },
        ]
        let ending = try world.run(Fixture.plan())
        #expect(
            world.transcript == [
                "ann < welcome", "book: grant 0#0", "durable", "ann < assign 0#0",
                "book: result 0#0 success", "durable", "ann < acknowledge 0#0",
                "ann < dismiss finished",
            ])
        #expect(ending.isDone)
        #expect(!ending.wasStopped)
        #expect(ending.status.doneCount == 1)
    }

    @Test("the record has the outcome, who computed it, and with what")
    func recordIsComplete() throws {
        let world = World()
        let report = try Fixture.result(Fixture.lease(0), Fixture.outcome(0.25))
        world.script = [
            { $0.say(Fixture.hello(5), as: "ann") }, { _ in }, { $0.say(report, as: "ann") },
        ]
        _ = try world.run(Fixture.plan())
        let identity = WorkerIdentity(high: 0, low: 5).bound(toKey: "key-ann")
        #expect(
            world.written == [
                .grant(Fixture.lease(0), to: identity),
                .result(
                    BookResult(
                        Fixture.lease(0), worker: identity, outcome: Fixture.outcome(0.25),
                        kernelFamily: "reference", softwareVersion: "1", wallMilliseconds: 12,
                        cpuMilliseconds: 11)),
            ])
    }

    @Test("an assignment names point, seed and parameters")
    func assignmentIsComplete() throws {
        let world = World()
        world.script = [{ $0.say(Fixture.hello(slots: 4), as: "ann") }, { _ in }, { _ in }]
        #expect(throws: ScriptEnded.self) { try world.run(Fixture.plan(gains: 2, seeds: 2)) }
        let assignments = world.sent.compactMap { item -> Assignment? in
            if case .assign(let assignment) = item.envelope.message { assignment } else { nil }
        }
        #expect(assignments.map(\.point) == [0, 1, 0, 1])
        #expect(assignments.map(\.seed) == [0, 0, 1, 1])
        #expect(
            assignments.map(\.parameters) == [
                [.init(name: "gain", value: .number(1))],
                [.init(name: "gain", value: .number(1.25))],
                [.init(name: "gain", value: .number(1))],
                [.init(name: "gain", value: .number(1.25))],
            ])
    }

    @Test("a sweep that is done ends at once")
    func doneAtStart() throws {
        let world = World()
        let ending = try world.run(
            Fixture.plan(gains: 3),
            restored: RestoredSweep(
                recorded: [TrialID(0)], failed: [TrialID(1)], quarantined: [TrialID(2)]))
        #expect(world.transcript == [])
        #expect(ending.status.doneCount == 3)
        #expect(ending.status.failedCount == 2)
    }

    @Test("a restart grants what is left, with an attempt that was never used")
    func restartGoesOn() throws {
        let world = World()
        let ann = WorkerIdentity(high: 0, low: 1).bound(toKey: "key-ann")
        world.script = [{ $0.say(Fixture.hello(slots: 2), as: "ann") }, { _ in }, { _ in }]
        let restored = RestoredSweep(
            recorded: [TrialID(0)],
            grants: [.init(Fixture.lease(1, 3), worker: ann)])
        #expect(throws: ScriptEnded.self) {
            try world.run(Fixture.plan(gains: 3), restored: restored)
        }
        #expect(world.sent(to: "ann") == ["welcome", "assign 1#4", "assign 2#0"])
    }

    @Test("a dead worker of an earlier start is not waited for")
    func deadWorkerIsNotWaitedFor() throws {
        let world = World()
        let ann = WorkerIdentity(high: 0, low: 1).bound(toKey: "key-ann")
        world.script = [{ $0.say(Fixture.hello(2), as: "bob") }, { _ in }, { _ in }]
        let restored = RestoredSweep(
            grants: [.init(Fixture.lease(0), worker: ann)], deadWorkers: [ann])
        #expect(throws: ScriptEnded.self) { try world.run(Fixture.plan(), restored: restored) }
        #expect(world.sent(to: "bob") == ["welcome", "assign 0#1"])
    }

    @Test("a late result of a trial that has one goes to be compared, and is acknowledged")
    func lateResultIsCompared() throws {
        let world = World()
        let late = try Fixture.result(Fixture.lease(0), Fixture.outcome(0.75))
        world.script = [
            { $0.say(Fixture.hello(), as: "ann") }, { _ in },
            { $0.say(late, as: "ann") },
        ]
        world.verdict = { entry in
            if case .duplicate = entry { .divergent } else { .durable }
        }
        #expect(throws: ScriptEnded.self) {
            try world.run(
                Fixture.plan(gains: 2), restored: RestoredSweep(recorded: [TrialID(0)]))
        }
        #expect(world.transcript.contains("book: duplicate 0#0"))
        #expect(world.sent(to: "ann").contains("acknowledge 0#0"))
        #expect(world.lastStatus?.counters.divergentResults == 1)
        #expect(world.log.contains { $0.hasPrefix("ALARM") })
    }

    @Test("a result in parts is put together")
    func partsArePutTogether() throws {
        let world = World()
        let values = (0..<40_000).map { Double($0) / 7 }
        let outcome = TrialOutcome.success(
            TrialResult(
                metrics: [NamedMetric("draw", 1)],
                arrays: [NamedArray("h", shape: [40_000], values)]))
        let bytes = try OutcomeCodec.encode(outcome)
        var outgoing = try OutgoingResult(
            Fixture.lease(0), content: bytes, limits: .init(), wallMilliseconds: 1,
            cpuMilliseconds: 1)
        world.script = [{ $0.say(Fixture.hello(), as: "ann") }, { _ in }]
        for _ in 0..<4 {
            world.script.append { world in
                for item in world.sent {
                    if case .resultCredit(let credit) = item.envelope.message {
                        outgoing.receive(credit)
                    }
                }
                while let part = outgoing.nextPart {
                    world.say(.resultPart(part), as: "ann")
                    outgoing.markSent()
                }
            }
        }
        let ending = try world.run(Fixture.plan())
        #expect(ending.isDone)
        let recorded = world.written.compactMap { entry -> TrialOutcome? in
            if case .result(let result) = entry { result.outcome } else { nil }
        }
        #expect(recorded == [outcome])
    }
}
