import Foundation
import Synchronization

/// A program under test as a process of its own: it can be killed, frozen, and put on another host.
///
/// It is killed when the thread that started it ends, so that nothing outlives the harness.
final class HostProcess {
    struct Options {
        /// Name of a network namespace, or nil for this machine's own network.
        var namespace: String?
        /// `NAME=VALUE`, beside the environment of the harness.
        var environment: [String] = []
        /// The file for standard error, appended to.
        var log: String
        /// The file for standard output, begun anew.
        var output: String?
    }

    /// Held while a program is started, which takes all descriptors that are not marked.
    static let starting = Mutex(())

    let pid: pid_t
    private var word: Int32?

    init(_ program: String, _ arguments: [String], _ options: Options) throws {
        var line = ["/usr/bin/env", "setpriv", "--pdeathsig", "KILL", "--", "env"]
        line += options.environment + [program] + arguments
        if let namespace = options.namespace {
            line = ["/usr/bin/env", "ip", "netns", "exec", namespace] + line.dropFirst()
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(
            &actions, 1, options.output ?? "/dev/null", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(
            &actions, 2, options.log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        var words: [UnsafeMutablePointer<CChar>?] = line.map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        let error = Self.starting.withLock { _ in
            posix_spawn(&pid, line[0], &actions, nil, words, environ)
        }
        guard error == 0 else { throw Trouble("cannot start \(line[0]): errno \(error)") }
        self.pid = pid
    }

    deinit { end() }

    /// Kills it if it lives, and waits.
    func end() {
        guard isRunning else { return }
        send(SIGKILL)
        _ = try? wait(seconds: 10, isUrgent: true)
    }

    var isRunning: Bool {
        if word != nil { return false }
        var word: Int32 = 0
        guard waitpid(pid, &word, WNOHANG) == pid else { return true }
        self.word = word
        return false
    }

    /// The exit code, or minus the number of the signal that ended it; nil while it runs.
    var status: Int32? {
        guard !isRunning, let word else { return nil }
        let signal = word & 0x7F
        return signal == 0 ? word >> 8 & 0xFF : -signal
    }

    func send(_ signal: Int32) { if word == nil { kill(pid, signal) } }

    /// - Parameter isUrgent: Whether a request to stop does not end the wait.
    @discardableResult
    func wait(seconds: Double, isUrgent: Bool = false) throws -> Int32 {
        try Waiting.until(
            "process \(pid) has not ended", seconds: seconds, isUrgent: isUrgent
        ) { status }
    }

    /// Processes that it started: the compute children of a worker.
    var children: [pid_t] {
        let threads = "/proc/\(pid)/task"
        return ((try? FileManager.default.contentsOfDirectory(atPath: threads)) ?? []).flatMap {
            let text = try? String(contentsOfFile: "\(threads)/\($0)/children", encoding: .utf8)
            return (text ?? "").split(separator: " ").compactMap { pid_t($0) }
        }
    }

    /// Runs a program to its end and returns what it prints.
    static func run(
        _ program: String, _ arguments: [String], in folder: String, seconds: Double = 600
    ) throws -> (status: Int32, output: String) {
        let output = "\(folder)/answer-\(UInt64.random(in: 0 ... .max))"
        defer { unlink(output) }
        let process = try HostProcess(
            program, arguments, Options(log: "\(folder)/questions.log", output: output))
        // What gives hosts and disks back must work also then.
        let status = try process.wait(seconds: seconds, isUrgent: true)
        return (status, (try? String(contentsOfFile: output, encoding: .utf8)) ?? "")
    }
}

/// What went wrong, a sentence.
struct Trouble: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// Why a scenario did not run.
struct Skipped: Error {
    var reason: String
}

/// Waiting for what must come.
enum Waiting {
    static func until<Value>(
        _ failure: String, seconds: Double, every pause: Double = 0.005, isUrgent: Bool = false,
        _ look: () throws -> Value?
    ) throws -> Value {
        let end = Clock.monotonic + seconds
        while true {
            if let value = try look() { return value }
            if !isUrgent, Interruption.wasAsked { throw Trouble("interrupted") }
            guard Clock.monotonic < end else { throw Trouble("\(failure) after \(seconds) s") }
            Self.pause(pause)
        }
    }

    static func pause(_ seconds: Double) { usleep(UInt32(seconds * 1e6)) }
}

/// SIGINT and SIGTERM end the harness as soon as hosts and disks are given back.
enum Interruption {
    private static let flag = Atomic(false)

    static var wasAsked: Bool { flag.load(ordering: .relaxed) }

    static func watch() {
        for number in [SIGINT, SIGTERM] {
            signal(number) { _ in Interruption.flag.store(true, ordering: .relaxed) }
        }
    }
}

enum Clock {
    /// Seconds.
    static var monotonic: Double { read(CLOCK_MONOTONIC) }
    /// Milliseconds since 1970, as the ledger writes them.
    static var wall: Int64 { Int64(read(CLOCK_REALTIME) * 1_000) }

    private static func read(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
