import Glibc

/// Who may use a ledger: one writer alone, or any number of readers while there is no writer.
///
/// A lock of the kernel (`flock`) on a file beside the ledger: it ends with the process whatever
/// ends it, and the descriptor is closed on exec, so no child keeps it. The file holds the writer's
/// process id and is left in place; it is removed only together with a ledger that came to nothing,
/// by the process that holds it.
struct LedgerLock: ~Copyable {
    enum Kind { case writer, reader }

    private let descriptor: Int32
    private let kind: Kind

    /// The lock file of the ledger at `path`.
    static func path(of path: String) -> String { path + ".lock" }

    /// Takes the lock; readers that are just reading are waited for, a writer is not.
    ///
    /// - Returns: nil for a reader who may neither find nor make the lock file.
    /// - Throws: ``LedgerError/locked(path:holder:)``, ``LedgerError/notWritable(path:why:)``.
    static func take(_ kind: Kind, for path: String) throws(LedgerError) -> LedgerLock? {
        let lockPath = Self.path(of: path)
        var tries = 0
        while true {
            tries += 1
            var descriptor = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            if descriptor < 0 {
                let code = errno
                guard kind == .reader else { throw .unwritable(path, code) }
                descriptor = open(lockPath, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
                if descriptor < 0 { return nil }
            }
            guard Self.lock(descriptor, kind) else {
                let code = errno
                // A file system without locks has no writer either: none starts there.
                if kind == .reader, code == ENOSYS || code == ENOLCK || code == EOPNOTSUPP {
                    close(descriptor)
                    return nil
                }
                let holder = Self.readHolder(descriptor)
                close(descriptor)
                throw .locked(path: path, holder: holder)
            }
            // A ledger that came to nothing was removed, and its lock file with it: a lock on that
            // file keeps nobody out. (Some file systems never give a file one number.)
            guard Self.isAt(lockPath, descriptor) || tries == 100 else {
                close(descriptor)
                continue
            }
            if kind == .writer { Self.writeHolder(descriptor, getpid()) }
            return LedgerLock(descriptor: descriptor, kind: kind)
        }
    }

    private static func isAt(_ path: String, _ descriptor: Int32) -> Bool {
        var (open, named) = (stat(), stat())
        return fstat(descriptor, &open) == 0 && lstat(path, &named) == 0
            && open.st_ino == named.st_ino && open.st_dev == named.st_dev
    }

    private init(descriptor: Int32, kind: Kind) {
        self.descriptor = descriptor
        self.kind = kind
    }

    /// From reader to writer for a moment, to finish what a killed coordinator left; false when
    /// somebody else is there.
    borrowing func upgrade() -> Bool { Self.lock(descriptor, .writer) }

    /// Back to reader.
    borrowing func downgrade() { _ = flock(descriptor, LOCK_SH | LOCK_NB) }

    deinit {
        // A writer's process id is removed first, so that a free lock names nobody.
        if kind == .writer { _ = ftruncate(descriptor, 0) }
        close(descriptor)
    }

    /// Tries for at most two seconds while only readers are in the way. One of them may hold the lock
    /// alone for a moment, to finish what a killed coordinator left: only a writer that lives has its
    /// process id in the file.
    private static func lock(_ descriptor: Int32, _ kind: Kind) -> Bool {
        let operation = kind == .writer ? LOCK_EX : LOCK_SH
        for _ in 0..<40 {
            if flock(descriptor, operation | LOCK_NB) == 0 { return true }
            guard kind == .writer else { return false }
            if flock(descriptor, LOCK_SH | LOCK_NB) == 0 {
                _ = flock(descriptor, LOCK_UN)
            } else if let holder = readHolder(descriptor), isAlive(holder) {
                return false
            }
            _ = poll(nil, 0, 50)
        }
        return false
    }

    private static func isAlive(_ process: Int32) -> Bool {
        process > 0 && (kill(process, 0) == 0 || errno == EPERM)
    }

    private static func writeHolder(_ descriptor: Int32, _ process: Int32) {
        let text = Array("\(process)\n".utf8)
        _ = ftruncate(descriptor, 0)
        _ = pwrite(descriptor, text, text.count, 0)
    }

    private static func readHolder(_ descriptor: Int32) -> Int32? {
        var buffer = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: buffer.prefix(count).prefix { $0 > 0x20 }, as: UTF8.self))
    }
}
