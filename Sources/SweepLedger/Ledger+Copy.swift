import GRDB
import Glibc

// Copies of a ledger, for a disk that is not trusted with the ledger itself or that may be lost.

extension Ledger {
    /// Writes everything that is committed into a new file, 0600, as one consistent ledger; what
    /// stood at `path` is gone.
    ///
    /// - Throws: ``LedgerError/notWritable(path:why:)``, ``LedgerError/diskFull(path:)`` or another
    ///   about either file; then nothing is at `path`.
    public func copy(to path: String) throws(LedgerError) {
        guard isOpen else { throw .closed(path: self.path) }
        unlink(path)
        do throws(LedgerError) {
            try LedgerFile.create(path)
            do {
                var configuration = Configuration()
                configuration.label = "copy"
                // No log and no sync: until it is whole nobody looks at it, and then it is synced.
                configuration.prepareDatabase { database in
                    try database.execute(sql: "PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF")
                }
                let copy = try DatabaseQueue(path: path, configuration: configuration)
                try queue.backup(to: copy)
                try copy.close()
            } catch { throw LedgerError(error, path: path) }
        } catch {
            unlink(path)
            throw error
        }
    }

    /// How many starts of a coordinator the ledger at `path`, which nobody is writing, has seen.
    ///
    /// - Throws: As ``open(readingAt:)``.
    public static func startCount(at path: String) throws(LedgerError) -> Int {
        let ledger = try open(readingAt: path)
        let count = try ledger.database {
            try Int.fetchOne($0, sql: "SELECT max(id) FROM epoch") ?? 0
        }
        try ledger.close()
        return count
    }
}

/// A ledger at rest, as a file among files.
public enum LedgerCopy {
    /// Puts a copy of the ledger `source`, which is at rest, in the place of `destination`: durable,
    /// and in one step, whatever ends us.
    ///
    /// - Throws: ``LedgerError``; `destination` is then what it was.
    public static func install(_ source: String, as destination: String) throws(LedgerError) {
        let draft = "\(destination).new"
        unlink(draft)
        do throws(LedgerError) {
            try copyBytes(from: source, to: draft)
            // A log that belongs to what is replaced would be taken for the new file's.
            for suffix in ["-wal", "-journal", "-shm"] { unlink(destination + suffix) }
            try FileSystem.rename(draft, to: destination)
        } catch {
            unlink(draft)
            throw error
        }
    }

    private static func copyBytes(
        from source: String, to destination: String
    ) throws(LedgerError) {
        let input = open(source, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard input >= 0 else {
            throw errno == ENOENT
                ? .missing(path: source)
                : .notALedger(path: source, why: FileSystem.message(errno))
        }
        defer { close(input) }
        let output = open(
            destination, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard output >= 0 else {
            throw .notWritable(path: destination, why: FileSystem.message(errno))
        }
        // Closed below, where its error counts: over a network it may be the first to be told.
        var isClosed = false
        defer { if !isClosed { close(output) } }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = read(input, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw .inputOutput(path: source, detail: FileSystem.message(errno))
            }
            if count == 0 { break }
            var rest = buffer[..<count]
            while !rest.isEmpty {
                let written = rest.withUnsafeBytes { write(output, $0.baseAddress, $0.count) }
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { throw failure(destination) }
                rest = rest.dropFirst(written)
            }
        }
        guard fsync(output) == 0 else { throw failure(destination) }
        isClosed = true
        guard close(output) == 0 else { throw failure(destination) }
    }

    private static func failure(_ path: String) -> LedgerError {
        switch errno {
        case ENOSPC, EDQUOT: .diskFull(path: path)
        case EROFS, EACCES, EPERM: .notWritable(path: path, why: FileSystem.message(errno))
        default: .inputOutput(path: path, detail: FileSystem.message(errno))
        }
    }
}
