import Glibc

/// The test that a coordinator makes before it opens: a stranger and a plain peer must be refused,
/// and a key on the list let in. libzmq lets everyone in when a detail of the set-up is missing.
enum SelfTest {
    /// How long one of the peers may wait for its answer.
    static let patienceMilliseconds = 10_000

    /// - Throws: ``TransportError/selfTest(endpoint:finding:)`` with what was wrong.
    static func run(
        on endpoint: String, serverKey: CurvePublicKey, allowList: AllowList, context: Context
    ) throws(TransportError) {
        let address = Endpoint.local(endpoint)
        guard isPlainPeerRefused(address) else {
            throw .selfTest(endpoint: endpoint, finding: "a peer without encryption was let in")
        }
        let stranger = try CurveKeyPair.generate()
        switch try answer(to: stranger, at: address, serverKey: serverKey, context: context) {
        case .keyRefused: break
        case let answer:
            throw .selfTest(
                endpoint: endpoint, finding: "a stranger's key was not refused (\(answer))")
        }
        let friend = try CurveKeyPair.generate()
        allowList.insert(friend.publicKey)
        defer { allowList.remove(friend.publicKey) }
        switch try answer(to: friend, at: address, serverKey: serverKey, context: context) {
        case .letIn: break
        case let answer:
            throw .selfTest(
                endpoint: endpoint, finding: "an allowed key was not let in (\(answer))")
        }
    }

    enum Answer {
        case letIn
        case keyRefused
        case failed
        case silence
    }

    /// What a peer with these keys meets.
    static func answer(
        to keys: CurveKeyPair, at address: String, serverKey: CurvePublicKey, context: Context
    ) throws(TransportError) -> Answer {
        let link = try MonitoredSocket(.dealer, in: context) { socket throws(TransportError) in
            try SocketSettings.applyWorker(
                to: socket, keys: keys, serverKey: serverKey,
                usesIPv6: Endpoint.isIPv6(address))
        }
        try link.socket.connect(address)
        let clock = ContinuousClock()
        let end = clock.now + .milliseconds(patienceMilliseconds)
        while clock.now < end {
            _ = try link.wait(milliseconds: 100, descriptors: [])
            for event in try link.events() {
                switch event.kind {
                case .handshakeSucceeded: return .letIn
                case .keyRefused: return .keyRefused
                case .handshakeFailed: return .failed
                default: break
                }
            }
        }
        return .silence
    }

    /// Speaks ZMTP 3.0 with mechanism NULL by hand, since our own library would stop by itself.
    static func isPlainPeerRefused(_ address: String) -> Bool {
        guard let connection = RawConnection(address) else { return false }
        connection.send(plainGreeting + plainReady)
        // The server's greeting of 64 bytes and an error command may come, READY must not.
        guard let answer = connection.readToEnd(silenceMilliseconds: Int32(patienceMilliseconds))
        else { return false }
        return !contains(answer, Array("READY".utf8))
    }

    /// The 64 bytes that open ZMTP 3.0: signature, version, mechanism, client, filler.
    static let plainGreeting: [UInt8] =
        [0xFF] + [UInt8](repeating: 0, count: 8) + [0x7F, 3, 0]
        + Array("NULL".utf8) + [UInt8](repeating: 0, count: 16 + 1 + 31)

    /// The READY command of a DEALER.
    static let plainReady: [UInt8] = {
        let socketType = Array("Socket-Type".utf8)
        let value = Array("DEALER".utf8)
        let body =
            [5] + Array("READY".utf8) + [UInt8(socketType.count)] + socketType
            + [0, 0, 0, UInt8(value.count)] + value
        return [4, UInt8(body.count)] + body
    }()

    private static func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
        bytes.indices.contains { bytes[$0...].starts(with: part) }
    }
}
