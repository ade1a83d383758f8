import CZeroMQ
import SweepProtocol

/// A worker's end of the wire: a DEALER that talks to one coordinator at a time.
///
/// Made, used and destroyed on one thread. A connection that breaks comes back by itself; after a
/// handshake that failed nothing is tried until the owner calls ``reconnect()``.
public struct WorkerSocket: ~Copyable {
    /// Whom to talk to, and as whom.
    public struct Settings: Sendable {
        /// Endpoints of the coordinator; the next one is taken at each ``WorkerSocket/reconnect()``.
        public var endpoints: [String]
        /// The key that the coordinator has to prove.
        public var serverKey: CurvePublicKey
        public var keys: CurveKeyPair
        public var context = Context.shared

        public init(endpoints: [String], serverKey: CurvePublicKey, keys: CurveKeyPair) {
            self.endpoints = endpoints
            self.serverKey = serverKey
            self.keys = keys
        }
    }

    /// What became of the connection.
    public enum LinkEvent: Hashable, Sendable {
        /// Both keys are proven: messages can be sent.
        case connected
        case disconnected
        /// The coordinator refused our key.
        case refused
        /// The line broke before both keys were proven: the other side could not prove the
        /// coordinator's key, speaks something else, or ended meanwhile.
        case handshakeFailed
    }

    private let settings: Settings
    private var link: MonitoredSocket
    private var endpointIndex = 0
    public private(set) var isConnected = false
    /// Refusals since the last connection, handshakes that failed included.
    public private(set) var refusalCount = 0

    /// Begins to connect.
    ///
    /// - Throws: ``TransportError``: `library`, `badEndpoint`.
    public init(_ settings: Settings) throws(TransportError) {
        try Context.checkLibrary()
        guard !settings.endpoints.isEmpty else {
            throw .badEndpoint("", reason: "there is no endpoint to connect to")
        }
        for endpoint in settings.endpoints { try Endpoint.check(endpoint) }
        link = try Self.makeLink(settings, endpoint: settings.endpoints[0])
        self.settings = settings
    }

    /// Where it connects to.
    public var endpoint: String { settings.endpoints[endpointIndex] }

    /// Leaves this connection and begins another, to the next endpoint.
    public mutating func reconnect() throws(TransportError) {
        endpointIndex = (endpointIndex + 1) % settings.endpoints.count
        isConnected = false
        link = try Self.makeLink(settings, endpoint: endpoint)
    }

    /// Waits for messages, link events, or one of the given descriptors.
    ///
    /// - Parameter milliseconds: The longest wait; -1 for ever. A signal ends it early.
    public func wait(
        milliseconds: Int, descriptors: [Int32] = []
    ) throws(TransportError) -> Readiness {
        try link.wait(milliseconds: milliseconds, descriptors: descriptors)
    }

    /// What happened to the connection since the last call, in order.
    public mutating func linkEvents() throws(TransportError) -> [LinkEvent] {
        var news: [LinkEvent] = []
        for event in try link.events() {
            switch event.kind {
            case .handshakeSucceeded:
                isConnected = true
                refusalCount = 0
                news.append(.connected)
            case .keyRefused, .handshakeFailed:
                refusalCount += 1
                news.append(event.kind == .handshakeFailed ? .handshakeFailed : .refused)
            case .disconnected where isConnected:
                isConnected = false
                news.append(.disconnected)
            default: break
            }
        }
        // Or the library would try again ten times a second, and does not slow down.
        if news.last == .refused || news.last == .handshakeFailed {
            link.socket.disconnect(endpoint)
        }
        return news
    }

    /// Messages that have arrived, oldest first; at most `limit`.
    public func receive(
        atMost limit: Int
    ) throws(TransportError) -> [Result<Envelope, ProtocolError>] {
        var arrivals: [Result<Envelope, ProtocolError>] = []
        while arrivals.count < limit,
            let incoming = try link.socket.receive(frameLimit: WireLimits.frameCount)
        {
            do throws(ProtocolError) {
                guard incoming.frameCount <= WireLimits.frameCount else {
                    throw .frameCount(incoming.frameCount)
                }
                arrivals.append(
                    .success(try MessageCodec.decode(incoming.frames, from: .coordinator)))
            } catch {
                arrivals.append(.failure(error))
            }
        }
        return arrivals
    }

    /// Sends without waiting; ``Delivery/full`` until ``linkEvents()`` has told of a connection.
    ///
    /// The library takes messages for a moment after a connection broke, and loses them.
    public func send(_ envelope: Envelope) throws(TransportError) -> Delivery {
        let frames: [Frame]
        do throws(ProtocolError) {
            frames = try MessageCodec.encode(envelope)
        } catch {
            return .unsendable(error)
        }
        guard isConnected else { return .full }
        switch try link.socket.send(frames) {
        case .sent: return .sent
        case .again: return .full
        case .unreachable: return .unreachable
        }
    }

    /// Sends frames as they are, so that tests can play a worker in breach of the protocol.
    @_spi(Testing)
    public func sendUnchecked(_ frames: [Frame]) throws(TransportError) {
        _ = try link.socket.send(frames)
    }

    /// Closes, and lets ``Context/end()`` wait so long for what was sent last.
    public consuming func close(lingerMilliseconds: Int32) throws(TransportError) {
        try link.socket.set(ZMQ_LINGER, lingerMilliseconds)
    }

    private static func makeLink(
        _ settings: Settings, endpoint: String
    ) throws(TransportError) -> MonitoredSocket {
        let link = try MonitoredSocket(.dealer, in: settings.context) {
            socket throws(TransportError) in
            try SocketSettings.applyWorker(
                to: socket, keys: settings.keys, serverKey: settings.serverKey,
                usesIPv6: Endpoint.isIPv6(endpoint))
        }
        try link.socket.connect(endpoint)
        return link
    }
}
