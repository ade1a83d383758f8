import SweepCore
import SweepProtocol
import SweepWorker
import Testing

/// Dialogues about half-done trials with a coordinator and children that the test plays.
@Suite("Supervisor and checkpoints")
struct SupervisorCheckpointTests {
    private static let lease = Lease(TrialID(3), attempt: 1)

    private static func content(_ step: UInt64, bytes: Int = 50) -> [UInt8] {
        CheckpointContent(
            step: step, kernelFamily: "reference", softwareVersion: "1",
            state: (0..<bytes).map { UInt8(truncatingIfNeeded: $0 / 5) }
        ).bytes
    }

    private static func offered(_ content: [UInt8]) -> Assignment {
        var assignment = assignment(3, attempt: 1)
        assignment.checkpoint = CheckpointOffer(
            digest: SHA256Digest(of: content), byteCount: content.count, step: 7)
        return assignment
    }

    /// A worker that runs a trial.
    private static func running() throws -> World {
        let world = try World()
        try world.join()
        try world.hear(.assign(assignment(3, attempt: 1)))
        _ = world.wire.takeSent()
        _ = world.children.takeCalls()
        return world
    }

    private static func parts(_ messages: [Message]) -> [ResultPart] {
        messages.compactMap { if case .checkpointPart(let part) = $0 { part } else { nil } }
    }

    private static func answer(
        _ content: [UInt8], _ verdict: CheckpointAcknowledgement.Verdict = .kept
    ) -> Message {
        .checkpointAck(
            CheckpointAcknowledgement(lease, digest: SHA256Digest(of: content), verdict))
    }

    @Test("a checkpoint goes to the coordinator once, until it is answered")
    func forwarded() throws {
        let world = try Self.running()
        world.children.pending = [.checkpoint(Self.lease, Self.content(5))]
        try world.turn()
        let parts = Self.parts(world.wire.takeSent())
        #expect(parts.map(\.content) == [Self.content(5)])
        #expect(parts.first?.lease == Self.lease)
        try world.turn(after: 1_000)
        #expect(Self.parts(world.wire.takeSent()).isEmpty)
        // No answer within a lease, though the coordinator lives: once more.
        for _ in 0..<5 {
            try world.turn(after: 900, .received(Envelope(.ping, session: World.session)))
            try world.hear(.heartbeatAck(sequence: 1))
        }
        #expect(Self.parts(world.wire.takeSent()).map(\.content) == [Self.content(5)])
        try world.hear(Self.answer(Self.content(5)))
        for _ in 0..<12 { try world.hear(.heartbeatAck(sequence: 1)) }
        try world.turn(after: 900)
        #expect(Self.parts(world.wire.takeSent()).isEmpty)
    }

    @Test("the newest takes the place of one that is not on its way")
    func newest() throws {
        let world = try Self.running()
        world.children.pending = [5, 6, 7].map { .checkpoint(Self.lease, Self.content($0)) }
        try world.turn()
        #expect(Self.parts(world.wire.takeSent()).map(\.content) == [Self.content(7)])
        world.children.pending = [8, 9].map { .checkpoint(Self.lease, Self.content($0)) }
        try world.turn()
        #expect(Self.parts(world.wire.takeSent()).isEmpty)
        try world.hear(Self.answer(Self.content(7)))
        #expect(Self.parts(world.wire.takeSent()).map(\.content) == [Self.content(9)])
        try world.hear(Self.answer(Self.content(9), .unwanted))
        try world.turn(after: 100)
        #expect(Self.parts(world.wire.takeSent()).isEmpty)
    }

    @Test(
        "a large one goes in parts, as far as there is credit, and begins again on a new connection"
    )
    func parts() throws {
        let world = try Self.running()
        let content = Self.content(5, bytes: 3 * WireLimits.partBytes)
        world.children.pending = [.checkpoint(Self.lease, content)]
        try world.turn()
        #expect(Self.parts(world.wire.takeSent()).map(\.partIndex) == [0])
        try world.hear(
            .checkpointCredit(ResultCredit(Self.lease, receivedParts: 1, grantedParts: 3)))
        #expect(Self.parts(world.wire.takeSent()).map(\.partIndex) == [1, 2])
        try world.turn(.disconnected)
        try world.turn(.connected)
        #expect(Self.parts(world.wire.takeSent()).isEmpty)
    }

    @Test("it waits while a result is on its way")
    func resultsFirst() throws {
        let world = try World(slots: 2)
        try world.join()
        try world.hear(.assign(assignment(3, attempt: 1)), .assign(assignment(4)))
        _ = world.wire.takeSent()
        let large = try finished(4, doubles: 100_000)
        world.children.pending = [
            .checkpoint(Self.lease, Self.content(5)), .ended(slot: 1, large),
        ]
        try world.turn()
        #expect(world.wire.takeSent().map(\.kind) == [.resultPart])
        try world.hear(
            .resultCredit(ResultCredit(large.lease, receivedParts: 1, grantedParts: 9)))
        #expect(world.wire.takeSent().map(\.kind).last == .checkpointPart)
    }

    @Test("the end of a trial ends its checkpoints")
    func ended() throws {
        let world = try Self.running()
        world.wire.isOpen = false
        world.children.pending = [.checkpoint(Self.lease, Self.content(5))]
        try world.turn()
        world.children.pending = [.ended(slot: 0, try finished(3, attempt: 1))]
        try world.turn()
        world.wire.isOpen = true
        try world.turn()
        #expect(Self.parts(world.wire.takeSent()).isEmpty)
    }

    @Test("a call for checkpoints reaches the children")
    func call() throws {
        let world = try Self.running()
        try world.hear(.saveCheckpoints)
        #expect(world.children.takeCalls() == [.callForCheckpoints])
    }

    @Test("a worker that leaves asks for checkpoints at once, and again before it goes")
    func leaving() throws {
        let world = try Self.running()
        world.stops.pending = [15]
        try world.turn()
        #expect(world.children.takeCalls() == [.callForCheckpoints])
        for _ in 0..<110 {
            try world.turn(after: 100)
            try world.hear(.heartbeatAck(sequence: 1))
        }
        #expect(world.children.takeCalls().isEmpty)
        for _ in 0..<20 { try world.hear(.heartbeatAck(sequence: 1)) }
        try world.turn(after: 1_000)
        #expect(world.children.takeCalls() == [.callForCheckpoints])
    }

    // MARK: Going on

    private static func pieces(_ content: [UInt8], _ indices: Range<Int>) -> [Message] {
        let size = WireLimits.partBytes
        let count = (content.count + size - 1) / size
        return indices.map { index in
            .checkpointPiece(
                ResultPart(
                    lease, digest: SHA256Digest(of: content), byteCount: content.count,
                    partIndex: index, partCount: count,
                    content: Array(content.dropFirst(index * size).prefix(size)),
                    wallMilliseconds: 0, cpuMilliseconds: 0))
        }
    }

    private static func questions(_ messages: [Message]) -> [Int] {
        messages.compactMap {
            if case .fetchCheckpoint(let fetch) = $0 { fetch.firstPart } else { nil }
        }
    }

    /// A worker that waits for the checkpoint of its trial.
    private static func waiting(for content: [UInt8]) throws -> World {
        let world = try World()
        try world.join()
        try world.hear(.assign(offered(content)))
        #expect(questions(world.wire.takeSent()) == [0])
        #expect(world.children.takeCalls().isEmpty)
        return world
    }

    @Test("a trial starts when all of its checkpoint is there")
    func fetched() throws {
        let content = Self.content(7, bytes: 10 * WireLimits.partBytes)
        let world = try Self.waiting(for: content)
        for piece in Self.pieces(content, 0..<8).reversed() { try world.hear(piece) }
        #expect(world.children.takeCalls().isEmpty)
        try world.turn()
        #expect(Self.questions(world.wire.takeSent()) == [8])
        for piece in Self.pieces(content, 8..<11) { try world.hear(piece) }
        #expect(world.children.takeCalls() == [.resume(Self.lease, slot: 0)])
        #expect(world.children.checkpoints == [content])

        world.children.pending = [.continued(Self.lease, step: 7)]
        try world.turn()
        #expect(world.wire.takeSent().contains(.continued(Continuation(Self.lease, step: 7))))
        #expect(world.events.contains("trial-continued"))
    }

    @Test("a question that is lost is asked again")
    func askedAgain() throws {
        let content = Self.content(7)
        let world = try Self.waiting(for: content)
        try world.turn(after: 1_999)
        #expect(Self.questions(world.wire.takeSent()).isEmpty)
        try world.turn(after: 1)
        #expect(Self.questions(world.wire.takeSent()) == [0])
        try world.hear(Self.pieces(content, 0..<1)[0])
        #expect(world.children.takeCalls() == [.resume(Self.lease, slot: 0)])
    }

    @Test("without its checkpoint a trial begins afresh, and the log says why")
    func gone() throws {
        let content = Self.content(7)
        let world = try Self.waiting(for: content)
        try world.hear(Self.answer(content, .gone))
        #expect(world.children.takeCalls() == [.start(Self.lease, slot: 0)])
        #expect(world.events.contains("checkpoint-refused"))

        // One that is not what was announced.
        let other = try Self.waiting(for: content)
        guard case .checkpointPiece(var part) = Self.pieces(content, 0..<1)[0] else { return }
        part.content[20] ^= 1
        try other.hear(.checkpointPiece(part))
        #expect(other.children.takeCalls() == [.start(Self.lease, slot: 0)])
        #expect(other.events.contains("checkpoint-refused"))
    }

    @Test("parts that nobody asked for change nothing")
    func strangePieces() throws {
        let content = Self.content(7, bytes: 20 * WireLimits.partBytes)
        let world = try Self.waiting(for: content)
        for piece in Self.pieces(content, 8..<21) { try world.hear(piece) }
        guard case .checkpointPiece(var part) = Self.pieces(content, 0..<1)[0] else { return }
        part.content.removeLast()
        try world.hear(.checkpointPiece(part))
        #expect(world.children.takeCalls().isEmpty)
        for first in [0, 8, 16] {
            for piece in Self.pieces(content, first..<min(first + 8, 21)) {
                try world.hear(piece)
            }
            try world.turn()
        }
        #expect(world.children.checkpoints == [content])
    }

    @Test("a trial that is cancelled while it waits is not started")
    func cancelled() throws {
        let content = Self.content(7)
        let world = try Self.waiting(for: content)
        try world.hear(.cancel([Self.lease]), Self.pieces(content, 0..<1)[0])
        #expect(world.children.takeCalls() == [.stop(slot: 0)])
    }
}
