import Foundation
import Synchronization

/// Answers questions about a running sweep on a socket that only its user can open.
///
/// A thread waits for questions and each is answered on a thread of its own, a few at a time; none
/// of them is the loop's. Whatever comes over the socket, the worst that happens is no answer.
public final class QueryServer: Sendable {
    /// Bounds of what is read and how long anybody is waited for.
    public struct Limits: Sendable {
        public var requestBytes = 1 << 16
        public var clientCount = 8
        public var patienceMilliseconds = 2_000

        public init() {}
    }

    public let path: String
    private let limits: Limits
    private let listener: UnixSocket
    /// The device and number of our socket, so that we remove no other.
    private let identity: FileIdentity
    private let answer: @Sendable (QueryRequest) -> QueryResponse
    /// Writing to the one makes the other readable, and the thread ends.
    private let stopPipe: (read: Int32, write: Int32)
    private let clientCount = Atomic<Int>(0)

    /// Listens, and answers until ``stop()``.
    ///
    /// - Parameters:
    ///   - path: The socket; one that a killed coordinator left is replaced.
    ///   - answer: Called on several threads at once.
    /// - Throws: ``QueryError``: `inUse`, `inTheWay`, `system`.
    public init(
        path: String, limits: Limits = Limits(),
        answer: @escaping @Sendable (QueryRequest) -> QueryResponse
    ) throws(QueryError) {
        self.path = path
        self.limits = limits
        self.answer = answer
        try Self.removeStale(path)
        let listener = try UnixSocket()
        // Before it has a name, so that it is never open to others.
        guard fchmod(listener.descriptor, 0o600) == 0 else { throw UnixSocket.failure("fchmod") }
        try listener.bind(to: path)
        guard chmod(path, 0o600) == 0, let identity = FileIdentity(path) else {
            throw UnixSocket.failure("chmod \(path)")
        }
        guard listen(listener.descriptor, 16) == 0 else { throw UnixSocket.failure("listen") }
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw UnixSocket.failure("pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        stopPipe = (ends[0], ends[1])
        self.listener = listener
        self.identity = identity
        let thread = Thread { [self] in serve() }
        thread.name = "query"
        thread.start()
    }

    deinit {
        close(stopPipe.read)
        close(stopPipe.write)
    }

    /// Takes no further questions, and removes the socket.
    public func stop() {
        _ = write(stopPipe.write, [1], 1)
        if FileIdentity(path) == identity { unlink(path) }
    }

    private func serve() {
        while true {
            var items = [
                pollfd(fd: listener.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: stopPipe.read, events: Int16(POLLIN), revents: 0),
            ]
            if poll(&items, 2, -1) < 0, errno != EINTR { return }
            if items[1].revents != 0 { return }
            guard items[0].revents != 0 else { continue }
            guard let client = listener.accept() else {
                // Out of descriptors: the question stays in the queue, and is looked at again.
                if errno == EMFILE || errno == ENFILE { _ = poll(&items[1], 1, 100) }
                continue
            }
            client.setPatience(milliseconds: limits.patienceMilliseconds)
            guard client.isPeerOwn,
                clientCount.load(ordering: .relaxed) < limits.clientCount
            else { continue }
            clientCount.add(1, ordering: .relaxed)
            Thread.detachNewThread { [self] in
                attend(client)
                clientCount.subtract(1, ordering: .relaxed)
            }
        }
    }

    private func attend(_ client: UnixSocket) {
        do throws(QueryError) {
            let request = try client.receiveFrame(QueryRequest.self, limit: limits.requestBytes)
            try client.sendFrame(answer(request))
        } catch {
            // Who sends garbage, or does not listen, gets nothing.
        }
    }

    /// Removes the socket of a coordinator that is gone.
    private static func removeStale(_ path: String) throws(QueryError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK, status.st_uid == geteuid() else {
            throw .inTheWay(path: path)
        }
        if try UnixSocket().connect(to: path) { throw .inUse(path: path) }
        guard unlink(path) == 0 || errno == ENOENT else { throw UnixSocket.failure("unlink") }
    }
}

/// Which file a path means at a moment.
private struct FileIdentity: Equatable {
    private let device: UInt64
    private let number: UInt64

    init?(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        device = UInt64(status.st_dev)
        number = UInt64(status.st_ino)
    }
}
