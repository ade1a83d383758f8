import Glibc

/// Addresses, and what must hold before ZeroMQ sees them.
enum Endpoint {
    /// Only transports where keys are checked: inproc skips the check, others are not for us.
    static func check(_ endpoint: String) throws(TransportError) {
        guard !endpoint.utf8.contains(0), endpoint.utf8.count <= 1_024 else {
            throw .badEndpoint(endpoint, reason: "it is no address")
        }
        if endpoint.hasPrefix("tcp://") {
            guard isHostAndPort(endpoint.dropFirst("tcp://".count)) else {
                throw .badEndpoint(endpoint, reason: "it has no host or no port up to 65535")
            }
            return
        }
        guard endpoint.hasPrefix("ipc://") else {
            throw .badEndpoint(endpoint, reason: "only tcp and ipc are allowed")
        }
        guard !path(endpoint).isEmpty else {
            throw .badEndpoint(endpoint, reason: "it has no path")
        }
        guard path(endpoint).utf8.count <= 107 else {
            throw .badEndpoint(endpoint, reason: "the path of a socket has at most 107 bytes")
        }
    }

    private static func isHostAndPort(_ text: Substring) -> Bool {
        guard let colon = text.lastIndex(of: ":"), colon > text.startIndex else { return false }
        let port = text[text.index(after: colon)...]
        // ZeroMQ reads other numbers modulo 65536, or not at all.
        return port == "*"
            || (port.utf8.allSatisfy { (0x30...0x39).contains($0) } && UInt16(port) != nil)
    }

    /// Also that nothing is in the way: ZeroMQ deletes whatever stands at the path of a socket,
    /// be it a file of the user or the socket of a coordinator that runs.
    static func checkBindable(_ endpoint: String) throws(TransportError) {
        try check(endpoint)
        guard endpoint.hasPrefix("ipc://") else { return }
        let path = path(endpoint)
        // Abstract sockets and paths that the library chooses have nothing in their way.
        guard !path.hasPrefix("@"), path != "*" else { return }
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw .cannotBind(endpoint, reason: "a file that is not a socket is in the way")
        }
        if RawConnection(endpoint) != nil { throw .addressInUse(endpoint) }
    }

    static func isIPv6(_ endpoint: String) -> Bool { endpoint.hasPrefix("tcp://[") }

    /// How to reach a bound endpoint from this machine.
    static func local(_ endpoint: String) -> String {
        for (any, loopback) in [
            ("tcp://0.0.0.0:", "tcp://127.0.0.1:"), ("tcp://[::]:", "tcp://[::1]:"),
        ]
        where endpoint.hasPrefix(any) {
            return loopback + endpoint.dropFirst(any.count)
        }
        return endpoint
    }

    static func path(_ endpoint: String) -> String { String(endpoint.dropFirst("ipc://".count)) }
}
