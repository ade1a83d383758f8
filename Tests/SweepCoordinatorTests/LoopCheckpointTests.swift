import SweepCoordinator
import SweepCore
import SweepProtocol
import Testing

@Suite("The loop and checkpoints")
struct LoopCheckpointTests {
    private static func content(
        _ step: UInt64, bytes: Int = 100, family: String = "reference", software: String = "1"
    ) -> [UInt8] {
        CheckpointContent(
            step: step, kernelFamily: family, softwareVersion: software,
            state: (0..<bytes).map { UInt8(truncatingIfNeeded: $0 / 7) }
        ).bytes
    }

    /// All parts of a checkpoint.
    private static func parts(_ lease: Lease, _ content: [UInt8]) -> [Message] {
        let size = WireLimits.partBytes
        let count = (content.count + size - 1) / size
        return (0..<count).map { index in
            .checkpointPart(
                ResultPart(
                    lease, digest: SHA256Digest(of: content), byteCount: content.count,
                    partIndex: index, partCount: count,
                    content: Array(content.dropFirst(index * size).prefix(size)),
                    wallMilliseconds: 0, cpuMilliseconds: 0))
        }
    }

    private static func kept(_ lease: Lease, _ content: [UInt8], step: UInt64 = 40)
        -> KeptCheckpoint
    {
        KeptCheckpoint(
            lease, step: step, byteCount: content.count, kernelFamily: "reference",
            softwareVersion: "1", digest: SHA256Digest(of: content))
    }

    private static func transcript(
        _ script: [(World) -> Void], checkpoints: [KeptCheckpoint] = [],
        restored: RestoredSweep = .init(), bytes: [UInt8]? = nil,
        settings: CoordinatorSettings = Fixture.settings(),
        verdict: @escaping (BookEntry) -> BookVerdict = { _ in .durable }
    ) throws -> World {
        let world = World()
        world.script = script
        world.checkpointBytes = bytes
        world.verdict = verdict
        #expect(throws: ScriptEnded.self) {
            try world.run(
                Fixture.plan(), restored: restored, checkpoints: checkpoints, settings: settings)
        }
        return world
    }

    /// A script in which a worker joins and is assigned the trial first.
    private static func joined(_ steps: [(World) -> Void]) -> [(World) -> Void] {
        let joins: [(World) -> Void] = [
            { $0.say(Fixture.hello(), as: "ann") }, { _ in }, { _ in },
        ]
        return joins + steps
    }

    @Test("a checkpoint is acknowledged only after it is durable")
    func acknowledgedAfterCommit() throws {
        let world = try Self.transcript(
            Self.joined([
                {
                    $0.isBookQuick = false
                    for part in Self.parts(Fixture.lease(0), Self.content(12)) {
                        $0.say(part, as: "ann")
                    }
                },
                { _ in }, { _ in }, { $0.isBookQuick = true }, { _ in },
            ]))
        #expect(
            world.transcript == [
                "ann < welcome", "book: grant 0#0", "durable", "ann < assign 0#0",
                "book: checkpoint 0#0 at 12", "durable", "ann < checkpoint 0#0 kept",
            ])
    }

    @Test("one of several parts comes under credit")
    func severalParts() throws {
        let content = Self.content(9, bytes: 3 * WireLimits.partBytes)
        let parts = Self.parts(Fixture.lease(0), content)
        let world = try Self.transcript(
            Self.joined(parts.map { part -> (World) -> Void in { $0.say(part, as: "ann") } }))
        #expect(world.sent(to: "ann").contains("checkpointCredit"))
        #expect(world.transcript.contains("ann < checkpoint 0#0 kept"))
        guard case .checkpoint(let entry)? = world.written.last else {
            Issue.record("no checkpoint was written")
            return
        }
        #expect(entry.content == content)
        #expect(entry.worker == WorkerIdentity(high: 0, low: 1).bound(toKey: "key-ann"))
    }

    @Test("only who holds the lease may keep one")
    func fencing() throws {
        let other = Fixture.hello(2)
        let world = try Self.transcript(
            Self.joined([
                { $0.say(other, as: "bob") },
                {
                    // Another's lease, another attempt, another trial.
                    for lease in [Fixture.lease(0), Fixture.lease(0, 1), Fixture.lease(77)] {
                        $0.say(Self.parts(lease, Self.content(5))[0], as: "bob")
                    }
                    $0.say(Self.parts(Fixture.lease(0, 1), Self.content(5))[0], as: "ann")
                },
            ]))
        #expect(
            world.sent(to: "bob").suffix(3) == [
                "checkpoint 0#0 unwanted", "checkpoint 0#1 unwanted", "checkpoint 77#0 unwanted",
            ])
        #expect(world.sent(to: "ann").last == "checkpoint 0#1 unwanted")
        #expect(world.written.count == 1)
    }

    @Test("what the book refuses is not kept and not offered")
    func refused() throws {
        let world = try Self.transcript(
            Self.joined([
                { $0.say(Self.parts(Fixture.lease(0), Self.content(12))[0], as: "ann") },
                { _ in }, { _ in },
                { $0.say(.bye, as: "ann") }, { $0.say(Fixture.hello(), as: "amy") }, { _ in },
            ]),
            verdict: { entry in
                if case .checkpoint = entry { .refused("no") } else { .durable }
            })
        #expect(world.sent(to: "ann").contains("checkpoint 0#0 unwanted"))
        #expect(Self.offers(world) == [nil, nil])
    }

    private static func offers(_ world: World) -> [CheckpointOffer?] {
        world.sent.compactMap { item in
            if case .assign(let assignment) = item.envelope.message {
                .some(assignment.checkpoint)
            } else {
                nil
            }
        }
    }

    @Test("the next attempt is offered the newest")
    func offered() throws {
        let content = Self.content(24)
        let world = try Self.transcript(
            Self.joined([
                { $0.say(Self.parts(Fixture.lease(0), Self.content(12))[0], as: "ann") }, { _ in },
                { $0.say(Self.parts(Fixture.lease(0), content)[0], as: "ann") }, { _ in }, { _ in },
                { $0.say(.bye, as: "ann") },
                { $0.say(Fixture.hello(2), as: "bob") }, { _ in }, { _ in },
            ]))
        #expect(
            Self.offers(world) == [
                nil,
                CheckpointOffer(
                    digest: SHA256Digest(of: content), byteCount: content.count, step: 24),
            ])
    }

    @Test("a restart knows what the book has")
    func restart() throws {
        let content = Self.content(40)
        let world = try Self.transcript(
            [{ $0.say(Fixture.hello(), as: "ann") }, { _ in }, { _ in }],
            checkpoints: [Self.kept(Fixture.lease(0), content)], restored: Self.once)
        #expect(Self.offers(world).first??.step == 40)
    }

    /// Attempt 0 was granted to somebody who is dead.
    private static let once = RestoredSweep(
        grants: [
            .init(Fixture.lease(0), worker: WorkerIdentity(high: 8, low: 8))
        ], deadWorkers: [WorkerIdentity(high: 8, low: 8)])

    @Test(
        "other kernels, another critsweep or no checkpoints at all begin afresh", arguments: 0..<3)
    func notOffered(case number: Int) throws {
        var kept = Self.kept(Fixture.lease(0), Self.content(40))
        if number == 0 { kept.kernelFamily = "avx2" }
        if number == 1 { kept.softwareVersion = "2" }
        let world = try Self.transcript(
            [{ $0.say(Fixture.hello(), as: "ann") }, { _ in }, { _ in }], checkpoints: [kept],
            restored: Self.once,
            settings: Fixture.settings { if number == 2 { $0.checkpointMilliseconds = 0 } })
        #expect(Self.offers(world) == [nil])
    }

    @Test("its bytes are read from the book a few parts at a time")
    func fetch() throws {
        let size = WireLimits.partBytes
        let content = Self.content(40, bytes: 9 * size + 5)
        let kept = Self.kept(Fixture.lease(0), content)
        func ask(_ first: Int, _ lease: Lease = Fixture.lease(0, 1)) -> (World) -> Void {
            {
                $0.say(
                    .fetchCheckpoint(
                        CheckpointFetch(
                            lease, digest: kept.digest, firstPart: first, partCount: 8)), as: "ann")
            }
        }
        let world = try Self.transcript(
            [
                { $0.say(Fixture.hello(), as: "ann") }, { _ in }, ask(0), { _ in }, ask(8),
                { _ in },
                ask(12), { _ in }, ask(0, Fixture.lease(0, 0)), { _ in },
            ],
            checkpoints: [kept], restored: Self.once, bytes: content)
        let pieces = world.sent.compactMap { item -> ResultPart? in
            if case .checkpointPiece(let part) = item.envelope.message { part } else { nil }
        }
        #expect(pieces.map(\.partIndex) == Array(0..<10))
        #expect(pieces.flatMap(\.content) == content)
        #expect(world.transcript.filter { $0.hasPrefix("book: read") }.count == 2)
        // An attempt that does not hold the trial gets nothing.
        #expect(world.sent(to: "ann").last == "checkpoint 0#0 gone")
    }

    @Test("one that is damaged in the book is gone, and not offered again")
    func damaged() throws {
        let kept = Self.kept(Fixture.lease(0), Self.content(40))
        let world = try Self.transcript(
            [
                { $0.say(Fixture.hello(), as: "ann") }, { _ in },
                {
                    $0.say(
                        .fetchCheckpoint(
                            CheckpointFetch(
                                Fixture.lease(0, 1), digest: kept.digest, firstPart: 0,
                                partCount: 8)), as: "ann")
                },
                { _ in }, { _ in }, { $0.say(.bye, as: "ann") },
                { $0.say(Fixture.hello(2), as: "bob") }, { _ in }, { _ in },
            ],
            checkpoints: [kept], restored: Self.once)
        #expect(world.sent(to: "ann").contains("checkpoint 0#1 gone"))
        #expect(Self.offers(world).map { $0?.step } == [40, nil])
    }

    @Test("after two crashes on one checkpoint the trial begins afresh")
    func crashes() throws {
        let kept = Self.kept(Fixture.lease(0), Self.content(40))
        func crash(_ attempt: Int) -> (World) -> Void {
            {
                $0.say(
                    .crashed(Crash(Fixture.lease(0, attempt), cause: .signal, code: 11)),
                    as: "ann")
            }
        }
        let world = try Self.transcript(
            [
                { $0.say(Fixture.hello(), as: "ann") }, { _ in }, crash(1), { _ in }, { _ in },
                crash(2), { _ in }, { _ in },
            ],
            checkpoints: [kept], restored: Self.once)
        #expect(Self.offers(world).map { $0?.step } == [40, 40, nil])
    }

    @Test("that a trial went on is written once")
    func continued() throws {
        let note = Message.continued(Continuation(Fixture.lease(0, 1), step: 40))
        let world = try Self.transcript(
            [
                { $0.say(Fixture.hello(), as: "ann") }, { _ in },
                {
                    $0.say(note, as: "ann")
                    $0.say(note, as: "ann")
                    $0.say(.continued(Continuation(Fixture.lease(0, 7), step: 1)), as: "ann")
                }, { _ in },
            ],
            checkpoints: [Self.kept(Fixture.lease(0), Self.content(40))], restored: Self.once)
        #expect(world.transcript.filter { $0.contains("continuation") }.count == 1)
        #expect(world.transcript.contains("book: continuation 0#1 at 40"))
    }

    @Test("while nothing can be written none is taken, and a result ends it")
    func pressed() throws {
        let report = try Fixture.result(Fixture.lease(0), Fixture.outcome(0.5))
        let world = World()
        world.script =
            Self.joined([
                { $0.news.state = .diskFull }, { _ in },
                { $0.say(Self.parts(Fixture.lease(0), Self.content(12))[0], as: "ann") },
                { _ in },
                { $0.news.state = .running }, { _ in },
                { $0.say(report, as: "ann") },
            ])
        _ = try world.run(Fixture.plan())
        #expect(!world.transcript.contains { $0.contains("checkpoint") })
    }

    @Test("a checkpoint that cannot be read is a breach of the protocol")
    func malformed() throws {
        let bytes: [UInt8] = Array("CSC1 and nothing that follows".utf8)
        let world = try Self.transcript(
            Self.joined([{ $0.say(Self.parts(Fixture.lease(0), bytes)[0], as: "ann") }, { _ in }]))
        #expect(world.written.count == 1)
        #expect(world.log.contains { $0.contains("breaks the protocol") })
    }

    @Test("a stop asks for checkpoints at once, and again before its end")
    func stop() throws {
        let world = World()
        world.script = Self.joined([{ $0.requests = [.stop] }])
        world.idleWaits = 2_000
        let ending = try world.run(
            Fixture.plan(),
            settings: Fixture.settings { $0.patienceMilliseconds = 6_000 },
            limits: {
                var limits = Scheduler.Limits()
                limits.leaseMilliseconds = 60_000
                return limits
            }())
        #expect(ending.wasStopped && !ending.isDone)
        #expect(world.sent(to: "ann").filter { $0 == "saveCheckpoints" }.count == 2)
    }
}
