import CZeroMQ
import Glibc

/// One ZeroMQ socket, closed when its owner ends. It stays on the thread that uses it: the type is
/// neither copyable nor Sendable.
struct Socket: ~Copyable {
    /// Patterns that we use.
    enum Pattern {
        case router
        case dealer
        case pair
        case reply

        var code: Int32 {
            switch self {
            case .router: ZMQ_ROUTER
            case .dealer: ZMQ_DEALER
            case .pair: ZMQ_PAIR
            case .reply: ZMQ_REP
            }
        }
    }

    /// What became of frames that were to be sent.
    enum Sending {
        case sent
        /// The queue is full, or there is no connection.
        case again
        /// There is no such peer.
        case unreachable
    }

    static let lingerOption = ZMQ_LINGER

    let pointer: UnsafeMutableRawPointer

    init(_ pattern: Pattern, in context: Context) throws(TransportError) {
        guard let raw = context.pointer, let pointer = zmq_socket(raw, pattern.code) else {
            throw Self.failure("zmq_socket")
        }
        self.pointer = pointer
    }

    deinit { zmq_close(pointer) }

    // MARK: Options

    func set(_ option: Int32, _ value: Int32) throws(TransportError) {
        var value = value
        guard zmq_setsockopt(pointer, option, &value, MemoryLayout<Int32>.size) == 0 else {
            throw Self.failure("zmq_setsockopt \(option)")
        }
    }

    func set(_ option: Int32, size: Int64) throws(TransportError) {
        var value = size
        guard zmq_setsockopt(pointer, option, &value, MemoryLayout<Int64>.size) == 0 else {
            throw Self.failure("zmq_setsockopt \(option)")
        }
    }

    /// Sets a text or a Z85 key.
    func set(_ option: Int32, _ text: String) throws(TransportError) {
        let status = text.withCString { zmq_setsockopt(pointer, option, $0, strlen($0)) }
        guard status == 0 else { throw Self.failure("zmq_setsockopt \(option)") }
    }

    /// Sets a key of 32 bytes.
    func set(_ option: Int32, key: UnsafeRawBufferPointer) throws(TransportError) {
        guard zmq_setsockopt(pointer, option, key.baseAddress, key.count) == 0 else {
            throw Self.failure("zmq_setsockopt \(option)")
        }
    }

    // MARK: Addresses

    func bind(_ endpoint: String) throws(TransportError) {
        guard zmq_bind(pointer, endpoint) != 0 else { return }
        let reason = lastErrorText()
        let code = zmq_errno()
        if let problem = HostName.problem(of: endpoint) {
            throw .badEndpoint(endpoint, reason: problem)
        }
        switch code {
        case EADDRINUSE: throw .addressInUse(endpoint)
        case EACCES, EPERM, EROFS, ENOENT: throw .cannotBind(endpoint, reason: reason)
        case EADDRNOTAVAIL, ENODEV:
            throw .badEndpoint(endpoint, reason: "this machine has no such address")
        case EINVAL, EPROTONOSUPPORT, ENAMETOOLONG: throw .badEndpoint(endpoint, reason: reason)
        case ETERM: throw .terminated
        default: throw .failed(call: "zmq_bind", endpoint: endpoint, reason: reason)
        }
    }

    func connect(_ endpoint: String) throws(TransportError) {
        guard zmq_connect(pointer, endpoint) != 0 else { return }
        let reason = lastErrorText()
        switch zmq_errno() {
        case EINVAL, ENODEV, EPROTONOSUPPORT, ENAMETOOLONG, EADDRNOTAVAIL:
            throw .badEndpoint(endpoint, reason: reason)
        case ETERM: throw .terminated
        default: throw .failed(call: "zmq_connect", endpoint: endpoint, reason: reason)
        }
    }

    /// Ends a connection and the attempts at it, if there are any.
    func disconnect(_ endpoint: String) {
        // It fails only where there is nothing to end.
        _ = zmq_disconnect(pointer, endpoint)
    }

    /// The endpoint that was bound or connected last, with the port that the system chose.
    func lastEndpoint() throws(TransportError) -> String {
        var buffer = [UInt8](repeating: 0, count: 512)
        var size = buffer.count
        guard zmq_getsockopt(pointer, ZMQ_LAST_ENDPOINT, &buffer, &size) == 0 else {
            throw Self.failure("zmq_getsockopt")
        }
        return String(decoding: buffer.prefix(max(0, size - 1)), as: UTF8.self)
    }

    // MARK: Messages

    /// Sends the frames of one message without waiting.
    func send(_ frames: [[UInt8]]) throws(TransportError) -> Sending {
        for (index, frame) in frames.enumerated() {
            let more = index + 1 < frames.count ? ZMQ_SNDMORE : 0
            while true {
                if zmq_send(pointer, frame, frame.count, ZMQ_DONTWAIT | more) >= 0 { break }
                switch zmq_errno() {
                case EINTR: continue
                // Before the first frame, as the rest of a message that was begun always fits; or
                // because the line broke, and then the library has taken the first frame back.
                case EAGAIN: return .again
                case EHOSTUNREACH: return .unreachable
                case ETERM: throw .terminated
                default: throw Self.failure("zmq_send")
                }
            }
        }
        return .sent
    }

    /// A message as it was received.
    struct Incoming {
        /// At most as many frames as were asked for.
        var frames: [[UInt8]] = []
        /// All frames of the message.
        var frameCount = 0
        /// What the key check said of its sender, from the last frame: the first one lacks it in
        /// libzmq 4.3.4.
        var user: String?
    }

    /// Receives one message without waiting; nil when there is none.
    ///
    /// - Parameter frameLimit: Frames beyond it are counted, and thrown away as they come.
    func receive(frameLimit: Int) throws(TransportError) -> Incoming? {
        var incoming = Incoming()
        var message = zmq_msg_t()
        // It cannot fail; receiving into the same message again frees what was in it.
        _ = zmq_msg_init(&message)
        defer { zmq_msg_close(&message) }
        while true {
            if zmq_msg_recv(&message, pointer, ZMQ_DONTWAIT) < 0 {
                switch zmq_errno() {
                case EINTR: continue
                case EAGAIN: return nil
                case ETERM: throw .terminated
                default: throw Self.failure("zmq_msg_recv")
                }
            }
            incoming.frameCount += 1
            if incoming.frameCount <= frameLimit {
                let size = zmq_msg_size(&message)
                incoming.frames.append(
                    Array(UnsafeRawBufferPointer(start: zmq_msg_data(&message), count: size)))
            }
            guard zmq_msg_more(&message) == 0 else { continue }
            if let user = zmq_msg_gets(&message, "User-Id") {
                incoming.user = String(cString: user)
            }
            return incoming
        }
    }

    /// Lets the library take in what its I/O threads have reported, lost peers among it.
    func settle() throws(TransportError) {
        var events: Int32 = 0
        var size = MemoryLayout<Int32>.size
        while zmq_getsockopt(pointer, ZMQ_EVENTS, &events, &size) != 0 {
            guard zmq_errno() == EINTR else { throw Self.failure("zmq_getsockopt") }
        }
    }

    static func failure(_ call: String) -> TransportError {
        zmq_errno() == ETERM
            ? .terminated : .failed(call: call, endpoint: nil, reason: lastErrorText())
    }
}
