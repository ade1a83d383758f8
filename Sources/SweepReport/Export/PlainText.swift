import Foundation
import SweepCore

/// Numbers of exports.
enum NumberText {
    /// The shortest decimal that reads back as the same double, minus zero too; `nan`, `inf` and
    /// `-inf` for what is no number.
    static func of(_ number: Double) -> String {
        number == 0 && number.sign == .minus ? "-0.0" : ParameterValue.canonicalText(of: number)
    }
}

/// Moments for people.
enum InstantText {
    /// ISO 8601 in UTC, with milliseconds.
    ///
    /// - Parameter milliseconds: Since 1970.
    static func of(milliseconds: Int64) -> String {
        // Split by whole numbers: as a double the milliseconds would be off by one now and then.
        let seconds = (Double(milliseconds) / 1_000).rounded(.down)
        let rest = milliseconds - Int64(seconds) * 1_000
        let text = Date(timeIntervalSince1970: seconds).formatted(.iso8601)
        return "\(text.dropLast()).\(String(rest + 1_000).dropFirst())Z"
    }
}
