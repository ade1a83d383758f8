/// The value of one swept parameter: a number or one word of an enumeration.
public enum ParameterValue: Hashable, Sendable {
    case number(Double)
    case word(String)

    /// The one spelling of this value, used in random keys, the ledger and tables.
    ///
    /// A whole number below 2⁵³ is written without a point (`500`), any other number as the
    /// shortest decimal that reads back as the same double (`1.2`, `1e-06`).
    public var canonicalText: String {
        switch self {
        case .word(let word): word
        case .number(let number): Self.canonicalText(of: number)
        }
    }

    /// The number, or nil for a word.
    public var number: Double? {
        if case .number(let number) = self { number } else { nil }
    }

    /// The shortest decimal that reads back as `number`; whole numbers below 2⁵³ without a point.
    public static func canonicalText(of number: Double) -> String {
        if number == number.rounded(), abs(number) < 9_007_199_254_740_992 {
            return String(Int64(number))
        }
        return "\(number)"
    }
}
