import SweepSpec

/// Damage to a YAML text by someone who knows YAML.
enum SpecMutation {
    /// Values that are nearly right somewhere and wrong nearly everywhere.
    static let values = [
        "1e999", "-1e999", "1e-999", "1e18", "9223372036854775808", "18446744073709551616", "-1",
        "-0", "-0.0", "0", "0x10", "0o17", "1_000", "1:30", "1,5", ".inf", "-.INF", ".nan", "nan",
        "inf", "infinity", "+", "-", ".", "e5", "1e", "1e+", "~", "null", "no", "Yes", "true",
        "\"\"", "''", "[]", "{}", "[1, 1]", "[[1]]", "{a: b}", "|\n  x\n", ">-\n  x\n", "\"1\"",
        "2026-11-22", "0.1e-400", "0.30000000000000004", "123456789012.5", "1.0000000000001",
        "{from: 1, to: 2, count: 1000000}", "{log_from: 1e-300, log_to: 1e-299, count: 1000}",
        "{from: 0, to: 0, count: 1}", "{from: 2, to: 1, count: 3}", "{from: 1, count: 2}",
        "{log_from: 0, log_to: 1, count: 2}", "{from: 1, log_to: 2, count: 2}", "\u{212A}", "ﬀ",
    ]

    /// What is slow when there is enough of it.
    static let pieces = [
        "[", "{", "- ", "? ", "a: ", "[a, ", "{a: ", "\"", "'", "a\n", "a ", "- - ", "&a ", "*a\n",
        "a: b\n", "!a ", "| ", "[]: ", "\n ", "#", "%a\n", ",", "a,", "x: {y: 1}\n", " ", "\n",
        "[a,b]: c\n", "\"\\x41", "é", "1, ", "\t", "\r", "---\n", "- a\n", ">\n a\n",
    ]

    private static let tokens =
        [
            "&a ", "*a", "&a *a", "!!int ", "!x ", "!<tag:a,b> ", "---\n", "...\n", "%YAML 1.1\n",
            "%TAG ! tag:x,2000:\n", "[", "]", "{", "}", ": ", ":", "- ", "? ", "? [a]\n: ", "\"",
            "'", "|\n", ">\n", "|+9\n", "#", " #", "\t", "\n", "\r\n", "\r", "  ", "\u{0}",
            "\u{FEFF}", "\u{2028}", "\u{85}", "\u{A0}", "%", "@", "`", "<<: ", "<<: *a", ",", "\\",
            "\\x", "\\u12", "\\ud800", "\u{1F600}", "\u{202E}", "\u{7F}", "\u{1B}", "é", "e\u{301}",
        ].map { Array($0.utf8) }

    /// Keys, sections and words of the table.
    private static let vocabulary: [[UInt8]] = {
        var words = SpecKeys.all.map(\.name) + SpecKey.Section.allCases.map(\.rawValue)
        words += ["from", "to", "count", "log_from", "log_to"]
        for key in SpecKeys.all {
            if case .word(let some) = key.kind { words += some }
            if case .words(let some) = key.kind { words += some }
        }
        return words.map { Array($0.utf8) }
    }()

    static func mutate(
        _ bytes: inout [UInt8], others: [[UInt8]], using choices: inout some Choices
    ) {
        if choices.once(in: 2) {
            mutateLines(&bytes, others: others, using: &choices)
        } else {
            mutateTokens(&bytes, using: &choices)
        }
    }

    private static func mutateLines(
        _ bytes: inout [UInt8], others: [[UInt8]], using choices: inout some Choices
    ) {
        let newline = UInt8(ascii: "\n")
        var lines = bytes.split(separator: newline, omittingEmptySubsequences: false)
            .map { Array($0) }
        // Lines of comments change nothing, so they are rarely chosen.
        let telling = lines.indices.filter { lines[$0].first { $0 != 32 } ?? 35 != 35 }
        let place =
            telling.isEmpty || choices.once(in: 8)
            ? choices.below(lines.count) : choices.pick(telling)
        switch choices.below(11) {
        case 0: lines.insert(lines[place], at: choices.below(lines.count + 1))
        case 1: lines.remove(at: place)
        case 2: lines.swapAt(place, choices.below(lines.count))
        case 3: lines[place].insert(contentsOf: [32, 32].prefix(1 + choices.below(2)), at: 0)
        case 4: lines[place] = Array(lines[place].drop { $0 == 32 })
        case 5:
            // The rest of the line after its colon.
            guard let colon = lines[place].firstIndex(of: UInt8(ascii: ":")) else { break }
            lines[place].replaceSubrange(
                (colon + 1)..., with: [32] + choices.pick(values).utf8)
        case 6:
            // The key before it.
            guard let colon = lines[place].firstIndex(of: UInt8(ascii: ":")) else { break }
            let start = lines[place].firstIndex { $0 != 32 } ?? 0
            guard start <= colon else { break }
            lines[place].replaceSubrange(start..<colon, with: choices.pick(vocabulary))
        case 7:
            let other = choices.pick(others).split(separator: newline)
            if !other.isEmpty { lines.insert(Array(choices.pick(other)), at: place) }
        case 8: lines[place].insert(contentsOf: choices.pick(tokens), at: 0)
        case 9: lines[place] += choices.pick(tokens)
        default:
            // Every end of line, or tabs for every indentation.
            if choices.once(in: 2) {
                lines = lines.map { $0 + [13] }
            } else {
                lines = lines.map { line in line.first == 32 ? [9] + line.drop { $0 == 32 } : line }
            }
        }
        bytes = Array(lines.joined(separator: [newline]))
    }

    private static func mutateTokens(_ bytes: inout [UInt8], using choices: inout some Choices) {
        let words = ranges(of: bytes)
        let place = choices.below(bytes.count + 1)
        switch choices.below(9) {
        case 0, 1:
            guard !words.isEmpty else { return }
            bytes.replaceSubrange(choices.pick(words), with: Array(choices.pick(values).utf8))
        case 2:
            guard !words.isEmpty else { return }
            bytes.replaceSubrange(choices.pick(words), with: choices.pick(vocabulary))
        case 3, 4: bytes.insert(contentsOf: choices.pick(tokens), at: place)
        case 5:
            // A letter of a word: the typing slip that deserves a suggestion.
            guard !words.isEmpty else { return }
            let word = choices.pick(words)
            bytes[word.lowerBound + choices.below(word.count)] = UInt8(97 + choices.below(26))
        case 6:
            // Deep, wide or long.
            let count = choices.once(in: 60) ? choices.below(4_000) : choices.below(60)
            let token = choices.pick(
                tokens + [[0x61], [0x31], [0x20], Array("a: ".utf8), Array("{a: ".utf8)])
            bytes.insert(
                contentsOf: [[UInt8]](repeating: token, count: count).flatMap { $0 }, at: place)
        case 7:
            guard !words.isEmpty else { return }
            let word = choices.pick(words)
            let quote: UInt8 = choices.pick([0x22, 0x27])
            bytes.insert(quote, at: word.upperBound)
            bytes.insert(quote, at: word.lowerBound)
        default:
            guard words.count > 1 else { return }
            let (one, other) = (choices.pick(words), choices.pick(words))
            bytes.replaceSubrange(one, with: Array(bytes[other]))
        }
    }

    /// Words and numbers outside of comments.
    private static func ranges(of bytes: [UInt8]) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var start: Int?
        var isComment = false
        for (place, byte) in (bytes + [10]).enumerated() {
            if byte == UInt8(ascii: "#") { isComment = true }
            if byte == 10 { isComment = false }
            let isWord =
                switch byte {
                case 48...57, 65...90, 97...122, 95, 45, 46, 43: !isComment
                default: false
                }
            if isWord, start == nil { start = place }
            if !isWord, let begin = start {
                ranges.append(begin..<place)
                start = nil
            }
        }
        return ranges
    }
}
