/// Reads the numbers of a spec: decimal, with or without point and exponent, and nothing else.
///
/// `12`, `1e-3`, `1.0e-3`, `.5`, `5.` and `+2` are numbers; `0x10`, `1_000`, `1:30`, `inf`, `nan`
/// and `1,5` are not, whatever YAML 1.1 or a C library makes of them.
enum NumberText {
    enum Reading: Hashable {
        case number(Double)
        /// Written like a number, but no double is near enough to it.
        case tooLarge, tooSmall
        case notANumber
    }

    static func read(_ text: String) -> Reading {
        guard let hasNonZeroDigit = scan(text.utf8) else { return .notANumber }
        guard let value = Double(text.hasPrefix("+") ? String(text.dropFirst()) : text) else {
            return .notANumber
        }
        if !value.isFinite { return .tooLarge }
        if value == 0 && hasNonZeroDigit { return .tooSmall }
        // Adding 0 turns -0 into 0, which is the one zero of keys and tables.
        return .number(value + 0)
    }

    /// Whether the mantissa has a digit other than 0; nil when the text is not a number.
    private static func scan(_ text: String.UTF8View) -> Bool? {
        var rest = text[...]
        var digits = 0
        var hasNonZeroDigit = false
        func isDigit(_ byte: UInt8) -> Bool {
            byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
        }
        func dropSign() {
            if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") {
                rest = rest.dropFirst()
            }
        }
        func dropDigits() {
            while let byte = rest.first, isDigit(byte) {
                digits += 1
                if byte != UInt8(ascii: "0") { hasNonZeroDigit = true }
                rest = rest.dropFirst()
            }
        }
        dropSign()
        dropDigits()
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            dropDigits()
        }
        guard digits > 0 else { return nil }
        let mantissa = hasNonZeroDigit
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest = rest.dropFirst()
            dropSign()
            digits = 0
            dropDigits()
            guard digits > 0 else { return nil }
        }
        return rest.isEmpty ? mantissa : nil
    }
}
