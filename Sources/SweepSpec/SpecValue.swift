import SweepCore

/// A checked value of one key.
enum SpecValue: Hashable, Sendable {
    case number(Double)
    case word(String)
    case text(String)
    case words([String])
    case numbers([Double])

    /// The one spelling of this value in the canonical text of a spec.
    var canonicalText: String {
        switch self {
        case .number(let number): ParameterValue.canonicalText(of: number)
        case .word(let word): word
        case .text(let text): Quotation.yaml(text)
        case .words(let words): "[\(words.joined(separator: ", "))]"
        case .numbers(let numbers):
            "[\(numbers.map(ParameterValue.canonicalText(of:)).joined(separator: ", "))]"
        }
    }
}

extension ParameterValue {
    /// The value of a key that may be swept.
    var specValue: SpecValue {
        switch self {
        case .number(let number): .number(number)
        case .word(let word): .word(word)
        }
    }
}
