import Foundation

/// A stream socket in the file system, closed when its owner ends.
final class UnixSocket: Sendable {
    let descriptor: Int32

    init() throws(QueryError) {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Self.failure("socket") }
    }

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    static func failure(_ call: String) -> QueryError {
        .system(call: call, reason: String(cString: strerror(errno)))
    }

    // MARK: Addresses

    func bind(to path: String) throws(QueryError) {
        let status = try Self.withAddress(path) { address, length in
            Glibc.bind(descriptor, address, length)
        }
        guard status == 0 else { throw Self.failure("bind \(path)") }
    }

    /// - Returns: Whether somebody listens there.
    func connect(to path: String) throws(QueryError) -> Bool {
        let status = try Self.withAddress(path) { address, length in
            Glibc.connect(descriptor, address, length)
        }
        if status == 0 { return true }
        if [ECONNREFUSED, ENOENT, ENOTDIR, ENOTSOCK].contains(errno) { return false }
        throw Self.failure("connect \(path)")
    }

    /// An address has room for 107 bytes: a longer path is reached through its open folder.
    private static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws(QueryError) -> Int32 {
        var address = sockaddr_un()
        let room = MemoryLayout.size(ofValue: address.sun_path) - 1
        var name = path
        var folder: Int32 = -1
        defer { if folder >= 0 { close(folder) } }
        if name.utf8.count > room {
            let slash = path.lastIndex(of: "/")
            let parent = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
            folder = open(parent, O_DIRECTORY | O_CLOEXEC)
            guard folder >= 0 else { throw failure("open \(parent)") }
            let last = slash.map { String(path[path.index(after: $0)...]) } ?? path
            name = "/proc/self/fd/\(folder)/\(last)"
        }
        guard name.utf8.count <= room else {
            throw .system(call: path, reason: "the name of a socket is too long")
        }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name.utf8) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    func accept() -> UnixSocket? {
        let accepted = Glibc.accept(descriptor, nil, nil)
        guard accepted >= 0 else { return nil }
        _ = fcntl(accepted, F_SETFD, FD_CLOEXEC)
        return UnixSocket(descriptor: accepted)
    }

    /// Whether the other side is this user, or the administrator.
    var isPeerOwn: Bool {
        // struct ucred: process, user, group.
        var credentials: [UInt32] = [0, .max, .max]
        var size = socklen_t(12)
        guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0 else {
            return false
        }
        return credentials[1] == geteuid() || credentials[1] == 0
    }

    /// Bounds every wait for the other side.
    func setPatience(milliseconds: Int) {
        var time = timeval(
            tv_sec: milliseconds / 1_000, tv_usec: (milliseconds % 1_000) * 1_000)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, size)
    }

    // MARK: Frames: four bytes of length, big-endian, and so many bytes of JSON

    func sendFrame(_ content: some Encodable) throws(QueryError) {
        let body = try QueryFrame.body(of: content)
        let length = UInt32(clamping: body.count)
        var bytes = withUnsafeBytes(of: length.bigEndian) { Array($0) }[...]
        bytes += body
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw errno == EAGAIN ? .silence : Self.failure("send")
            }
            bytes = bytes.dropFirst(count)
        }
    }

    /// - Parameter limit: Bytes of the longest frame that is read.
    func receiveFrame<Content: Decodable>(
        _ type: Content.Type, limit: Int
    ) throws(QueryError) -> Content {
        let header = try receive(4)
        let length = header.reduce(0) { $0 << 8 | Int($1) }
        guard length <= limit else { throw .malformed }
        return try QueryFrame.content(type, in: try receive(length))
    }

    private func receive(_ count: Int) throws(QueryError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: min(count, 1 << 16))
        var readCount = 0
        while bytes.count < count {
            let received = recv(descriptor, &chunk, min(chunk.count, count - bytes.count), 0)
            if received < 0, errno == EINTR { continue }
            if received < 0 { throw errno == EAGAIN ? .silence : Self.failure("recv") }
            guard received > 0 else { throw .malformed }
            bytes += chunk[..<received]
            // Who sends byte by byte would keep us busy for ever.
            readCount += 1
            guard readCount <= 64 + count / 1_024 else { throw .silence }
        }
        return bytes
    }
}
