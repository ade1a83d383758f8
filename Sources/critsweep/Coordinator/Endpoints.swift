import Foundation
import SweepTransport

/// Where a coordinator listens, and how others reach it.
enum Endpoints {
    /// Ports that the system does not give to outgoing connections: a worker that comes back to
    /// such a port cannot meet itself.
    static let ports = 20_000..<32_768

    /// Opens the door at an endpoint that the user named: at its port, or at a free one of its
    /// range, and of those at the port of `earlier` if possible.
    ///
    /// - Throws: `TransportError`.
    static func open(
        _ endpoint: String, _ keys: SweepKeys, earlier: String? = nil
    ) throws -> CoordinatorSocket {
        guard let (host, choice) = portChoice(endpoint) else { return try openOne(endpoint, keys) }
        guard !choice.isEmpty, choice.lowerBound > 0, choice.upperBound <= 65_536 else {
            throw TransportError.badEndpoint(
                endpoint, reason: "the range of ports has to rise and lie within 1 to 65535")
        }
        var ports = Array(choice)
        ports.shuffle()
        if let last = earlier.flatMap(port), choice.contains(last) { ports.insert(last, at: 0) }
        for port in ports.prefix(triesLimit) {
            do {
                return try openOne("\(host)\(port)", keys)
            } catch let error as TransportError {
                guard case .addressInUse = error else { throw error }
            }
        }
        throw TransportError.addressInUse(endpoint)
    }

    /// Ports of a range that are tried.
    private static let triesLimit = 512

    /// `tcp://HOST:` and the ports to choose from, where the endpoint names a choice.
    private static func portChoice(_ endpoint: String) -> (host: String, ports: Range<Int>)? {
        guard endpoint.hasPrefix("tcp://"), let colon = endpoint.lastIndex(of: ":") else {
            return nil
        }
        let host = String(endpoint[...colon])
        let text = endpoint[endpoint.index(after: colon)...]
        if text == "*" || text == "0" { return (host, ports) }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2,
            ends.allSatisfy({ end in
                (1...5).contains(end.count) && end.allSatisfy { $0.isASCII && $0.isNumber }
            }), let first = Int(ends[0]), let last = Int(ends[1])
        else { return nil }
        return (host, first <= last ? first..<last + 1 : 0..<0)
    }

    private static func port(_ endpoint: String) -> Int? {
        guard endpoint.hasPrefix("tcp://"), let colon = endpoint.lastIndex(of: ":") else {
            return nil
        }
        return Int(endpoint[endpoint.index(after: colon)...])
    }

    /// Whether an access file may name this as a host.
    static func isHost(_ text: String) -> Bool {
        if text.hasPrefix("["), text.hasSuffix("]") {
            return text.count > 2
                && text.dropFirst().dropLast().allSatisfy {
                    $0.isHexDigit || $0 == ":" || $0 == "." || $0 == "%"
                }
        }
        return !text.isEmpty && text.utf8.count <= 253
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-._".contains($0)) }
    }

    private static func openOne(_ endpoint: String, _ keys: SweepKeys) throws -> CoordinatorSocket {
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
                return try openOne(endpoint, keys)
            } catch let error as TransportError {
                guard case .addressInUse = error else { throw error }
            }
        }
        throw TransportError.addressInUse("tcp://127.0.0.1:\(ports.lowerBound)…")
    }

    /// The endpoints for an access file: a door that listens everywhere is reached by the name of
    /// the machine, or as the user says.
    static func reachable(_ bound: [String], as host: String? = nil) -> [String] {
        bound.flatMap { endpoint -> [String] in
            if let host, let port = port(endpoint) { return ["tcp://\(host):\(port)"] }
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
