/// What happened in a run, line by line: always hashed, kept only on request.
public struct Trace: Sendable {
    /// FNV-1a over the bytes of all lines, each with its line feed.
    public private(set) var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    public private(set) var lineCount = 0
    public private(set) var lines: [String] = []
    private let keptLineLimit: Int

    public init(keptLineLimit: Int) { self.keptLineLimit = keptLineLimit }

    mutating func append(_ line: String) {
        var line = line
        line.withUTF8 { bytes in
            for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        }
        hash = (hash ^ 10) &* 0x0000_0100_0000_01b3
        lineCount += 1
        if lines.count < keptLineLimit { lines.append(line) }
    }

    /// The hash as 16 hexadecimal digits.
    public var digest: String {
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
