import Glibc

/// Data files by path, each read once in the life of a process, so that all trials of a child see
/// the same bytes and none waits for the disk twice.
public final class FileCache {
    /// A file that cannot be read: which, and why.
    public struct ReadError: Error, Hashable, Sendable, CustomStringConvertible {
        public let path: String
        public let reason: String
        public var description: String { "cannot read \(path): \(reason)" }
    }

    /// More bytes than this are not read.
    public static let byteLimit = 4 << 30

    private var contents: [String: [UInt8]] = [:]

    public init() {}

    /// The bytes of the file at `path`.
    ///
    /// - Throws: ``ReadError`` when it is missing, no regular file, or too large.
    public func read(_ path: String) throws(ReadError) -> [UInt8] {
        if let known = contents[path] { return known }
        let bytes = try Self.bytes(of: path)
        contents[path] = bytes
        return bytes
    }

    private static func bytes(of path: String) throws(ReadError) -> [UInt8] {
        func failure(_ reason: String) -> ReadError { ReadError(path: path, reason: reason) }
        // Without waiting: a pipe with nobody at its other end would block for ever.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure(systemReason(errno)) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(systemReason(errno)) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw failure("it is no regular file") }
        guard status.st_size <= byteLimit else { throw failure("it is larger than 4 GiB") }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(status.st_size))
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw failure(systemReason(errno))
            }
            guard bytes.count + count <= byteLimit else { throw failure("it is larger than 4 GiB") }
            bytes += buffer[..<count]
        }
    }
}

/// The system's words for an error number.
func systemReason(_ code: Int32) -> String { String(cString: strerror(code)) }
