import Foundation
import TestSupport
import Testing

/// A long trial that is killed again and again ends with the bits of one that was left alone, and
/// without doing its work again.
@Suite("Checkpoints, with real processes", .serialized)
struct CheckpointTests {
    /// One chain of some seconds, with arrays and held-out points.
    private static func spec(samples: Int) -> String {
        """
        sweep: long-chain
        experiment: posterior
        data: {task: xor, points: 12, dimension: 50, test_points: 4}
        inference: {effective_samples: \(samples), max_iterations: 1000000}
        keep: [cka_layer, cka_layer_se, mean_kernels]
        grid:
          gain: [1.2]
          width: [256]
          depth: [3]
        seeds: 1
        """
    }

    private static func start(_ spec: String, in folder: URL, seconds: String) throws -> Command {
        try Program.start(
            [
                "run", spec, "--workers", "1", "--out", "sweep", "--format", "csv", "--quiet",
                "--checkpoint-seconds", seconds,
            ], in: folder)
    }

    /// What happened to the trial: attempt, event, and the iteration in its words.
    private static func story(
        in folder: URL
    ) throws -> [(attempt: Int, event: String, iteration: Int?, detail: String)] {
        let result = try Program.run(
            ["story", "sweep", "--point", "0", "--seed", "0", "--format", "json"], in: folder)
        guard result.status == 0 else { return [] }
        let list = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
        return (list as? [[String: Any]] ?? []).map { item in
            let detail = item["detail"] as? String ?? ""
            return (
                item["attempt"] as? Int ?? -1, item["event"] as? String ?? "",
                item["iteration"] as? Int, detail
            )
        }
    }

    /// Digest of numbers and arrays, as the story shows it.
    private static func digest(in folder: URL) throws -> Substring? {
        try story(in: folder).last { $0.event == "recorded" }?.detail.split(separator: "(").last
    }

    /// Waits for a checkpoint of an attempt, so that each kill has something to lose.
    private static func waitForCheckpoint(
        of attempt: Int, _ command: Command, in folder: URL
    ) throws {
        while command.isRunning {
            let story = try story(in: folder)
            if story.contains(where: { $0.attempt >= attempt && $0.event == "checkpoint" }) {
                return
            }
            usleep(20_000)
        }
    }

    private enum Victim: CaseIterable { case worker, child, coordinator, everything, workerAgain }

    @Test("a long chain killed five times at random has the bits of the undisturbed run")
    func killedFiveTimes() throws {
        let text = Self.spec(samples: 30_000)
        let (expected, digest) = try Scratch.with { folder in
            let spec = try Scratch.write(text, "sweep.yaml", in: folder)
            let result = try Self.start(spec, in: folder, seconds: "0").wait()
            try #require(result.status == 0, "\(result.talk)")
            #expect(try !Self.story(in: folder).contains { $0.event == "checkpoint" })
            return (result.output, try #require(try Self.digest(in: folder)))
        }
        try Scratch.with { folder in
            let spec = try Scratch.write(text, "sweep.yaml", in: folder)
            var random = CaseRandom(900)
            var victims = Victim.allCases
            for index in victims.indices {
                victims.swapAt(index, random.next(index..<victims.count))
            }
            var command = try Self.start(spec, in: folder, seconds: "0.2")
            for (attempt, victim) in victims.enumerated() {
                try Self.waitForCheckpoint(of: attempt, command, in: folder)
                usleep(UInt32(random.next(0..<200_000)))
                try #require(command.isRunning, "the sweep ended before fault \(attempt)")
                let root = command.processID
                let workers = ProcessTree.children(of: root)
                let children = workers.flatMap(ProcessTree.children)
                switch victim {
                case .worker, .workerAgain: for pid in workers { kill(pid, SIGKILL) }
                case .child: for pid in children { kill(pid, SIGKILL) }
                case .coordinator, .everything:
                    let all = victim == .everything ? ProcessTree.members(of: root) : [root]
                    for pid in all { kill(pid, SIGKILL) }
                    _ = try command.wait()
                    command = try Self.start(spec, in: folder, seconds: "0.2")
                }
            }
            let result = try command.wait()
            #expect(result.status == 0, "\(result.talk)")
            #expect(result.output == expected)
            #expect(try Self.digest(in: folder) == digest)
            try Sweeps.expectSound(in: folder)

            // Each attempt went on from the newest state of the one before.
            let story = try Self.story(in: folder)
            let attempts = story.map(\.attempt).max() ?? 0
            #expect(attempts >= 5)
            var reached = 0
            for attempt in 0...attempts {
                let events = story.filter { $0.attempt == attempt }
                let begun = events.first { $0.event == "continued" }?.iteration
                #expect(begun ?? 0 == reached, "attempt \(attempt)")
                reached = events.last { $0.event == "checkpoint" }?.iteration ?? reached
            }
            #expect(reached > 0)
        }
    }

    @Test("SIGTERM keeps the state of what runs, and the same command goes on from it")
    func terminated() throws {
        let text = Self.spec(samples: 4_000)
        try Scratch.with { folder in
            let spec = try Scratch.write(text, "sweep.yaml", in: folder)
            // No checkpoint is due in an hour, so that any is the signal's.
            let command = try Self.start(spec, in: folder, seconds: "3600")
            while command.isRunning, try Self.story(in: folder).isEmpty { usleep(20_000) }
            usleep(500_000)
            kill(command.processID, SIGTERM)
            try Self.waitForCheckpoint(of: 0, command, in: folder)
            try #require(command.isRunning, "the trial ended before its checkpoint")
            // An allocation that ends now.
            for pid in ProcessTree.members(of: command.processID) { kill(pid, SIGKILL) }
            _ = try command.wait()
            let kept = try Self.story(in: folder).first { $0.event == "checkpoint" }?.iteration
            let result = try Self.start(spec, in: folder, seconds: "3600").wait()
            #expect(result.status == 0, "\(result.talk)")
            let continued = try Self.story(in: folder).first { $0.event == "continued" }?.iteration
            #expect(continued == kept && (kept ?? 0) > 0)
        }
    }
}
