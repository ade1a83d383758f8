/// One line of a worker's log: what happened, and the facts as names and values.
public struct WorkerLogLine: Hashable, Sendable {
    /// How much a line matters. A worker is quiet: `info` is for what a person wants to know of a
    /// night, `detail` for every trial.
    public enum Level: Int, Hashable, Sendable, Comparable, CaseIterable {
        case detail
        case info
        case warning
        case error

        public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    public var level: Level
    /// One or two words, joined by hyphens.
    public var event: String
    public var facts: [(name: String, value: String)]

    public init(_ level: Level, _ event: String, _ facts: KeyValuePairs<String, String> = [:]) {
        self.level = level
        self.event = event
        self.facts = facts.map { (name: $0.key, value: $0.value) }
    }

    public static func == (left: Self, right: Self) -> Bool { left.text == right.text }

    public func hash(into hasher: inout Hasher) { hasher.combine(text) }

    /// `warning trial-crashed trial=3 last="Fatal error: …"`: one line, whatever the values are.
    public var text: String {
        facts.reduce("\(level) \(event)") { "\($0) \($1.name)=\(Self.shown($1.value))" }
    }

    /// A value as it is when it is one plain word, else in quotes with everything escaped that
    /// could end the line, hide text or command a terminal.
    private static func shown(_ value: String) -> String {
        let isPlain =
            !value.isEmpty
            && value.utf8.allSatisfy {
                (0x21..<0x7F).contains($0) && $0 != UInt8(ascii: "\"")
                    && $0 != UInt8(ascii: "\\") && $0 != UInt8(ascii: "=")
            }
        if isPlain, value.utf8.count <= byteLimit { return value }
        var text = "\""
        var byteCount = 0
        for scalar in value.unicodeScalars {
            byteCount += scalar.utf8.count
            guard byteCount <= byteLimit else {
                text += "…"
                break
            }
            switch scalar {
            case "\"", "\\": text += "\\\(scalar)"
            case "\n": text += "\\n"
            case "\t": text += "\\t"
            default:
                if isShowable(scalar) {
                    text.unicodeScalars.append(scalar)
                } else {
                    text += "\\u{\(String(scalar.value, radix: 16))}"
                }
            }
        }
        return text + "\""
    }

    private static func isShowable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
            .paragraphSeparator:
            false
        default: true
        }
    }

    /// Bytes of a value that are shown.
    private static let byteLimit = 1_024
}
