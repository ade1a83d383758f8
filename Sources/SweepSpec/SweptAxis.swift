import Foundation
import SweepCore

/// One swept key: its values, and the way in which the spec writes them.
struct SweptAxis: Hashable, Sendable {
    /// How the values are written; a range stays a range in the canonical text.
    enum Form: Hashable, Sendable {
        case list
        case linear(from: Double, to: Double, count: Int)
        case logarithmic(from: Double, to: Double, count: Int)
    }

    let name: String
    let form: Form
    let values: [ParameterValue]

    /// More values than this, of all axes together, are refused: they are kept in memory, and a
    /// short text could ask for any number of them.
    static let countLimit = 10_000

    /// The one spelling of this axis in the canonical text of a spec.
    var canonicalText: String {
        func range(_ prefix: String, _ from: Double, _ to: Double, _ count: Int) -> String {
            let from = ParameterValue.canonicalText(of: from)
            let to = ParameterValue.canonicalText(of: to)
            return "\(name): {\(prefix)from: \(from), \(prefix)to: \(to), count: \(count)}"
        }
        switch form {
        case .list: return "\(name): [\(values.map(\.canonicalText).joined(separator: ", "))]"
        case .linear(let from, let to, let count): return range("", from, to, count)
        case .logarithmic(let from, let to, let count): return range("log_", from, to, count)
        }
    }

    /// The values of a range, each rounded to 12 significant digits.
    ///
    ///     value i = from + (to − from) · i / (count − 1)            linear
    ///     value i = from · (to / from)^(i / (count − 1))            logarithmic
    ///
    /// A range of one value has `from` only.
    static func rangeValues(
        from: Double, to: Double, count: Int, isLogarithmic: Bool
    ) -> [Double] {
        precondition(count >= 1, "a range of \(count) values")
        let (first, last) = isLogarithmic ? (log(from), log(to)) : (from, to)
        return (0..<count).map { index in
            // The ends are taken as they are: the formula may lose digits there.
            if index == 0 { return rounded(from) }
            if index == count - 1 { return rounded(to) }
            let value = first + (last - first) * Double(index) / Double(count - 1)
            return rounded(isLogarithmic ? exp(value) : value)
        }
    }

    /// The nearest number of 12 significant decimal digits.
    static func rounded(_ value: Double) -> Double {
        quicklyRounded(value) ?? exactlyRounded(value)
    }

    /// Powers of ten that a double holds exactly.
    private static let powersOfTen: [Double] = (0...22).reduce(into: []) { powers, _ in
        powers.append((powers.last ?? 0.1) * 10)
    }

    /// Twelve digits as an exact integer, divided by an exact power of ten: one correct rounding.
    ///
    /// - Returns: nil where that cannot be promised: far from 1, or near a tie in the 13th digit.
    private static func quicklyRounded(_ value: Double) -> Double? {
        let magnitude = abs(value)
        guard magnitude >= 1e-10, magnitude < 1e11 else { return nil }
        var places = 11 - Int(log10(magnitude).rounded(.down))
        // log10 may round up to the next whole number just below a power of ten.
        if places < 0 || places > 22 { return nil }
        if magnitude * powersOfTen[places] < 1e11 { places += 1 }
        guard places <= 22 else { return nil }
        let scaled = magnitude * powersOfTen[places]
        let digits = scaled.rounded()
        guard digits >= 1e11, digits < 1e12, abs(abs(scaled - digits) - 0.5) > 1e-3 else {
            return nil
        }
        let result = digits / powersOfTen[places]
        return value < 0 ? -result : result
    }

    private static func exactlyRounded(_ value: Double) -> Double {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 32) { text in
            guard let start = text.baseAddress else { return value }
            _ = withVaList([value]) { vsnprintf(start, text.count, "%.11e", $0) }
            // 0 is added so that -0 becomes the one zero there is.
            return strtod(start, nil) + 0
        }
    }
}
