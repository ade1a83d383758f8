import SweepCoordinator
import SweepCore
import SweepProtocol
import Testing

@Suite("The loop, when something breaks")
struct LoopFaultTests {
    @Test("a local worker's death hands its trial on at once, and starts the worker again")
    func localDeath() throws {
        let world = World()
        world.script = [
            { $0.say(Fixture.hello(1), as: "ann") }, { _ in },
            { $0.say(Fixture.hello(2), as: "bob") },
            { $0.ended = [EndedWorker(index: 0, ending: "killed by signal 9")] }, { _ in },
            { _ in },
        ]
        world.idleWaits = 12
        #expect(throws: ScriptEnded.self) {
            try world.run(Fixture.plan(), crewKeys: ["key-ann", "key-bob"])
        }
        #expect(
            world.transcript == [
                "ann < welcome", "book: grant 0#0", "durable", "ann < assign 0#0", "bob < welcome",
                "book: loss 0#0", "book: grant 0#1", "durable", "durable", "bob < assign 0#1",
                "restart 0",
            ])
        guard
            case .loss(_, let kind, let reason) = world.written.first(where: {
                if case .loss = $0 { true } else { false }
            })
        else {
            Issue.record("no loss was written")
            return
        }
        #expect(kind == .unexplained)
        #expect(reason == "the worker's process ended: killed by signal 9")
    }

    @Test("local workers that end at once are given up with a sentence")
    func futileWorkers() throws {
        let world = World()
        world.idleWaits = 0
        for _ in 0..<2_000 {
            world.script.append { world in
                world.time += 20
                let isRunning = world.restarted.count > world.restartsAnswered || world.time < 1_030
                if isRunning {
                    world.restartsAnswered = world.restarted.count
                    world.ended = [EndedWorker(index: 0, ending: "ended with exit code 69")]
                }
            }
        }
        #expect(
            throws: CoordinatorError.crewGaveUp(lastEnding: "ended with exit code 69")
        ) { try world.run(Fixture.plan(), crewKeys: ["key-ann"]) }
        #expect(world.restarted == [0, 0, 0, 0, 0, 0])
    }

    @Test("a local worker that cannot read the data is not started again, and says why")
    func workerWithoutData() throws {
        let world = World()
        world.script = [
            { $0.say(Fixture.hello(1), as: "ann") },
            {
                $0.ended = [
                    EndedWorker(
                        index: 0, ending: "ended with exit code 66", dataTrouble: "no such file")
                ]
            },
        ]
        #expect(throws: CoordinatorError.dataUnreadable("no such file")) {
            try world.run(Fixture.plan(), crewKeys: ["key-ann"])
        }
        #expect(world.restarted == [])
        #expect(CoordinatorError.dataUnreadable("x").exitCode == 66)
    }

    @Test("a broken connection is found by sending, and its trial handed on")
    func brokenConnection() throws {
        let world = World()
        world.script = [
            { $0.say(Fixture.hello(1), as: "ann") }, { _ in },
            { $0.say(Fixture.hello(2), as: "bob") },
            {
                $0.unreachable = ["ann"]
                $0.disconnections = 1
            },
        ]
        world.idleWaits = 16
        #expect(throws: ScriptEnded.self) { try world.run(Fixture.plan()) }
        #expect(world.sent(to: "bob").filter { $0 != "ping" } == ["welcome", "assign 0#1"])
        #expect(world.written.map(World.text) == ["grant 0#0", "loss 0#0", "grant 0#1"])
    }

    @Test(
        "who comes back within 0.2 s of a broken connection, or 1 s of our own pause, loses nothing",
        arguments: [(pause: 0, absence: 200), (pause: 8_000, absence: 1_000)] as [(UInt64, UInt64)])
    func quickReturn(pause: UInt64, absence: UInt64) throws {
        let world = World()
        let held = [HeldTrial(Fixture.lease(0), .running)]
        world.script = [
            { $0.say(Fixture.hello(1), as: "ann") }, { _ in },
            { $0.say(Fixture.hello(2), as: "bob") },
            {
                $0.time += pause
                $0.unreachable = ["ann"]
                $0.disconnections = 1
                // What it had said before is answered into the void.
                $0.say(.heartbeat(Heartbeat(sequence: 2, creditCount: 0, held: held)), as: "ann")
            },
        ]
        // In steps, as a loop that stands still for long has paused itself.
        for _ in 0..<absence / 50 { world.script.append { $0.time += 49 } }
        world.script.append {
            $0.say(
                Fixture.hello(1, sequence: 3, held: held, sweep: 9), as: "ann-2", key: "key-ann")
        }
        world.idleWaits = 60
        #expect(throws: ScriptEnded.self) { try world.run(Fixture.plan()) }
        #expect(world.sent(to: "ann-2").first == "welcome")
        #expect(world.written.map(World.text) == ["grant 0#0"])
    }

    @Test("a worker that comes back over another connection keeps what it runs")
    func reconnected() throws {
        let world = World()
        let held = [HeldTrial(Fixture.lease(0), .running)]
        world.script = [
            { $0.say(Fixture.hello(), as: "ann") }, { _ in }, { _ in },
            {
                $0.say(
                    Fixture.hello(sequence: 2, held: held, sweep: 9), as: "ann-2", key: "key-ann")
            },
            { _ in }, { _ in },
        ]
        #expect(throws: ScriptEnded.self) { try world.run(Fixture.plan()) }
        #expect(world.sent(to: "ann-2") == ["welcome"])
        #expect(world.written.map(World.text) == ["grant 0#0"])
    }

    @Test("what a worker ran that was started again at once is written down as lost")
    func startedAgain() throws {
        let world = World()
        let finished = [HeldTrial(Fixture.lease(0), .reporting)]
        world.script = [
            { $0.say(Fixture.hello(slots: 2), as: "ann") }, { _ in }, { _ in },
            {
                $0.say(
                    Fixture.hello(slots: 2, incarnation: 2, held: finished, sweep: 9), as: "ann-2",
                    key: "key-ann")
            },
            { _ in }, { _ in },
        ]
        #expect(throws: ScriptEnded.self) { try world.run(Fixture.plan(gains: 2)) }
        #expect(world.sent(to: "ann-2") == ["welcome", "assign 1#1"])
        #expect(
            world.written.map(World.text) == ["grant 0#0", "grant 1#0", "loss 1#0", "grant 1#1"])
    }

    @Test("an error of the disk ends the loop with its exit code, and nothing is acknowledged")
    func diskError() throws {
        let world = World()
        let report = try Fixture.result(Fixture.lease(0), Fixture.outcome(0.5))
        world.script = [
            { $0.say(Fixture.hello(), as: "ann") }, { _ in },
            {
                $0.isBookQuick = false
                $0.say(report, as: "ann")
            },
            { $0.news.state = .failed(message: "the disk failed", exitCode: 73) },
        ]
        let error = #expect(throws: CoordinatorError.self) { try world.run(Fixture.plan()) }
        #expect(error == .book(message: "the disk failed", exitCode: 73))
        #expect(error?.exitCode == 73)
        #expect(!world.sent(to: "ann").contains("acknowledge 0#0"))
    }

    @Test("a full disk stops granting until there is space again")
    func fullDisk() throws {
        let world = World()
        world.script = [
            { $0.news.state = .diskFull },
            { $0.say(Fixture.hello(), as: "ann") },
            { _ in },
            {
                #expect($0.written == [])
                #expect($0.lastStatus?.isDiskFull == true)
                $0.news.state = .running
            },
            { _ in },
        ]
        world.idleWaits = 3
        #expect(throws: ScriptEnded.self) {
            try world.run(Fixture.plan(), settings: Fixture.settings { $0.showMilliseconds = 1 })
        }
        #expect(world.sent(to: "ann") == ["welcome", "assign 0#0"])
    }

    @Test("a long queue of the book stops granting")
    func longQueue() throws {
        let world = World()
        world.script = [
            { $0.news.isPressed = true }, { $0.say(Fixture.hello(), as: "ann") }, { _ in },
        ]
        #expect(throws: ScriptEnded.self) { try world.run(Fixture.plan()) }
        #expect(world.written == [])
    }

    @Test("what the book has no room for is kept and handed over in order")
    func bookWithoutRoom() throws {
        let world = World()
        world.capacity = 1
        world.script = [
            {
                $0.isBookQuick = false
                $0.say(Fixture.hello(slots: 3), as: "ann")
            },
            { _ in },
            {
                #expect($0.written.count == 1)
                $0.isBookQuick = true
            },
            { _ in }, { _ in }, { _ in }, { _ in },
        ]
        #expect(throws: ScriptEnded.self) { try world.run(Fixture.plan(gains: 3)) }
        #expect(world.sent(to: "ann") == ["welcome", "assign 0#0", "assign 1#0", "assign 2#0"])
    }

    @Test("a result that the ledger refuses becomes a failure that says so")
    func refusedResult() throws {
        let world = World()
        let report = try Fixture.result(Fixture.lease(0), Fixture.outcome(0.5))
        world.script = [
            { $0.say(Fixture.hello(), as: "ann") }, { _ in }, { $0.say(report, as: "ann") },
        ]
        world.verdict = { entry in
            if case .result(let result) = entry, case .success = result.outcome {
                .refused("the result is malformed")
            } else {
                .durable
            }
        }
        let ending = try world.run(Fixture.plan())
        #expect(ending.isDone)
        #expect(
            world.transcript.suffix(6) == [
                "book: result 0#0 success", "durable", "book: result 0#0 crashed", "durable",
                "ann < acknowledge 0#0", "ann < dismiss finished",
            ])
    }

    @Test("a grant that the ledger refuses ends the loop")
    func refusedGrant() throws {
        let world = World()
        world.script = [{ $0.say(Fixture.hello(), as: "ann") }, { _ in }]
        world.verdict = { _ in .refused("this attempt was granted to another worker") }
        let error = #expect(throws: CoordinatorError.self) { try world.run(Fixture.plan()) }
        #expect(error?.exitCode == 66)
        #expect(world.sent(to: "ann") == ["welcome"])
    }

    @Test("a trial that runs out of memory each time fails as that, and says what would help")
    func outOfMemory() throws {
        let world = World()
        var limits = Scheduler.Limits()
        limits.crashLimit = 2
        world.script = [{ $0.say(Fixture.hello(), as: "ann") }, { _ in }]
        for attempt in 0..<2 {
            world.script.append {
                $0.say(
                    .crashed(Crash(Fixture.lease(0, attempt), cause: .outOfMemory, code: 6)),
                    as: "ann")
            }
            world.script.append { _ in }
        }
        _ = try world.run(Fixture.plan(), limits: limits)
        guard case .result(let result) = world.written.last,
            case .failure(let failure, _) = result.outcome
        else {
            Issue.record("no failure was written")
            return
        }
        #expect(failure.kind == .outOfMemory)
        #expect(failure.message.contains("ran out of memory; use fewer --slots"))
    }

    @Test("a trial whose child crashes again and again is quarantined, with the last crash")
    func quarantine() throws {
        let world = World()
        var limits = Scheduler.Limits()
        limits.crashLimit = 2
        world.script = [{ $0.say(Fixture.hello(), as: "ann") }, { _ in }]
        for attempt in 0..<2 {
            world.script.append {
                $0.say(
                    .crashed(
                        Crash(
                            Fixture.lease(0, attempt), cause: .signal, code: 11,
                            lastLines: ["\u{1B}]0;segmentation fault"])), as: "ann")
            }
            world.script.append { _ in }
        }
        let ending = try world.run(Fixture.plan(), limits: limits)
        #expect(ending.status.failedCount == 1)
        #expect(
            world.written.map(World.text) == [
                "grant 0#0", "crash 0#0", "grant 0#1", "crash 0#1", "result 0#1 quarantined",
            ])
        guard case .result(let result) = world.written.last,
            case .failure(let failure, _) = result.outcome
        else {
            Issue.record("no failure was written")
            return
        }
        #expect(failure.message.contains("signal 11"))
        #expect(failure.message.contains("\\u{1b}]0;segmentation fault"))
    }

    @Test("a trial that three workers were lost with is quarantined, with the end of the last one")
    func killer() throws {
        let world = World()
        for round: UInt64 in 0..<3 {
            world.script += [
                {
                    $0.say(
                        Fixture.hello(incarnation: round + 1), as: "ann-\(round)", key: "key-ann")
                }, { _ in }, { _ in },
                {
                    $0.ended = [
                        EndedWorker(
                            index: 0, ending: "killed by signal 11",
                            lastLines: ["begins 0#\(round)", "index out of range"])
                    ]
                }, { _ in },
            ]
        }
        let ending = try world.run(Fixture.plan(), crewKeys: ["key-ann"])
        #expect(ending.status.scheduler.quarantinedCount == 1)
        #expect(
            world.written.map(World.text) == [
                "grant 0#0", "loss 0#0", "grant 0#1", "loss 0#1", "grant 0#2", "loss 0#2",
                "result 0#2 quarantined",
            ])
        let trial = try #require(ending.status.quarantinedTrials.first)
        #expect(
            trial.reason
                == "of 3 attempts 3 were lost with their workers, on one worker; the last one: its "
                + "worker was lost: the worker's process ended: killed by signal 11: begins 0#2 | "
                + "index out of range")
    }

    @Test("a worker whose connection broke takes its loss back when it returns")
    func forgiven() throws {
        let world = World()
        world.script = [
            { $0.say(Fixture.hello(), as: "ann") }, { _ in }, { _ in },
            {
                $0.unreachable = ["ann"]; $0.disconnections = 1
            },
        ]
        world.script += [(World) -> Void](repeating: { $0.time += 50 }, count: 12)
        world.script += [
            {
                $0.say(
                    Fixture.hello(
                        sequence: 2, held: [HeldTrial(Fixture.lease(0), .running)], sweep: 9),
                    as: "ann-2", key: "key-ann")
            }, { _ in }, { _ in },
        ]
        #expect(throws: ScriptEnded.self) { try world.run(Fixture.plan()) }
        #expect(world.written.map(World.text) == ["grant 0#0", "loss 0#0", "forgive 0#0"])
    }

    @Test("the loop ends when the door no longer keeps strangers out")
    func brokenDoor() throws {
        let world = World()
        world.isKeyCheckBroken = true
        #expect(throws: (any Error).self) { try world.run(Fixture.plan()) }
        #expect(world.idleWaits >= 4)
    }

    @Test("a spec that no message can carry is refused before any worker comes")
    func spec() throws {
        let world = World()
        let settings = Fixture.settings {
            $0.spec = String(repeating: "a", count: WireLimits.specBytes + 1)
        }
        let error = #expect(throws: CoordinatorError.self) {
            try world.run(Fixture.plan(), settings: settings)
        }
        #expect(error?.exitCode == 2)
    }
}
