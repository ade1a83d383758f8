import Glibc

/// Why a folder is not there.
public struct FolderError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The folder, or the part of its path at which it failed.
    public let path: String
    public let reason: String

    public var description: String { "cannot make the folder \(path): \(reason)" }
}

/// Folders of ours.
public enum Folders {
    /// Makes a folder and what is missing above it.
    ///
    /// - Returns: The folders that were not there before, the outermost first.
    /// - Throws: ``FolderError`` with the system's reason; then no folder was made.
    @discardableResult
    public static func make(_ path: String, mode: mode_t) throws(FolderError) -> [String] {
        guard !path.isEmpty else { throw FolderError(path: "\"\"", reason: "it has no name") }
        var missing: [String] = []
        var rest = path[...]
        while !rest.isEmpty, !isFolder(String(rest)) {
            missing.insert(String(rest), at: 0)
            while let last = rest.popLast(), last != "/" {}
            while rest.count > 1, rest.last == "/" { rest.removeLast() }
        }
        var made: [String] = []
        for folder in missing {
            if mkdir(folder, mode) == 0 {
                made.append(folder)
                continue
            }
            let code = errno
            // Another process may have been faster, and "a//b" names "a" twice.
            if isFolder(folder) { continue }
            for folder in made.reversed() { rmdir(folder) }
            throw FolderError(
                path: folder,
                reason: code == EEXIST ? "a file is in the way" : systemReason(code))
        }
        return made
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
