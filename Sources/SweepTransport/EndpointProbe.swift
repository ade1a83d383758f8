import Foundation
import Synchronization

/// Why nobody was heard at an endpoint, as far as a look from here can tell.
///
/// The library connects in the background, again and again, and says nothing of why it fails.
public enum EndpointProbe {
    /// Half a sentence: what a plain connection to the endpoint meets.
    ///
    /// - Parameter milliseconds: How long the look may take at most.
    public static func finding(_ endpoint: String, withinMilliseconds limit: Int) -> String {
        let answer = Answer()
        // Resolving a name cannot be interrupted; a thread that hangs there ends with the process.
        let thread = Thread {
            let text = look(at: endpoint, milliseconds: Int32(clamping: limit))
            answer.text.withLock { $0 = text }
            answer.isReady.signal()
        }
        thread.name = "endpoint"
        thread.start()
        return answer.isReady.wait(timeout: .now() + .milliseconds(limit + 500)) == .success
            ? answer.text.withLock { $0 } ?? silence(endpoint) : silence(endpoint)
    }

    private final class Answer: Sendable {
        let text = Mutex<String?>(nil)
        let isReady = DispatchSemaphore(value: 0)
    }

    private static func silence(_ endpoint: String) -> String {
        "\(endpoint) does not answer (is it the right machine, and does a firewall let us through?)"
    }

    private static func look(at endpoint: String, milliseconds: Int32) -> String {
        if let problem = HostName.problem(of: endpoint) { return "\(endpoint): \(problem)" }
        switch RawConnection.code(of: endpoint, milliseconds: milliseconds) {
        case 0:
            return "something listens at \(endpoint), but it does not answer as a coordinator"
        case ECONNREFUSED, ENOENT: return "nothing listens at \(endpoint)"
        case ETIMEDOUT: return silence(endpoint)
        case let code: return "\(endpoint) cannot be reached: \(String(cString: strerror(code)))"
        }
    }
}

/// Names of hosts in endpoints.
enum HostName {
    /// What is wrong with the host of a tcp endpoint; nil when it has an address, and where there is
    /// no host.
    static func problem(of endpoint: String) -> String? {
        guard endpoint.hasPrefix("tcp://"), let host = host(of: endpoint), host != "*",
            if_nametoindex(host) == 0
        else { return nil }
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, nil, nil, &list)
        guard status != 0 else {
            freeaddrinfo(list)
            return nil
        }
        let reason =
            status == EAI_SYSTEM
            ? strerror(errno) : UnsafeMutablePointer(mutating: gai_strerror(status))
        return "the host name \(host) cannot be resolved"
            + (reason.map { " (\(String(cString: $0)))" } ?? "")
    }

    private static func host(of endpoint: String) -> String? {
        let rest = endpoint.dropFirst("tcp://".count)
        guard let colon = rest.lastIndex(of: ":") else { return nil }
        let host = rest[..<colon]
        return String(host.hasPrefix("[") ? host.dropFirst().dropLast() : host)
    }
}
