import Foundation

/// Writes files that are there in full or not at all.
enum WholeFile {
    /// Writes under another name in the same folder, makes it durable, and renames it.
    ///
    /// - Throws: ``CommandError`` (73).
    static func write(_ bytes: [UInt8], to path: String) throws {
        func trouble(_ what: String) -> CommandError {
            CommandError(
                .notWritable, "cannot \(what) \(path): \(String(cString: strerror(errno)))")
        }
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            // A device or a pipe is no file to be replaced.
            errno = status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EEXIST
            throw trouble("replace")
        }
        let temporary = "\(path).\(getpid()).part"
        unlink(temporary)
        let descriptor = open(
            temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard descriptor >= 0 else { throw trouble("write") }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let error = trouble("write")
                close(descriptor)
                unlink(temporary)
                throw error
            }
            rest = rest.dropFirst(count)
        }
        guard fsync(descriptor) == 0, close(descriptor) == 0, rename(temporary, path) == 0 else {
            let error = trouble("write")
            unlink(temporary)
            throw error
        }
    }
}
