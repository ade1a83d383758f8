import Foundation
import TestSupport
import Testing

@Suite("A sweep")
struct SweepTests {
    @Test("one worker and three give the same bytes, and trial the same bits")
    func sameBytes() throws {
        let one = try Sweeps.undisturbed(Sweeps.sampling, workers: 1)
        let three = try Sweeps.undisturbed(Sweeps.sampling, workers: 3)
        #expect(one == three)
        let lines = one.split(separator: "\n")
        #expect(lines.count == 9)
        #expect(
            lines[0].hasPrefix(
                "gain,width,depth,n,failed,cka_output_mean,cka_output_sd,cka_output_sem"))
    }

    @Test("the same command resumes: nothing recorded runs again")
    func resumes() throws {
        try Scratch.with { folder in
            let text = Sweeps.sleeping(milliseconds: 200, points: 10, seeds: 4)
            let spec = try Scratch.write(text, "sweep.yaml", in: folder)
            let command = try Sweeps.start(spec, workers: 2, in: folder)
            try Sweeps.wait(for: 8, of: command, in: folder)
            kill(command.processID, SIGTERM)
            let stopped = try command.wait()
            #expect(stopped.status == 130)
            let before = try #require(try Sweeps.status(in: folder)?["recorded"] as? Int)
            #expect(before >= 8 && before < 40)
            let again = try Sweeps.start(spec, workers: 2, in: folder).wait()
            #expect(again.status == 0, "\(again.talk)")
            #expect(again.output == (try Sweeps.undisturbed(text, workers: 1)))
            let after = try #require(try Sweeps.status(in: folder))
            #expect(after["recorded"] as? Int == 40)
            #expect(after["duplicates"] as? Int == 0)
            #expect(after["state"] as? String == "done")
            try Sweeps.expectSound(in: folder)
        }
    }

    @Test("more seeds and more points extend a sweep and re-run nothing")
    func extends() throws {
        try Scratch.with { folder in
            let small = try Scratch.write(
                Sweeps.sleeping(milliseconds: 1, points: 4, seeds: 2), "sweep.yaml", in: folder)
            #expect(try Sweeps.start(small, workers: 2, in: folder).wait().status == 0)
            let large = Sweeps.sleeping(milliseconds: 1, points: 6, seeds: 3)
            _ = try Scratch.write(large, "sweep.yaml", in: folder)
            let result = try Sweeps.start(small, workers: 2, in: folder).wait()
            #expect(result.status == 0, "\(result.talk)")
            #expect(result.output == (try Sweeps.undisturbed(large, workers: 2)))
            // Eight trials had a result and each still has one grant.
            let story = try Program.run(
                ["story", "sweep", "--point", "0", "--seed", "0", "--format", "json"], in: folder)
            let events = try JSONSerialization.jsonObject(with: Data(story.output.utf8))
            #expect((events as? [Any])?.count == 2)
        }
    }

    @Test("a spec that changed is refused and nothing is touched")
    func changedSpec() throws {
        try Scratch.with { folder in
            let path = try Scratch.write(Sweeps.sampling, "sweep.yaml", in: folder)
            let first = try Sweeps.start(path, workers: 2, in: folder).wait()
            _ = try Scratch.write(
                Sweeps.sampling.replacing("points: 6", with: "points: 7"), "sweep.yaml", in: folder)
            let second = try Sweeps.start(path, workers: 2, in: folder).wait()
            #expect(second.status == 2)
            #expect(second.talk.contains("points"))
            let table = try Program.run(["table", "sweep", "--format", "csv"], in: folder)
            #expect(table.output == first.output)
        }
    }

    @Test("a second coordinator on the same ledger ends with 75")
    func secondCoordinator() throws {
        try Scratch.with { folder in
            let spec = try Scratch.write(
                Sweeps.sleeping(milliseconds: 50, points: 40, seeds: 1), "sweep.yaml", in: folder)
            let first = try Sweeps.start(spec, workers: 1, in: folder)
            try Sweeps.wait(for: 1, of: first, in: folder)
            let second = try Sweeps.start(spec, workers: 1, in: folder).wait()
            #expect(second.status == 75, "\(second.talk)")
            let result = try first.wait()
            #expect(result.status == 0, "\(result.talk)")
        }
    }

    @Test("failed trials are counted, shown, and tried again on request")
    func failures() throws {
        try Scratch.with { folder in
            let text = Sweeps.sampling.replacing(
                "effective_samples: 60", with: "effective_samples: 500, max_iterations: 60")
            let spec = try Scratch.write(text, "sweep.yaml", in: folder)
            let result = try Sweeps.start(spec, workers: 2, in: folder).wait()
            #expect(result.status == 1)
            #expect(result.output.split(separator: "\n")[1] == "0.6,48,3,0,6")
            let retry = try Program.run(["retry", "sweep"], in: folder)
            #expect(retry.status == 0, "\(retry.talk)")
            #expect(try Sweeps.status(in: folder)?["remaining"] as? Int == 48)
            #expect(try Sweeps.start(spec, workers: 2, in: folder).wait().status == 1)
        }
    }

    @Test("workers join and leave a running coordinator, and the table does not notice")
    func remoteWorkers() throws {
        try Scratch.with { folder in
            let text = Sweeps.sleeping(milliseconds: 40, points: 60, seeds: 1)
            let spec = try Scratch.write(text, "sweep.yaml", in: folder)
            let socket = "ipc://\(folder.path())/c.sock"
            let coordinator = try Program.start(
                [
                    "coordinator", spec, "--ledger", "sweep/ledger.sqlite", "--bind", socket,
                    "--format", "csv", "--quiet",
                ], in: folder)
            let access = folder.appending(path: "sweep/access.json").path()
            while !FileManager.default.fileExists(atPath: access), coordinator.isRunning {
                usleep(20_000)
            }
            func worker(_ access: String, _ spool: String) throws -> Command {
                try Program.start(
                    ["worker", "--access", access, "--slots", "1", "--spool", spool], in: folder)
            }
            let first = try worker(access, "spool-1")
            let second = try worker(access, "spool-2")
            try Sweeps.wait(for: 10, of: coordinator, in: folder)
            kill(first.processID, SIGTERM)
            #expect(try first.wait().status == 0)
            let result = try coordinator.wait()
            #expect(result.status == 0, "\(result.talk)")
            #expect(result.output == (try Sweeps.undisturbed(text, workers: 1)))
            #expect(try second.wait().status == 0)
            try Sweeps.expectSound(in: folder)
        }
    }

    @Test("a coordinator killed under a remote worker re-runs nothing that the worker holds")
    func coordinatorRestart() throws {
        try Scratch.with { folder in
            let text = Sweeps.sleeping(milliseconds: 1_500, points: 8, seeds: 1)
            let spec = try Scratch.write(text, "sweep.yaml", in: folder)
            func coordinator() throws -> Command {
                try Program.start(
                    [
                        "coordinator", spec, "--ledger", "sweep/ledger.sqlite", "--bind",
                        "ipc://\(folder.path())/c.sock", "--format", "csv", "--quiet",
                    ], in: folder)
            }
            let first = try coordinator()
            let access = folder.appending(path: "sweep/access.json").path()
            while !FileManager.default.fileExists(atPath: access), first.isRunning {
                usleep(20_000)
            }
            let worker = try Program.start(
                ["worker", "--access", access, "--slots", "2", "--spool", "spool"], in: folder)
            try Sweeps.wait(for: 2, of: first, in: folder)
            kill(first.processID, SIGKILL)
            _ = try first.wait()
            let result = try coordinator().wait()
            #expect(result.status == 0, "\(result.talk)")
            #expect(result.output == (try Sweeps.undisturbed(text, workers: 2)))
            #expect(try worker.wait().status == 0)
            let status = try #require(try Sweeps.status(in: folder))
            #expect(status["losses"] as? Int == 0)
            #expect(status["duplicates"] as? Int == 0)
            #expect(status["starts"] as? Int == 2)
            try Sweeps.expectSound(in: folder)
        }
    }
}
