import Foundation

/// All that a worker needs to join: where the coordinator is, its key, and where the worker's own
/// key lies. It holds no secret itself, but whoever changes it chooses the coordinator: 0600.
public struct AccessFile: Hashable, Sendable {
    /// Endpoints of one coordinator, the best first.
    public var endpoints: [String]
    public var serverKey: CurvePublicKey
    /// Path of the worker's secret key, absolute or relative to the access file's directory.
    public var workerKeyPath: String

    /// Endpoints a file may name.
    static let endpointLimit = 16

    private struct Content: Codable {
        var version: Int
        var endpoints: [String]
        var server_key: String
        var worker_key: String
    }

    public init(endpoints: [String], serverKey: CurvePublicKey, workerKeyPath: String) {
        self.endpoints = endpoints
        self.serverKey = serverKey
        self.workerKeyPath = workerKeyPath
    }

    /// Writes the file in the place of an earlier one, in one step.
    ///
    /// - Throws: ``TransportError/keyFile(path:problem:)``.
    public func write(to path: String) throws(TransportError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let content = Content(
            version: 1, endpoints: endpoints, server_key: serverKey.text,
            worker_key: workerKeyPath)
        let bytes: [UInt8]
        do {
            bytes = Array(try encoder.encode(content)) + [UInt8(ascii: "\n")]
        } catch {
            throw .keyFile(path: path, problem: .malformed("\(error)"))
        }
        try PrivateFile.replace(path, bytes)
    }

    /// Reads and checks the file.
    ///
    /// - Throws: ``TransportError/keyFile(path:problem:)`` or
    ///   ``TransportError/badEndpoint(_:reason:)``.
    public static func read(_ path: String) throws(TransportError) -> Self {
        let bytes = try PrivateFile.read(path, missing: .missingAccessFile)
        func refuse(_ reason: String) -> TransportError {
            .keyFile(path: path, problem: .malformed(reason))
        }
        let content: Content
        do {
            content = try JSONDecoder().decode(Content.self, from: Data(bytes))
        } catch {
            throw refuse(
                "it has to be JSON with version, endpoints, server_key and worker_key")
        }
        guard content.version == 1 else {
            throw refuse("version \(content.version) is not known, only 1")
        }
        guard (1...endpointLimit).contains(content.endpoints.count) else {
            throw refuse("it has to name 1 to \(endpointLimit) endpoints")
        }
        for endpoint in content.endpoints { try Endpoint.check(endpoint) }
        guard let serverKey = CurvePublicKey(content.server_key) else {
            throw refuse("server_key is not a key of 40 Z85 characters")
        }
        guard !content.worker_key.isEmpty, !content.worker_key.utf8.contains(0) else {
            throw refuse("worker_key is not a path")
        }
        return Self(
            endpoints: content.endpoints, serverKey: serverKey,
            workerKeyPath: content.worker_key)
    }

    /// The path of the worker's key, when this file was read from `path`. A key that is not where
    /// this file says is looked for beside it: both may have been copied to another machine.
    public func resolvedWorkerKeyPath(relativeTo path: String) -> String {
        let directory = (path as NSString).deletingLastPathComponent as NSString
        let named =
            workerKeyPath.hasPrefix("/")
            ? workerKeyPath : directory.appendingPathComponent(workerKeyPath)
        let beside = directory.appendingPathComponent((workerKeyPath as NSString).lastPathComponent)
        return access(named, F_OK) != 0 && access(beside, F_OK) == 0 ? beside : named
    }
}
