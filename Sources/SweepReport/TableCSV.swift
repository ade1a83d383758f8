import SweepCore

extension SweepTable {
    /// Comma-separated values in full precision: the shortest decimals that read back as the same
    /// doubles, nothing that differs between two runs of a spec, empty cells where there is
    /// nothing. RFC 4180 with a bare newline; the first line names the columns.
    public func csv() -> String { csv(ReportColumn.all(of: self)) }

    /// The same with three more columns for each metric that has a standard error: what the chains'
    /// sampling error is, the seed-to-seed s.d. without it, and its share of the variance.
    ///
    /// - Throws: ``ReportError``.
    public func csvWithSpread(metrics names: [String]? = nil) throws(ReportError) -> String {
        csv(try ReportColumn.withSpread(self, names))
    }

    private func csv(_ columns: [ReportColumn]) -> String {
        var text = columns.map { Self.quoted($0.name) }.joined(separator: ",") + "\n"
        for row in rows {
            text += columns.map { Self.quoted($0.cell(of: row).plainText) }.joined(separator: ",")
            text += "\n"
        }
        return text
    }

    /// A cell of CSV, in quotation marks where it needs them.
    public static func quoted(_ cell: String) -> String {
        guard cell.contains(where: { ",\"\r\n".contains($0) }) else { return cell }
        return "\""
            + cell.split(separator: "\"", omittingEmptySubsequences: false)
            .joined(separator: "\"\"") + "\""
    }
}

/// One column of the full table, as in the CSV and the JSON.
struct ReportColumn {
    enum Source {
        case parameter(Int)
        case count
        case failed
        case mean(Int)
        case deviation(Int)
        case error(Int)
        case metricCount(Int)
        /// Of a metric, and of its standard errors.
        case sampling(Int, Int)
        case seedDeviation(Int, Int)
        case share(Int, Int)
    }

    /// What stands in a cell.
    enum Cell {
        case number(Double)
        case integer(Int)
        case word(String)
        case nothing

        /// Shortest decimal that reads back as the same double; empty for nothing.
        var plainText: String {
            switch self {
            case .number(let number): ParameterValue.canonicalText(of: number)
            case .integer(let integer): String(integer)
            case .word(let word): word
            case .nothing: ""
            }
        }
    }

    var name: String
    var source: Source

    /// Parameters, n, failed, then mean, sd, sem of each metric, and its own n where some seeds
    /// never reached it.
    static func all(
        of table: SweepTable, indices: [Int]? = nil, withSpread: Bool = false
    ) -> [ReportColumn] {
        var columns = table.parameters.enumerated().map {
            ReportColumn(name: $1, source: .parameter($0))
        }
        columns.append(ReportColumn(name: "n", source: .count))
        columns.append(ReportColumn(name: "failed", source: .failed))
        for index in indices ?? Array(table.metrics.indices) {
            let name = table.metrics[index]
            columns.append(ReportColumn(name: "\(name)_mean", source: .mean(index)))
            columns.append(ReportColumn(name: "\(name)_sd", source: .deviation(index)))
            columns.append(ReportColumn(name: "\(name)_sem", source: .error(index)))
            if table.isPartial(metric: index) {
                columns.append(ReportColumn(name: "\(name)_n", source: .metricCount(index)))
            }
            guard withSpread, let error = table.errorIndex(ofMetric: index) else { continue }
            columns += [
                ReportColumn(name: "\(name)_sampling_error", source: .sampling(index, error)),
                ReportColumn(name: "\(name)_seed_sd", source: .seedDeviation(index, error)),
                ReportColumn(name: "\(name)_sampling_share", source: .share(index, error)),
            ]
        }
        return columns
    }

    /// - Throws: ``ReportError`` for a metric that is unknown or has no standard error.
    static func withSpread(
        _ table: SweepTable, _ names: [String]?
    ) throws(ReportError) -> [ReportColumn] {
        let found = try table.splitMetrics(names)
        return all(of: table, indices: names == nil ? nil : found, withSpread: true)
    }

    func cell(of row: SweepTable.Row) -> Cell {
        func optional(_ number: Double?) -> Cell { number.map { .number($0) } ?? .nothing }
        func split(_ value: Int, _ error: Int) -> SpreadSplit? {
            SpreadSplit(row.statistics[value], error: row.statistics[error])
        }
        switch source {
        case .parameter(let index):
            switch row.values[index] {
            case .number(let number): return .number(number)
            case .word(let word): return .word(word)
            }
        case .count: return .integer(row.count)
        case .failed: return .integer(row.failed)
        case .mean(let index): return optional(row.statistics[index].mean)
        case .deviation(let index): return optional(row.statistics[index].standardDeviation)
        case .error(let index): return optional(row.statistics[index].standardError)
        case .metricCount(let index): return .integer(row.statistics[index].count)
        case .sampling(let value, let error): return optional(split(value, error)?.samplingError)
        case .seedDeviation(let value, let error):
            return optional(split(value, error)?.seedDeviation)
        case .share(let value, let error): return optional(split(value, error)?.samplingShare)
        }
    }
}
