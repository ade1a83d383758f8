import SweepCore
import SweepProtocol
import SweepWorker
import Testing

/// How workers leave, lose their coordinator, and give up.
@Suite("Supervisor, ends and losses")
struct SupervisorEndTests {
    @Test("asked to leave, it returns what waits, ends what runs, and says goodbye")
    func drain() throws {
        let world = try World()
        try world.join()
        try world.hear(.assign(assignment(0)), .assign(assignment(1)))
        world.stops.pending = [15]
        #expect(try world.turn() == nil)
        #expect(
            world.wire.takeSent() == [.drain, .returned([assignment(1).lease])])
        world.children.pending = [.ended(slot: 0, try finished(0))]
        #expect(try world.turn(after: 10_000) == nil)
        _ = world.wire.takeSent()
        let end = try world.hear(.acknowledge(Acknowledgement(assignment(0).lease)))
        #expect(end == .left(signal: 15))
        #expect(end?.code == 0)
        #expect(world.wire.takeSent() == [.bye])
    }

    @Test("patience with what runs ends after 15 s, or at the second request")
    func drainHasAnEnd() throws {
        for isSecondRequest in [false, true] {
            let world = try World()
            try world.join()
            try world.hear(.assign(assignment(0)))
            world.stops.pending = [2]
            #expect(try world.turn() == nil)
            if isSecondRequest {
                world.stops.pending = [2]
            } else {
                #expect(try world.turn(after: 14_000) == nil)
            }
            let end = try world.turn(after: 1_000)
            #expect(end == .left(signal: 2))
            #expect(end?.code == 130)
            #expect(world.wire.takeSent().last == .bye)
            #expect(world.children.takeCalls().suffix(2) == [.stop(slot: 0), .killAll])
        }
    }

    @Test("a worker that leaves with an unacknowledged result leaves it on disk")
    func leavingKeepsResults() throws {
        let world = try World()
        try world.join()
        try world.hear(.assign(assignment(0)))
        world.children.pending = [.ended(slot: 0, try finished(0))]
        try world.turn()
        #expect(world.spool.files.isEmpty)
        world.stops.pending = [15, 15]
        #expect(try world.turn() == .left(signal: 15))
        #expect(world.spool.files.count == 1)
    }

    @Test("without coordinator and work it leaves at once")
    func leaveWithoutCoordinator() throws {
        let world = try World()
        world.stops.pending = [15]
        #expect(try world.turn() == .left(signal: 15))
    }

    @Test("five refusals of the key end it with 77, and a success begins the count anew")
    func refusals() throws {
        let world = try World()
        for _ in 0..<4 {
            #expect(try world.turn(.refused) == nil)
            let count = world.wire.reconnectCount
            #expect(try world.turn(after: 2_499) == nil)
            #expect(world.wire.reconnectCount == count)
            #expect(try world.turn(after: 1) == nil)
            #expect(world.wire.reconnectCount == count + 1)
        }
        try world.join()
        for _ in 0..<4 { #expect(try world.turn(.refused) == nil) }
        let end = try world.turn(.refused)
        #expect(end == .keyRefused(count: 5))
        #expect(end?.code == 77)
    }

    @Test("handshakes that break off before any contact count as refusals")
    func brokenHandshakes() throws {
        let world = try World()
        for _ in 0..<4 { #expect(try world.turn(.handshakeFailed) == nil) }
        #expect(try world.turn(.handshakeFailed) == .keyRefused(count: 5))
    }

    @Test("after a contact they never end it: it tries again, twice a second")
    func brokenHandshakesAfterContact() throws {
        let world = try World()
        try world.join()
        #expect(try world.turn(.disconnected) == nil)
        for _ in 0..<40 {
            let count = world.wire.reconnectCount
            #expect(try world.turn(.handshakeFailed) == nil)
            #expect(try world.turn(after: 499) == nil)
            #expect(world.wire.reconnectCount == count)
            #expect(try world.turn(after: 1) == nil)
            #expect(world.wire.reconnectCount == count + 1)
        }
    }

    @Test("an endpoint that never answers: others are tried, and after a minute it ends with 69")
    func unreachable() throws {
        let world = try World()
        var end: WorkerExit?
        var seconds = 0
        while end == nil, seconds < 100 {
            end = try world.turn(after: 1_000)
            seconds += 1
        }
        #expect(seconds == 60)
        #expect(end == .unreachable(seconds: 60))
        #expect(end?.code == 69)
        #expect(world.wire.reconnectCount == 6)
    }

    @Test("a lost coordinator is waited for while a trial runs, and for ten minutes after")
    func absence() throws {
        let world = try World()
        try world.join()
        try world.hear(.assign(assignment(0)))
        try world.turn(.disconnected)
        for _ in 0..<2_000 { #expect(try world.turn(after: 1_000) == nil) }
        world.children.pending = [.ended(slot: 0, try finished(0))]
        #expect(try world.turn() == nil)
        for _ in 0..<599 { #expect(try world.turn(after: 1_000) == nil) }
        #expect(try world.turn(after: 1_000) == .unreachable(seconds: 600))
        #expect(world.spool.files.count == 1)
    }

    @Test("a silent coordinator is left for another connection, with what the worker has")
    func silence() throws {
        let world = try World()
        try world.join()
        try world.hear(.assign(assignment(0)))
        for _ in 0..<5 { try world.turn(after: 1_000) }
        #expect(world.wire.reconnectCount == 1)
        _ = world.wire.takeSent()
        try world.turn(.connected)
        guard case .hello(let hello, _)? = world.wire.takeSent().first else {
            Issue.record("no hello")
            return
        }
        #expect(hello.held == [HeldTrial(assignment(0).lease, .running)])
        #expect(hello.sweep == 9)
    }

    @Test("a key that was refused is told as such, however short the patience")
    func refusedWithoutPatience() throws {
        let world = try World()
        #expect(try world.turn(.refused) == nil)
        let end = try world.turn(after: 60_000)
        #expect(end == .keyRefused(count: 1))
        #expect(end?.code == 77)
    }

    @Test("each refusal by message has its end")
    func rejections() throws {
        func end(_ reject: Reject, joined: Bool = true) throws -> WorkerExit? {
            let world = try World()
            if joined { try world.join() }
            return try world.hear(.reject(reject))
        }
        #expect(try end(Reject(.superseded, message: "")) == .superseded)
        #expect(try end(Reject(.superseded, message: ""))?.code == 75)
        #expect(try end(Reject(.quarantined, message: "why")) == .quarantined(message: "why"))
        #expect(try end(Reject(.version, message: ""))?.code == 69)
        #expect(try end(Reject(.rehello, message: "")) == nil)
        #expect(try end(Reject(.malformed, message: "")) == nil)
        #expect(try end(Reject(.otherSweep, message: "x")) == .unusable(message: "x"))
    }

    @Test("a coordinator that cannot be understood is another build: the worker says so and ends")
    func anotherBuild() throws {
        func exit(_ news: [WireNews]) throws -> WorkerExit? {
            let world = try World()
            try world.turn(.connected)
            for item in news { if let exit = try world.turn(item) { return exit } }
            return nil
        }
        let damaged = WireNews.damaged(.unknownFields(.welcome))
        let sound = WireNews.received(
            Envelope(.reject(Reject(.rehello, message: "")), session: nil))
        let few = [WireNews](repeating: damaged, count: 4)
        #expect(try exit(few + [sound] + few) == nil)
        let end = try exit(few + [damaged])
        #expect(end?.code == 69)
        #expect(end.map { "\($0)".contains("install the same version on both sides") } == true)
    }

    @Test("a busy coordinator is left alone for as long as it says")
    func busy() throws {
        let world = try World()
        try world.turn(.connected)
        try world.hear(.reject(Reject(.busy, retryAfterMilliseconds: 3_000, message: "")))
        _ = world.wire.takeSent()
        try world.turn(after: 2_999)
        #expect(world.wire.takeSent() == [])
        #expect(world.wire.reconnectCount == 0)
        try world.turn(after: 1)
        #expect(world.wire.reconnectCount == 1)
    }

    @Test("kernels that this CPU lacks end the worker before any trial")
    func unknownKernels() throws {
        let world = try World()
        try world.turn(.connected)
        let end = try world.hear(
            .welcome(World.welcome(greeting: world.lastGreeting, kernels: "avx9")))
        #expect(end?.code == 69)
    }

    @Test("children that cannot live end the worker")
    func childrenCannotLive() throws {
        let world = try World()
        try world.join()
        world.children.defeat = .dying(lastLines: ["no such library"])
        #expect(try world.turn()?.code == 69)
    }

    @Test("a stale welcome changes nothing")
    func staleWelcome() throws {
        let world = try World()
        try world.turn(.connected)
        let first = world.lastGreeting
        try world.turn(.disconnected, .connected)
        try world.hear(.welcome(World.welcome(greeting: first, sweep: 4)))
        #expect(world.children.takeCalls() == [])
        #expect(!world.events.contains("joined"))
    }

    @Test("an assignment of an earlier session is not started")
    func staleAssignment() throws {
        let world = try World()
        try world.join()
        let stale = WorkerID(epoch: 1, number: 6)
        try world.turn(.received(Envelope(.assign(assignment(0)), session: stale)))
        #expect(world.children.takeCalls() == [])
    }

    @Test("a worker that has another data file takes nothing and ends with 66")
    func otherData() throws {
        let world = try World()
        try world.turn(.connected)
        let files = [DataFile(path: "/other", digest: SHA256Digest(of: "x"))]
        let end = try world.hear(
            .welcome(World.welcome(greeting: world.lastGreeting, dataFiles: files)))
        #expect(end == .unreadableData(message: "/other is another file"))
        #expect(end?.code == 66)
        #expect(world.children.takeCalls() == [.killAll])
    }

    @Test("data files are looked at once for the same work, and again for other work")
    func dataOfOtherWork() throws {
        let world = try World()
        try world.join()
        let files = [DataFile(path: "/other", digest: SHA256Digest(of: "x"))]
        try world.turn(.disconnected)
        try world.turn(.connected)
        let end = try world.hear(
            .welcome(World.welcome(greeting: world.lastGreeting, dataFiles: files)))
        #expect(end?.code == 66)
    }

    @Test("a child that cannot read the data ends the worker and not the trial")
    func childWithoutData() throws {
        let world = try World()
        try world.join()
        try world.hear(.assign(assignment(0)))
        let crash = Crash(
            assignment(0).lease, cause: .exit, code: 66, lastLines: ["cannot read /data"])
        world.children.pending = [.crashed(slot: 0, crash)]
        #expect(try world.turn() == .unreadableData(message: "cannot read /data"))
        #expect(!world.wire.takeSent().contains { $0.kind == .crashed })
    }
}
