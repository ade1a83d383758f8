import Glibc
import SweepProtocol

/// Data files by path, whose content is that of the files the sweep began with.
///
/// What is small enough to be kept is read once in the life of a process; the rest is read, and
/// compared, whenever it is asked for.
public final class FileCache {
    /// A file that cannot be used: which, and why.
    public struct ReadError: Error, Hashable, Sendable, CustomStringConvertible {
        public let path: String
        public let reason: String
        public var description: String { "cannot read \(path): \(reason)" }
    }

    /// More bytes than this are not read.
    public static let byteLimit = 4 << 30
    /// Files that are kept have so many bytes together at most. Parsed images are kept elsewhere.
    public static let keptByteLimit = 32 << 20

    private var contents: [String: [UInt8]] = [:]
    private var keptByteCount = 0
    private var expected: [DataFile]?

    /// - Parameter expected: The files that may be read, and what they must hold; nil for any.
    public init(expecting expected: [DataFile]? = nil) { self.expected = expected }

    /// Has other files expected from now on, and forgets what was read.
    public func expect(_ files: [DataFile]) {
        guard files != expected else { return }
        expected = files
        contents = [:]
        keptByteCount = 0
    }

    /// The bytes of the file at `path`.
    ///
    /// - Throws: ``ReadError`` when it is missing, no regular file, too large, not expected, or
    ///   another file than the expected one.
    public func read(_ path: String) throws(ReadError) -> [UInt8] {
        if let known = contents[path] { return known }
        var bytes: [UInt8] = []
        try DataFiles.read(path) { bytes += $0 }
        if let expected {
            guard let file = expected.first(where: { $0.path == path }) else {
                throw ReadError(path: path, reason: DataFiles.stranger(among: expected))
            }
            let digest = SHA256Digest(of: bytes)
            guard digest == file.digest else {
                throw ReadError(path: path, reason: DataFiles.difference(file, found: digest))
            }
        }
        if keptByteCount + bytes.count <= Self.keptByteLimit {
            contents[path] = bytes
            keptByteCount += bytes.count
        }
        return bytes
    }
}

/// What is in data files, without keeping it.
public enum DataFiles {
    /// The digest of a file and its size.
    ///
    /// - Throws: ``FileCache/ReadError`` when it is missing, no regular file, or too large.
    public static func identity(
        of path: String
    ) throws(FileCache.ReadError) -> (digest: SHA256Digest, byteCount: Int) {
        var stream = SHA256Stream()
        var count = 0
        try read(path) {
            stream.append($0)
            count += $0.count
        }
        return (stream.finish(), count)
    }

    /// Why the files of this machine are not those of a sweep, in one sentence; nil when they are.
    public static func trouble(with files: [DataFile]) -> String? {
        for file in files {
            do throws(FileCache.ReadError) {
                let found = try identity(of: file.path).digest
                guard found == file.digest else {
                    return "cannot use \(file.path): \(difference(file, found: found))"
                }
            } catch {
                return "\(error); every machine needs the data files of the sweep under the same "
                    + "path"
            }
        }
        return nil
    }

    static func difference(_ file: DataFile, found: SHA256Digest) -> String {
        "its content is not that of the sweep's file (SHA-256 \(short(found)) here, "
            + "\(short(file.digest)) at the coordinator); put the coordinator's file there"
    }

    static func stranger(among expected: [DataFile]) -> String {
        expected.isEmpty
            ? "the sweep began without data files"
            : "the sweep began with \(expected.map(\.path).joined(separator: " and ")); take it away"
    }

    /// Enough of a digest to tell two files apart.
    private static func short(_ digest: SHA256Digest) -> String {
        "\(digest.description.prefix(12))…"
    }

    /// Hands out the bytes of a file in pieces.
    static func read(
        _ path: String, _ take: (ArraySlice<UInt8>) -> Void
    ) throws(FileCache.ReadError) {
        func failure(_ reason: String) -> FileCache.ReadError {
            FileCache.ReadError(path: path, reason: reason)
        }
        // Without waiting: a pipe with nobody at its other end would block for ever.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure(systemReason(errno)) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(systemReason(errno)) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw failure("it is no regular file") }
        guard status.st_size <= FileCache.byteLimit else {
            throw failure("it is larger than 4 GiB")
        }
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        var total = 0
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count == 0 { return }
            if count < 0 {
                if errno == EINTR { continue }
                throw failure(systemReason(errno))
            }
            total += count
            guard total <= FileCache.byteLimit else { throw failure("it is larger than 4 GiB") }
            take(buffer[..<count])
        }
    }
}

/// The system's words for an error number.
func systemReason(_ code: Int32) -> String { String(cString: strerror(code)) }
