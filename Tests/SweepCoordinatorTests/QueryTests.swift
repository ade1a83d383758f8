import Foundation
import SweepCoordinator
import Synchronization
import Testing

@Suite("Questions to a running coordinator")
struct QueryTests {
    private let scratch: Scratch
    private var path: String { scratch.path + "/query.sock" }

    init() throws { scratch = try Scratch() }

    private func server(at path: String? = nil) throws -> QueryServer {
        try QueryServer(path: path ?? self.path) { request in
            QueryResponse(
                text: "\(request.query) \(request.names ?? [])", exitCode: 3, message: "m")
        }
    }

    @Test("a question is answered")
    func answered() throws {
        let server = try server()
        defer { server.stop() }
        let response = try QueryClient.ask(QueryRequest("table", names: ["a", "b"]), at: path)
        #expect(response == QueryResponse(text: "table [\"a\", \"b\"]", exitCode: 3, message: "m"))
    }

    @Test("a large answer arrives whole")
    func large() throws {
        let text = String(repeating: "0123456789", count: 1_000_000)
        let server = try QueryServer(path: path) { _ in QueryResponse(text: text) }
        defer { server.stop() }
        #expect(try QueryClient.ask(QueryRequest("export"), at: path).text == text)
    }

    @Test("only the owner can open the socket, and it is gone after the end")
    func ownerOnly() throws {
        let server = try server()
        var status = stat()
        #expect(lstat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        server.stop()
        #expect(lstat(path, &status) != 0)
        #expect(throws: QueryError.nobodyListens(path: path)) {
            try QueryClient.ask(QueryRequest("status"), at: path)
        }
    }

    @Test(
        "garbage gets no answer and disturbs nobody",
        arguments: [
            [0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 0, 4, 1, 2, 3, 4], [0, 0, 0, 2, 0x7B, 0x7D], [],
            Array("GET / HTTP/1.1\r\n\r\n".utf8), [0, 0, 0, 200, 1],
        ] as [[UInt8]])
    func garbage(bytes: [UInt8]) throws {
        let server = try server()
        defer { server.stop() }
        #expect(try RawClient(path).answer(to: bytes) == [])
        #expect(try QueryClient.ask(QueryRequest("status"), at: path).exitCode == 3)
    }

    @Test("clients that say nothing do not keep others out")
    func silentClients() throws {
        var limits = QueryServer.Limits()
        limits.patienceMilliseconds = 100
        let server = try QueryServer(path: path, limits: limits) { _ in QueryResponse(text: "yes") }
        defer { server.stop() }
        let silent = try (0..<7).map { _ in try RawClient(path) }
        #expect(try QueryClient.ask(QueryRequest("status"), at: path).text == "yes")
        withExtendedLifetime(silent) {}
    }

    @Test("the socket of a coordinator that was killed is replaced")
    func stale() throws {
        // Bound and closed without being removed, as the kernel does for a killed process.
        try RawClient.leaveStaleSocket(at: path)
        let server = try server()
        defer { server.stop() }
        #expect(try QueryClient.ask(QueryRequest("status"), at: path).exitCode == 3)
    }

    @Test("a second server is refused, and the first goes on")
    func second() throws {
        let first = try server()
        defer { first.stop() }
        let error = #expect(throws: QueryError.self) { try server() }
        #expect(error == .inUse(path: path))
        #expect(error?.exitCode == 75)
        #expect(try QueryClient.ask(QueryRequest("status"), at: path).exitCode == 3)
    }

    @Test("a file in the way is not touched")
    func inTheWay() throws {
        try Data("mine".utf8).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: QueryError.self) { try server() }
        #expect(error == .inTheWay(path: path))
        #expect(error?.exitCode == 73)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
    }

    @Test("a link in the way is not followed")
    func linkInTheWay() throws {
        let target = scratch.path + "/target"
        try Data("mine".utf8).write(to: URL(fileURLWithPath: target))
        #expect(symlink(target, path) == 0)
        #expect(throws: QueryError.inTheWay(path: path)) { try server() }
        #expect(try String(contentsOfFile: target, encoding: .utf8) == "mine")
    }

    @Test("a folder with a long name has room for a socket")
    func longPath() throws {
        let folder = scratch.path + "/" + String(repeating: "long-", count: 40)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let server = try server(at: folder + "/query.sock")
        defer { server.stop() }
        let response = try QueryClient.ask(QueryRequest("x"), at: folder + "/query.sock")
        #expect(response.exitCode == 3)
    }

    @Test("many questions at once are answered")
    func many() throws {
        let server = try server()
        defer { server.stop() }
        let answered = Mutex(0)
        DispatchQueue.concurrentPerform(iterations: 40) { index in
            // A client over the limit is shut out and asks again.
            for _ in 0..<200 {
                let response = try? QueryClient.ask(QueryRequest("q\(index)"), at: path)
                guard let response else { continue }
                if response.text.hasPrefix("q\(index) ") { answered.withLock { $0 += 1 } }
                break
            }
        }
        #expect(answered.withLock { $0 } == 40)
    }
}

/// A folder of its own for one test, removed with it.
final class Scratch: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "critsweep-query-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A client that speaks bytes.
final class RawClient {
    private let descriptor: Int32

    struct Trouble: Error {}

    init(_ path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.address(path)
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        if status != 0 { throw Trouble() }
    }

    deinit { close(descriptor) }

    /// Sends, says that nothing more comes, and reads to the end.
    func answer(to bytes: [UInt8]) throws -> [UInt8] {
        _ = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        shutdown(descriptor, Int32(SHUT_WR))
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count <= 0 { return answer }
            answer += chunk[..<count]
        }
    }

    static func leaveStaleSocket(at path: String) throws {
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = address(path)
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        if status != 0 || listen(listener, 1) != 0 { throw Trouble() }
    }

    private static func address(_ path: String) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return address
    }
}
