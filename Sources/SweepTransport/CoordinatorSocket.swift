import CSodium
import CZeroMQ
import SweepProtocol

/// A connection of a worker to the coordinator, for as long as it lasts. A reconnect is a new one.
public struct PeerID: Hashable, Sendable, CustomStringConvertible {
    /// The five bytes that the ROUTER made up: a zero and a number.
    let routingID: [UInt8]

    /// nil for an id that a peer chose itself, which none of ours does.
    init?(routingID: [UInt8]) {
        guard routingID.count == 5, routingID[0] == 0 else { return nil }
        self.routingID = routingID
    }

    public var description: String {
        "peer " + String(routingID.reduce(0) { $0 << 8 | UInt64($1) }, radix: 16)
    }
}

/// What became of a message that was to be sent.
public enum Delivery: Hashable, Sendable {
    /// Handed to ZeroMQ, which does not mean that it arrives.
    case sent
    /// The peer's queue is full, or there is no connection: a worker out of reach or in breach.
    case full
    /// The peer is gone.
    case unreachable
    /// The message breaks the protocol's bounds, and was not sent.
    case unsendable(ProtocolError)
}

/// What can be read after a wait.
public struct Readiness: Hashable, Sendable {
    public var hasMessages: Bool
    public var hasConnectionEvents: Bool
    /// Those of the given descriptors that can be read.
    public var descriptors: [Int32]
}

/// The coordinator's end of the wire: a ROUTER that listens, and lets in whom the list allows.
///
/// Made, used and destroyed on one thread.
public struct CoordinatorSocket: ~Copyable {
    /// Where to listen, and for whom.
    public struct Settings: Sendable {
        /// Endpoints, tcp or ipc; port `*` lets the system choose one.
        public var endpoints: [String]
        public var keys: CurveKeyPair
        public var allowList: AllowList
        /// Connections to have file descriptors for.
        public var connectionCount = 512
        public var context = Context.shared

        public init(endpoints: [String], keys: CurveKeyPair, allowList: AllowList) {
            self.endpoints = endpoints
            self.keys = keys
            self.allowList = allowList
        }
    }

    /// A message that came in.
    public struct Arrival: Sendable {
        public var peer: PeerID
        /// The key that the connection proved.
        public var key: CurvePublicKey
        public var content: Result<Envelope, ProtocolError>
    }

    /// Messages dropped unread.
    public struct DropCounts: Hashable, Sendable {
        /// From a key that is not on the list any more.
        public var revoked = 0
        /// From a peer with no proven key, or with a routing id of its own making.
        public var unidentified = 0

        public init() {}
    }

    private let link: MonitoredSocket
    private let check: KeyCheck
    private let domain: String
    private let allowList: AllowList
    /// Where it listens, with the ports that the system chose.
    public let endpoints: [String]
    public private(set) var dropCounts = DropCounts()

    /// Starts the key check, listens, and tests that strangers stay outside.
    ///
    /// - Throws: ``TransportError``: `library`, `descriptorLimit`, `badEndpoint`, `addressInUse`,
    ///   `cannotBind`, `selfTest`. Nothing listens then.
    public init(_ settings: Settings) throws(TransportError) {
        try Context.checkLibrary()
        try DescriptorLimit.ensure(connectionCount: settings.connectionCount)
        guard !settings.endpoints.isEmpty else {
            throw .badEndpoint("", reason: "there is no endpoint to listen on")
        }
        for endpoint in settings.endpoints { try Endpoint.checkBindable(endpoint) }

        let check = try settings.context.keyCheck()
        let domain = "sweep-\(randombytes_random())-\(randombytes_random())"
        let link = try MonitoredSocket(.router, in: settings.context) {
            socket throws(TransportError) in
            try SocketSettings.applyCoordinator(
                to: socket, keys: settings.keys, domain: domain,
                usesIPv6: settings.endpoints.contains(where: Endpoint.isIPv6))
        }
        // Before the first handshake can happen.
        check.open(domain: domain, to: settings.allowList)
        var bound: [String] = []
        do throws(TransportError) {
            for endpoint in settings.endpoints {
                try link.socket.bind(endpoint)
                bound.append(try link.socket.lastEndpoint())
            }
            for endpoint in bound {
                try SelfTest.run(
                    on: endpoint, serverKey: settings.keys.publicKey,
                    allowList: settings.allowList, context: settings.context)
            }
        } catch {
            check.close(domain: domain)
            throw error
        }
        self.link = link
        self.check = check
        self.domain = domain
        allowList = settings.allowList
        endpoints = bound
    }

    deinit { check.close(domain: domain) }

    /// Waits for messages, connection events, or one of the given descriptors.
    ///
    /// - Parameter milliseconds: The longest wait; -1 for ever. A signal ends it early.
    public func wait(
        milliseconds: Int, descriptors: [Int32] = []
    ) throws(TransportError) -> Readiness {
        try link.wait(milliseconds: milliseconds, descriptors: descriptors)
    }

    /// Messages that have arrived, oldest first.
    ///
    /// - Parameter limit: At most so many are read, those that are dropped included.
    public mutating func receive(atMost limit: Int) throws(TransportError) -> [Arrival] {
        var arrivals: [Arrival] = []
        for _ in 0..<limit {
            guard let incoming = try link.socket.receive(frameLimit: WireLimits.frameCount) else {
                break
            }
            guard let key = incoming.user.flatMap(CurvePublicKey.init),
                let peer = incoming.frames.first.flatMap(PeerID.init(routingID:))
            else {
                dropCounts.unidentified += 1
                continue
            }
            guard allowList.contains(key) else {
                dropCounts.revoked += 1
                continue
            }
            let content: Result<Envelope, ProtocolError>
            do throws(ProtocolError) {
                guard incoming.frameCount <= WireLimits.frameCount else {
                    throw .frameCount(incoming.frameCount - 1)
                }
                content = .success(
                    try MessageCodec.decode(Array(incoming.frames.dropFirst()), from: .worker))
            } catch {
                content = .failure(error)
            }
            arrivals.append(Arrival(peer: peer, key: key, content: content))
        }
        return arrivals
    }

    /// Sends without waiting.
    public func send(_ envelope: Envelope, to peer: PeerID) throws(TransportError) -> Delivery {
        let frames: [Frame]
        do throws(ProtocolError) {
            frames = try MessageCodec.encode(envelope)
        } catch {
            return .unsendable(error)
        }
        // A probe wants the latest; elsewhere the library looks often enough by itself.
        if case .ping = envelope.message { try link.socket.settle() }
        switch try link.socket.send([peer.routingID] + frames) {
        case .sent: return .sent
        case .again: return .full
        case .unreachable: return .unreachable
        }
    }

    /// Finds out whether a peer is gone, with a message that asks for a heartbeat.
    ///
    /// After ``ConnectionEvent/Kind/disconnected`` all messages are to be received and then every
    /// session probed, and both once more a moment later: the library tells of the event just
    /// before it forgets the peer, and remembers a lost peer until its last message was read;
    /// until then it is ``Delivery/full``. A peer that is ``Delivery/sent`` may still be dead; only
    /// its lease decides then.
    public func probe(_ peer: PeerID) throws(TransportError) -> Delivery {
        try send(Envelope(.ping, session: nil), to: peer)
    }

    /// News of connections since the last call.
    public func connectionEvents() throws(TransportError) -> [ConnectionEvent] {
        try link.events()
    }

    /// Asks whether keys are still checked; to be called every few seconds.
    ///
    /// - Throws: ``TransportError/keyCheckStopped``: end the program, as nobody can join any more.
    public func confirmKeyCheck(
        withinMilliseconds limit: Int = 1_000
    ) throws(TransportError) {
        guard try check.isAnswering(withinMilliseconds: limit) else { throw .keyCheckStopped }
    }

    /// Closes, and lets ``Context/end()`` wait so long for what was sent last.
    public consuming func close(lingerMilliseconds: Int32) throws(TransportError) {
        try link.socket.set(ZMQ_LINGER, lingerMilliseconds)
    }
}

extension MonitoredSocket {
    func wait(
        milliseconds: Int, descriptors: [Int32]
    ) throws(TransportError) -> Readiness {
        let ready = try Poller.wait(
            items + descriptors.map(Poller.Item.descriptor), milliseconds: milliseconds)
        return Readiness(
            hasMessages: ready[0], hasConnectionEvents: ready[1],
            descriptors: zip(descriptors, ready.dropFirst(2)).filter(\.1).map(\.0))
    }
}
