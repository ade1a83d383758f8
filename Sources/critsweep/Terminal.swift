import Foundation

/// Data go to standard output, talk to standard error.
enum Terminal {
    /// Whether standard output is a terminal, where a person reads it.
    static var showsOutput: Bool { isatty(STDOUT_FILENO) == 1 }

    /// One sentence on standard error. Where nobody can be told (a full disk under a log, a pipe
    /// that was closed) the work goes on.
    static func complain(_ sentence: String, prefix: String = "critsweep: ") {
        var bytes = Array("\(prefix)\(sentence)\n".utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }

    /// Data on standard output, as they are.
    ///
    /// - Throws: ``CommandError`` (73) when they cannot be written, a full disk for instance.
    static func output(_ text: String) throws { try output(Array(text.utf8)) }

    /// - Throws: ``CommandError`` (73), as ``output(_:)-(String)``.
    static func output(_ bytes: [UInt8]) throws {
        var bytes = bytes[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                // A reader that has seen enough (head, less) is no error.
                if errno == EPIPE { return }
                let reason = errno == EBADF ? "it is closed" : String(cString: strerror(errno))
                throw CommandError(
                    .notWritable,
                    "cannot write to standard output: \(reason); give "
                        + "it a place with room and ask again, nothing is lost")
            }
            bytes = bytes.dropFirst(count)
        }
    }

    /// Whether somebody may still read standard output; false for a pipe without its other end.
    static var hasReader: Bool {
        var item = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
        return poll(&item, 1, 0) <= 0 || item.revents & Int16(POLLERR) == 0
    }

    /// Columns of figures under their heads, two spaces apart; the first column to the left.
    static func table(_ rows: [[String]]) -> String {
        let count = rows.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in
            rows.compactMap { column < $0.count ? $0[column].count : nil }.max() ?? 0
        }
        return rows.map { row in
            var line = ""
            for (index, cell) in row.enumerated() {
                let pad = String(repeating: " ", count: widths[index] - cell.count)
                if index > 0 { line += "  " }
                line += index == 0 ? cell + pad : pad + cell
            }
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }
}
