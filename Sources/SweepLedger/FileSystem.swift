import Glibc

/// Which file systems a ledger refuses.
///
/// SQLite's write-ahead log needs locks and fsync that reach the disk; over a network they may be
/// reported and not done.
public enum FileSystem {
    /// The type of the file system that holds an existing path ("ext4", "nfs4", "fuse.sshfs"), or
    /// nil when there is no such path.
    public typealias Probe = @Sendable (_ path: String) -> String?

    /// The real probe: the kernel's list of mounts, in which the deepest and latest mount wins.
    /// "unknown" where the kernel shows no list.
    public static let probe: Probe = { path in
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        let mounts = read("/proc/self/mountinfo") ?? ""
        return type(of: String(cString: resolved), mounts: mounts) ?? "unknown"
    }

    /// Whether a ledger may not lie on a file system of this type.
    ///
    /// Of those in user space (FUSE) most are remote, and only the two known local ones pass.
    public static func isRefused(type: String) -> Bool {
        if type.hasPrefix("fuse") { return !["fuseblk", "fuse.fuse-overlayfs"].contains(type) }
        return refused.contains(type)
    }

    private static let refused: Set<String> = [
        "9p", "acfs", "afs", "beegfs", "ceph", "cifs", "coda", "gfs2", "glusterfs", "gpfs",
        "lustre", "mmfs", "ncpfs", "nfs", "nfs4", "ocfs2", "orangefs", "panfs", "pvfs2", "quobyte",
        "smb3", "smbfs", "vboxsf", "wekafs",
    ]

    /// The type of the mount that holds `path` (absolute, no links), in the text of mountinfo(5).
    public static func type(of path: String, mounts: String) -> String? {
        var best: (length: Int, type: String)?
        for line in mounts.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 4, let dash = fields.lastIndex(of: "-"), dash + 1 < fields.count
            else { continue }
            let mount = unescaped(fields[4])
            let isAbove =
                mount == "/" || path == mount || path.hasPrefix(mount + "/")
            if isAbove, mount.utf8.count >= best?.length ?? 0 {
                best = (mount.utf8.count, String(fields[dash + 1]))
            }
        }
        return best?.type
    }

    /// Spaces, tabs, newlines and backslashes are written as `\\040` and so on.
    private static func unescaped(_ field: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(field.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3).map { Int($0) - 0x30 }
            if byte == UInt8(ascii: "\\"), digits.count == 3, digits.allSatisfy((0...7).contains) {
                let code = digits[0] * 64 + digits[1] * 8 + digits[2]
                bytes.append(UInt8(truncatingIfNeeded: code))
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count <= 0 { break }
            text += buffer[..<count]
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The directory part of `path`, "." for a bare name.
    static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The system's words for an error number.
    static func message(_ code: Int32) -> String { String(cString: strerror(code)) }

    /// What a ledger needs to know of a file.
    struct Facts {
        var size: Int64
        var isRegular: Bool
        var isOwn: Bool
    }

    /// Facts about the file itself, symbolic links not followed; nil with `errno` set.
    static func facts(_ path: String) -> Facts? {
        var information = stat()
        guard lstat(path, &information) == 0 else { return nil }
        return Facts(
            size: Int64(information.st_size),
            isRegular: information.st_mode & S_IFMT == S_IFREG,
            isOwn: information.st_uid == geteuid())
    }
}

extension FileSystem {
    /// Has a closed file's bytes on disk when it returns.
    static func synchronise(_ path: String) throws(LedgerError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .notWritable(path: path, why: message(errno)) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw .inputOutput(path: path, detail: message(errno))
        }
    }

    /// Gives a complete file its name; the folder knows it durably when this returns.
    static func rename(_ path: String, to name: String) throws(LedgerError) {
        guard Glibc.rename(path, name) == 0 else { throw .unwritable(name, errno) }
        let folder = directory(of: name)
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { if descriptor >= 0 { close(descriptor) } }
        guard descriptor >= 0, fsync(descriptor) == 0 || errno == EINVAL else {
            throw .inputOutput(path: folder, detail: message(errno))
        }
    }

    /// Removes a file that is no use to anybody, and a log that SQLite left beside it.
    static func remove(_ path: String) {
        unlink(path)
        unlink(path + "-journal")
    }
}
