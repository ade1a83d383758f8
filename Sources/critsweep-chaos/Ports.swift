import Foundation

/// Plain TCP on the loopback.
enum Ports {
    private static func withAddress<Value>(
        _ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Value
    ) -> Value {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    private static func make() -> Int32 {
        socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    }

    /// Listens on a free port that the system gives to no outgoing connection.
    static func listen() throws -> (descriptor: Int32, port: Int) {
        let descriptor = make()
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, 4)
        for _ in 0..<200 {
            let port = Int.random(in: 20_000..<32_000)
            let status = withAddress(port) { bind(descriptor, $0, $1) }
            if status == 0, Glibc.listen(descriptor, 1_024) == 0 { return (descriptor, port) }
        }
        throw Trouble("no port from 20000 to 31999 is free")
    }

    /// A port that is free now.
    static func free() throws -> Int {
        let (descriptor, port) = try listen()
        close(descriptor)
        return port
    }

    static func connect(_ port: Int) -> Int32? {
        let descriptor = make()
        if withAddress(port, { Glibc.connect(descriptor, $0, $1) }) == 0 { return descriptor }
        close(descriptor)
        return nil
    }

    static func makeQuick(_ descriptor: Int32) {
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, 4)
    }

    /// Closes with a reset, so that the other side sees an error and not an end.
    static func reset(_ descriptor: Int32) {
        var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
        close(descriptor)
    }
}
