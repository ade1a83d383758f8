import Foundation
import SweepProtocol

/// A pipe whose ends no program that is started later gets; nil with `errno` set.
func closingPipe() -> (reading: Int32, writing: Int32)? {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return nil }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
}

/// A running compute child as its supervisor sees it. All pipes are without waiting.
final class ChildProcess {
    /// How a child ended.
    enum Ending: Hashable {
        case signal(Int32)
        case exit(Int32)
    }

    /// The child could not be started; an errno.
    struct SpawnError: Error, Hashable {
        var code: Int32
    }

    let process: pid_t
    /// Reading end of the answers; at its end the child is dead or dying.
    let response: Int32
    /// Reading end of the child's standard output and error.
    let log: Int32

    /// Whether more may come from ``log``.
    private(set) var isLogOpen = true

    private let request: Int32
    private var unsent: ArraySlice<UInt8> = []
    private var buffer = FrameBuffer(limit: FinishedTrial.byteLimit)
    private var isReaped = false

    /// Bytes taken from one pipe at a time, so that no child holds up the loop.
    private static let roundBytes = 4 << 20

    /// Starts a program with the two pipes of ``ComputeChild``.
    init(executable: String, arguments: [String]) throws(SpawnError) {
        var opened: [Int32] = []
        func pipePair() throws(SpawnError) -> (reading: Int32, writing: Int32) {
            guard let ends = closingPipe() else { throw SpawnError(code: errno) }
            opened += [ends.reading, ends.writing]
            return ends
        }
        /// Out of the way of the numbers that the child's ends get.
        func lifted(_ descriptor: Int32) throws(SpawnError) -> Int32 {
            let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 10)
            guard copy >= 0 else { throw SpawnError(code: errno) }
            close(descriptor)
            opened.removeAll { $0 == descriptor }
            opened.append(copy)
            return copy
        }
        do throws(SpawnError) {
            let requests = try pipePair()
            let responses = try pipePair()
            let logs = try pipePair()
            let childRequest = try lifted(requests.reading)
            let childResponse = try lifted(responses.writing)
            let childLog = try lifted(logs.writing)
            process = try Self.spawn(
                executable, arguments, request: childRequest, response: childResponse,
                log: childLog)
            for descriptor in [childRequest, childResponse, childLog] { close(descriptor) }
            request = requests.writing
            response = responses.reading
            log = logs.reading
        } catch {
            for descriptor in opened { close(descriptor) }
            throw error
        }
        for descriptor in [request, response, log] {
            _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        }
    }

    deinit {
        kill()
        for descriptor in [request, response, log] { close(descriptor) }
        guard !isReaped else { return }
        // It was killed, so this is short; a child that nobody awaits would stay as a zombie.
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
    }

    /// Ours; but a trap prints its one sentence and no list of addresses after it, unless that was
    /// asked for: the last lines of a child are what the story of its trial tells.
    private static var environment: [String] {
        let name = "SWIFT_BACKTRACE"
        let own = ProcessInfo.processInfo.environment
        return own.map { "\($0.key)=\($0.value)" } + (own[name] == nil ? ["\(name)=enable=no"] : [])
    }

    private static func spawn(
        _ executable: String, _ arguments: [String], request: Int32, response: Int32, log: Int32
    ) throws(SpawnError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, log, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, log, STDERR_FILENO)
        posix_spawn_file_actions_adddup2(&actions, request, ComputeChild.requestDescriptor)
        posix_spawn_file_actions_adddup2(&actions, response, ComputeChild.responseDescriptor)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A group of its own: Ctrl-C is for the supervisor, and a kill reaches what it started.
        posix_spawnattr_setpgroup(&attributes, 0)
        var none = sigset_t()
        sigemptyset(&none)
        // Until the child can hear it, it waits.
        sigaddset(&none, CheckpointCall.signal)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP) | Int16(POSIX_SPAWN_SETSIGMASK))

        var argv: [UnsafeMutablePointer<CChar>?] = (["critsweep"] + arguments).map { strdup($0) }
        argv.append(nil)
        defer { for text in argv { free(text) } }
        var process: pid_t = 0
        var environment = Self.environment.map { strdup($0) } + [nil]
        defer { for text in environment { free(text) } }
        let code = posix_spawn(
            &process, executable, &actions, &attributes, argv, &environment)
        guard code == 0 else { throw SpawnError(code: code) }
        return process
    }

    // MARK: Requests

    /// Whether something waits until the child has read what came before.
    var hasUnsent: Bool { !unsent.isEmpty }

    /// Queues a frame and sends as much as the pipe takes.
    func send(_ frame: [UInt8]) {
        unsent += frame
        flush()
    }

    /// Goes on sending. A child that is gone is noticed by the end of its answers.
    func flush() {
        while !unsent.isEmpty {
            let count = unsent.withUnsafeBytes { write(request, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                return
            }
            unsent = unsent.dropFirst(count)
        }
    }

    // MARK: Answers

    /// What was read of the answers.
    struct Answers {
        var payloads: [[UInt8]] = []
        /// The child is dead or dying, or writes what no child of ours does.
        var isAtEnd = false
    }

    /// Reads what has come, without waiting.
    func readAnswers() -> Answers {
        var answers = Answers()
        answers.isAtEnd = Self.drain(response, limit: Self.roundBytes) { buffer.append($0) }
        do throws(FrameBuffer.TooLong) {
            while let payload = try buffer.next() { answers.payloads.append(payload) }
        } catch {
            answers.isAtEnd = true
        }
        return answers
    }

    /// Reads what the child has printed, without waiting.
    func readLog(_ take: (ArraySlice<UInt8>) -> Void) {
        if isLogOpen, Self.drain(log, limit: 1 << 16, take) { isLogOpen = false }
    }

    /// - Returns: Whether the other end is closed.
    private static func drain(
        _ descriptor: Int32, limit: Int, _ take: (ArraySlice<UInt8>) -> Void
    ) -> Bool {
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        var total = 0
        while total < limit {
            let count = read(descriptor, &piece, piece.count)
            if count == 0 { return true }
            if count < 0 {
                if errno == EINTR { continue }
                return errno != EAGAIN
            }
            take(piece[..<count])
            total += count
        }
        return false
    }

    // MARK: End

    /// Asks for a checkpoint of what it computes, now.
    func callForCheckpoint() {
        guard !isReaped else { return }
        _ = Glibc.kill(process, CheckpointCall.signal)
    }

    /// Kills the child and what it started.
    func kill() {
        guard !isReaped else { return }
        _ = Glibc.kill(-process, SIGKILL)
        _ = Glibc.kill(process, SIGKILL)
    }

    /// Waits for a child whose answers are at their end, and says how it ended.
    func reap() -> Ending {
        // Without effect on a child that is ending by itself; its status is decided before its
        // pipes close.
        kill()
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 {
            if errno != EINTR { break }
        }
        isReaped = true
        let number = status & 0x7f
        return number == 0 ? .exit(status >> 8 & 0xff) : .signal(number)
    }
}
