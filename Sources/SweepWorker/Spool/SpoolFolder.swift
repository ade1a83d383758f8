import Foundation

/// A folder of ours, open, and the few things done in it. Names are ours: no slashes.
final class SpoolFolder: Sendable {
    let path: String
    let descriptor: Int32

    /// Opens the folder, making it (and what is above it) when it is not there.
    init(path: String) throws(SpoolError) {
        do throws(FolderError) { try Folders.make(path, mode: 0o700) } catch {
            throw .notWritable(path: error.path, reason: error.reason)
        }
        self.path = path
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .notWritable(path: path, reason: systemReason(errno))
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_uid == geteuid() else {
            throw .notWritable(path: path, reason: "it belongs to another user")
        }
        guard status.st_mode & 0o022 == 0 else {
            throw .notWritable(path: path, reason: "others may write to it; chmod it to 700")
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func failure(_ name: String, _ code: Int32 = errno) -> SpoolError {
        .notWritable(path: "\(path)/\(name)", reason: systemReason(code))
    }

    /// Writes a file so that it is there in full or not at all, whatever happens.
    func replace(_ name: String, with bytes: [UInt8]) throws(SpoolError) {
        let draft = name + ".tmp"
        _ = unlinkat(descriptor, draft, 0)
        let file = openat(
            descriptor, draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw failure(draft) }
        var rest = bytes[...]
        var code: Int32 = 0
        while !rest.isEmpty, code == 0 {
            let count = rest.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno != EINTR { code = errno }
            } else {
                rest = rest.dropFirst(count)
            }
        }
        if code == 0, fsync(file) != 0 { code = errno }
        close(file)
        if code == 0, renameat(descriptor, draft, descriptor, name) != 0 { code = errno }
        guard code == 0 else {
            _ = unlinkat(descriptor, draft, 0)
            throw failure(name, code)
        }
        guard fsync(descriptor) == 0 else { throw failure(name) }
    }

    /// The bytes of a file; nil when there is none, or no regular one within the limit.
    func read(_ name: String, limit: Int) -> [UInt8]? {
        let file = openat(descriptor, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            status.st_size <= limit
        else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(file, buffer.baseAddress.map { $0 + filled }, buffer.count - filled)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            filled += count
        }
        return bytes
    }

    func exists(_ name: String) -> Bool {
        var status = stat()
        return fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0
    }

    /// Deletes a file, if it is there. That it is gone need not be durable: a result that is
    /// reported twice is acknowledged twice.
    func delete(_ name: String) throws(SpoolError) {
        guard unlinkat(descriptor, name, 0) == 0 || errno == ENOENT else { throw failure(name) }
    }

    func rename(_ name: String, to other: String) throws(SpoolError) {
        guard renameat(descriptor, name, descriptor, other) == 0 else { throw failure(name) }
    }

    /// Names of what is in it, sorted.
    func names() throws(SpoolError) -> [String] {
        guard let folder = opendir(path) else {
            throw .notWritable(path: path, reason: systemReason(errno))
        }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}
