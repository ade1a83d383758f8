import ArgumentParser
import Foundation

/// What is wrong with a command line, in one sentence.
enum UsageText {
    /// Words of a command line with `--point -1` written `--point=-1`: the parser would take the
    /// number for an option, and say that the value is missing.
    static func joiningNegativeNumbers(_ words: [String]) -> [String] {
        var joined: [String] = []
        var isOver = false
        for word in words {
            if !isOver, isNegativeNumber(word), let option = joined.last, option.hasPrefix("--"),
                !option.contains("=")
            {
                joined[joined.count - 1] = "\(option)=\(word)"
            } else {
                joined.append(word)
            }
            // What follows two dashes is no option.
            if word == "--" { isOver = true }
        }
        return joined
    }

    private static func isNegativeNumber(_ word: String) -> Bool {
        guard word.hasPrefix("-") else { return false }
        let rest = word.dropFirst().lowercased()
        return rest == "inf" || rest == "nan"
            || rest.first.map { $0.isASCII && ($0.isNumber || $0 == ".") } == true
    }

    /// The parser's words as a sentence of ours, with where to read on.
    static func sentence(_ error: any Error) -> String {
        var text = Critsweep.message(for: error).split(separator: "\n").joined(separator: " ")
        while text.last == "." { text.removeLast() }
        // A second sentence becomes a part of the first.
        if text.last == "?" {
            text = text.replacing(". Did you mean", with: " (did you mean") + ")"
        }
        text = text.replacing(". Please provide", with: "; give")
        if let first = text.first { text = first.lowercased() + text.dropFirst() }
        let message = Critsweep.fullMessage(for: error)
        let help = help(in: message)
        if help == "critsweep --help", text.hasPrefix("unexpected argument ") {
            text = "there is no command " + text.dropFirst("unexpected argument ".count)
        }
        if !text.contains("; give one of"), let meaning = meaning(in: message) {
            text += " (\(meaning))"
        }
        return "\(text); see \(help)"
    }

    /// What the option or argument at fault is for, from the parser's line of help.
    private static func meaning(in message: String) -> String? {
        guard let line = message.split(separator: "\n").first(where: { $0.hasPrefix("Help: ") }),
            let gap = line.range(of: "  ", options: .backwards)
        else { return nil }
        let words = line[gap.upperBound...].trimmingCharacters(in: CharacterSet(charactersIn: ". "))
        return words.first.map { $0.lowercased() + words.dropFirst() }
    }

    /// The command that the parser points to in its last line.
    private static func help(in message: String) -> String {
        let parts = message.split(separator: "'")
        return parts.last { $0.hasPrefix("critsweep ") && $0.hasSuffix("--help") }
            .map(String.init) ?? "critsweep --help"
    }
}
