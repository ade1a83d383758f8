import Foundation
import SweepLedger
import SweepProtocol
import SweepSpec
import SweepWorker

/// The data files of a sweep and what is in them: in the ledger since the sweep began, and told to
/// every worker, so that no two trials are of different data.
struct SweepDataFiles: Hashable {
    private struct File: Hashable {
        var path: String
        var digest: SHA256Digest
        var byteCount: Int
    }

    private let files: [File]

    /// Reads and digests every data file of a spec.
    ///
    /// - Throws: ``CommandError`` (2): the spec names a file that cannot be read.
    init(of spec: SweepSpecification) throws {
        let folder = FileManager.default.currentDirectoryPath
        var files: [File] = []
        for path in spec.dataFiles {
            let absolute = path.hasPrefix("/") ? path : "\(folder)/\(path)"
            do throws(FileCache.ReadError) {
                let (digest, byteCount) = try DataFiles.identity(of: absolute)
                files.append(File(path: absolute, digest: digest, byteCount: byteCount))
            } catch {
                throw CommandError(.usage, "data.path: \(error)")
            }
        }
        self.files = files
    }

    /// For workers.
    var forWorkers: [DataFile] { files.map { DataFile(path: $0.path, digest: $0.digest) } }

    /// For the ledger.
    var forLedger: [StoredDataFile] {
        get throws {
            try files.map { file in
                guard let digest = ContentDigest(file.digest.bytes) else {
                    throw CommandError(.unavailable, "the digest of \(file.path) is malformed")
                }
                return StoredDataFile(path: file.path, digest: digest, byteCount: file.byteCount)
            }
        }
    }

    /// Compares these files with those that a sweep was begun with. A file may have moved; its bytes
    /// may not have changed.
    ///
    /// - Throws: ``CommandError`` (2) that names the file.
    func check(against stored: [StoredDataFile], ledger: String) throws {
        let remedy = "or run into another folder with --out"
        guard files.count == stored.count else {
            throw CommandError(
                .usage,
                "\(ledger) was begun with \(stored.count) data files "
                    + "(\(stored.map(\.path).joined(separator: ", "))), but the spec has "
                    + "\(files.count) now; put them back, \(remedy)")
        }
        for (file, old) in zip(files, stored) where file.digest.bytes != old.digest.bytes {
            let origin = file.path == old.path ? "" : ", then at \(old.path)"
            throw CommandError(
                .usage,
                "the data file \(file.path) has changed since \(ledger) was begun "
                    + "(SHA-256 \(short(old.digest)), \(old.byteCount) bytes\(origin); now "
                    + "\(short(file.digest)), \(file.byteCount) bytes); put the old content back, "
                    + remedy)
        }
    }

    private func short(_ digest: some CustomStringConvertible) -> String {
        "\(digest.description.prefix(12))…"
    }
}
