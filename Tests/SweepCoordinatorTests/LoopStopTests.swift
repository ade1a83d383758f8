import SweepCoordinator
import SweepCore
import SweepProtocol
import Testing

@Suite("The loop, asked to stop or to retry")
struct LoopStopTests {
    @Test("a stop lets running trials end and grants nothing more")
    func drains() throws {
        let world = World()
        let report = try Fixture.result(Fixture.lease(0), Fixture.outcome(0.5))
        world.script = [
            { $0.say(Fixture.hello(), as: "ann") }, { _ in }, { _ in },
            {
                let held = [HeldTrial(Fixture.lease(0), .running)]
                $0.say(Fixture.heartbeat(2, held: held), as: "ann")
            },
            { $0.requests = [.stop] },
            { _ in },
            { $0.say(report, as: "ann") },
        ]
        let ending = try world.run(Fixture.plan(gains: 3))
        #expect(ending.wasStopped)
        #expect(!ending.isDone)
        #expect(ending.status.doneCount == 1)
        #expect(world.written.map(World.text) == ["grant 0#0", "result 0#0 success"])
        #expect(
            world.sent(to: "ann").suffix(2) == ["acknowledge 0#0", "dismiss stopping"])
    }

    @Test("a second stop does not wait for running trials")
    func secondStop() throws {
        let world = World()
        world.script = [
            { $0.say(Fixture.hello(), as: "ann") }, { _ in }, { _ in },
            { $0.requests = [.stop] }, { $0.requests = [.stop] },
        ]
        let ending = try world.run(Fixture.plan())
        #expect(ending.wasStopped)
        #expect(ending.status.doneCount == 0)
        #expect(world.time < 2_000)
    }

    @Test("patience with running trials ends")
    func patienceEnds() throws {
        let world = World()
        world.script = [
            { $0.say(Fixture.hello(), as: "ann") }, { _ in }, { _ in }, { $0.requests = [.stop] },
        ]
        world.idleWaits = 1_000
        let start = world.time
        let ending = try world.run(
            Fixture.plan(), settings: Fixture.settings { $0.patienceMilliseconds = 700 })
        #expect(ending.wasStopped)
        #expect((700..<900).contains(world.time - start))
    }

    @Test("a stop on a full disk ends in the end, with the disk's exit code")
    func stopOnFullDisk() throws {
        let world = World()
        let report = try Fixture.result(Fixture.lease(0), Fixture.outcome(0.5))
        world.script = [
            { $0.say(Fixture.hello(), as: "ann") }, { _ in },
            {
                $0.isBookQuick = false
                $0.news.state = .diskFull
                $0.say(report, as: "ann")
            },
            { $0.requests = [.stop, .stop] },
        ]
        world.idleWaits = 1_000
        #expect(throws: CoordinatorError.stoppedWithoutDisk) { try world.run(Fixture.plan()) }
        #expect(!world.sent(to: "ann").contains("acknowledge 0#0"))
    }

    @Test("a failed trial is tried again on request, with an attempt that was never used")
    func retry() throws {
        let world = World()
        let report = try Fixture.result(Fixture.lease(0, 5), Fixture.outcome(0.5))
        world.script = [
            { $0.say(Fixture.hello(), as: "ann") }, { $0.requests = [.retry([TrialID(0)])] },
            { _ in }, { _ in }, { $0.say(report, as: "ann") },
        ]
        world.verdict = { entry in
            if case .reopen = entry { .reopened(nextAttempt: 5) } else { .durable }
        }
        let restored = RestoredSweep(failed: [TrialID(0)])
        var limits = Scheduler.Limits()
        limits.staysWhenDone = true
        #expect(throws: ScriptEnded.self) {
            try world.run(
                Fixture.plan(), restored: restored,
                settings: Fixture.settings { $0.showMilliseconds = 1 }, limits: limits)
        }
        #expect(
            world.written.map(World.text) == ["reopen 0", "grant 0#5", "result 0#5 success"])
        #expect(world.lastStatus?.failedCount == 0)
        #expect(world.lastStatus?.doneCount == 1)
    }
}
