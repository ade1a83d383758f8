import SweepProtocol

/// Cuts what a child prints into lines and remembers the last of them.
public struct LogTail: Sendable {
    /// The last lines, oldest first; at most ``WireLimits/logLineCount``, each cut to
    /// ``WireLimits/logLineBytes``.
    public private(set) var lines: [String] = []
    private var partial: [UInt8] = []

    public init() {}

    /// Takes bytes as they were read.
    ///
    /// - Returns: The lines that ended with them.
    public mutating func append(_ bytes: some Sequence<UInt8>) -> [String] {
        var ended: [String] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                ended.append(endLine())
            } else if partial.count < WireLimits.logLineBytes {
                partial.append(byte)
            }
        }
        return ended
    }

    /// Ends a line that has no newline, because no more will come.
    public mutating func finish() -> [String] { partial.isEmpty ? [] : [endLine()] }

    private mutating func endLine() -> String {
        let line = String(decoding: partial, as: UTF8.self)
        partial = []
        lines.append(line)
        if lines.count > WireLimits.logLineCount { lines.removeFirst() }
        return line
    }
}
