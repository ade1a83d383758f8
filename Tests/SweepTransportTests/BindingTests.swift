import Foundation
import SweepProtocol
import SweepTransport
import Testing

@Suite("Where a coordinator listens", .serialized)
struct BindingTests {
    private func error(at endpoints: [String]) throws -> TransportError? {
        let fixture = try Fixture()
        do throws(TransportError) {
            _ = try CoordinatorSocket(
                .init(
                    endpoints: endpoints, keys: fixture.serverKeys,
                    allowList: fixture.allowList))
            return nil
        } catch {
            return error
        }
    }

    @Test("a port in use is told, with the exit code for it")
    func portInUse() throws {
        let coordinator = try Fixture().coordinator()
        let endpoint = coordinator.endpoints[0]
        #expect(try error(at: [endpoint]) == .addressInUse(endpoint))
        #expect(TransportError.addressInUse(endpoint).exitCode == 75)
    }

    @Test("a socket file that a coordinator listens on is not taken over, a dead one is")
    func socketFile() throws {
        let directory = try TemporaryDirectory()
        let endpoint = "ipc://\(directory.file("socket"))"
        var coordinator: CoordinatorSocket? = try Fixture().coordinator(at: [endpoint])
        #expect(coordinator?.endpoints == [endpoint])
        #expect(try error(at: [endpoint]) == .addressInUse(endpoint))
        coordinator = nil
        // What a killed coordinator leaves behind.
        let left = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) {
            $0.copyBytes(from: Array(directory.file("left").utf8))
        }
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(left, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        #expect(status == 0)
        close(left)
        #expect(try error(at: ["ipc://\(directory.file("left"))"]) == nil)
    }

    @Test("a file in the way is not deleted")
    func fileInTheWay() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("ledger.sqlite")
        try Data("precious".utf8).write(to: URL(fileURLWithPath: path))
        let endpoint = "ipc://\(path)"
        guard case .cannotBind(endpoint, _) = try error(at: [endpoint]) else {
            Issue.record("bound over a file")
            return
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
    }

    @Test(
        "what is no address of tcp or ipc is told",
        arguments: [
            "inproc://sweep", "tcp://", "tcp://127.0.0.1", "udp://127.0.0.1:1", "nonsense", "",
            "tcp://127.0.0.1:99999999", "ipc://" + String(repeating: "x", count: 200),
        ])
    func badEndpoints(endpoint: String) throws {
        guard case .badEndpoint(endpoint, _) = try error(at: [endpoint]) else {
            Issue.record("\(String(describing: try error(at: [endpoint])))")
            return
        }
    }

    @Test("several endpoints are one coordinator")
    func severalEndpoints() throws {
        let fixture = try Fixture()
        let directory = try TemporaryDirectory()
        var coordinator = try fixture.coordinator(
            at: ["tcp://127.0.0.1:*", "ipc://\(directory.file("socket"))"])
        for endpoint in coordinator.endpoints {
            var worker = try fixture.worker(at: endpoint)
            #expect(try firstEvent(&worker) == .connected)
            #expect(try worker.send(.init(heartbeat, session: nil)) == .sent)
            #expect(try nextArrivals(&coordinator).count == 1)
        }
    }

    @Test("the library is what we need, and the descriptors suffice or the lack is told")
    func environment() throws {
        try Context.checkLibrary()
        try DescriptorLimit.ensure(connectionCount: 16)
        let error = #expect(throws: TransportError.self) {
            try DescriptorLimit.ensure(connectionCount: 1 << 40)
        }
        #expect(error?.exitCode == 69)
    }
}
