import CZeroMQ
import Synchronization

/// Something that happened to a connection; where it came from is known, but not whose it is.
public struct ConnectionEvent: Hashable, Sendable {
    /// What happened.
    public enum Kind: Hashable, Sendable {
        case connected
        case accepted
        /// No further connection could be taken; the errno.
        case acceptFailed(code: Int32)
        case handshakeSucceeded
        /// The key check said no; its status.
        case keyRefused(status: Int32)
        /// Another protocol, another mechanism, or the wrong server key.
        case handshakeFailed
        case disconnected
        /// A connection attempt failed and will be repeated.
        case retried
        case other
    }

    public var kind: Kind
    /// The local endpoint of a server, or the remote one of a client.
    public var endpoint: String
}

/// A socket and the news of its connections.
struct MonitoredSocket: ~Copyable {
    let socket: Socket
    private let monitor: Socket

    private static let counter = Atomic<UInt64>(0)

    /// - Parameter configure: Sets every option; called before anything is bound or connected.
    init(
        _ pattern: Socket.Pattern, in context: Context,
        configure: (borrowing Socket) throws(TransportError) -> Void
    ) throws(TransportError) {
        let socket = try Socket(pattern, in: context)
        try configure(socket)
        let number = Self.counter.add(1, ordering: .relaxed).newValue
        let address = "inproc://critsweep-monitor-\(number)"
        guard zmq_socket_monitor(socket.pointer, address, ZMQ_EVENT_ALL) == 0 else {
            throw Socket.failure("zmq_socket_monitor")
        }
        let monitor = try Socket(.pair, in: context)
        try monitor.set(ZMQ_LINGER, 0)
        try monitor.connect(address)
        self.socket = socket
        self.monitor = monitor
    }

    deinit {
        // Before the socket closes, or the library may write to a monitor that is gone.
        _ = zmq_socket_monitor(socket.pointer, nil, 0)
    }

    var items: [Poller.Item] { [.socket(socket.pointer), .socket(monitor.pointer)] }

    /// All that has happened since the last call. To be called often, or the news pile up.
    func events() throws(TransportError) -> [ConnectionEvent] {
        var events: [ConnectionEvent] = []
        while let message = try monitor.receive(frameLimit: 2) {
            guard message.frames.count == 2, message.frames[0].count == 6 else { continue }
            let (code, value) = message.frames[0].withUnsafeBytes {
                (
                    $0.loadUnaligned(as: UInt16.self),
                    $0.loadUnaligned(fromByteOffset: 2, as: Int32.self)
                )
            }
            events.append(
                ConnectionEvent(
                    kind: Self.kind(Int32(code), value),
                    endpoint: String(decoding: message.frames[1], as: UTF8.self)))
        }
        return events
    }

    private static func kind(_ code: Int32, _ value: Int32) -> ConnectionEvent.Kind {
        switch code {
        case ZMQ_EVENT_CONNECTED: .connected
        case ZMQ_EVENT_ACCEPTED: .accepted
        case ZMQ_EVENT_ACCEPT_FAILED: .acceptFailed(code: value)
        case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: .handshakeSucceeded
        case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: .keyRefused(status: value)
        case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL, ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
            .handshakeFailed
        case ZMQ_EVENT_DISCONNECTED: .disconnected
        case ZMQ_EVENT_CONNECT_RETRIED: .retried
        default: .other
        }
    }
}
