import Foundation
import SweepCoordinator
import SweepTransport

/// The worker processes of `run`. Used on the loop's thread only.
///
/// All of them hold the reading end of one pipe; when this process ends, whatever ends it, they
/// see the pipe's end and end too.
final class WorkerProcesses: LocalCrew {
    /// What one worker is started with.
    struct Post {
        var key: String
        /// Arguments after the program's name, the lifeline apart.
        var arguments: [String]
        var logPath: String
    }

    /// The descriptor of the lifeline in a worker.
    private static let lifeline: Int32 = 3

    private let program: String
    private let posts: [Post]
    private let wakeUp: WakeUp
    /// Process by index; nil while it is not running.
    private var processes: [pid_t?]
    private var pipeEnds: (read: Int32, write: Int32) = (-1, -1)

    /// - Parameter program: The executable, an absolute path.
    init(program: String, posts: [Post]) throws {
        self.program = program
        self.posts = posts
        wakeUp = try WakeUp()
        processes = Array(repeating: nil, count: posts.count)
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw CommandError(.unavailable, "pipe: \(String(cString: strerror(errno)))")
        }
        // A worker that kept the writing end would keep all of them alive.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        pipeEnds = (ends[0], ends[1])
        ChildSignal.watch(wakeUp.descriptor)
    }

    deinit {
        close(pipeEnds.read)
        if pipeEnds.write >= 0 { close(pipeEnds.write) }
    }

    var descriptor: Int32 { wakeUp.descriptor }
    var keys: [String] { posts.map(\.key) }

    func startAll() throws {
        for index in posts.indices { try restart(index) }
    }

    func restart(_ index: Int) throws {
        let post = posts[index]
        let flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW
        let log = open(post.logPath, flags, 0o644)
        guard log >= 0 else {
            throw CommandError(
                .notWritable, "cannot write \(post.logPath): \(String(cString: strerror(errno)))")
        }
        defer { close(log) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // The lifeline first: the log's descriptor may be 3 itself, and is copied before it goes.
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, log, 1)
        posix_spawn_file_actions_adddup2(&actions, log, 2)
        posix_spawn_file_actions_adddup2(&actions, pipeEnds.read, Self.lifeline)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for number in [SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD] { sigaddset(&signals, number) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        // A group of its own: Ctrl-C at the terminal reaches the coordinator only.
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))

        let words = ["critsweep"] + post.arguments + ["--lifeline", "\(Self.lifeline)"]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        arguments.append(nil)
        defer { for argument in arguments { free(argument) } }
        var process: pid_t = 0
        let status = posix_spawn(&process, program, &actions, &attributes, arguments, environ)
        guard status == 0 else {
            throw CommandError(
                .unavailable, "cannot start \(program): \(String(cString: strerror(status)))")
        }
        processes[index] = process
    }

    func takeEnded() -> [EndedWorker] {
        wakeUp.drain()
        var ended: [EndedWorker] = []
        for index in processes.indices {
            guard let process = processes[index] else { continue }
            var status: Int32 = 0
            guard waitpid(process, &status, WNOHANG) == process else { continue }
            processes[index] = nil
            let isData = status == CommandError.Code.dataUnreadable.rawValue << 8
            ended.append(
                EndedWorker(
                    index: index, ending: Self.words(status),
                    dataTrouble: isData ? lastWords(of: index) : nil,
                    lastLines: status == 0 ? [] : lastLines(of: index, count: 3)))
        }
        return ended
    }

    /// Waits for workers that were dismissed, then ends those that are left.
    ///
    /// - Parameter milliseconds: How long they may take; 0 to end them at once.
    func endAll(within milliseconds: Int) {
        waitForEnd(milliseconds)
        close(pipeEnds.write)
        pipeEnds.write = -1
        waitForEnd(2_000)
        for case let process? in processes { kill(process, SIGKILL) }
        waitForEnd(2_000)
    }

    private func waitForEnd(_ milliseconds: Int) {
        for _ in 0..<max(0, milliseconds / 10) {
            _ = takeEnded()
            if processes.allSatisfy({ $0 == nil }) { return }
            usleep(10_000)
        }
    }

    /// The end of a worker's log: the sentence that it ended with.
    private func lastWords(of index: Int) -> String {
        guard let line = lastLines(of: index, count: 1).first else {
            return "its log is \(posts[index].logPath)"
        }
        let prefix = "critsweep: the worker ends: "
        return line.hasPrefix(prefix) ? String(line.dropFirst(prefix.count)) : line
    }

    /// The last lines of a worker's log, safe to show; a log that cannot be read has none.
    private func lastLines(of index: Int, count: Int) -> [String] {
        let url = URL(fileURLWithPath: posts[index].logPath)
        guard let file = try? FileHandle(forReadingFrom: url), let end = try? file.seekToEnd()
        else { return [] }
        defer { try? file.close() }
        try? file.seek(toOffset: end - min(end, 8_192))
        let text = String(decoding: (try? file.readToEnd()) ?? Data(), as: UTF8.self)
        return text.split(separator: "\n").suffix(count).map { escaped(String($0), limit: 512) }
    }

    private static func words(_ status: Int32) -> String {
        let signal = status & 0x7F
        return signal == 0
            ? "ended with exit code \(status >> 8 & 0xFF)" : "killed by signal \(signal)"
    }
}
