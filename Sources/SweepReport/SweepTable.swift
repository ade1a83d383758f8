import SweepCore

/// The table of a sweep: one row a grid point, in point order, with mean and spread over seeds.
///
/// A value: whoever has it can print it in any format, and the same results give the same table
/// whatever the order in which they were recorded.
public struct SweepTable: Hashable, Sendable {
    /// One grid point.
    public struct Row: Hashable, Sendable {
        /// Values of the swept parameters, in the order of ``SweepTable/parameters``.
        public var values: [ParameterValue]
        /// Trials with numbers.
        public var count: Int
        /// Trials whose recorded outcome is a failure.
        public var failed: Int
        /// Over the seeds that reached it, in the order of ``SweepTable/metrics``.
        public var statistics: [ReplicateStatistics]

        public init(
            values: [ParameterValue], count: Int, failed: Int, statistics: [ReplicateStatistics]
        ) {
            self.values = values
            self.count = count
            self.failed = failed
            self.statistics = statistics
        }
    }

    /// Where the numbers come from. No part of it is in the CSV.
    public struct Provenance: Hashable, Sendable {
        public var sweep: String
        public var softwareVersion: String
        /// Kernel families of the results, sorted; more than one is worth a word.
        public var kernelFamilies: [String]
        /// SHA-256 of the canonical spec, in hexadecimal.
        public var specDigest: String
        /// When the table was made, as it shall be read; nil to leave it out.
        public var madeAt: String?

        public init(
            sweep: String, softwareVersion: String, kernelFamilies: [String], specDigest: String,
            madeAt: String? = nil
        ) {
            self.sweep = sweep
            self.softwareVersion = softwareVersion
            self.kernelFamilies = kernelFamilies
            self.specDigest = specDigest
            self.madeAt = madeAt
        }
    }

    /// Names of the swept parameters, in the order of the spec.
    public var parameters: [String]
    /// Names of the metrics, in the order of their first appearance by point and seed.
    public var metrics: [String]
    public var rows: [Row]
    /// Trials of the whole plan.
    public var trialCount: Int
    public var provenance: Provenance
    /// Trials recorded, and failures among them, where a trial is in several rows: layer by layer.
    var trialCounts: TrialCounts?

    struct TrialCounts: Hashable, Sendable {
        var recorded: Int
        var failed: Int
    }

    public init(
        parameters: [String], metrics: [String], rows: [Row], trialCount: Int,
        provenance: Provenance
    ) {
        self.parameters = parameters
        self.metrics = metrics
        self.rows = rows
        self.trialCount = trialCount
        self.provenance = provenance
    }

    /// Whether some trial with numbers never reached this metric, so that its own n is a column.
    public func isPartial(metric index: Int) -> Bool {
        rows.contains { $0.statistics[index].count < $0.count }
    }

    /// Trials recorded so far, failures included.
    public var recordedCount: Int {
        trialCounts?.recorded ?? rows.reduce(0) { $0 + $1.count + $1.failed }
    }

    public var failedCount: Int { trialCounts?.failed ?? rows.reduce(0) { $0 + $1.failed } }

    /// This table with only these metrics, in this order.
    ///
    /// - Throws: ``ReportError/unknownMetric(name:known:)``.
    public func selecting(_ names: [String]) throws(ReportError) -> SweepTable {
        var places: [Int] = []
        for name in names {
            guard let place = metrics.firstIndex(of: name) else {
                throw .unknownMetric(name: name, known: metrics)
            }
            if !places.contains(place) { places.append(place) }
        }
        var table = self
        table.metrics = places.map { metrics[$0] }
        for index in rows.indices {
            table.rows[index].statistics = places.map { rows[index].statistics[$0] }
        }
        return table
    }
}

/// Why a report cannot be made as asked.
public enum ReportError: Error, Hashable, Sendable, CustomStringConvertible {
    case unknownMetric(name: String, known: [String])
    /// A metric, or none of the sweep's, comes with a sampling error.
    case noSamplingError(name: String?)
    case unknownParameter(name: String, known: [String])
    /// A figure that cannot be drawn as asked; one sentence.
    case unplottable(String)

    /// The process's exit code when this ends it.
    public var exitCode: Int32 { 2 }

    /// One sentence for the user.
    public var description: String {
        switch self {
        case .unknownMetric(let name, let known):
            known.isEmpty
                ? "there is no metric \"\(ReadableTable.clean(name))\": no trial is recorded yet"
                : "there is no metric \"\(ReadableTable.clean(name))\"; the metrics are "
                    + known.joined(separator: ", ")
        case .noSamplingError(let name?):
            "the metric \"\(ReadableTable.clean(name))\" has no sampling error "
                + "(\(ReadableTable.clean(name))_se), so its spread cannot be split"
        case .noSamplingError(nil):
            "no metric recorded so far has a sampling error (NAME_se), so there is no spread to split"
        case .unknownParameter(let name, let known):
            known.isEmpty
                ? "there is no swept parameter \"\(ReadableTable.clean(name))\": the grid has none"
                : "there is no swept parameter \"\(ReadableTable.clean(name))\"; the parameters "
                    + "are \(known.joined(separator: ", "))"
        case .unplottable(let sentence): ReadableTable.clean(sentence)
        }
    }
}
