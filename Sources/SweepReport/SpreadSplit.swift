import Foundation
import SweepCore

/// The variance of a metric over seeds, split into that of the seeds and the chains' own error.
///
/// Each seed's value is a chain mean with a known standard error e, so over seeds
///
///     s² = (seed variance) + <e²>
///
/// in expectation. The mean over R seeds has the variance s²/R: twice the seeds halve it whole,
/// twice the effective samples halve only the part <e²>/R.
public struct SpreadSplit: Hashable, Sendable {
    /// Sample standard deviation s over seeds (n − 1).
    public let deviation: Double
    /// √<e²>, the root mean square of the chains' standard errors.
    public let samplingError: Double

    /// - Parameters:
    ///   - value: The metric over seeds.
    ///   - error: Its standard errors over seeds.
    /// - Returns: nil below two seeds, and where nothing varies.
    public init?(_ value: ReplicateStatistics, error: ReplicateStatistics) {
        guard let deviation = value.standardDeviation, deviation > 0, let mean = error.mean,
            error.count == value.count, let spread = error.standardDeviation
        else { return nil }
        // <e²> from the mean and the sample variance of e.
        let count = Double(error.count)
        let square = mean * mean + spread * spread * (count - 1) / count
        self.init(deviation: deviation, samplingError: square.squareRoot())
    }

    init(deviation: Double, samplingError: Double) {
        self.deviation = deviation
        self.samplingError = samplingError
    }

    /// √(s² − <e²>), what would be left with chains of infinite length; 0 where the chains' errors
    /// alone account for the spread.
    public var seedDeviation: Double {
        max(0, deviation * deviation - samplingError * samplingError).squareRoot()
    }

    /// <e²>/s². Above 1 by chance, or when errors are overestimated.
    public var samplingShare: Double {
        let ratio = samplingError / deviation
        return ratio * ratio
    }

    /// What would make the mean more certain.
    public enum Advice: Hashable, Sendable {
        case moreSeeds, either, longerChains

        /// After a colon.
        public var sentence: String {
            switch self {
            case .moreSeeds: "more seeds help, longer chains hardly"
            case .either: "more seeds help, longer chains somewhat"
            case .longerChains: "longer chains help nearly as much as more seeds"
            }
        }

        /// In a column.
        public var words: String {
            switch self {
            case .moreSeeds: "more seeds"
            case .either: "seeds first"
            case .longerChains: "either"
            }
        }
    }

    /// Twice the effective samples lower the standard error of the mean by 1 − √(1 − share/2), twice
    /// the seeds by 29 %: below a quarter the first is under 7 %, above three quarters it is over
    /// 20 %.
    public var advice: Advice {
        samplingShare < 0.25 ? .moreSeeds : samplingShare <= 0.75 ? .either : .longerChains
    }
}

extension SweepTable {
    /// The metric that holds the chains' standard errors of another; nil where there is none.
    func errorIndex(ofMetric index: Int) -> Int? {
        metrics.firstIndex(of: "\(metrics[index])_se")
    }

    /// The split of a metric at one point; nil where there is none.
    public func split(ofMetric index: Int, in row: Row) -> SpreadSplit? {
        errorIndex(ofMetric: index).flatMap {
            SpreadSplit(row.statistics[index], error: row.statistics[$0])
        }
    }

    /// The split of a metric over all points that have one: variances are averaged.
    public func pooledSplit(ofMetric index: Int) -> SpreadSplit? {
        let splits = rows.compactMap { split(ofMetric: index, in: $0) }
        guard !splits.isEmpty else { return nil }
        func mean(_ value: (SpreadSplit) -> Double) -> Double {
            (splits.reduce(0) { $0 + value($1) * value($1) } / Double(splits.count)).squareRoot()
        }
        return SpreadSplit(deviation: mean(\.deviation), samplingError: mean(\.samplingError))
    }

    /// One sentence for each advice, about those of the metrics that have standard errors.
    func spreadNotes(for names: [String]) -> [String] {
        var groups: [(advice: SpreadSplit.Advice, metrics: [String])] = []
        for name in names {
            guard let index = metrics.firstIndex(of: name),
                let split = pooledSplit(ofMetric: index)
            else { continue }
            var text =
                "\(ReadableTable.clean(name)) \(SpreadText.short(split.samplingError)) of "
                + "\(SpreadText.short(split.deviation)) (\(SpreadText.percent(split.samplingShare))"
            // Said once, and understood of the others.
            text += groups.isEmpty ? " of the variance)" : ")"
            if let place = groups.firstIndex(where: { $0.advice == split.advice }) {
                groups[place].metrics.append(text)
            } else {
                groups.append((split.advice, [text]))
            }
        }
        return groups.map {
            "sampling error in the s.d.: \($0.metrics.joined(separator: ", ")): "
                + $0.advice.sentence
        }
    }

    /// Metrics that have a standard error, of those named or of all.
    ///
    /// - Throws: ``ReportError``: `unknownMetric`, `noSamplingError`.
    func splitMetrics(_ names: [String]?) throws(ReportError) -> [Int] {
        if let names {
            _ = try selecting(names)
            for name in names where !metrics.contains("\(name)_se") {
                throw .noSamplingError(name: name)
            }
        }
        let found = metrics.indices.filter { index in
            errorIndex(ofMetric: index) != nil && (names?.contains(metrics[index]) ?? true)
        }
        guard !found.isEmpty else { throw .noSamplingError(name: nil) }
        return found
    }
}

/// Numbers of the split for people.
enum SpreadText {
    /// Two significant digits.
    static func short(_ number: Double) -> String {
        let magnitude = abs(number)
        if magnitude == 0 { return "0" }
        if magnitude >= 99.5, magnitude < 1e6 { return String(format: "%.0f", number) }
        guard magnitude >= 1e-3, magnitude < 99.5 else { return String(format: "%.1e", number) }
        let decimals =
            magnitude >= 9.95
            ? 0
            : magnitude >= 0.995
                ? 1
                : magnitude >= 0.0995
                    ? 2
                    : magnitude >= 0.00995 ? 3 : 4
        return String(format: "%.*f", decimals, number)
    }

    static func percent(_ share: Double) -> String {
        share > 0 && share < 0.005 ? "< 1 %" : String(format: "%.0f %%", 100 * share)
    }
}
