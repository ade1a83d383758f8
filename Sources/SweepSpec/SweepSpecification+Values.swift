import SweepCore

extension SweepSpecification {
    /// The value of a key outside the grid, its default included; nil for a key that is swept, that
    /// the experiment does not have, or that is no number and no word of an enumeration.
    public func fixedValue(of key: String) -> ParameterValue? {
        switch values[key] {
        case .number(let number): .number(number)
        case .word(let word): .word(word)
        default: nil
        }
    }
}
