import Foundation
import TestSupport
import Testing

/// Trials and workers that only cost: each is put aside, and the user is told which and why.
@Suite("Quarantine")
struct QuarantineTests {
    /// Waits until a worker of `root` other than those before runs a compute child; nil at its end.
    private static func nextWorker(
        of root: Command, _ before: Set<Int32>
    ) -> (worker: Int32, child: Int32)? {
        while root.isRunning {
            for worker in ProcessTree.children(of: root.processID) where !before.contains(worker) {
                if let child = ProcessTree.children(of: worker).first { return (worker, child) }
            }
            usleep(20_000)
        }
        return nil
    }

    private static func isRunningTrial(in folder: URL) throws -> Bool {
        try Sweeps.status(in: folder)?["running"] as? Int == 1
    }

    private static func objects(
        _ name: String, _ status: [String: Any]?
    ) -> [[String: Any]] { status?[name] as? [[String: Any]] ?? [] }

    @Test("a trial that cost three workers is quarantined, also with a restart in between")
    func costsWorkers() throws {
        try Scratch.with { folder in
            let text = Sweeps.sleeping(milliseconds: 600_000, points: 1, seeds: 1)
            let spec = try Scratch.write(text, "sweep.yaml", in: folder)
            var command = try Sweeps.start(spec, workers: 1, in: folder)
            var killed: Set<Int32> = []
            for round in 0..<3 {
                let (worker, _) = try #require(Self.nextWorker(of: command, killed))
                while command.isRunning, try !Self.isRunningTrial(in: folder) { usleep(20_000) }
                killed.insert(worker)
                kill(worker, SIGKILL)
                guard round == 1 else { continue }
                // The second loss is durable once the third attempt is granted.
                _ = try #require(Self.nextWorker(of: command, killed))
                while command.isRunning, try !Self.isRunningTrial(in: folder) { usleep(20_000) }
                kill(command.processID, SIGKILL)
                _ = try command.wait()
                command = try Sweeps.start(spec, workers: 1, in: folder)
            }
            let result = try command.wait()
            #expect(result.status == 1, "\(result.talk)")
            let status = try #require(try Sweeps.status(in: folder))
            #expect(status["quarantined"] as? Int == 1)
            let trial = try #require(Self.objects("quarantined_trials", status).first)
            #expect(trial["point"] as? Int == 0)
            #expect(trial["seed"] as? Int == 0)
            #expect(trial["parameters"] as? String == "gain=1")
            let reason = try #require(trial["reason"] as? String)
            #expect(reason.hasPrefix("of 4 attempts 3 were lost with their workers, on one worker"))
            #expect(reason.contains("killed by signal 9"))
            let shown = try Program.run(
                ["status", "sweep", "--format", "table"], in: folder
            ).output
            #expect(shown.contains("quarantined: point 0 (gain=1), seed 0: \(reason)"))
            #expect(try Program.run(["retry", "sweep"], in: folder).status == 0)
            #expect(
                Self.objects("quarantined_trials", try Sweeps.status(in: folder)).isEmpty)
            try Sweeps.expectSound(in: folder)
        }
    }

    @Test("a worker on which everything crashes is quarantined, and let in again once restarted")
    func blackHole() throws {
        try Scratch.with { folder in
            let text = Sweeps.sleeping(milliseconds: 1_000, points: 14, seeds: 1)
            let spec = try Scratch.write(text, "sweep.yaml", in: folder)
            let coordinator = try Program.start(
                [
                    "coordinator", spec, "--ledger", "sweep/ledger.sqlite", "--bind",
                    "ipc://c.sock", "--format", "csv", "--quiet",
                ], in: folder)
            while coordinator.isRunning, try Sweeps.status(in: folder) == nil { usleep(20_000) }
            func worker(_ spool: String) throws -> Command {
                try Program.start(
                    [
                        "worker", "--access", "sweep/access.json", "--slots", "1", "--spool",
                        spool,
                    ], in: folder)
            }
            let good = try worker("spool-1")
            let bad = try worker("spool-2")
            var found: [[String: Any]] = []
            while coordinator.isRunning, found.isEmpty {
                for child in ProcessTree.children(of: bad.processID) { kill(child, SIGKILL) }
                found = Self.objects("quarantined_workers", try Sweeps.status(in: folder))
            }
            let quarantined = try #require(found.first)
            #expect(found.count == 1)
            #expect(quarantined["process"] as? Int == Int(bad.processID))
            let reason = try #require(quarantined["reason"] as? String)
            #expect(reason.hasPrefix("5 different trials crashed there one after the other"))
            #expect(reason.contains("killed by signal 9"))
            #expect((quarantined["seconds_left"] as? Double ?? 0) > 500)
            let shown = try Program.run(
                ["status", "sweep", "--format", "table"], in: folder
            ).output
            #expect(shown.contains("quarantined: worker"))
            let lines = shown.split(separator: "\n").prefix { !$0.hasPrefix("quarantined: ") }
            #expect(lines.allSatisfy { $0.count <= 80 }, "\(shown)")
            #expect(shown.contains("or when it is started again"))

            kill(bad.processID, SIGTERM)
            _ = try bad.wait()
            let mended = try worker("spool-2")
            let result = try coordinator.wait()
            #expect(result.status == 0, "\(result.talk)")
            #expect(result.output == (try Sweeps.undisturbed(text, workers: 2)))
            #expect(try good.wait().status == 0)
            #expect(try mended.wait().status == 0)
            try Sweeps.expectSound(in: folder)
        }
    }
}
