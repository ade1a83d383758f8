import Foundation
import SweepCore
import SweepProtocol
import SweepTransport
import Synchronization
import Testing

/// Waiting for what must come; the limit is only reached when a test fails.
enum Patience {
    static let limit: Duration = .seconds(30)

    /// Repeats `step` until it gives a value.
    static func wait<Value>(
        for what: String, _ step: () throws -> Value?
    ) throws -> Value {
        let clock = ContinuousClock()
        let end = clock.now + limit
        while clock.now < end {
            if let value = try step() { return value }
        }
        throw Impatience(what: what)
    }

    struct Impatience: Error { var what: String }
}

/// The keys of a coordinator and of one worker that it knows.
struct Fixture {
    let serverKeys: CurveKeyPair
    let workerKeys: CurveKeyPair
    let allowList: AllowList

    init() throws {
        serverKeys = try .generate()
        workerKeys = try .generate()
        allowList = AllowList([workerKeys.publicKey])
    }

    func coordinator(
        at endpoints: [String] = ["tcp://127.0.0.1:*"]
    ) throws -> CoordinatorSocket {
        try CoordinatorSocket(
            .init(endpoints: endpoints, keys: serverKeys, allowList: allowList))
    }

    func worker(
        at endpoint: String, keys: CurveKeyPair? = nil, serverKey: CurvePublicKey? = nil
    ) throws -> WorkerSocket {
        try WorkerSocket(
            .init(
                endpoints: [endpoint], serverKey: serverKey ?? serverKeys.publicKey,
                keys: keys ?? workerKeys))
    }
}

/// Waits for the first news of a worker's connection.
func firstEvent(
    _ worker: inout WorkerSocket
) throws -> WorkerSocket.LinkEvent {
    try Patience.wait(for: "news of the connection") {
        _ = try worker.wait(milliseconds: 100)
        return try worker.linkEvents().first
    }
}

/// Waits until the coordinator has messages.
func nextArrivals(
    _ coordinator: inout CoordinatorSocket
) throws -> [CoordinatorSocket.Arrival] {
    try Patience.wait(for: "a message at the coordinator") {
        _ = try coordinator.wait(milliseconds: 100)
        _ = try coordinator.connectionEvents()
        let arrivals = try coordinator.receive(atMost: 256)
        return arrivals.isEmpty ? nil : arrivals
    }
}

/// Waits until the worker has messages.
func nextMessages(
    _ worker: inout WorkerSocket
) throws -> [Result<Envelope, ProtocolError>] {
    try Patience.wait(for: "a message at the worker") {
        _ = try worker.wait(milliseconds: 100)
        let arrivals = try worker.receive(atMost: 256)
        return arrivals.isEmpty ? nil : arrivals
    }
}

/// A new, private directory, removed with its owner.
final class TemporaryDirectory {
    let path: String

    init() throws {
        let pattern = (NSTemporaryDirectory() as NSString).appendingPathComponent("sweep.XXXXXX")
        var characters = Array(pattern.utf8CString)
        guard mkdtemp(&characters) != nil else { throw POSIXError(.EIO) }
        path = String(
            decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }
}

/// A plain TCP connection, for peers that have no library.
final class PlainConnection {
    private let descriptor: Int32

    init(_ endpoint: String) throws {
        guard let port = endpoint.split(separator: ":").last.flatMap({ UInt16($0) }) else {
            throw POSIXError(.EINVAL)
        }
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw POSIXError(.ECONNREFUSED) }
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) {
        _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// Whether the other side closes the connection.
    func isClosedByPeer() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            var item = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&item, 1, 30_000) > 0 else { return false }
            if read(descriptor, &buffer, buffer.count) <= 0 { return true }
        }
    }
}

let heartbeat = Message.heartbeat(Heartbeat(sequence: 1, creditCount: 1, held: []))
let session = WorkerID(epoch: 1, number: 1)

/// Accepts connections and ends each at once.
final class SlammingDoor: Sendable {
    let endpoint: String
    private let listener: Int32
    private let accepted = Atomic<Int>(0)

    var acceptedCount: Int { accepted.load(ordering: .acquiring) }

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) + listen(listener, 16) + getsockname(listener, $0, &size)
            }
        }
        guard status == 0 else { throw POSIXError(.EADDRINUSE) }
        endpoint = "tcp://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
        self.listener = listener
        Thread { [self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                accepted.add(1, ordering: .acquiringAndReleasing)
                close(connection)
            }
        }.start()
    }

    /// Ends the thread, which keeps this object until then.
    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }
}
