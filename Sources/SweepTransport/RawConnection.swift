import Glibc

/// A plain stream connection to an endpoint of this machine: what a peer without our library has.
final class RawConnection {
    private let descriptor: Int32

    /// nil when nobody listens there.
    init?(_ endpoint: String) {
        if endpoint.hasPrefix("ipc://") {
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let path = Array(Endpoint.path(endpoint).utf8)
            guard path.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
            guard
                let descriptor = Self.connected(
                    AF_UNIX, &address, socklen_t(MemoryLayout<sockaddr_un>.size))
            else { return nil }
            self.descriptor = descriptor
            return
        }
        let rest = endpoint.dropFirst("tcp://".count)
        guard let colon = rest.lastIndex(of: ":") else { return nil }
        var host = rest[..<colon]
        if host.hasPrefix("[") { host = host.dropFirst().dropLast() }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        guard
            getaddrinfo(String(host), String(rest[rest.index(after: colon)...]), &hints, &list)
                == 0,
            let list
        else { return nil }
        defer { freeaddrinfo(list) }
        guard
            let descriptor = Self.connected(
                list.pointee.ai_family, list.pointee.ai_addr, list.pointee.ai_addrlen)
        else { return nil }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Sends what the system takes; a peer that has closed is no error here.
    func send(_ bytes: [UInt8]) {
        _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// Reads until the other side closes.
    ///
    /// - Returns: The bytes read, or nil when it has not closed after so long a silence.
    func readToEnd(silenceMilliseconds: Int32) -> [UInt8]? {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while all.count < 1 << 20 {
            var item = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&item, 1, silenceMilliseconds)
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { return nil }
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            // A reset is a way of closing.
            guard count > 0 else { return all }
            all += buffer.prefix(count)
        }
        return nil
    }

    private static func connected(
        _ family: Int32, _ address: UnsafeRawPointer?, _ length: socklen_t
    ) -> Int32? {
        guard let address else { return nil }
        let descriptor = socket(
            family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        let status = connect(
            descriptor, address.assumingMemoryBound(to: sockaddr.self), length)
        guard status == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }
}
