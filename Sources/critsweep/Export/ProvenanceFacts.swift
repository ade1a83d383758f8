import Foundation
import SweepLedger
import SweepReport
import SweepSpec
import SweepTransport

/// Gathers what stands in `NAME.provenance.json`.
enum ProvenanceFacts {
    /// The provenance of what a ledger holds now.
    ///
    /// - Throws: ``CommandError``, ``LedgerError``.
    static func gather(_ ledger: Ledger, _ spec: SweepSpecification) throws -> Provenance {
        guard let stored = try ledger.sweep() else {
            throw CommandError(.dataUnreadable, "\(ledger.path) holds no sweep yet")
        }
        let summary = try ledger.summary()
        return Provenance(
            sweep: stored, plan: spec.plan, experiment: spec.experimentKind.rawValue,
            randomKey: spec.randomKey, summary: summary, dataFiles: dataFiles(of: spec, stored),
            writer: writer(sqlite: summary.sqliteVersion))
    }

    /// Writes it, whole or not at all.
    ///
    /// - Throws: ``ExportError``.
    static func write(_ provenance: Provenance, to path: String) throws(ExportError) {
        try ExportFile.replace(path, with: Array(provenance.json().utf8))
    }

    /// The files as they were when the sweep began. A ledger of the first version knows their paths
    /// alone.
    private static func dataFiles(
        of spec: SweepSpecification, _ stored: StoredSweep
    ) -> [Provenance.DataFile] {
        if stored.dataFiles.isEmpty {
            return spec.dataFiles.map { .init(path: $0, sha256: nil, byteCount: nil) }
        }
        return stored.dataFiles.map {
            .init(path: $0.path, sha256: $0.digest.description, byteCount: $0.byteCount)
        }
    }

    private static func writer(sqlite: String) -> Provenance.Writer {
        Provenance.Writer(
            softwareVersion: Version.text,
            programDigest: FileDigest.of(path: "/proc/self/exe")?.sha256,
            libraries: [
                ("swift_compiler", Version.compiler), ("libzmq", Context.libraryVersion),
                ("libsodium", LibraryVersion.sodium), ("sqlite", sqlite),
                ("zlib", NumPyLibrary.zlib),
            ],
            host: ProcessInfo.processInfo.hostName, cpu: cpu(),
            madeAt: Date().formatted(.iso8601))
    }

    /// The processor's name as the kernel has it.
    private static func cpu() -> String? {
        // Without /proc there is no name, and nothing depends on it.
        let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
        let line = text?.split(separator: "\n").first { $0.hasPrefix("model name") }
        return line?.split(separator: ":", maxSplits: 1).last.map {
            $0.trimmingCharacters(in: .whitespaces)
        }
    }
}
