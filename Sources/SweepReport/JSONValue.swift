import SweepCore

/// A piece of JSON whose objects keep the order of their keys.
public indirect enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// Not finite: written as null.
    case number(Double)
    case text(String)
    case array([JSONValue])
    case object([Member])

    /// One key of an object.
    public struct Member: Hashable, Sendable {
        public var key: String
        public var value: JSONValue

        public init(_ key: String, _ value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    /// A number, or null.
    public static func optional(_ number: Double?) -> JSONValue { number.map(Self.number) ?? .null }

    /// The value over several lines; arrays of plain values stay on one.
    public func prettyText(indent: Int = 0) -> String {
        let inner = String(repeating: " ", count: indent + 2)
        let outer = String(repeating: " ", count: indent)
        switch self {
        case .null: return "null"
        case .bool(let value): return value ? "true" : "false"
        case .number(let number):
            return number.isFinite ? ParameterValue.canonicalText(of: number) : "null"
        case .text(let text): return JSONText.string(text)
        case .array(let values):
            let isFlat = values.allSatisfy { if case .object = $0 { false } else { true } }
            if isFlat {
                return "[" + values.map { $0.prettyText() }.joined(separator: ", ") + "]"
            }
            return "[\n"
                + values.map { inner + $0.prettyText(indent: indent + 2) }
                .joined(separator: ",\n") + "\n\(outer)]"
        case .object(let members):
            if members.isEmpty { return "{}" }
            return "{\n"
                + members.map { member in
                    "\(inner)\(JSONText.string(member.key)): "
                        + member.value.prettyText(indent: indent + 2)
                }.joined(separator: ",\n") + "\n\(outer)}"
        }
    }

    /// The value on one line, without spaces; doubles read back to the bit, minus zero too.
    public func lineText() -> String {
        switch self {
        case .number(let number): return number.isFinite ? NumberText.of(number) : "null"
        case .array(let values):
            return "[" + values.map { $0.lineText() }.joined(separator: ",") + "]"
        case .object(let members):
            let fields = members.map { "\(JSONText.string($0.key)):\($0.value.lineText())" }
            return "{" + fields.joined(separator: ",") + "}"
        case .null, .bool, .text: return prettyText()
        }
    }
}
