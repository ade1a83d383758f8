import Glibc

/// SHA-256 of files.
public enum FileDigest {
    /// Digest and length of all the bytes of an open file, wherever its position is.
    ///
    /// - Returns: nil with `errno` set when it cannot be read.
    public static func of(_ descriptor: Int32) -> (sha256: String, byteCount: Int)? {
        var builder = DigestBuilder()
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        var byteCount = 0
        while true {
            let count = pread(descriptor, &chunk, chunk.count, off_t(byteCount))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { break }
            chunk.withUnsafeBytes {
                builder.append(raw: UnsafeRawBufferPointer(rebasing: $0[..<count]))
            }
            byteCount += count
        }
        return (builder.finish().description, byteCount)
    }

    /// Digest and length of the file at `path`; nil with `errno` set when it cannot be read.
    public static func of(path: String) -> (sha256: String, byteCount: Int)? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return of(descriptor)
    }
}
