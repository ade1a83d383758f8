import Foundation
import SweepCore
import SweepPhysics
import SweepProtocol
import SweepWorker
import Testing

/// The program that was built beside these tests.
enum BuiltProgram {
    /// nil when only the tests were built.
    static let path: String? = {
        for argument in CommandLine.arguments where argument.contains(".xctest") {
            var folder = URL(fileURLWithPath: argument)
            while folder.path.contains(".xctest") { folder.deleteLastPathComponent() }
            let program = folder.appending(path: "critsweep").path
            if FileManager.default.isExecutableFile(atPath: program) { return program }
        }
        return nil
    }()
}

/// Children that are real processes: the shell in the part of a child, and the program itself.
@Suite("Child pool")
struct ChildPoolTests {
    /// Waits for the children until the news satisfy a condition; gives up after a minute of silence.
    private func gather(
        _ pool: ChildPool, until isEnough: ([ChildNews]) -> Bool
    ) throws -> [ChildNews] {
        var news: [ChildNews] = []
        var idleCount = 0
        while idleCount < 600 {
            var items = pool.descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            if poll(&items, nfds_t(items.count), 100) == 0 { idleCount += 1 }
            news += try pool.news()
            if isEnough(news) { return news }
        }
        Issue.record("the children said no more than \(news)")
        return news
    }

    private func shell(_ script: String, slots: Int = 1) throws -> ChildPool {
        try ChildPool(slotCount: slots, executable: "/bin/sh", arguments: ["-c", script])
    }

    /// Waits for a request, and reads its first byte.
    private let awaitRequest = "head -c 1 <&3 >/dev/null; "

    private func isOver(_ news: [ChildNews]) -> Bool {
        news.contains {
            switch $0 {
            case .crashed, .ended, .freed: true
            case .printed, .checkpoint, .continued, .checkpointRefused: false
            }
        }
    }

    @Test("a child that a signal kills is a crash with signal and last lines, and is replaced")
    func signal() throws {
        let pool = try shell(awaitRequest + "echo one; echo boom >&2; kill -SEGV $$")
        for trial in 0..<2 {
            pool.start(assignment(trial), slot: 0)
            let news = try gather(pool, until: isOver)
            let crash = Crash(
                assignment(trial).lease, cause: .signal, code: UInt32(SIGSEGV),
                lastLines: ["one", "boom"])
            #expect(news.last == .crashed(slot: 0, crash))
            #expect(
                news.dropLast() == [.printed(slot: 0, "one"), .printed(slot: 0, "boom")])
        }
    }

    @Test("a child that got no memory says so, after whatever it printed behind that")
    func outOfMemory() throws {
        let line = "Fatal error: failed to allocate 128 bytes of memory with alignment 64"
        let pool = try shell(
            awaitRequest + "echo '\(line)' >&2; seq 40; kill -ABRT $$")
        pool.start(assignment(0), slot: 0)
        guard case .crashed(_, let crash) = try gather(pool, until: isOver).last else {
            Issue.record("no crash")
            return
        }
        #expect(crash.cause == .outOfMemory)
        #expect(crash.lastLines.last == line)
    }

    @Test("a child that ends by itself is a crash with its exit status")
    func exit() throws {
        let pool = try shell(awaitRequest + "printf 'no newline'; exit 66")
        pool.start(assignment(0), slot: 0)
        let news = try gather(pool, until: isOver)
        let crash = Crash(
            assignment(0).lease, cause: .exit, code: 66, lastLines: ["no newline"])
        #expect(news.last == .crashed(slot: 0, crash))
    }

    @Test("a child that hangs, ignoring signals, is stopped, and its slot is free again")
    func stop() throws {
        let pool = try shell("trap '' TERM INT HUP; " + awaitRequest + "while :; do sleep 9; done")
        pool.start(assignment(0), slot: 0)
        pool.stop(slot: 0)
        #expect(try gather(pool, until: isOver) == [.freed(slot: 0)])
        // Stopped before it is ready: the trial that follows is not lost.
        pool.stop(slot: 0)
        pool.start(assignment(1), slot: 0)
        #expect(try gather(pool, until: isOver) == [.freed(slot: 0)])
        pool.stop(slot: 0)
        #expect(try gather(pool, until: isOver) == [.freed(slot: 0)])
    }

    @Test(
        "a child that writes nonsense is killed, and its trial counted as crashed",
        arguments: [#"\377\377\377\377"#, #"\001\000\000\000x"#, #"\000\000\000\000"#])
    func nonsense(bytes: String) throws {
        let pool = try shell(awaitRequest + "printf '\(bytes)' >&4; while :; do sleep 9; done")
        pool.start(assignment(0), slot: 0)
        let crash = Crash(assignment(0).lease, cause: .signal, code: UInt32(SIGKILL))
        #expect(try gather(pool, until: isOver) == [.crashed(slot: 0, crash)])
    }

    @Test("children that die without work end the worker with their last words")
    func idleDeaths() throws {
        let pool = try shell("echo cannot load >&2; exit 127")
        let error = #expect(throws: ChildrenError.self) {
            _ = try gather(pool) { _ in false }
        }
        #expect(error == .dying(lastLines: ["cannot load"]))
        #expect(throws: ChildrenError.self) {
            try ChildPool(slotCount: 1, executable: "/nonexistent", arguments: [])
        }
    }

    @Test("a flood of lines reaches the log in part, and the crash report with its end")
    func flood() throws {
        let pool = try shell(
            awaitRequest + "i=0; while [ $i -lt 20000 ]; do echo $i; i=$((i+1)); done; exit 1")
        pool.start(assignment(0), slot: 0)
        let news = try gather(pool, until: isOver)
        #expect(news.count == 51)
        guard case .crashed(_, let crash)? = news.last else {
            Issue.record("no crash")
            return
        }
        #expect(crash.lastLines == (19_980..<20_000).map { "\($0)" })
    }

    // MARK: The program itself

    private func program(slots: Int = 1) throws -> ChildPool {
        try ChildPool(
            slotCount: slots, executable: try #require(BuiltProgram.path),
            arguments: ["compute-child"])
    }

    private func welcome(_ calibration: String, resultBytes: Int = 1_000) -> Welcome {
        Welcome(
            greeting: 1,
            terms: Terms(heartbeatMilliseconds: 1_000, leaseMilliseconds: 5_000, sweep: 9),
            limits: .init(resultBytes: resultBytes), name: "test",
            spec: """
                sweep: test
                experiment: calibration
                random_key: 5
                seeds: 4
                calibration: {\(calibration)}

                """)
    }

    private func unswept(_ trial: Int) -> Assignment {
        Assignment(Lease(TrialID(trial), attempt: 1), point: 0, seed: trial, parameters: [])
    }

    @Test("a real child computes what is computed here", .enabled(if: BuiltProgram.path != nil))
    func realChild() throws {
        let pool = try program(slots: 2)
        pool.prepare(welcome("kind: none"))
        for trial in 0..<4 {
            let slot = trial % 2
            pool.start(unswept(trial), slot: slot)
            let news = try gather(pool, until: isOver)
            guard case .ended(slot, let finished)? = news.last else {
                Issue.record("\(news)")
                return
            }
            let here = try TrialComputation(family: .best, readFile: { _ in [] }).run(
                PlannedTrial(
                    experiment: .calibration(CalibrationSettings(kind: .none)),
                    point: GridPoint([]), seed: trial, randomKey: 5))
            #expect(finished.lease == unswept(trial).lease)
            #expect(finished.content == here.content(limit: 1_000).bytes)
        }
    }

    @Test(
        "a real child is stopped in the middle of a trial", .enabled(if: BuiltProgram.path != nil))
    func realChildIsStopped() throws {
        let pool = try program()
        pool.prepare(welcome("kind: sleep, milliseconds: 1000000"))
        pool.start(unswept(0), slot: 0)
        pool.stop(slot: 0)
        #expect(try gather(pool, until: isOver) == [.freed(slot: 0)])
        pool.prepare(welcome("kind: none", resultBytes: 5))
        pool.start(unswept(1), slot: 0)
        guard case .ended(_, let finished)? = try gather(pool, until: isOver).last else {
            Issue.record("no end")
            return
        }
        #expect(finished.ending == .failure)
        guard case .failure(let failure, _) = try OutcomeCodec.decode(finished.content) else {
            Issue.record("no failure")
            return
        }
        #expect(failure.kind == .outOfMemory)
    }

    @Test(
        "a real child hears a call for a checkpoint, and another one goes on from it",
        .enabled(if: BuiltProgram.path != nil))
    func realChildGoesOn() throws {
        var welcome = self.welcome("kind: none")
        welcome.limits = .init(checkpointMilliseconds: 3_600_000)
        welcome.spec = """
            sweep: test
            experiment: posterior
            data: {task: xor, points: 6, dimension: 20}
            inference: {effective_samples: 1500, max_iterations: 1000000}
            grid:
              gain: [1.2]
              width: [64]
              depth: [3]
            seeds: 1

            """
        welcome.specDigest = SHA256Digest(of: welcome.spec)
        let trial = Assignment(
            Lease(TrialID(0), attempt: 0), point: 0, seed: 0,
            parameters: [
                .init(name: "gain", value: .number(1.2)), .init(name: "width", value: .number(64)),
                .init(name: "depth", value: .number(3)),
            ])
        let pool = try program()
        pool.prepare(welcome)
        pool.start(trial, slot: 0)
        // Before it can hear, too.
        pool.callForCheckpoints()
        var content: [UInt8]?
        let news = try gather(pool) { news in
            if content == nil { pool.callForCheckpoints() }
            for case .checkpoint(_, let found) in news { content = found }
            return isOver(news)
        }
        guard case .ended(_, let undisturbed)? = news.last else {
            Issue.record("\(news.count) news and no end")
            return
        }
        let checkpoint = try #require(content)
        let step = try #require(CheckpointContent(bytes: checkpoint)).step
        #expect(step > 0)

        let again = try program()
        again.prepare(welcome)
        again.start(trial, slot: 0, from: checkpoint)
        let resumed = try gather(again, until: isOver)
        #expect(resumed.first == .continued(trial.lease, step: step))
        guard case .ended(_, let finished)? = resumed.last else {
            Issue.record("\(resumed.count) news and no end")
            return
        }
        #expect(finished.content == undisturbed.content)

        // Of another critsweep: afresh, and the same numbers.
        var foreign = try #require(CheckpointContent(bytes: checkpoint))
        foreign.softwareVersion = "0.0.0"
        again.start(trial, slot: 0, from: foreign.bytes)
        let afresh = try gather(again, until: isOver)
        guard case .checkpointRefused(_, let reason)? = afresh.first,
            case .ended(_, let finished)? = afresh.last
        else {
            Issue.record("\(afresh.count) news and no refusal")
            return
        }
        #expect(reason.contains("0.0.0"))
        #expect(finished.content == undisturbed.content)
    }

    @Test("a real child says what it cannot read", .enabled(if: BuiltProgram.path != nil))
    func realChildRefuses() throws {
        let pool = try program()
        var broken = welcome("kind: none")
        broken.spec = "sweep: [\n"
        broken.specDigest = SHA256Digest(of: broken.spec)
        pool.prepare(broken)
        pool.start(unswept(0), slot: 0)
        guard case .crashed(_, let crash)? = try gather(pool, until: isOver).last else {
            Issue.record("no crash")
            return
        }
        #expect(crash.cause == .exit)
        #expect(crash.code == 2)
        #expect(crash.lastLines.count == 1)
    }
}
