import Foundation

/// Numbers as people read them.
enum Numbers {
    /// So many significant digits, without trailing zeros.
    static func shown(_ number: Double, digits: Int) -> String {
        String(format: "%.\(digits)g", number)
    }

    /// A time span in the largest unit that fits: `0.3 s`, `12 min`, `3.4 h`, `12 days`.
    static func span(seconds: Double) -> String {
        switch seconds {
        case ..<0.001: "under 1 ms"
        case ..<1: "\(twoDigits(seconds * 1000)) ms"
        case ..<100: "\(twoDigits(seconds)) s"
        case ..<6000: "\(twoDigits(seconds / 60)) min"
        case ..<172_800: "\(twoDigits(seconds / 3600)) h"
        default: "\(twoDigits(seconds / 86400)) days"
        }
    }

    /// Two digits at least, never an exponent: 0.27, 2.7, 27, 270.
    private static func twoDigits(_ number: Double) -> String {
        String(format: number < 9.95 ? "%.1f" : "%.0f", number)
    }

    /// A size in the largest unit that fits.
    static func size(bytes: Double) -> String {
        var value = bytes
        for unit in ["B", "KiB", "MiB", "GiB"] {
            if value < 1000 { return "\(shown(value, digits: 3)) \(unit)" }
            value /= 1024
        }
        return "\(shown(value, digits: 3)) TiB"
    }
}
