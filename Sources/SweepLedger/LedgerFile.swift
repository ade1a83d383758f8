import Glibc

/// The checks of a ledger's file that come before SQLite sees it.
enum LedgerFile {
    private static let magic = Array("SQLite format 3\0".utf8)

    static func refuseNetworkFileSystem(_ path: String, _ probe: FileSystem.Probe)
        throws(LedgerError)
    {
        let directory = FileSystem.directory(of: path)
        guard let type = probe(directory) else {
            throw .notWritable(path: directory, why: FileSystem.message(errno))
        }
        if FileSystem.isRefused(type: type) {
            throw .networkFileSystem(path: directory, type: type)
        }
    }

    private static let flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK

    /// Makes the file, readable and writable by its owner alone. SQLite gives the same rights to its
    /// write-ahead log.
    static func create(_ path: String) throws(LedgerError) {
        let descriptor = open(path, flags | O_CREAT | O_EXCL, 0o600)
        guard descriptor >= 0 else { throw .unwritable(path, errno) }
        close(descriptor)
    }

    /// Takes the rights of others from a file that is there.
    static func narrow(_ path: String) throws(LedgerError) {
        guard let facts = FileSystem.facts(path) else {
            throw .notWritable(path: path, why: FileSystem.message(errno))
        }
        guard facts.isRegular else { throw .notALedger(path: path, why: "not a regular file") }
        guard facts.isOwn else {
            throw .notWritable(path: path, why: "it belongs to another user")
        }
        let descriptor = open(path, flags)
        guard descriptor >= 0 else {
            throw .notWritable(path: path, why: FileSystem.message(errno))
        }
        _ = fchmod(descriptor, 0o600)
        close(descriptor)
    }

    /// Removes a ledger and all that SQLite and we put beside it; only under its lock.
    static func remove(_ path: String) {
        for suffix in ["", "-wal", "-shm", "-journal"] { unlink(path + suffix) }
        unlink(LedgerLock.path(of: path))
    }

    /// Whether a write-ahead log with something in it lies beside the ledger.
    static func hasLog(_ path: String) -> Bool { (FileSystem.facts(path + "-wal")?.size ?? 0) > 0 }

    /// Refuses what is clearly something else, before a lock file is made beside it.
    static func checkKind(_ path: String) throws(LedgerError) {
        guard let facts = FileSystem.facts(path) else {
            throw errno == ENOENT
                ? .missing(path: path)
                : .notALedger(path: path, why: FileSystem.message(errno))
        }
        guard facts.isRegular else { throw .notALedger(path: path, why: "not a regular file") }
        guard facts.size > 0 else { return }
        let start = try header(path)
        guard start.starts(with: magic) else {
            throw .notALedger(path: path, why: "it is not an SQLite file")
        }
        // The application's number at 68; it comes with the first migration, so it may be in the
        // log, or missing from a file that was begun and never filled.
        guard start.count == 100, number(start, at: 68, count: 4) != LedgerSchema.applicationID
        else { return }
        let isBegun = number(start, at: 68, count: 4) == 0
        guard isBegun, hasLog(path) || number(start, at: 28, count: 4) <= 1 else {
            throw .notALedger(path: path, why: "it is another program's database")
        }
    }

    /// The first 100 bytes, or fewer when there are fewer.
    private static func header(_ path: String) throws(LedgerError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw .notALedger(path: path, why: FileSystem.message(errno))
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 100)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return Array(bytes.prefix(max(0, count)))
    }

    /// Looks at the first 100 bytes: is it SQLite's, and is the file as long as it says?
    static func checkHeader(_ path: String, mayBeEmpty: Bool) throws(LedgerError) {
        guard let facts = FileSystem.facts(path) else { throw .missing(path: path) }
        guard facts.isRegular else { throw .notALedger(path: path, why: "not a regular file") }
        if facts.size == 0 {
            if mayBeEmpty { return }
            throw .notALedger(
                path: path, why: "it is empty; restore a copy, or delete it to begin anew")
        }
        let header = try header(path)
        guard header.count == 100, header.starts(with: magic) else {
            throw .notALedger(path: path, why: "it is not an SQLite file")
        }
        // Big-endian: page size at 16 (1 means 65536), change counter 24, pages 28, and 92 the
        // counter for which the number of pages holds.
        let stored = number(header, at: 16, count: 2)
        let pageSize = stored == 1 ? 65_536 : stored
        let pages = number(header, at: 28, count: 4)
        let isCurrent = number(header, at: 24, count: 4) == number(header, at: 92, count: 4)
        // Pages that lie in the log may be missing from the file.
        if isCurrent, !hasLog(path), Int64(pageSize) * Int64(pages) > facts.size {
            throw .corrupt(
                path: path,
                detail: "\(facts.size) bytes where its header says \(pageSize * pages)")
        }
    }

    /// SQLite's application id of a file; nil when it is not SQLite's.
    static func applicationID(_ path: String) -> Int? {
        // A file that cannot be read has no number, which is all that is asked.
        guard let header = try? header(path), header.count == 100, header.starts(with: magic)
        else { return nil }
        return number(header, at: 68, count: 4)
    }

    private static func number(_ bytes: [UInt8], at place: Int, count: Int) -> Int {
        bytes[place..<place + count].reduce(0) { $0 << 8 | Int($1) }
    }
}
