import Foundation
import TestSupport
import Testing

/// Real limits of memory: a control group, as batch systems make one, and the kernel's own end of
/// who goes beyond it.
@Suite("Memory")
struct MemoryTests {
    /// A trial that needs about 375 MiB, and is estimated to.
    private static let text = """
        sweep: big
        experiment: posterior
        data: {task: xor, points: 100, dimension: 20}
        inference: {effective_samples: 30}
        grid:
          gain: [1]
          width: [20000]
          depth: [3]
        seeds: 1
        """

    private static let canLimit = MemoryGroup.make(mebibytes: 64) { _ in true } ?? false

    /// Runs the program in a group of its own.
    private static func limited(
        _ group: MemoryGroup, _ arguments: [String], in folder: URL
    ) throws -> Command.Result {
        let program = try Command.executable("critsweep")
        return try Command.run(
            path: "/bin/sh",
            ["-c", "echo $$ >\(group.folder)/cgroup.procs && exec '\(program)' \"$@\"", "sh"]
                + arguments, in: folder)
    }

    @Test(
        "what a batch system allows is what a trial may need",
        .enabled(if: canLimit, "a control group needs an administrator"),
        arguments: [["validate"], ["run", "--workers", "1"], ["trial"]])
    func groupLimit(command: [String]) throws {
        try Scratch.with { folder in
            let spec = try Scratch.write(Self.text, "big.yaml", in: folder)
            let result = try #require(
                try MemoryGroup.make(mebibytes: 120) { group in
                    try Self.limited(group, command + [spec], in: folder)
                })
            #expect(result.status == 2)
            #expect(result.talk.contains("the largest trial needs about 375 MiB"))
            #expect(result.talk.contains("but this job's control group allows 120 MiB"))
            let files = try FileManager.default.contentsOfDirectory(atPath: folder.path())
            #expect(files == ["big.yaml"])
        }
    }

    @Test(
        "a trial that the kernel ends for lack of memory is a failure that says so",
        .enabled(if: canLimit, "a control group needs an administrator"))
    func kernelEndsTrial() throws {
        try Scratch.with { folder in
            let spec = try Scratch.write(Self.text, "big.yaml", in: folder)
            let coordinator = try Program.start(
                [
                    "coordinator", spec, "--ledger", "sweep/ledger.sqlite", "--bind",
                    "ipc://c.sock", "--quiet",
                ], in: folder)
            while coordinator.isRunning, try Sweeps.status(in: folder) == nil { usleep(20_000) }
            let worker = try #require(
                try MemoryGroup.make(mebibytes: 120) { group in
                    try Self.limited(
                        group,
                        [
                            "worker", "--access", "sweep/access.json", "--slots", "1", "--spool",
                            "spool",
                        ], in: folder)
                })
            #expect(worker.status == 0, "\(worker.talk)")
            #expect(try coordinator.wait().status == 1)
            let story = try Program.run(["story", "sweep"], in: folder)
            #expect(story.output.contains("out_of_memory: every attempt crashed, 3 in all"))
            try Sweeps.expectSound(in: folder)
        }
    }
}

/// A control group with a limit of memory, in either version that kernels have.
struct MemoryGroup {
    let folder: String

    /// - Returns: nil where none can be made.
    static func make<Value>(
        mebibytes: Int, _ body: (MemoryGroup) throws -> Value
    ) rethrows -> Value? {
        let places = [
            ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max"),
        ]
        for (root, name) in places {
            let group = MemoryGroup(folder: "\(root)/critsweep-test-\(UUID().uuidString)")
            guard mkdir(group.folder, 0o755) == 0 else { continue }
            defer { group.remove() }
            let path = "\(group.folder)/\(name)"
            guard access(path, W_OK) == 0,
                (try? "\(mebibytes << 20)".write(
                    toFile: path, atomically: false, encoding: .utf8)) != nil
            else { continue }
            return try body(group)
        }
        return nil
    }

    /// A group goes when the last process in it is gone, which may take a moment.
    private func remove() {
        for _ in 0..<250 where rmdir(folder) != 0 && errno == EBUSY { usleep(20_000) }
    }
}
