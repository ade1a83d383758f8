import Foundation
import SweepCore

/// Numbers of a script, and how axes lie over their values.
enum PlotNumber {
    /// The shortest decimal that reads back as the same double; gnuplot's blank for nothing.
    static func text(_ number: Double?) -> String {
        guard let number, number.isFinite else { return "NaN" }
        // A whole number without a point would make gnuplot divide integers.
        return "\(number)"
    }

    /// So many significant digits, without trailing zeros; a width of 1024 is 1024.
    static func significant(_ number: Double, _ digits: Int) -> String {
        if number == number.rounded(), abs(number) < 100_000 { return "\(Int(number))" }
        return String(format: "%.\(digits)g", number)
    }

    /// Whether a logarithmic axis shows these values more evenly than a linear one.
    static func isGeometric(_ values: [Double]) -> Bool {
        let sorted = Set(values).sorted()
        guard sorted.count >= 3, let first = sorted.first, let last = sorted.last, first > 0,
            last / first >= 4
        else { return false }
        func unevenness(_ places: [Double]) -> Double {
            let gaps = zip(places.dropFirst(), places).map { $0 - $1 }
            return (gaps.max() ?? 1) / (gaps.min() ?? 1)
        }
        return unevenness(sorted.map { log($0) }) <= 1.5 && unevenness(sorted) >= 1.9
    }

    /// The ends of an axis over values, with a margin; nil without values.
    static func range(
        _ values: [Double], isLog: Bool, margin: Double
    ) -> ClosedRange<Double>? {
        let usable = values.filter { $0.isFinite && (!isLog || $0 > 0) }
        guard let low = usable.min(), let high = usable.max() else { return nil }
        if isLog {
            let span = log(high / low)
            let pad = span > 0 ? margin * span : log(2)
            return exp(log(low) - pad)...exp(log(high) + pad)
        }
        let span = high - low
        let pad = span > 0 ? margin * span : max(abs(low) * 0.1, low == 0 ? 1 : 1e-300)
        return low - pad...high + pad
    }

    /// Marks of a logarithmic axis that has too few powers of ten to be read by: 1, 2 and 5 of each.
    static func tics(ofLog range: ClosedRange<Double>) -> [Double] {
        guard range.lowerBound > 0, range.upperBound / range.lowerBound < 100 else { return [] }
        let first = Int(log10(range.lowerBound).rounded(.down))
        let tics = (first...first + 2).flatMap { power in
            [1, 2, 5].compactMap { Double("\($0)e\(power)") }
        }.filter(range.contains)
        return tics.count > 1 ? tics : []
    }

    /// The place a part of the way from one number to another, as an axis shows it.
    static func between(_ one: Double, _ other: Double, _ part: Double, isLog: Bool) -> Double {
        if isLog, one > 0, other > 0 { return exp(log(one) + part * (log(other) - log(one))) }
        return one + part * (other - one)
    }

    /// The edges of cells around the values of an axis: halfway to the neighbours.
    static func edges(_ values: [Double], isLog: Bool) -> [Double] {
        let places = isLog ? values.map { log($0) } : values
        guard places.count > 1 else {
            let half = isLog ? log(1.5) : max(0.5 * abs(places[0]), 0.5)
            let ends = [places[0] - half, places[0] + half]
            return isLog ? ends.map { exp($0) } : ends
        }
        let last = places.count - 1
        var edges = [places[0] - (places[1] - places[0]) / 2]
        edges += (0..<last).map { (places[$0] + places[$0 + 1]) / 2 }
        edges.append(places[last] + (places[last] - places[last - 1]) / 2)
        return isLog ? edges.map { exp($0) } : edges
    }
}
