/// The text of one source file, taken apart into code, string literals and comments.
///
/// Enough of a lexer for Swift and C to tell `print(` in code from "print(" in a comment or in a
/// string; what stands in the interpolation of a string counts as code. Regular-expression
/// literals are read as code.
struct SourceText {
    /// A word, a number or one character of punctuation.
    struct Token: Hashable {
        let text: String
        /// Counted from 1.
        let line: Int
    }

    /// Words, numbers and punctuation in the order of the file, without comments and literals.
    private(set) var tokens: [Token] = []
    /// The contents of string literals, interpolations left out.
    private(set) var literals: [Token] = []

    private let bytes: [UInt8]
    private let language: Language
    private var position = 0
    private var line = 1

    enum Language { case swift, c }

    init(_ text: String, language: Language = .swift) {
        bytes = Array(text.utf8)
        self.language = language
        scan(untilClosingParenthesis: false)
    }

    /// Number of lines, a last one without a line feed included.
    static func lineCount(_ text: String) -> Int {
        text.utf8.reduce(0) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) }
            + (text.isEmpty || text.hasSuffix("\n") ? 0 : 1)
    }

    private mutating func scan(untilClosingParenthesis: Bool) {
        var depth = 0
        while let byte = peek() {
            if byte == UInt8(ascii: "/"), starts("//") {
                skipLine()
            } else if byte == UInt8(ascii: "/"), starts("/*") {
                skipBlockComment()
            } else if let hashes = hashesBeforeQuote() {
                scanString(hashCount: hashes)
            } else if language == .c, byte == UInt8(ascii: "'") {
                skipCharacterConstant()
            } else if isWordByte(byte) || byte == UInt8(ascii: "`") {
                scanWord()
            } else {
                advance()
                if isSpace(byte) { continue }
                if untilClosingParenthesis {
                    if byte == UInt8(ascii: "(") { depth += 1 }
                    if byte == UInt8(ascii: ")") {
                        if depth == 0 { return }
                        depth -= 1
                    }
                }
                tokens.append(Token(text: String(UnicodeScalar(byte)), line: line))
            }
        }
    }

    // MARK: Pieces

    private mutating func scanWord() {
        let start = position
        if peek() == UInt8(ascii: "`") {
            advance()
            while let byte = peek(), byte != UInt8(ascii: "`"), byte != UInt8(ascii: "\n") {
                advance()
            }
            if peek() == UInt8(ascii: "`") { advance() }
        } else {
            while let byte = peek(), isWordByte(byte) { advance() }
        }
        tokens.append(Token(text: text(from: start), line: line))
    }

    private mutating func scanString(hashCount: Int) {
        let firstLine = line
        position += hashCount
        let isMultiline = language == .swift && starts("\"\"\"")
        let quote = isMultiline ? "\"\"\"" : "\""
        let hashes = String(repeating: "#", count: hashCount)
        let (closing, escape) = (quote + hashes, "\\" + hashes)
        position += quote.utf8.count
        var contents: [UInt8] = []
        while let byte = peek() {
            if starts(closing) {
                position += closing.utf8.count
                break
            }
            if !isMultiline, byte == UInt8(ascii: "\n") { break }
            if starts(escape) {
                position += escape.utf8.count
                if language == .swift, peek() == UInt8(ascii: "(") {
                    advance()
                    scan(untilClosingParenthesis: true)
                } else if peek() != nil {
                    advance()
                }
                continue
            }
            contents.append(byte)
            advance()
        }
        literals.append(Token(text: String(decoding: contents, as: UTF8.self), line: firstLine))
    }

    private mutating func skipLine() {
        while let byte = peek(), byte != UInt8(ascii: "\n") { advance() }
    }

    private mutating func skipBlockComment() {
        var depth = 0
        while peek() != nil {
            if starts("/*"), language == .swift || depth == 0 {
                depth += 1
                position += 2
            } else if starts("*/") {
                depth -= 1
                position += 2
                if depth == 0 { return }
            } else {
                advance()
            }
        }
    }

    private mutating func skipCharacterConstant() {
        advance()
        while let byte = peek(), byte != UInt8(ascii: "\n") {
            advance()
            if byte == UInt8(ascii: "\\") { advance() }
            if byte == UInt8(ascii: "'") { return }
        }
    }

    // MARK: Bytes

    private func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func advance() {
        guard let byte = peek() else { return }
        if byte == UInt8(ascii: "\n") { line += 1 }
        position += 1
    }

    private func starts(_ text: String) -> Bool {
        bytes[position...].starts(with: text.utf8)
    }

    /// The number of `#` before the quote of a string that starts here, or nil where none does.
    private func hashesBeforeQuote() -> Int? {
        var end = position
        while language == .swift, end < bytes.count, bytes[end] == UInt8(ascii: "#") { end += 1 }
        return end < bytes.count && bytes[end] == UInt8(ascii: "\"") ? end - position : nil
    }

    private func text(from start: Int) -> String {
        String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

    private func isWordByte(_ byte: UInt8) -> Bool {
        byte >= 0x80 || byte == UInt8(ascii: "_")
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }
}

extension SourceText {
    /// A module that the file imports, and where.
    struct Import: Hashable {
        let module: String
        let line: Int
        /// Whether it is marked `@testable`.
        let isTestable: Bool
    }

    /// Every import of a Swift file, whatever attributes and access it has; of a submodule or of
    /// one symbol, the module.
    var imports: [Import] {
        let kinds: Set = ["struct", "class", "enum", "protocol", "typealias", "func", "var", "let"]
        return tokens.indices.compactMap { index in
            guard tokens[index].text == "import", startsDeclaration(index) else { return nil }
            let name = kinds.contains(word(index + 1)) ? index + 2 : index + 1
            guard let first = word(name).first, first.isLetter || first == "_" || first == "`",
                tokens[name].line == tokens[index].line
            else { return nil }
            let attributes = (max(0, index - 4)..<index).filter {
                tokens[$0].line == tokens[index].line
            }
            return Import(
                module: word(name).filter { $0 != "`" }, line: tokens[index].line,
                isTestable: attributes.contains { word($0) == "testable" })
        }
    }

    /// Whether a token opens a line or statement, attributes and access modifiers not counted.
    private func startsDeclaration(_ index: Int) -> Bool {
        guard index > 0, tokens[index - 1].line == tokens[index].line else { return true }
        let before = word(index - 1)
        return word(index - 2) == "@"
            || [";", ")", "public", "package", "internal", "fileprivate", "private"]
                .contains(before)
    }

    /// Every `#include` of a C file: the header with its quotes or angle brackets, and its line.
    static func includes(of text: String) -> [Token] {
        text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap {
            let trimmed = $1.drop { $0 == " " || $0 == "\t" }
            guard trimmed.first == "#" else { return nil }
            let directive = trimmed.dropFirst().drop { $0 == " " || $0 == "\t" }
            guard directive.hasPrefix("include") else { return nil }
            let header = directive.dropFirst("include".count).drop { $0 == " " || $0 == "\t" }
            guard let last = header.dropFirst().firstIndex(where: { $0 == "\"" || $0 == ">" })
            else { return Token(text: String(header), line: $0 + 1) }
            return Token(text: String(header[...last]), line: $0 + 1)
        }
    }

    /// The text of a token, or "" outside the file.
    func word(_ index: Int) -> String {
        tokens.indices.contains(index) ? tokens[index].text : ""
    }
}
