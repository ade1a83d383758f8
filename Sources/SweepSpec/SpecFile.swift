import Foundation

/// Reads spec files, and looks whether data files are there.
enum SpecFile {
    static func tooLong(_ path: String) -> SpecError {
        SpecError(
            file: path,
            "a spec must be at most \(SweepSpecification.byteLimit) bytes long, but this file is "
                + "longer")
    }

    /// The bytes of a spec file: regular, and not read further than just past the limit.
    static func bytes(of path: String) throws(SpecError) -> [UInt8] {
        let descriptor = try open(path) { reason in
            SpecError(file: path, "cannot be read as a spec: \(reason)")
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count <= SweepSpecification.byteLimit {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            if count < 0 {
                throw SpecError(
                    file: path, "cannot be read as a spec: \(String(cString: strerror(errno)))")
            }
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        return bytes
    }

    /// The text that these bytes of a spec file are: at most ``SweepSpecification/byteLimit`` bytes
    /// of UTF-8.
    static func text(of bytes: [UInt8], path: String) throws(SpecError) -> String {
        if bytes.count > SweepSpecification.byteLimit { throw tooLong(path) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw SpecError(
                file: path, line: firstBadLine(of: bytes),
                "a spec must be UTF-8 text, but this line is not; save the file as UTF-8")
        }
        return text
    }

    /// A path as written in the spec `path`: absolute, or relative to the spec's folder.
    static func resolved(_ file: String, beside path: String) -> String {
        if file.hasPrefix("/") { return file }
        guard let slash = path.lastIndex(of: "/") else { return file }
        return path[...slash] + file
    }

    /// Looks whether a data file is a regular file that can be opened for reading.
    static func checkData(
        _ file: String, of spec: SweepSpecification, line: Int?
    ) throws(SpecError) {
        let descriptor = try open(file) { reason in
            SpecError(
                file: spec.path, line: line, key: "data.path",
                // A path is of use only as a whole.
                "data.path must name a readable file, but "
                    + "\(Quotation.quoted(file, atMost: Int(PATH_MAX))) is not one: \(reason)")
        }
        close(descriptor)
    }

    /// Opens a regular file for reading; never waits for the other end of a pipe.
    static func open(
        _ path: String, failure: (String) -> SpecError
    ) throws(SpecError) -> Int32 {
        if path.utf8.contains(0) { throw failure("its name has a zero byte in it") }
        let descriptor = Foundation.open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
        if descriptor < 0 { throw failure(String(cString: strerror(errno))) }
        var information = stat()
        guard fstat(descriptor, &information) == 0 else {
            let reason = String(cString: strerror(errno))
            close(descriptor)
            throw failure(reason)
        }
        let type = information.st_mode & S_IFMT
        guard type == S_IFREG else {
            close(descriptor)
            throw failure(type == S_IFDIR ? "Is a directory" : "Not a regular file")
        }
        return descriptor
    }

    /// The line of the first byte that is not UTF-8.
    private static func firstBadLine(of bytes: [UInt8]) -> Int {
        var line = 1
        var start = bytes.startIndex
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            if String(validating: bytes[start..<end], as: UTF8.self) == nil { return line }
            start = end + 1
            line += 1
        }
        return line
    }
}

extension SpecFile {
    /// About how many lines a file has: counted in its first 16 MiB, the rest in proportion; 0 when
    /// it cannot be read.
    static func lineCount(of path: String) -> Double {
        guard let descriptor = try? open(path, failure: { SpecError(file: path, $0) }) else {
            return 0
        }
        defer { close(descriptor) }
        var information = stat()
        guard fstat(descriptor, &information) == 0 else { return 0 }
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        var (lines, total, last) = (0, 0, UInt8(ascii: "\n"))
        while total < 16 << 20 {
            let count = read(descriptor, &chunk, chunk.count)
            if count <= 0 { break }
            lines += chunk[..<count].count { $0 == UInt8(ascii: "\n") }
            total += count
            last = chunk[count - 1]
        }
        if total == 0 { return 0 }
        let counted = Double(last == UInt8(ascii: "\n") ? lines : lines + 1)
        return counted * max(1, Double(information.st_size) / Double(total))
    }
}
