/// One sentence about what is wrong with a spec: file, line, key, value and what would be right.
///
/// Nothing was started when it is thrown; the command line ends with exit code 2.
public struct SpecError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file as the user named it.
    public let file: String
    /// Counted from 1; nil where the file as a whole is meant.
    public let line: Int?
    /// `section.key`, or nil where no key is at fault.
    public let key: String?
    /// The sentence without its `file:line: ` prefix.
    public let sentence: String

    public init(file: String, line: Int? = nil, key: String? = nil, _ sentence: String) {
        self.file = file
        self.line = line
        self.key = key
        self.sentence = sentence
    }

    /// `configs/a.yaml:12: network.bias_variance must be a number from 0 to 1000, but is "wide"`.
    public var description: String {
        let place = line.map { "\(file):\($0)" } ?? file
        return "\(place): \(sentence)"
    }
}

/// How a value of a spec is shown in a sentence: quoted, on one line, and never long.
enum Quotation {
    private static let longest = 60

    /// The text in double quotes, control characters escaped, its middle left out when it is long.
    static func quoted(_ text: String, atMost longest: Int = longest) -> String {
        var shown = ""
        var count = 0
        for scalar in text.unicodeScalars {
            if count == longest {
                shown += "…"
                break
            }
            shown += escaped(scalar)
            count += 1
        }
        return "\"\(shown)\""
    }

    /// A whole text in double quotes that YAML reads back as the same text.
    static func yaml(_ text: String) -> String {
        var shown = ""
        for scalar in text.unicodeScalars { shown += escaped(scalar) }
        return "\"\(shown)\""
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\"": return "\\\""
        case "\\": return "\\\\"
        case "\n": return "\\n"
        case "\t": return "\\t"
        default:
            // Everything that is not plainly printable: C0, C1, line separators, direction marks.
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned,
                .surrogate:
                let digits = String(scalar.value, radix: 16)
                let width = scalar.value > 0xFFFF ? 8 : 4
                let padding = String(repeating: "0", count: width - digits.count)
                return (width == 8 ? "\\U" : "\\u") + padding + digits
            default: return String(scalar)
            }
        }
    }
}

extension Quotation {
    /// A key of the user's, as it stands when it looks like a key, quoted otherwise.
    static func word(_ text: String) -> String {
        let isPlain =
            !text.isEmpty && text.utf8.count <= 40
            && text.utf8.allSatisfy {
                ($0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z"))
                    || ($0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z"))
                    || ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9"))
                    || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
            }
        return isPlain ? text : quoted(text)
    }
}
