import Foundation
import SweepCore

/// A mean and its spread with sensible digits, in two parts so that columns can line up.
///
/// The spread has two significant digits and the mean as many decimals: `0.834 ± 0.012`.
/// Very small and very large ones share a power of ten: `(1.23 ± 0.45)e-07`.
struct Measurement: Hashable {
    var mean: String
    /// "–" when there is one replicate, which has no spread.
    var spread: String
    /// The power of ten of both, 0 for none.
    var power = 0

    /// What stands left of ±.
    var left: String {
        if power == 0 { return mean }
        return sharesPower ? "(" + mean : mean + exponent
    }

    /// What stands right of ±.
    var right: String { power != 0 && sharesPower ? spread + ")" + exponent : spread }

    /// Whether there is a spread that the power of ten also applies to.
    var sharesPower: Bool { spread != "–" && spread != "0" }

    private var exponent: String {
        "e" + (power < 0 ? "-" : "+") + (abs(power) < 10 ? "0" : "") + String(abs(power))
    }

    /// nil when no seed reached it.
    init?(_ statistics: ReplicateStatistics) {
        guard let mean = statistics.mean else { return nil }
        guard mean.isFinite, statistics.standardDeviation?.isFinite ?? true else {
            self.mean = "\(mean)"
            spread = statistics.standardDeviation.map { "\($0)" } ?? "–"
            return
        }
        let deviation = statistics.standardDeviation
        let largest = max(abs(mean), deviation ?? 0)
        if largest > 0, largest < 1e-3 || largest >= 1e6 { power = Self.magnitude(largest) }
        let scaledMean = Self.scaled(mean, by: -power)
        guard let deviation, deviation > 0 else {
            if deviation == nil {
                self.mean = Self.fixed(scaledMean, Self.decimals(of: scaledMean, significant: 4))
                spread = "–"
            } else {
                self.mean = Self.trimmed(
                    Self.fixed(scaledMean, Self.decimals(of: scaledMean, significant: 6)))
                spread = "0"
            }
            return
        }
        let scaledDeviation = Self.scaled(deviation, by: -power)
        let decimals = Self.decimals(of: scaledDeviation, significant: 2)
        self.mean = Self.fixed(scaledMean, decimals)
        spread = Self.fixed(scaledDeviation, decimals)
    }

    /// floor(log10 |number|), corrected for the rounding of log10.
    private static func magnitude(_ number: Double) -> Int {
        let power = Int(log10(abs(number)).rounded(.down))
        return scaled(abs(number), by: -power) >= 10 ? power + 1 : power
    }

    private static func scaled(_ number: Double, by power: Int) -> Double {
        // In two steps, since 10^320 is no double and the smallest numbers need it.
        let half = power / 2
        return number * pow(10, Double(half)) * pow(10, Double(power - half))
    }

    /// Decimals that show `number` with this many significant digits, after rounding: 0 … 15.
    private static func decimals(of number: Double, significant: Int) -> Int {
        guard number != 0 else { return 0 }
        var decimals = significant - 1 - magnitude(number)
        if decimals > 0, decimals <= 15 {
            // 0.0996 with two digits is 0.10, not 0.100.
            let shown = Double(fixed(abs(number), decimals)) ?? 0
            if magnitude(shown) > magnitude(number) { decimals -= 1 }
        }
        return min(max(decimals, 0), 15)
    }

    private static func fixed(_ number: Double, _ decimals: Int) -> String {
        let text = String(format: "%.*f", decimals, number)
        // No minus before a zero.
        return text.hasPrefix("-") && !text.contains { ("1"..."9").contains($0) }
            ? String(text.dropFirst()) : text
    }

    /// Without the zeros after the last digit that says something.
    private static func trimmed(_ text: String) -> String {
        guard text.contains(".") else { return text }
        var text = text
        while text.last == "0" { text.removeLast() }
        if text.last == "." { text.removeLast() }
        return text
    }
}
