import GRDB

// Files that `export` made, and copies that are looked at only.

extension Ledger {
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
