/// One value of the YAML tree, with the line on which it begins.
///
/// A scalar is its text, whatever YAML 1.1 would make of it: `no` is the word "no".
struct SpecNode: Sendable {
    enum Content: Sendable {
        case scalar(SpecScalar)
        case sequence([SpecNode])
        case mapping([SpecPair])
    }

    let content: Content
    /// Counted from 1.
    let line: Int

    /// What this is, for a sentence.
    var noun: String {
        switch content {
        case .scalar: "a single value"
        case .sequence: "a list"
        case .mapping: "a section of keys"
        }
    }
}

/// The text of a scalar and whether it was written without quotes.
struct SpecScalar: Hashable, Sendable {
    let text: String
    let isPlain: Bool

    /// Nothing was written after the colon.
    var isAbsent: Bool { isPlain && (text.isEmpty || text == "~") }
}

/// One `key: value` of a mapping.
struct SpecPair: Sendable {
    let key: String
    /// The line of the key, counted from 1.
    let line: Int
    let value: SpecNode
}
