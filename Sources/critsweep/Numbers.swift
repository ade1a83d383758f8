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
        case ..<1: "\(shown(seconds * 1000, digits: 2)) ms"
        case ..<100: "\(shown(seconds, digits: 2)) s"
        case ..<6000: "\(shown(seconds / 60, digits: 2)) min"
        case ..<172_800: "\(shown(seconds / 3600, digits: 2)) h"
        default: "\(String(format: "%.0f", seconds / 86400)) days"
        }
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
