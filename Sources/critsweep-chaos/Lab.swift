import Foundation

/// One sweep that is disturbed: its coordinator, its workers, and what lies between them.
final class Lab {
    /// What the sweep computes.
    struct Spec: Hashable {
        var milliseconds: Double
        var points: Int
        var seeds: Int

        var trialCount: Int { points * seeds }

        var text: String {
            """
            sweep: disturbed
            experiment: calibration
            calibration: {\(milliseconds > 0 ? "kind: sleep, milliseconds: \(milliseconds)" : "kind: none")}
            grid: {gain: {from: 1, to: \(points), count: \(points)}}
            seeds: \(seeds)

            """
        }
    }

    let tools: Tools
    private(set) var spec: Spec
    let folder: String
    /// Where the coordinator listens.
    let port: Int
    /// Where it listens, for itself and for workers.
    var host = "127.0.0.1"
    var leaseSeconds = 5
    /// Workers that the coordinator starts itself, with `critsweep run`; 0 for those of the lab.
    var localWorkers = 0
    /// Whether the coordinator stays when all is done.
    var stays = false
    var ledger: String
    let faults: FaultPage
    private(set) var coordinator: HostProcess?
    private(set) var workers: [Worker] = []
    var proxy: Proxy?
    /// Hosts and disks, given back when the lab is.
    private var belongings: [AnyObject] = []

    /// The most recorded trials that were seen of each start, all of them acknowledged or about to.
    private(set) var seenRecorded: [Int: Int] = [:]

    final class Worker {
        let name: String
        var process: HostProcess
        var slots: Int
        var spool: String
        var namespace: String?
        /// Killed or told to end by the scenario, so its exit code says nothing.
        var isExcused = false

        init(_ name: String, _ process: HostProcess, slots: Int, spool: String) {
            self.name = name
            self.process = process
            self.slots = slots
            self.spool = spool
        }
    }

    init(_ tools: Tools, _ spec: Spec, name: String) throws {
        self.tools = tools
        self.spec = spec
        folder = "\(tools.folder)/\(name)"
        ledger = "\(folder)/sweep/ledger.sqlite"
        port = try Ports.free()
        try FileManager.default.createDirectory(
            atPath: "\(folder)/sweep", withIntermediateDirectories: true)
        try spec.text.write(toFile: "\(folder)/sweep.yaml", atomically: true, encoding: .utf8)
        faults = try FaultPage("\(folder)/faults")
    }

    deinit { end() }

    /// Where the sweep runs undisturbed.
    var undisturbed: String { "\(folder)/undisturbed" }

    /// Gives the sweep one more seed; the next coordinator takes it up.
    func extend() throws {
        spec.seeds += 1
        try spec.text.write(toFile: "\(folder)/sweep.yaml", atomically: true, encoding: .utf8)
    }

    /// Runs the sweep, or the rest of it, in a folder of its own, and returns its table.
    func runUndisturbed() throws -> String {
        let answer = try HostProcess.run(
            tools.critsweep,
            [
                "run", "\(folder)/sweep.yaml", "--workers", spec.milliseconds > 0 ? "8" : "2",
                "--out", undisturbed, "--format", "csv", "--quiet",
            ], in: folder, seconds: 3_600)
        guard answer.status == 0, answer.output.split(separator: "\n").count > 1 else {
            throw Trouble("the undisturbed run ended with \(answer.status)")
        }
        return answer.output
    }

    /// Kills all that still runs.
    func end() {
        for worker in workers { worker.process.end() }
        coordinator?.end()
        proxy?.end()
        workers = []
    }

    /// Keeps something until the lab is no more.
    func keep(_ thing: AnyObject) { belongings.append(thing) }

    // MARK: Processes

    private var access: String { "\(folder)/\(localWorkers > 0 ? "sweep/" : "")access.json" }

    private func coordinatorArguments() -> [String] {
        if localWorkers > 0 {
            return [
                "run", "\(folder)/sweep.yaml", "--workers", "\(localWorkers)", "--out",
                "\(folder)/sweep", "--format", "csv", "--quiet",
            ]
        }
        return [
            "coordinator", "\(folder)/sweep.yaml", "--ledger", ledger, "--bind",
            "tcp://\(host):\(port)", "--access", access, "--format", "csv", "--quiet", "--lease",
            "\(leaseSeconds)",
        ] + (stays ? ["--stay"] : [])
    }

    func startCoordinator() throws {
        coordinator = try HostProcess(
            tools.critsweep, coordinatorArguments(),
            .init(environment: faultEnvironment, log: "\(folder)/coordinator.log"))
    }

    /// Another coordinator on the same ledger, which must end by itself.
    func startRival() throws -> HostProcess {
        try HostProcess(
            tools.critsweep, coordinatorArguments(), .init(log: "\(folder)/rival.log"))
    }

    private var faultEnvironment: [String] {
        ["LD_PRELOAD=\(tools.faultLibrary)", "CRITSWEEP_CHAOS_FAULTS=\(faults.path)"]
    }

    /// Starts the coordinator and waits until workers can join it.
    func open() throws {
        try startCoordinator()
        _ = try Waiting.until("the coordinator has written no access file", seconds: 120) {
            try mustRun()
            return FileManager.default.fileExists(atPath: access) ? true : nil
        }
    }

    private func mustRun() throws {
        if let status = coordinator?.status {
            throw Trouble(
                "the coordinator ended with \(status): "
                    + Text.lastLine(of: "\(folder)/coordinator.log"))
        }
    }

    func addWorkers(
        _ count: Int, slots: Int = 1, namespace: String? = nil, spool: String? = nil
    ) throws {
        for _ in 0..<count {
            let name = "w\(workers.count + 1)"
            let home = "\(folder)/\(name)"
            try FileManager.default.createDirectory(
                atPath: home, withIntermediateDirectories: true)
            try writeAccess(to: "\(home)/access.json")
            let spool = spool ?? "\(home)/spool"
            let process = try startProcess(name, slots: slots, spool: spool, namespace)
            let worker = Worker(name, process, slots: slots, spool: spool)
            worker.namespace = namespace
            workers.append(worker)
        }
    }

    private func startProcess(
        _ name: String, slots: Int, spool: String, _ namespace: String?
    ) throws -> HostProcess {
        try HostProcess(
            tools.critsweep,
            [
                "worker", "--access", "\(folder)/\(name)/access.json", "--slots", "\(slots)",
                "--spool", spool, "--name", name,
            ], .init(namespace: namespace, log: "\(folder)/\(name)/log"))
    }

    /// Starts a worker again as it was, on the same spool.
    func restart(_ worker: Worker) throws {
        worker.isExcused = false
        worker.process = try startProcess(
            worker.name, slots: worker.slots, spool: worker.spool, worker.namespace)
    }

    /// The coordinator's access file, with the relay in its place if there is one.
    private func writeAccess(to path: String) throws {
        let data = try Data(contentsOf: URL(filePath: access))
        guard var content = try JSONSerialization.jsonObject(with: data) as? [String: Any],
            let key = content["worker_key"] as? String
        else { throw Trouble("\(access) is no access file") }
        if !key.hasPrefix("/") { content["worker_key"] = "\(folder)/\(key)" }
        if let proxy { content["endpoints"] = ["tcp://127.0.0.1:\(proxy.port)"] }
        let text = try JSONSerialization.data(withJSONObject: content)
        guard
            FileManager.default.createFile(
                atPath: path, contents: text, attributes: [.posixPermissions: 0o600])
        else { throw Trouble("\(path) cannot be written") }
    }

    // MARK: Looking

    /// What `critsweep status` says; nil while nobody answers.
    func status() -> [String: Any]? {
        guard
            let answer = try? HostProcess.run(
                tools.critsweep, ["status", ledger, "--format", "json"], in: folder, seconds: 60),
            answer.status == 0,
            let status = try? JSONSerialization.jsonObject(with: Data(answer.output.utf8))
                as? [String: Any]
        else { return nil }
        if let start = status["starts"] as? Int, let recorded = status["recorded"] as? Int {
            seenRecorded[start] = max(seenRecorded[start] ?? 0, recorded)
        }
        return status
    }

    func recorded() -> Int { status()?["recorded"] as? Int ?? 0 }

    /// Waits until so many trials are recorded.
    func waitFor(recorded count: Int, seconds: Double = 120) throws {
        _ = try Waiting.until("\(count) trials were not recorded", seconds: seconds, every: 0.05) {
            try mustRun()
            return recorded() >= count ? true : nil
        }
    }

    /// Waits until trials run on all workers.
    func waitForWorkers() throws {
        let slots = localWorkers + workers.reduce(0) { $0 + $1.slots }
        _ = try Waiting.until("the workers have no trials", seconds: 120, every: 0.05) {
            try mustRun()
            return status()?["running"] as? Int ?? 0 >= min(slots, spec.trialCount) ? true : nil
        }
    }

    /// Waits for the end of the sweep and of every worker.
    func finish(seconds: Double = 300) throws {
        guard let coordinator else { throw Trouble("there is no coordinator") }
        let status = try coordinator.wait(seconds: seconds)
        guard status == 0 else {
            throw Trouble(
                "the coordinator ended with \(status): "
                    + Text.lastLine(of: "\(folder)/coordinator.log"))
        }
        // One that was away at the end finds nobody: that is for its patience, not for us.
        let end = Clock.monotonic + 8
        while Clock.monotonic < end, workers.contains(where: \.process.isRunning) { usleep(20_000) }
        for worker in workers where !worker.isExcused {
            guard let status = worker.process.status else { continue }
            guard status == 0 else {
                throw Trouble(
                    "\(worker.name) ended with \(status): "
                        + Text.lastLine(of: "\(folder)/\(worker.name)/log"))
            }
        }
        for worker in workers { worker.process.end() }
    }

    func kill(_ worker: Worker) throws {
        worker.isExcused = true
        worker.process.send(SIGKILL)
        try worker.process.wait(seconds: 10)
    }

    func killCoordinator() throws {
        _ = status()
        coordinator?.send(SIGKILL)
        try coordinator?.wait(seconds: 10)
    }
}

enum Text {
    static func lastLine(of path: String) -> String {
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").last.map(String.init) ?? "(no word)"
    }
}

/// What the harness works with.
struct Tools: Sendable {
    var critsweep: String
    var faultLibrary: String
    var folder: String
}
