/// What the targets of data files share.
enum DataTargets {
    /// What is wrong with a sentence that refuses a file; nil when nothing is.
    static func complaint(about sentence: String) -> String? {
        if sentence.isEmpty || sentence.count > 600 {
            return "a refusal has \(sentence.count) characters"
        }
        let isPlain = sentence.unicodeScalars.allSatisfy {
            $0.properties.generalCategory != .control
        }
        return isPlain ? nil : "a refusal holds characters that a terminal obeys"
    }
}
