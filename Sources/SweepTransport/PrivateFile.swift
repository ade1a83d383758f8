import Foundation

/// Small files that only their owner may read, in the manner of ssh.
enum PrivateFile {
    /// Bytes of the largest file that is read.
    static let byteLimit = 64 << 10

    /// Creates a file that did not exist, mode 0600.
    static func create(_ path: String, _ bytes: [UInt8]) throws(TransportError) {
        let descriptor = open(
            path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode_t(0o600))
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        // The mask of the process may have taken bits away, and must not add any.
        guard fchmod(descriptor, mode_t(0o600)) == 0 else { throw failure(path) }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                write(descriptor, $0.baseAddress.map { $0 + written }, bytes.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let error = failure(path)
                unlink(path)
                throw error
            }
            written += count
        }
        guard fsync(descriptor) == 0 else {
            let error = failure(path)
            unlink(path)
            throw error
        }
    }

    /// Puts a file in the place of what was there, in one step.
    static func replace(_ path: String, _ bytes: [UInt8]) throws(TransportError) {
        let next = "\(path).\(getpid()).new"
        // Left by an earlier process of this number.
        unlink(next)
        do throws(TransportError) { try create(next, bytes) } catch {
            guard case .keyFile(_, let problem) = error else { throw error }
            throw .keyFile(path: path, problem: problem)
        }
        guard rename(next, path) == 0 else {
            let error = failure(path)
            unlink(next)
            throw error
        }
    }

    /// Reads a regular file that belongs to us and that nobody else may touch; `missing` is what
    /// is wrong when there is none.
    static func read(_ path: String, missing: KeyFileProblem) throws(TransportError) -> [UInt8] {
        func unreadable() -> TransportError {
            switch errno {
            case ENOENT, ENOTDIR: .keyFile(path: path, problem: missing)
            // A symbolic link where O_NOFOLLOW forbids one.
            case ELOOP: .keyFile(path: path, problem: .notRegular)
            default:
                .keyFile(path: path, problem: .unreadable(String(cString: strerror(errno))))
            }
        }
        // Without O_NONBLOCK a pipe in its place would stop us here.
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw unreadable() }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw unreadable() }
        func refuse(_ problem: KeyFileProblem) -> TransportError {
            .keyFile(path: path, problem: problem)
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw refuse(.notRegular) }
        guard status.st_uid == geteuid() else { throw refuse(.otherOwner) }
        guard status.st_mode & 0o077 == 0 else {
            throw refuse(.openToOthers(mode: status.st_mode & 0o777))
        }
        guard status.st_size <= byteLimit else { throw refuse(.tooLarge) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while bytes.count <= byteLimit {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw unreadable() }
            if count == 0 { return bytes }
            bytes += buffer.prefix(count)
        }
        throw refuse(.tooLarge)
    }

    /// Makes a directory that only we may enter, or checks that one is.
    static func makeDirectory(_ path: String) throws(TransportError) {
        guard mkdir(path, mode_t(0o700)) != 0 else { return }
        guard errno == EEXIST else { throw failure(path) }
        var status = stat()
        guard lstat(path, &status) == 0 else { throw failure(path) }
        func refuse(_ problem: KeyFileProblem) -> TransportError {
            .keyFile(path: path, problem: problem)
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw refuse(.system("is not a directory"))
        }
        guard status.st_uid == geteuid() else { throw refuse(.otherOwner) }
        guard status.st_mode & 0o077 == 0 else {
            throw refuse(.openToOthers(mode: status.st_mode & 0o777))
        }
    }

    private static func failure(_ path: String) -> TransportError {
        let problem: KeyFileProblem =
            switch errno {
            case ENOENT: .missing
            case EEXIST: .exists
            // A symbolic link where O_NOFOLLOW forbids one.
            case ELOOP: .notRegular
            default: .system(String(cString: strerror(errno)))
            }
        return .keyFile(path: path, problem: problem)
    }
}
