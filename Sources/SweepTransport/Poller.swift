import CZeroMQ
import Glibc

/// Waits on sockets and raw file descriptors together.
enum Poller {
    /// What to wait on. A socket must stay alive, on this thread, as long as the item is used.
    enum Item {
        case socket(UnsafeMutableRawPointer)
        case descriptor(Int32)
    }

    /// Waits until something can be read.
    ///
    /// - Parameter milliseconds: The longest wait; -1 for ever.
    /// - Returns: For each item whether it can be read. A signal ends the wait early.
    static func wait(
        _ items: [Item], milliseconds: Int
    ) throws(TransportError) -> [Bool] {
        var list = items.map { item in
            switch item {
            case .socket(let pointer):
                zmq_pollitem_t(socket: pointer, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0)
            case .descriptor(let fd):
                zmq_pollitem_t(socket: nil, fd: fd, events: Int16(ZMQ_POLLIN), revents: 0)
            }
        }
        let status = zmq_poll(&list, Int32(list.count), milliseconds)
        if status < 0, zmq_errno() != EINTR { throw Socket.failure("zmq_poll") }
        return list.map { $0.revents != 0 }
    }
}

/// Wakes a loop that waits for its socket; may be used from any thread and in a signal handler.
public final class WakeUp: Sendable {
    /// To wait on, with ``drain()`` after it can be read.
    public let descriptor: Int32

    /// - Throws: ``TransportError/failed(call:endpoint:reason:)`` when no descriptor is left.
    public init() throws(TransportError) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard descriptor >= 0 else {
            throw .failed(call: "eventfd", endpoint: nil, reason: String(cString: strerror(errno)))
        }
    }

    deinit { close(descriptor) }

    /// Makes the descriptor readable.
    public func signal() {
        var one: UInt64 = 1
        // It fails only when 2⁶⁴ − 2 signals wait, and then the descriptor is readable.
        _ = write(descriptor, &one, 8)
    }

    /// Takes back all signals so far.
    public func drain() {
        var count: UInt64 = 0
        // It fails only when there is no signal, which is what we want.
        _ = read(descriptor, &count, 8)
    }
}
