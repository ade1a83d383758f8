import Foundation
import SweepTransport

/// The keys of one sweep: made at its first start and kept, so that workers find their way back
/// after any restart.
struct SweepKeys {
    let directory: SweepDirectory
    let server: CurveKeyPair
    /// For workers that join with the sweep's access file.
    let guest: CurveKeyPair
    /// One for each local worker, so that its connections are known as its own.
    let local: [CurveKeyPair]

    /// Reads the keys, and makes those that are missing.
    ///
    /// - Throws: ``TransportError``.
    init(_ directory: SweepDirectory, localCount: Int) throws {
        self.directory = directory
        server = try Self.keys(directory, "server")
        guest = try Self.keys(directory, "worker")
        local = try (0..<localCount).map { try Self.keys(directory, "worker-\($0 + 1)") }
    }

    var allowList: AllowList { AllowList(([guest] + local).map(\.publicKey)) }

    /// Writes the access files, now that it is known where the coordinator listens.
    ///
    /// - Parameter path: Where the one for workers from elsewhere goes.
    func writeAccess(endpoints: [String], to path: String) throws {
        func write(_ name: String, to path: String, relative: Bool) throws {
            let key = Self.path(directory, name)
            try AccessFile(
                endpoints: endpoints, serverKey: server.publicKey,
                workerKeyPath: relative ? (key as NSString).lastPathComponent : Self.absolute(key)
            ).write(to: path)
        }
        try write("worker", to: path, relative: false)
        for index in local.indices {
            try write("worker-\(index + 1)", to: localAccess(index), relative: true)
        }
    }

    /// The access file of a local worker.
    func localAccess(_ index: Int) -> String { Self.localAccess(directory, index) }

    private static func localAccess(_ directory: SweepDirectory, _ index: Int) -> String {
        "\(directory.keys)/worker-\(index + 1).access.json"
    }

    /// All files that a start may make in the folder of the keys.
    static func files(_ directory: SweepDirectory, localCount: Int) -> [String] {
        ["server", "worker"].map { path(directory, $0) }
            + (0..<localCount).flatMap {
                [path(directory, "worker-\($0 + 1)"), localAccess(directory, $0)]
            }
    }

    /// The public key of a local worker of this or an earlier start; nil when there is none.
    static func localKey(_ directory: SweepDirectory, _ index: Int) -> String? {
        // A file that is missing or broken is of no worker that we started.
        try? KeyFile.read(path(directory, "worker-\(index + 1)")).publicKey.text
    }

    private static func path(_ directory: SweepDirectory, _ name: String) -> String {
        "\(directory.keys)/\(name).key"
    }

    static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
    }

    private static func keys(_ directory: SweepDirectory, _ name: String) throws -> CurveKeyPair {
        let path = path(directory, name)
        do {
            return try KeyFile.read(path)
        } catch {
            guard case .keyFile(_, .missingKeyFile) = error else { throw error }
        }
        // Under another name first: a key file is whole or not there, whatever kills us.
        let next = "\(path).new"
        unlink(next)
        let keys = try CurveKeyPair.generate()
        try KeyFile.create(next, keys)
        guard rename(next, path) == 0 else {
            throw CommandError(
                .notWritable, "cannot write \(path): \(String(cString: strerror(errno)))")
        }
        return keys
    }
}
