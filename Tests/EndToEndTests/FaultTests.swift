import Foundation
import TestSupport
import Testing

/// Real processes, killed and frozen at random moments: the table must not notice.
@Suite("Faults")
struct FaultTests {
    private static let text = Sweeps.sleeping(milliseconds: 80, points: 12, seeds: 4)

    private static let expected = Result { try Sweeps.undisturbed(text, workers: 2) }

    /// Starts the sweep, waits for a random number of results and a random moment more.
    private static func begin(
        _ number: Int, workers: Int, in folder: URL, _ random: inout CaseRandom
    ) throws -> (spec: String, command: Command) {
        let spec = try Scratch.write(text, "sweep.yaml", in: folder)
        let command = try Sweeps.start(spec, workers: workers, in: folder)
        try Sweeps.wait(for: random.next(0..<16), of: command, in: folder)
        usleep(UInt32(random.next(0..<60_000)))
        return (spec, command)
    }

    private static func expectUndisturbed(
        _ result: Command.Result, in folder: URL
    ) throws {
        #expect(result.status == 0, "\(result.talk)")
        #expect(result.output == (try expected.get()))
        try Sweeps.expectSound(in: folder)
    }

    @Test("a killed worker", arguments: 0..<20)
    func killedWorker(number: Int) throws {
        try Scratch.with { folder in
            var random = CaseRandom(100 + number)
            let (_, command) = try Self.begin(
                number, workers: 1 + number % 2, in: folder, &random)
            let workers = ProcessTree.children(of: command.processID)
            try #require(!workers.isEmpty, "the sweep ended before the fault")
            kill(workers[random.next(0..<workers.count)], SIGKILL)
            try Self.expectUndisturbed(command.wait(), in: folder)
        }
    }

    @Test("a killed compute child", arguments: 0..<20)
    func killedChild(number: Int) throws {
        try Scratch.with { folder in
            var random = CaseRandom(200 + number)
            let (_, command) = try Self.begin(
                number, workers: 1 + number % 2, in: folder, &random)
            let root = command.processID
            let children = ProcessTree.children(of: root).flatMap(ProcessTree.children)
            try #require(!children.isEmpty, "the sweep ended before the fault")
            kill(children[random.next(0..<children.count)], SIGKILL)
            try Self.expectUndisturbed(command.wait(), in: folder)
        }
    }

    @Test("a killed coordinator, and the same command again", arguments: 0..<20)
    func killedCoordinator(number: Int) throws {
        try Scratch.with { folder in
            var random = CaseRandom(300 + number)
            let workers = 1 + number % 2
            let (spec, command) = try Self.begin(number, workers: workers, in: folder, &random)
            try #require(command.isRunning, "the sweep ended before the fault")
            kill(command.processID, SIGKILL)
            _ = try command.wait()
            let before = try Sweeps.status(in: folder)?["recorded"] as? Int
            let again = try Sweeps.start(spec, workers: workers, in: folder).wait()
            try Self.expectUndisturbed(again, in: folder)
            let after = try #require(try Sweeps.status(in: folder))
            #expect(after["duplicates"] as? Int == 0)
            if let before { #expect(before <= 48) }
        }
    }

    @Test("everything killed at once, and the same command again", arguments: 0..<20)
    func killedEverything(number: Int) throws {
        try Scratch.with { folder in
            var random = CaseRandom(400 + number)
            let (spec, command) = try Self.begin(
                number, workers: 1 + number % 2, in: folder, &random)
            try #require(command.isRunning, "the sweep ended before the fault")
            for pid in ProcessTree.members(of: command.processID) {
                kill(pid, SIGKILL)
            }
            _ = try command.wait()
            try Self.expectUndisturbed(
                Sweeps.start(spec, workers: 2, in: folder).wait(), in: folder)
        }
    }

    @Test("a frozen worker that thaws after its lease", arguments: 0..<20)
    func frozenWorker(number: Int) throws {
        try Scratch.with { folder in
            var random = CaseRandom(500 + number)
            let (_, command) = try Self.begin(number, workers: 2, in: folder, &random)
            let workers = ProcessTree.children(of: command.processID)
            try #require(!workers.isEmpty, "the sweep ended before the fault")
            let victim = workers[random.next(0..<workers.count)]
            kill(victim, SIGSTOP)
            // The other worker ends the sweep; the frozen one's trials come back with their lease.
            let result = try command.wait()
            kill(victim, SIGCONT)
            try Self.expectUndisturbed(result, in: folder)
        }
    }

    @Test("no process of a killed sweep is left behind")
    func nothingIsLeftBehind() throws {
        try Scratch.with { folder in
            var random = CaseRandom(600)
            let (_, command) = try Self.begin(0, workers: 2, in: folder, &random)
            let members = ProcessTree.members(of: command.processID)
            kill(command.processID, SIGKILL)
            _ = try command.wait()
            var living = members
            for _ in 0..<500 where !living.isEmpty {
                living = living.filter { ProcessTree.parent(of: $0) != nil }
                usleep(20_000)
            }
            #expect(living.isEmpty)
        }
    }
}
