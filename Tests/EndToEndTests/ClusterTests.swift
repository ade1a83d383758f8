import Foundation
import TestSupport
import Testing

/// A coordinator whose ledger lies on its own disk, with a folder that all machines see; and the
/// launcher for one machine. The launcher for Slurm has a test of its own, cluster/slurm/test.sh.
@Suite("Clusters")
struct ClusterTests {
    private static let text = Sweeps.sleeping(milliseconds: 150, points: 16, seeds: 1)

    private static func coordinator(
        _ spec: String, machine: String, in folder: URL, _ more: [String] = []
    ) throws -> Command {
        try Program.start(
            [
                "coordinator", spec, "--ledger", "\(machine)/ledger.sqlite", "--shared", "shared",
                "--bind", "ipc://\(folder.path())/\(machine).sock", "--format", "csv", "--quiet",
            ] + more, in: folder)
    }

    private static func status(_ name: String, in folder: URL) throws -> [String: Any]? {
        let result = try Program.run(["status", name, "--format", "json"], in: folder)
        guard result.status == 0 else { return nil }
        return try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
    }

    private static func wait(
        for count: Int, on machine: String, of command: Command, in folder: URL
    ) throws {
        while command.isRunning {
            let found = try status("\(machine)/ledger.sqlite", in: folder)?["recorded"] as? Int
            if let found, found >= count { return }
            usleep(20_000)
        }
    }

    private static func waitForAccess(_ path: String, of command: Command, in folder: URL) {
        let access = folder.appending(path: path).path()
        while !FileManager.default.fileExists(atPath: access), command.isRunning {
            usleep(20_000)
        }
    }

    @Test("a coordinator on another machine goes on with the copy, and the workers find it")
    func otherMachine() throws {
        try Scratch.with { folder in
            let spec = try Scratch.write(Self.text, "sweep.yaml", in: folder)
            let first = try Self.coordinator(spec, machine: "a", in: folder)
            Self.waitForAccess("shared/access.json", of: first, in: folder)
            let worker = try Program.start(
                [
                    "worker", "--access", "shared/access.json", "--slots", "2", "--spool", "spool",
                ], in: folder)
            try Self.wait(for: 4, on: "a", of: first, in: folder)
            kill(first.processID, SIGTERM)
            let stopped = try first.wait()
            #expect(stopped.status == 130, "\(stopped.talk)")
            try FileManager.default.removeItem(at: folder.appending(path: "a"))
            let copied = try #require(try Self.status("shared", in: folder)?["recorded"] as? Int)
            #expect(copied >= 4)

            let result = try Self.coordinator(spec, machine: "b", in: folder).wait()
            #expect(result.status == 0, "\(result.talk)")
            #expect(result.output == (try Sweeps.undisturbed(Self.text, workers: 2)))
            #expect(try worker.wait().status == 0)
            let status = try #require(try Self.status("shared", in: folder))
            #expect(status["remaining"] as? Int == 0)
            #expect(status["starts"] as? Int == 2)
            #expect(status["duplicates"] as? Int == 0)
            let table = try Program.run(["table", "shared", "--format", "csv"], in: folder)
            #expect(table.output == result.output)

            // The disk of a third machine has the ledger of the first start: it is behind.
            let late = folder.appending(path: "c")
            try FileManager.default.createDirectory(at: late, withIntermediateDirectories: true)
            _ = try Program.start(
                [
                    "coordinator", spec, "--ledger", "c/ledger.sqlite", "--bind",
                    "ipc://\(folder.path())/c.sock", "--quiet",
                ], in: folder
            ).stopped(after: "c/access.json", in: folder)
            #expect(try Self.status("c", in: folder)?["recorded"] as? Int == 0)
            let third = try Self.coordinator(spec, machine: "c", in: folder).wait()
            #expect(third.status == 0, "\(third.talk)")
            #expect(third.output == result.output)
        }
    }

    @Test("after a kill the machine's own ledger is ahead of the copy, and is gone on with")
    func killed() throws {
        // Long enough for a second coordinator to wait for the lock and give up.
        let text = Sweeps.sleeping(milliseconds: 900, points: 16, seeds: 1)
        try Scratch.with { folder in
            let spec = try Scratch.write(text, "sweep.yaml", in: folder)
            let first = try Self.coordinator(spec, machine: "a", in: folder)
            Self.waitForAccess("shared/access.json", of: first, in: folder)
            let worker = try Program.start(
                [
                    "worker", "--access", "shared/access.json", "--slots", "2", "--spool", "spool",
                ], in: folder)
            try Self.wait(for: 4, on: "a", of: first, in: folder)
            // While it runs, nobody else may use the folder.
            let second = try Self.coordinator(spec, machine: "b", in: folder).wait()
            #expect(second.status == 75)
            #expect(second.talk.contains("in use by another coordinator"))
            #expect(try Self.status("shared", in: folder)?["state"] as? String == "running")
            let retry = try Program.run(["retry", "shared"], in: folder)
            #expect(retry.status == 75)
            #expect(retry.talk.contains("process \(first.processID)"))
            kill(first.processID, SIGKILL)
            _ = try first.wait()
            #expect(try Self.status("shared", in: folder)?["recorded"] as? Int == 0)
            let result = try Self.coordinator(spec, machine: "a", in: folder).wait()
            #expect(result.status == 0, "\(result.talk)")
            #expect(try worker.wait().status == 0)
            let log = try String(
                contentsOf: folder.appending(path: "shared/logs/coordinator.log"), encoding: .utf8)
            let known = log.firstMatch(of: #/start 2: (\d+) of 16/#).flatMap { Int($0.1) }
            #expect(try #require(known) >= 4)
            let status = try #require(try Self.status("shared", in: folder))
            #expect(status["remaining"] as? Int == 0)
            #expect(status["state"] as? String == "done")
            #expect(status["duplicates"] as? Int == 0)
        }
    }

    @Test("of a range of ports a free one is taken, and the access file names the host it is told")
    func portRange() throws {
        try Scratch.with { folder in
            let text = Sweeps.sleeping(milliseconds: 1, points: 2, seeds: 1)
            let spec = try Scratch.write(text, "sweep.yaml", in: folder)
            var running: [Command] = []
            var ports: [String] = []
            let low = 20_000 + Int(getpid()) % 12_000
            func start(_ name: String) throws -> Command {
                try Program.start(
                    [
                        "coordinator", spec, "--ledger", "\(name)/ledger.sqlite", "--bind",
                        "tcp://127.0.0.1:\(low)-\(low + 1)", "--advertise", "node-7", "--quiet",
                    ], in: folder)
            }
            for name in ["a", "b"] {
                let command = try start(name)
                running.append(command)
                Self.waitForAccess("\(name)/access.json", of: command, in: folder)
                let access = try String(
                    contentsOf: folder.appending(path: "\(name)/access.json"), encoding: .utf8)
                let match = try #require(access.firstMatch(of: #/tcp://node-7:(\d+)"/#))
                ports.append(String(match.1))
            }
            #expect(ports.sorted() == ["\(low)", "\(low + 1)"])
            let third = try start("c").wait()
            #expect(third.status == 75)
            #expect(third.talk.contains("\(low)-\(low + 1)"))
            for command in running {
                kill(command.processID, SIGTERM)
                #expect(try command.wait().status == 130)
            }
        }
    }

    @Test(
        "what no coordinator can do is refused with a sentence",
        arguments: [
            (["--bind", "tcp://*:30-20"], "range of ports", 2),
            (["--bind", "tcp://*:0-70000"], "range of ports", 2),
            (["--bind", "tcp://*:1-2-3"], "no port", 2),
            (["--bind", "tcp://*:*", "--advertise", "a/b"], "--advertise", 2),
            (["--bind", "tcp://*:*", "--shared", ""], "--shared", 2),
            (["--bind", "tcp://*:*", "--shared", "x"], "the same folder", 2),
            (["--bind", "tcp://*:*", "--shared", "/proc/none"], "/proc/none", 73),
        ])
    func refused(arguments: [String], words: String, code: Int32) throws {
        try Scratch.with { folder in
            let text = Sweeps.sleeping(milliseconds: 1, points: 2, seeds: 1)
            let spec = try Scratch.write(text, "sweep.yaml", in: folder)
            let result = try Program.run(
                ["coordinator", spec, "--ledger", "x/ledger.sqlite"] + arguments, in: folder)
            #expect(result.status == code, "\(result.talk)")
            #expect(result.talk.contains(words), "\(result.talk)")
        }
    }

    // MARK: cluster/local.sh

    private static let launcher = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "cluster/local.sh").path()

    @Test("local.sh: stopped and started again, its table is that of run, and nothing is left")
    func localLauncher() throws {
        try Scratch.with { folder in
            let spec = try Scratch.write(Self.text, "sweep.yaml", in: folder)
            let line = [
                spec, "--workers", "2", "--slots", "1", "--dir", "sweep", "--", "--format", "csv",
                "--quiet",
            ]
            let first = try Command(Self.launcher, line, in: folder)
            try Sweeps.wait(for: 3, of: first, in: folder)
            let members = ProcessTree.members(of: first.processID)
            #expect(members.count >= 6, "the script, a coordinator, two workers with a child each")
            kill(first.processID, SIGTERM)
            let stopped = try first.wait()
            #expect(stopped.status == 130, "\(stopped.talk)")
            #expect(members.filter { ProcessTree.parent(of: $0) != nil } == [])
            let result = try Command(Self.launcher, line, in: folder).wait()
            #expect(result.status == 0, "\(result.talk)")
            #expect(result.output == (try Sweeps.undisturbed(Self.text, workers: 2)))
            #expect(try Sweeps.status(in: folder)?["duplicates"] as? Int == 0)
            try Sweeps.expectSound(in: folder)
        }
    }

    @Test(
        "local.sh: a line that cannot be is told, and nothing is made",
        arguments: [
            ([], "needs a SPEC", 2), (["a", "b"], "takes one SPEC", 2),
            (["sweep.yaml", "--workers", "0"], "--workers has to be", 2),
            (["sweep.yaml", "--slots"], "--slots needs a value", 2),
            (["sweep.yaml", "--colour"], "does not know the option --colour", 2),
            (["none.yaml"], "none.yaml", 2),
            (["sweep.yaml", "--dir", "/proc/none"], "/proc/none", 73),
        ])
    func localRefused(arguments: [String], words: String, code: Int32) throws {
        try Scratch.with { folder in
            _ = try Scratch.write(Self.text, "sweep.yaml", in: folder)
            let result = try Command.run(Self.launcher, arguments, in: folder)
            #expect(result.status == code, "\(result.talk)")
            #expect(result.talk.contains(words), "\(result.talk)")
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder.path())
                    == ["sweep.yaml"])
        }
    }
}

extension Command {
    /// Asks it to stop as soon as a file is there, and waits for its end.
    fileprivate func stopped(after path: String, in folder: URL) throws -> Result {
        let file = folder.appending(path: path).path()
        while !FileManager.default.fileExists(atPath: file), isRunning { usleep(10_000) }
        kill(processID, SIGTERM)
        return try wait()
    }
}
