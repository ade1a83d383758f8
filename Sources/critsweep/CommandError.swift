/// A command that ends before its work is done: one sentence and an exit code.
struct CommandError: Error {
    enum Code: Int32 {
        case failedTrials = 1
        case usage = 2
        case dataUnreadable = 66
        case unavailable = 69
        case notWritable = 73
        case locked = 75
        case keyRefused = 77
        case interrupted = 130
    }

    var code: Code
    /// What, where, and what would be right.
    var sentence: String

    init(_ code: Code, _ sentence: String) {
        self.code = code
        self.sentence = sentence
    }
}
