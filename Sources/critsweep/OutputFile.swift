import Glibc

/// Files that are there as a whole or not at all, whatever fails or is killed.
enum OutputFile {
    /// Puts a text in the place of what was at `path`.
    ///
    /// - Throws: ``CommandError`` (73); what was there is still there.
    static func replace(_ path: String, _ text: String) throws {
        let draft = "\(path).\(getpid()).new"
        unlink(draft)
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard file >= 0 else { throw failure(path, errno) }
        var code: Int32 = 0
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty, code == 0 {
            let count = rest.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                code = errno
            }
        }
        if code == 0, fsync(file) != 0 { code = errno }
        close(file)
        if code == 0, rename(draft, path) != 0 { code = errno }
        guard code == 0 else {
            unlink(draft)
            throw failure(path, code)
        }
    }

    private static func failure(_ path: String, _ code: Int32) -> CommandError {
        CommandError(
            .notWritable,
            "cannot write \(path): \(String(cString: strerror(code))); make room for it, and give "
                + "the same command again")
    }
}
