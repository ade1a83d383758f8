import CZeroMQ
import Glibc
import Synchronization

/// ZeroMQ's I/O threads and everything that its sockets share. A process has one.
///
/// Ending one context closes the random generator of every other in libzmq 4.3.4, so
/// ``shared`` is the only one in a program, and is never ended before its last moment.
// @unchecked Sendable: zmq(7) promises that a context may be used from many threads without locks,
// and the pointer never changes.
public final class Context: @unchecked Sendable {
    /// The context of this process.
    public static let shared = Context()

    let pointer: UnsafeMutableRawPointer?

    /// Sockets a context can have open; peers are not counted.
    static let socketLimit: Int32 = 1_024
    /// Threads that encrypt and decrypt.
    static let threadCount: Int32 = 2

    /// A context of its own, for a test that needs a process without a key check. It is never
    /// ended, for the reason above.
    public init() {
        pointer = zmq_ctx_new()
        if let pointer {
            // Neither can fail with these values before the first socket.
            _ = zmq_ctx_set(pointer, ZMQ_MAX_SOCKETS, Self.socketLimit)
            _ = zmq_ctx_set(pointer, ZMQ_IO_THREADS, Self.threadCount)
        }
    }

    private let startedCheck = Mutex<KeyCheck?>(nil)

    /// The thread that checks keys for all coordinators of this context, started by the first.
    ///
    /// - Throws: ``TransportError`` when it cannot be started.
    public func keyCheck() throws(TransportError) -> KeyCheck {
        try startedCheck.withLock { check throws(TransportError) in
            if let check { return check }
            let started = try KeyCheck(in: self)
            check = started
            return started
        }
    }

    /// Waits until all closed sockets have sent what their linger allows, and ends the context:
    /// the last call of a program. Sockets still open get ``TransportError/terminated``.
    public func end() {
        guard let pointer else { return }
        while zmq_ctx_term(pointer) == -1, zmq_errno() == EINTR {}
    }

    /// Version of libzmq, as it was loaded.
    public static var libraryVersion: String {
        var (major, minor, patch): (Int32, Int32, Int32) = (0, 0, 0)
        zmq_version(&major, &minor, &patch)
        return "\(major).\(minor).\(patch)"
    }

    /// Checks that the library has what we rely on.
    ///
    /// - Throws: ``TransportError/library(_:)``.
    public static func checkLibrary() throws(TransportError) {
        var (major, minor, patch): (Int32, Int32, Int32) = (0, 0, 0)
        zmq_version(&major, &minor, &patch)
        guard (major, minor, patch) >= (4, 3, 4) else {
            throw .library(
                "ZeroMQ \(major).\(minor).\(patch) is too old: install libzmq 4.3.4 or later")
        }
        for feature in ["curve", "ipc"] where zmq_has(feature) != 1 {
            throw .library(
                "this ZeroMQ was built without \(feature): install the distribution's libzmq5")
        }
        guard shared.pointer != nil else { throw .library("ZeroMQ cannot start: out of memory") }
    }
}

/// The sentence of the library's last error.
func lastErrorText() -> String { String(cString: zmq_strerror(zmq_errno())) }
