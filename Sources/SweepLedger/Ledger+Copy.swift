import GRDB
import Glibc

/// Copies of a ledger: consistent, whole, and never gone on with.
extension Ledger {
    /// Writes a consistent copy of the whole ledger into a new file of mode 0600, on disk when this
    /// returns. Nothing is left when it fails.
    ///
    /// The copy has the same rows, so it proves the same promises; it has no write-ahead log.
    ///
    /// - Throws: ``LedgerError``: `notWritable`, `diskFull` and `inputOutput` name the copy.
    public func copy(to target: String) throws(LedgerError) {
        guard isOpen else { throw .closed(path: path) }
        let flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
        let descriptor = Glibc.open(target, flags, 0o600)
        guard descriptor >= 0 else {
            throw .notWritable(path: target, why: FileSystem.message(errno))
        }
        defer { Glibc.close(descriptor) }
        do {
            // SQLite takes an empty file, and a name that begins with "file:" as an address.
            let name = target.hasPrefix("/") ? target : "./" + target
            try queue.inDatabase { try $0.execute(sql: "VACUUM INTO ?", arguments: [name]) }
            guard fsync(descriptor) == 0 else {
                throw LedgerError.inputOutput(path: target, detail: FileSystem.message(errno))
            }
        } catch {
            unlink(target)
            if case .corrupt(_, let detail) = LedgerError(error, path: target) {
                throw .corrupt(path: path, detail: detail)
            }
            throw LedgerError(error, path: target)
        }
    }

    /// Opens a copy that ``copy(to:)`` made, for reading only and without a lock: nobody writes it.
    public static func open(copyAt path: String) throws(LedgerError) -> Ledger {
        try LedgerFile.checkKind(path)
        try LedgerFile.checkHeader(path, mayBeEmpty: false)
        return try open(restingAt: path, lock: nil)
    }

    /// Whether this is a file that `export` made: a ledger to look at, not to go on with.
    public func isExported() throws(LedgerError) -> Bool {
        try database { try $0.tableExists(LedgerSchema.exportNote) }
    }

    /// Whether there is a ledger at `path` that `export` did not make, and must not replace.
    public static func isOriginal(_ path: String) -> Bool {
        guard FileSystem.facts(path)?.isRegular == true else { return false }
        guard LedgerFile.applicationID(path) == LedgerSchema.applicationID else { return false }
        // What cannot be read is taken for the original.
        guard let ledger = try? open(copyAt: path), let isExported = try? ledger.isExported() else {
            return true
        }
        return !isExported
    }
}
