import SweepCoordinator
import SweepCore
import SweepProtocol
import Testing

@Suite("The loop, and peers that break the protocol")
struct LoopBreachTests {
    @Test("a peer of another version is told ours")
    func version() throws {
        let world = World()
        world.script = [{ $0.sayGarbage(.version(7), as: "eve") }, { _ in }]
        #expect(throws: ScriptEnded.self) { try world.run(Fixture.plan()) }
        #expect(world.transcript == ["eve < reject version"])
    }

    @Test("after three breaches a peer is not heard any more")
    func threeBreaches() throws {
        let world = World()
        world.script = [{ $0.say(Fixture.hello(), as: "eve") }, { _ in }]
        for _ in 0..<3 { world.script.append { $0.sayGarbage(.magic, as: "eve") } }
        world.script += [
            { $0.say(Fixture.hello(sequence: 3), as: "eve") }, { $0.sayGarbage(.magic, as: "eve") },
            { _ in },
        ]
        #expect(throws: ScriptEnded.self) {
            try world.run(Fixture.plan(), settings: Fixture.settings { $0.showMilliseconds = 1 })
        }
        #expect(
            world.sent(to: "eve").filter { $0 != "ping" } == [
                "welcome", "assign 0#0", "reject malformed", "reject malformed",
                "reject quarantined",
            ])
        #expect(world.lastStatus?.counters.breaches == 3)
        #expect(world.lastStatus?.counters.mutedPeers == 1)
        #expect(world.lastStatus?.scheduler.pendingCount == 1)
        #expect(world.lastStatus?.workers.isEmpty == true)
    }

    @Test("a message in another worker's session does nothing")
    func foreignSession() throws {
        let world = World()
        let report = try Fixture.result(Fixture.lease(0), Fixture.outcome(9))
        world.script = [
            { $0.say(Fixture.hello(1), as: "ann") }, { _ in }, { _ in },
            { $0.say(report, as: "eve", session: $0.sessions["ann"]) },
            { $0.say(.bye, as: "eve", session: $0.sessions["ann"]) },
            { _ in },
        ]
        #expect(throws: ScriptEnded.self) { try world.run(Fixture.plan()) }
        #expect(world.sent(to: "eve") == ["reject rehello", "reject rehello"])
        #expect(world.sent(to: "ann") == ["welcome", "assign 0#0"])
        #expect(world.written.map(World.text) == ["grant 0#0"])
    }

    @Test("another key that claims a worker's number is another worker")
    func identityIsBoundToKey() throws {
        let world = World()
        let report = try Fixture.result(Fixture.lease(0), Fixture.outcome(9))
        world.script = [
            { $0.say(Fixture.hello(1), as: "ann") }, { _ in }, { _ in },
            { $0.say(Fixture.hello(1, incarnation: 99), as: "eve") },
            { $0.say(report, as: "eve") },
            { _ in },
        ]
        #expect(throws: ScriptEnded.self) { try world.run(Fixture.plan()) }
        #expect(world.sent(to: "eve") == ["welcome", "cancel 0#0"])
        #expect(world.sent(to: "ann") == ["welcome", "assign 0#0"])
    }

    @Test("a result of a trial that is not in the plan is cancelled")
    func outsideThePlan() throws {
        let world = World()
        let report = try Fixture.result(Fixture.lease(1_000_000), Fixture.outcome(9))
        world.script = [
            { $0.say(Fixture.hello(), as: "eve") }, { _ in }, { $0.say(report, as: "eve") },
            {
                $0.say(
                    .crashed(Crash(Fixture.lease(77), cause: .exit, code: 1)), as: "eve")
            },
            { $0.say(.returned([Fixture.lease(99)]), as: "eve") },
            { _ in },
        ]
        #expect(throws: ScriptEnded.self) { try world.run(Fixture.plan()) }
        #expect(
            world.sent(to: "eve") == [
                "welcome", "assign 0#0", "cancel 1000000#0", "cancel 77#0",
            ])
        #expect(world.written.map(World.text) == ["grant 0#0"])
    }

    @Test("a result whose bytes cannot be read counts as a crash")
    func unreadableResult() throws {
        let world = World()
        world.script = [
            { $0.say(Fixture.hello(), as: "ann") }, { _ in }, { _ in },
            { $0.say(Fixture.result(Fixture.lease(0), bytes: [1, 2, 3]), as: "ann") },
            { _ in }, { _ in },
        ]
        #expect(throws: ScriptEnded.self) { try world.run(Fixture.plan()) }
        #expect(
            world.written.map(World.text) == ["grant 0#0", "crash 0#0", "grant 0#1"])
        #expect(
            world.sent(to: "ann") == ["welcome", "assign 0#0", "acknowledge 0#0", "assign 0#1"])
    }

    @Test("what a peer writes about itself is escaped in the log")
    func logIsEscaped() throws {
        let world = World()
        world.script = [
            { $0.say(Fixture.hello(), as: "eve") }, { _ in }, { _ in },
            {
                $0.say(
                    .crashed(
                        Crash(
                            Fixture.lease(0), cause: .exit, code: 1,
                            lastLines: ["a\nALARM: \u{1B}[2J\u{202E}b"])), as: "eve")
            },
            { _ in },
        ]
        #expect(throws: ScriptEnded.self) { try world.run(Fixture.plan()) }
        #expect(
            world.log.allSatisfy { line in
                !line.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202E }
            })
        #expect(world.log.contains { $0.contains("a\\u{a}ALARM: \\u{1b}[2J\\u{202e}b") })
    }

    @Test("whatever a worker says, another's results are recorded", arguments: UInt64(1)...20)
    func hostileWorker(seed: UInt64) throws {
        let world = World()
        var random = SplitMix(state: seed)
        let plan = try Fixture.plan(gains: 4, seeds: 3)
        world.script = [
            { $0.say(Fixture.hello(1, slots: 12), as: "ann") },
            { $0.say(Fixture.hello(2, slots: 3), as: "eve") },
        ]
        for _ in 0..<60 {
            let message = try Self.anyMessage(&random)
            let isGarbage = random.next() % 40 == 0
            world.script.append { world in
                if isGarbage { world.sayGarbage(.headerLength(3), as: "eve") }
                world.say(message, as: "eve")
            }
        }
        world.script.append { $0.say(.bye, as: "eve") }
        world.idleWaits = 400
        var sequence: UInt64 = 1
        var reported: Set<Lease> = []
        let honest: (World) -> Void = { world in
            var held: Set<Lease> = []
            for item in world.sent where item.peer == "ann" {
                switch item.envelope.message {
                case .assign(let assignment): held.insert(assignment.lease)
                case .cancel(let leases): held.subtract(leases)
                case .acknowledge(let acknowledgement): held.remove(acknowledgement.lease)
                default: break
                }
            }
            for lease in held.sorted(by: { $0.trial < $1.trial }) {
                let value = Double(lease.trial.rawValue)
                if let report = try? Fixture.result(lease, Fixture.outcome(value)) {
                    world.say(report, as: "ann")
                    reported.insert(lease)
                }
            }
            sequence += 1
            world.say(
                Fixture.heartbeat(
                    sequence, credit: 12, held: held.map { HeldTrial($0, .reporting) }), as: "ann")
        }
        for place in stride(from: 4, to: 62, by: 3) {
            let step = world.script[place]
            world.script[place] = {
                step($0)
                honest($0)
            }
        }
        world.script += [honest, honest, honest, honest, honest, honest, honest, honest]
        let ending = try? world.run(plan)
        // Every trial that the honest worker reported first is recorded with its own number.
        var firstBy: [TrialID: BookResult] = [:]
        for case .result(let result) in world.written { firstBy[result.lease.trial] = result }
        let ann = WorkerIdentity(high: 0, low: 1).bound(toKey: "key-ann")
        for (trial, result) in firstBy where result.worker == ann {
            #expect(result.outcome == Fixture.outcome(Double(trial.rawValue)))
        }
        #expect(firstBy.values.contains { $0.worker == ann })
        #expect(ending?.isDone == true)
    }

    /// Some message that a worker may send, true or not.
    private static func anyMessage(_ random: inout SplitMix) throws -> Message {
        let lease = Fixture.lease(Int(random.next() % 14), Int(random.next() % 3))
        let phases: [HeldTrial.Phase] = [.queued, .running, .reporting]
        let held = (0..<random.next() % 4).map { _ in
            HeldTrial(
                Fixture.lease(Int(random.next() % 14), Int(random.next() % 3)),
                phases[Int(random.next() % 3)])
        }
        switch random.next() % 9 {
        case 0:
            return Fixture.hello(2, slots: 3, sequence: random.next() % 90, held: held, sweep: 9)
        case 1, 2: return Fixture.heartbeat(random.next() % 90, credit: 3, held: held)
        case 3, 4: return try Fixture.result(lease, Fixture.outcome(-1))
        case 5: return .crashed(Crash(lease, cause: .signal, code: 9))
        case 6: return .returned([lease])
        case 7:
            return .resultPart(
                ResultPart(
                    lease, digest: SHA256Digest(of: "x"), byteCount: 900_000,
                    partIndex: Int(random.next() % 4), partCount: 4,
                    content: [UInt8](repeating: 1, count: 1 + Int(random.next() % 262_144)),
                    wallMilliseconds: 0, cpuMilliseconds: 0))
        default: return .drain
        }
    }
}

/// A small generator whose numbers depend on its seed alone.
struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
