import Glibc

/// A plain stream connection to an endpoint of this machine: what a peer without our library has.
final class RawConnection {
    private let descriptor: Int32

    /// nil when nobody listens there. The host has to be a number.
    init?(_ endpoint: String) {
        guard let address = Address(endpoint, hasNumericHost: true),
            let descriptor = address.withPointer({ Self.connected(address.family, $0, $1) })
        else { return nil }
        self.descriptor = descriptor
    }

    /// Connects and closes again.
    ///
    /// - Returns: 0, or the system's error number, `ETIMEDOUT` after so long a silence.
    static func code(of endpoint: String, milliseconds: Int32) -> Int32 {
        guard let address = Address(endpoint, hasNumericHost: false) else { return EINVAL }
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(address.family, type, 0)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        let status = address.withPointer { connect(descriptor, $0, $1) }
        if status == 0 { return 0 }
        // A socket of the file system with a full queue says EAGAIN: somebody has it open.
        if errno == EAGAIN { return 0 }
        guard errno == EINPROGRESS else { return errno }
        var item = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&item, 1, milliseconds) > 0 else { return ETIMEDOUT }
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0 else { return errno }
        return code
    }

    /// Where a stream socket connects to.
    private struct Address {
        var family: Int32
        private var bytes: [UInt8]

        /// nil for what is no endpoint, a path that is too long, or a host without an address.
        init?(_ endpoint: String, hasNumericHost: Bool) {
            if endpoint.hasPrefix("ipc://") {
                var address = sockaddr_un()
                address.sun_family = sa_family_t(AF_UNIX)
                let path = Array(Endpoint.path(endpoint).utf8)
                guard path.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
                withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
                family = AF_UNIX
                bytes = withUnsafeBytes(of: &address) { Array($0) }
                return
            }
            let rest = endpoint.dropFirst("tcp://".count)
            guard let colon = rest.lastIndex(of: ":") else { return nil }
            var host = rest[..<colon]
            if host.hasPrefix("[") { host = host.dropFirst().dropLast() }
            var hints = addrinfo()
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
            hints.ai_flags = AI_NUMERICSERV | (hasNumericHost ? AI_NUMERICHOST : 0)
            var list: UnsafeMutablePointer<addrinfo>?
            let port = String(rest[rest.index(after: colon)...])
            guard getaddrinfo(String(host), port, &hints, &list) == 0, let list else { return nil }
            defer { freeaddrinfo(list) }
            family = list.pointee.ai_family
            bytes = Array(
                UnsafeRawBufferPointer(
                    start: list.pointee.ai_addr, count: Int(list.pointee.ai_addrlen)))
        }

        func withPointer<Value>(
            _ body: (UnsafePointer<sockaddr>, socklen_t) -> Value
        ) -> Value {
            // Copied to where any kind of address may lie.
            var storage = sockaddr_storage()
            withUnsafeMutableBytes(of: &storage) { $0.copyBytes(from: bytes) }
            return withUnsafePointer(to: &storage) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    body($0, socklen_t(bytes.count))
                }
            }
        }
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
        _ family: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t
    ) -> Int32? {
        let descriptor = socket(
            family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        guard connect(descriptor, address, length) == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }
}
