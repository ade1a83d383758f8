import Foundation
import SweepCoordinator
import SweepLedger

/// Copies of the ledger that a running coordinator makes for `export`, in the sweep's folder.
///
/// Who asked opens the copy and removes its name at once. What is left of those who were killed
/// before is removed by the coordinator: all of it at its start and end, old ones at each export.
struct LedgerCopies: Sendable {
    let directory: SweepDirectory

    /// How long a copy may take.
    static let patienceSeconds = 600
    /// A copy that nobody opened for so long is nobody's.
    private static let lifetimeSeconds = 600.0
    private static let mark = "export-"
    private static let suffix = ".part"

    /// Whether a coordinator may have called a copy so: nothing that leads out of the folder.
    static func isName(_ name: String) -> Bool {
        name.contains(mark) && name.hasSuffix(suffix) && !name.contains("/")
    }

    /// Makes a copy, on the ledger's thread.
    ///
    /// - Returns: An answer with its name as the text.
    /// - Throws: ``LedgerError``.
    func make(_ ledger: Ledger) throws -> QueryResponse {
        removeAll(olderThanSeconds: Self.lifetimeSeconds)
        let path = directory.file("\(Self.mark)\(UUID().uuidString)\(Self.suffix)")
        try ledger.copy(to: path)
        return QueryResponse(text: path.split(separator: "/").last.map(String.init) ?? "")
    }

    /// Removes copies that nobody took.
    func removeAll(olderThanSeconds age: Double = -.infinity) {
        let start = directory.file(Self.mark).split(separator: "/").last.map(String.init) ?? ""
        // A folder that cannot be listed has nothing that we could remove.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        for name in names where name.hasPrefix(start) && name.hasSuffix(Self.suffix) {
            let path = "\(directory.path)/\(name)"
            var status = stat()
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
            if Date().timeIntervalSince1970 - Double(status.st_mtim.tv_sec) > age { unlink(path) }
        }
    }
}
