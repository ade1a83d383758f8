import Foundation
import SweepLedger

/// A file that has its name only when it is complete: written beside its place, put on disk, and
/// then renamed. Whatever was there is replaced in one step; when anything fails, nothing is left.
///
/// Used by one thread.
public final class ExportFile {
    /// The file as it will be called, links resolved.
    public let path: String
    /// Where it is until ``commit()``, in the same folder.
    public let partialPath: String
    private var descriptor: Int32 = -1
    private var buffer: [UInt8] = []
    private var isCommitted = false

    private static let bufferBytes = 1 << 16

    /// Makes sure that a file can be at `path` and makes none yet; ``open()`` does.
    ///
    /// - Throws: ``ExportError``: `inTheWay` for a folder, a device or a ledger.
    public init(replacing path: String) throws(ExportError) {
        var status = stat()
        var target = path
        if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK {
            guard let resolved = realpath(path, nil) else {
                throw .notWritable(path: path, why: "it is a link to nothing")
            }
            target = String(cString: resolved)
            free(resolved)
        }
        if stat(target, &status) == 0 {
            guard status.st_mode & S_IFMT != S_IFDIR else {
                throw .inTheWay(path: target, what: "a folder")
            }
            guard status.st_mode & S_IFMT == S_IFREG else {
                throw .inTheWay(path: target, what: "not a regular file")
            }
            guard !Ledger.isOriginal(target) else {
                throw .inTheWay(path: target, what: "the ledger of a sweep")
            }
        }
        self.path = target
        let folder = Self.folder(of: target)
        let name = target.split(separator: "/").last.map(String.init) ?? ""
        guard !name.isEmpty, !target.hasSuffix("/") else {
            throw .notWritable(path: path, why: "it is no name of a file")
        }
        guard name.utf8.count <= 255 else {
            throw .notWritable(path: path, why: "the name is too long")
        }
        guard stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw .notWritable(path: path, why: "there is no folder \(folder)")
        }
        guard access(folder, W_OK | X_OK) == 0 else {
            throw .notWritable(path: path, why: String(cString: strerror(errno)))
        }
        let digest = ContentDigest(of: name).description.prefix(8)
        partialPath = "\(folder)/.critsweep-\(getpid())-\(digest).part"
        // Of an earlier process with our number, if there is one.
        unlink(partialPath)
    }

    /// Puts bytes in the place of what was at `path`, in one step.
    ///
    /// - Throws: ``ExportError``; what was there is still there.
    public static func replace(_ path: String, with bytes: [UInt8]) throws(ExportError) {
        let file = try ExportFile(replacing: path)
        try file.open()
        try file.write(bytes, at: 0)
        try file.finish()
        try file.commit()
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        if !isCommitted { unlink(partialPath) }
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private func failure() -> ExportError {
        .notWritable(path: path, why: String(cString: strerror(errno)))
    }

    /// Makes the partial file.
    public func open() throws(ExportError) {
        let flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
        descriptor = Glibc.open(partialPath, flags, 0o666)
        guard descriptor >= 0 else { throw failure() }
    }

    /// Takes over a partial file that something else made at ``partialPath``.
    public func adopt() throws(ExportError) {
        descriptor = Glibc.open(partialPath, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw failure() }
        // As any file that a user makes, since nothing in it is a secret.
        let mask = umask(0)
        umask(mask)
        fchmod(descriptor, 0o666 & ~mask)
    }

    /// Bytes that are free for a user where the file will be.
    public var freeBytes: UInt64? {
        var facts = statvfs()
        guard statvfs(Self.folder(of: path), &facts) == 0 else { return nil }
        return UInt64(facts.f_bavail) * UInt64(facts.f_frsize)
    }

    // MARK: Writing

    /// Appends text.
    public func write(_ text: String) throws(ExportError) {
        buffer += text.utf8
        if buffer.count >= Self.bufferBytes { try flush() }
    }

    private func flush() throws(ExportError) {
        let bytes = buffer
        buffer.removeAll(keepingCapacity: true)
        try writeAll(bytes) { rest in
            Glibc.write(descriptor, rest.baseAddress, rest.count)
        }
    }

    /// Writes bytes at a place of their own.
    public func write(_ bytes: [UInt8], at offset: UInt64) throws(ExportError) {
        var place = off_t(offset)
        try writeAll(bytes) { rest in
            let count = pwrite(descriptor, rest.baseAddress, rest.count, place)
            if count > 0 { place += off_t(count) }
            return count
        }
    }

    private func writeAll(
        _ bytes: [UInt8], _ call: (UnsafeRawBufferPointer) -> Int
    ) throws(ExportError) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                call(UnsafeRawBufferPointer(rebasing: $0[done...]))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure() }
            done += count
        }
    }

    /// SHA-256 and length of what was written so far.
    public func digest() throws(ExportError) -> (sha256: String, byteCount: Int) {
        try flush()
        guard let found = FileDigest.of(descriptor) else { throw failure() }
        return found
    }

    /// Puts the bytes on disk; the name comes with ``commit()``.
    public func finish() throws(ExportError) {
        try flush()
        guard fsync(descriptor) == 0 else { throw failure() }
    }

    /// Gives the file its name.
    public func commit() throws(ExportError) {
        guard rename(partialPath, path) == 0 else { throw failure() }
        isCommitted = true
        let folder = Glibc.open(Self.folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return }
        // The file is whole under its name; only a power cut now could lose the name.
        _ = fsync(folder)
        close(folder)
    }
}
