import Foundation
import SweepTransport

/// Where a coordinator listens, and how others reach it.
enum Endpoints {
    /// Ports that the system does not give to outgoing connections: a worker that comes back to
    /// such a port cannot meet itself.
    static let ports = 20_000..<32_768

    /// Opens the door at an endpoint that the user named.
    static func open(_ endpoint: String, _ keys: SweepKeys) throws -> CoordinatorSocket {
        try CoordinatorSocket(
            .init(endpoints: [endpoint], keys: keys.server, allowList: keys.allowList))
    }

    /// Opens the door on this machine's loopback: where it was before if possible, else at a port
    /// that is free.
    static func openLocal(_ keys: SweepKeys, earlier: String?) throws -> CoordinatorSocket {
        var tries: [String] = []
        if let earlier, earlier.hasPrefix("tcp://127.0.0.1:") { tries.append(earlier) }
        for _ in 0..<64 { tries.append("tcp://127.0.0.1:\(Int.random(in: ports))") }
        for endpoint in tries {
            do {
                return try open(endpoint, keys)
            } catch let error as TransportError {
                guard case .addressInUse = error else { throw error }
            }
        }
        throw TransportError.addressInUse("tcp://127.0.0.1:\(ports.lowerBound)…")
    }

    /// The endpoints for an access file: a door that listens everywhere is reached by the name of
    /// the machine.
    static func reachable(_ bound: [String]) -> [String] {
        bound.flatMap { endpoint -> [String] in
            for everywhere in ["tcp://0.0.0.0:", "tcp://[::]:"] where endpoint.hasPrefix(everywhere)
            {
                let port = endpoint.dropFirst(everywhere.count)
                return [
                    "tcp://\(ProcessInfo.processInfo.hostName):\(port)", "tcp://127.0.0.1:\(port)",
                ]
            }
            if endpoint.hasPrefix("ipc://") {
                return ["ipc://" + SweepKeys.absolute(String(endpoint.dropFirst(6)))]
            }
            return [endpoint]
        }
    }
}
