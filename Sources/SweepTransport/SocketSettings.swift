import CZeroMQ

/// The options of our sockets, all set before they bind or connect. docs/protocol.md has the table
/// with the reason for each.
enum SocketSettings {
    /// Messages from the coordinator to one worker in each queue. They are small, and at most one
    /// for each trial a worker may hold, so the queue is never full while both keep to credit. It
    /// has room for more than twice that, as a queue learns late, by halves, what was read.
    static let downQueueLength: Int32 = 8_192
    /// Messages from a worker in each queue. A worker waits when it is full; a coordinator that
    /// is slow holds no more than this in memory.
    static let upQueueLength: Int32 = 256
    /// Bytes of the largest frame a coordinator reads, before and after the handshake.
    static let coordinatorFrameBytes: Int64 = 1 << 20
    /// Bytes of the largest frame a worker reads.
    static let workerFrameBytes: Int64 = 16 << 20
    static let handshakeMilliseconds: Int32 = 5_000
    /// Pauses between attempts to connect, doubled from the first to the limit: a coordinator that
    /// comes back has its workers within little more than a second. An attempt at a closed port
    /// costs a packet; handshakes that fail are not repeated by the library (see ``WorkerSocket``).
    static let reconnectMilliseconds: Int32 = 100
    static let reconnectLimitMilliseconds: Int32 = 500
    static let connectMilliseconds: Int32 = 5_000
    static let backlog: Int32 = 4_096

    /// What both ends have.
    private static func applyCommon(
        to socket: borrowing Socket, usesIPv6: Bool
    ) throws(TransportError) {
        try socket.set(ZMQ_LINGER, 0)
        try socket.set(ZMQ_HANDSHAKE_IVL, handshakeMilliseconds)
        // A peer that lost its power says nothing; the system's probes find out.
        try socket.set(ZMQ_TCP_KEEPALIVE, 1)
        try socket.set(ZMQ_TCP_KEEPALIVE_IDLE, 30)
        try socket.set(ZMQ_TCP_KEEPALIVE_INTVL, 10)
        try socket.set(ZMQ_TCP_KEEPALIVE_CNT, 3)
        try socket.set(ZMQ_TCP_MAXRT, 45_000)
        try socket.set(ZMQ_IPV6, usesIPv6 ? 1 : 0)
    }

    /// The coordinator's ROUTER: a CURVE server whose peers are checked in `domain`.
    ///
    /// ZeroMQ's own heartbeats stay off: under back-pressure they cut living peers off and lose
    /// what was under way. Routing ids are never set, and never handed over.
    static func applyCoordinator(
        to socket: borrowing Socket, keys: CurveKeyPair, domain: String, usesIPv6: Bool
    ) throws(TransportError) {
        try applyCommon(to: socket, usesIPv6: usesIPv6)
        try socket.set(ZMQ_SNDHWM, downQueueLength)
        try socket.set(ZMQ_RCVHWM, upQueueLength)
        try socket.set(ZMQ_MAXMSGSIZE, size: coordinatorFrameBytes)
        try socket.set(ZMQ_ROUTER_MANDATORY, 1)
        try socket.set(ZMQ_ROUTER_HANDOVER, 0)
        try socket.set(ZMQ_HEARTBEAT_IVL, 0)
        try socket.set(ZMQ_BACKLOG, backlog)
        try socket.set(ZMQ_CURVE_SERVER, 1)
        try keys.secretKey.withText { text throws(TransportError) in
            try socket.set(ZMQ_CURVE_SECRETKEY, text)
        }
        // Both, or a connection passes when nobody checks keys.
        try socket.set(ZMQ_ZAP_DOMAIN, domain)
        try socket.set(ZMQ_ZAP_ENFORCE_DOMAIN, 1)
    }

    /// A worker's DEALER: a CURVE client that only ever talks to the owner of `serverKey`.
    static func applyWorker(
        to socket: borrowing Socket, keys: CurveKeyPair, serverKey: CurvePublicKey, usesIPv6: Bool
    ) throws(TransportError) {
        try applyCommon(to: socket, usesIPv6: usesIPv6)
        try socket.set(ZMQ_SNDHWM, upQueueLength)
        try socket.set(ZMQ_RCVHWM, downQueueLength)
        try socket.set(ZMQ_MAXMSGSIZE, size: workerFrameBytes)
        // Nothing is queued for a coordinator that is not there.
        try socket.set(ZMQ_IMMEDIATE, 1)
        try socket.set(ZMQ_RECONNECT_IVL, reconnectMilliseconds)
        try socket.set(ZMQ_RECONNECT_IVL_MAX, reconnectLimitMilliseconds)
        try socket.set(ZMQ_CONNECT_TIMEOUT, connectMilliseconds)
        try socket.set(ZMQ_HEARTBEAT_IVL, 15_000)
        try socket.set(ZMQ_HEARTBEAT_TIMEOUT, 60_000)
        try socket.set(ZMQ_CURVE_SERVERKEY, serverKey.text)
        try socket.set(ZMQ_CURVE_PUBLICKEY, keys.publicKey.text)
        try keys.secretKey.withText { text throws(TransportError) in
            try socket.set(ZMQ_CURVE_SECRETKEY, text)
        }
    }
}
