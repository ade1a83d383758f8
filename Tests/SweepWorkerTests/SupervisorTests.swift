import SweepCore
import SweepProtocol
import SweepWorker
import Testing

/// Whole dialogues with a coordinator, children and a spool that the test plays.
@Suite("Supervisor")
struct SupervisorTests {
    @Test("a trial from its assignment to its acknowledgement")
    func oneTrial() throws {
        let world = try World()
        try world.turn(.connected)
        guard case .hello(let hello, let description)? = world.wire.takeSent().first else {
            Issue.record("no hello")
            return
        }
        #expect(hello.identity == world.spool.identity)
        #expect(hello.incarnation == 1)
        #expect(hello.sweep == nil)
        #expect(description.specDigest == nil)

        let welcome = World.welcome(greeting: hello.sequence)
        try world.hear(.welcome(welcome), .assign(assignment(3)))
        #expect(
            world.children.takeCalls() == [
                .prepare("smoke"), .start(assignment(3).lease, slot: 0),
            ])
        #expect(world.children.started.first?.parameters == assignment(3).parameters)

        let trial = try finished(3)
        world.children.pending = [.ended(slot: 0, trial)]
        try world.turn()
        guard case .resultPart(let part)? = world.wire.takeSent().first else {
            Issue.record("no report")
            return
        }
        #expect(part.content == trial.content)
        #expect(part.digest == SHA256Digest(of: trial.content))
        #expect(part.wallMilliseconds == 10)

        try world.hear(.acknowledge(Acknowledgement(trial.lease)))
        try world.turn(after: 10_000, .received(Envelope(.ping, session: World.session)))
        #expect(world.spool.files.isEmpty)
        #expect(try world.hear(.dismiss(.finished)) == .finished)
        #expect(world.children.takeCalls().last == .killAll)
    }

    @Test("heartbeats go on while a trial runs")
    func heartbeatsGoOn() throws {
        let world = try World()
        try world.join()
        try world.hear(.assign(assignment(0)))
        var heartbeats: [Heartbeat] = []
        for _ in 0..<100 {
            try world.turn(after: 100)
            for case .heartbeat(let heartbeat) in world.wire.takeSent() {
                heartbeats.append(heartbeat)
                try world.hear(.heartbeatAck(sequence: heartbeat.sequence))
            }
        }
        #expect(heartbeats.count == 10)
        #expect(heartbeats.allSatisfy { $0.held == [HeldTrial(assignment(0).lease, .running)] })
        #expect(world.wire.reconnectCount == 0)
    }

    @Test("a short result is on disk only when its acknowledgement is late")
    func shortResultWaitsInMemory() throws {
        let world = try World()
        try world.join()
        try world.hear(.assign(assignment(0)))
        world.children.pending = [.ended(slot: 0, try finished(0, wallMilliseconds: 999))]
        try world.turn()
        #expect(world.spool.files.isEmpty)
        try world.turn(after: 999)
        #expect(world.spool.files.isEmpty)
        try world.turn(after: 1)
        #expect(world.spool.files.count == 1)
        try world.hear(.acknowledge(Acknowledgement(assignment(0).lease)))
        #expect(world.spool.files.isEmpty)
    }

    @Test("a long result goes to disk at once, and to a coordinator as soon as there is one")
    func longResultIsKeptFirst() throws {
        let world = try World()
        try world.join()
        try world.hear(.assign(assignment(0)))
        world.wire.isOpen = false
        world.children.pending = [.ended(slot: 0, try finished(0, wallMilliseconds: 1_000))]
        try world.turn()
        #expect(world.spool.files.count == 1)
        #expect(world.wire.takeSent() == [])
        world.wire.isOpen = true
        try world.turn()
        #expect(world.wire.takeSent().map(\.kind) == [.resultPart])
    }

    @Test("a full disk delays the spool and nothing else")
    func fullDisk() throws {
        let world = try World()
        try world.join()
        try world.hear(.assign(assignment(0)))
        world.spool.isFull = true
        world.children.pending = [.ended(slot: 0, try finished(0, wallMilliseconds: 5_000))]
        try world.turn()
        #expect(world.wire.takeSent().map(\.kind) == [.resultPart])
        #expect(world.events.count { $0 == "spool-trouble" } == 1)
        try world.turn(after: 2_000)
        #expect(world.events.count { $0 == "spool-trouble" } == 1, "told once")
        world.spool.isFull = false
        // The last refusal is taken in, and a second later the disk is tried again.
        for _ in 0..<2 { try world.turn(after: 1_000) }
        #expect(world.spool.files.count == 1)
    }

    @Test("results of the spool are named in the hello and reported after the welcome")
    func spooledResultsAreReported() throws {
        let spool = FakeSpool()
        let trial = try finished(5, attempt: 2)
        spool.keep(trial, sweep: 9)
        let world = try World(spool: spool)
        try world.turn(.connected)
        guard case .hello(let hello, _)? = world.wire.takeSent().first else {
            Issue.record("no hello")
            return
        }
        #expect(hello.sweep == 9)
        #expect(hello.held == [HeldTrial(trial.lease, .reporting)])
        try world.hear(.welcome(World.welcome(greeting: hello.sequence)))
        guard case .resultPart(let part)? = world.wire.takeSent().first else {
            Issue.record("no report")
            return
        }
        #expect(part.lease == trial.lease)
        try world.hear(.acknowledge(Acknowledgement(trial.lease)))
        #expect(spool.files.isEmpty)
    }

    @Test("results of another sweep stay; those of the sweep that is joined are taken up")
    func anotherSweep() throws {
        let spool = FakeSpool()
        spool.keep(try finished(1), sweep: 4)
        spool.keep(try finished(2), sweep: 9)
        let world = try World(spool: spool)
        try world.turn(.connected)
        try world.hear(.welcome(World.welcome(greeting: world.lastGreeting)))
        #expect(world.wire.reconnectCount == 1)
        #expect(spool.incarnation == 2)
        _ = world.wire.takeSent()

        try world.turn(.connected)
        guard case .hello(let hello, _)? = world.wire.sent.first?.message else {
            Issue.record("no hello")
            return
        }
        #expect(hello.incarnation == 2)
        #expect(hello.sweep == 9)
        #expect(hello.held == [HeldTrial(try finished(2).lease, .reporting)])
        try world.hear(.welcome(World.welcome(greeting: hello.sequence)))
        try world.hear(.acknowledge(Acknowledgement(try finished(2).lease)))
        #expect(spool.files.keys.map(\.sweep) == [4])
    }

    @Test("a dead child is a crash report with its signal and last lines")
    func crashIsReported() throws {
        let world = try World()
        try world.join()
        try world.hear(.assign(assignment(0)))
        let crash = Crash(assignment(0).lease, cause: .signal, code: 11, lastLines: ["boom"])
        world.children.pending = [.crashed(slot: 0, crash)]
        try world.turn()
        #expect(world.wire.takeSent() == [.crashed(crash)])
        #expect(world.spool.files.isEmpty)
        #expect(world.events.contains("trial-crashed"))
    }

    @Test("a cancelled trial is stopped, and its slot used when the fresh child waits")
    func cancelStops() throws {
        let world = try World()
        try world.join()
        try world.hear(.assign(assignment(0)), .assign(assignment(1)))
        #expect(world.children.takeCalls() == [.start(assignment(0).lease, slot: 0)])
        try world.hear(.cancel([assignment(0).lease]))
        #expect(world.children.takeCalls() == [.stop(slot: 0)])
        world.children.pending = [.freed(slot: 0)]
        try world.turn()
        #expect(world.children.takeCalls() == [.start(assignment(1).lease, slot: 0)])
    }

    @Test("what is taken back is returned in one message, what runs is not")
    func takeBack() throws {
        let world = try World()
        try world.join()
        let leases = (0..<3).map { assignment($0).lease }
        try world.hear(
            .assign(assignment(0)), .assign(assignment(1)), .assign(assignment(2)),
            .takeBack(leases))
        let returned = world.wire.takeSent().flatMap { message -> [Lease] in
            if case .returned(let leases) = message { leases } else { [] }
        }
        #expect(returned == [leases[1], leases[2]])
    }

    @Test("a large result goes in parts as credit comes, a small one overtakes it")
    func largeResult() throws {
        let world = try World(slots: 2)
        let limits = Welcome.Limits(partBytes: 1_000)
        try world.turn(.connected)
        try world.hear(.welcome(World.welcome(greeting: world.lastGreeting, limits: limits)))
        try world.hear(.assign(assignment(0)), .assign(assignment(1)))
        _ = world.wire.takeSent()
        let large = try finished(0, doubles: 400)
        world.children.pending = [.ended(slot: 0, large), .ended(slot: 1, try finished(1))]
        try world.turn()
        func parts() -> [(trial: Int, index: Int)] {
            world.wire.takeSent().compactMap { message in
                if case .resultPart(let part) = message {
                    (part.lease.trial.rawValue, part.partIndex)
                } else {
                    nil
                }
            }
        }
        #expect(parts().map { "\($0.trial):\($0.index)" } == ["1:0", "0:0"])
        try world.turn()
        #expect(parts().isEmpty, "no credit, no parts")
        try world.hear(
            .resultCredit(ResultCredit(large.lease, receivedParts: 1, grantedParts: 3)))
        #expect(parts().map(\.index) == [1, 2])
        try world.hear(
            .resultCredit(ResultCredit(large.lease, receivedParts: 3, grantedParts: 4)))
        #expect(parts().map(\.index) == [3])
    }
}
