import SweepCore
import SweepLedger

/// Every recorded trial as a row of comma-separated values.
public struct TrialCSV {
    private let plan: SweepPlan
    private let index: TrialIndex
    private let hasRunColumns: Bool
    private let diagnostics: [String]

    /// Columns that differ between two runs of a spec, on request and last.
    static let runColumns = [
        "attempt", "worker", "software_version", "wall_seconds", "cpu_seconds", "committed_at",
    ]
    private static let fixedColumns = ["point", "seed", "failure", "message", "kernel_family"]

    /// - Parameter hasRunColumns: Whether times, worker and attempt are columns too; without them
    ///   two runs of a spec on one kernel family give the same bytes.
    public init(_ plan: SweepPlan, _ index: TrialIndex, hasRunColumns: Bool) {
        self.plan = plan
        self.index = index
        self.hasRunColumns = hasRunColumns
        // The ledger's own word for it is a column already.
        diagnostics = index.diagnostics.filter { $0 != "kernel_family" }
    }

    /// Names of the columns.
    var header: [String] {
        var names = ExportNames(reserved: Self.fixedColumns + Self.runColumns)
        let parameters = plan.grid.axes.map { names.take($0.name, prefix: "parameter") }
        let metrics = index.metrics.map { names.take($0, prefix: "metric") }
        let diagnostics = diagnostics.map { names.take($0, prefix: "diagnostic") }
        return ["point"] + parameters + ["seed", "failure", "message", "kernel_family"] + metrics
            + diagnostics + (hasRunColumns ? Self.runColumns : [])
    }

    /// Writes the header, and the rows by point and seed.
    ///
    /// - Throws: ``SweepLedger/LedgerError``, or what `sink` throws.
    public func write(_ ledger: Ledger, to sink: (String) throws -> Void) throws {
        try sink(Self.line(header))
        try ledger.forEachTrial(of: index) { entry, stored in
            try sink(Self.line(row(entry, stored)))
        }
    }

    private func row(_ entry: TrialIndex.Entry, _ stored: StoredResult) -> [String] {
        var cells = [String(entry.point)]
        cells += plan.grid.point(at: entry.point).parameters.map { Self.text($0.value) }
        cells.append(String(entry.seed))
        var metrics: [String: Double] = [:]
        switch stored.outcome {
        case .success(let result):
            for metric in result.metrics { metrics[metric.name] = metric.value }
            cells += ["", ""]
        case .failure(let failure, _):
            cells += [failure.kind.rawValue, failure.message]
        }
        cells.append(stored.kernelFamily)
        cells += index.metrics.map { metrics[$0].map(NumberText.of) ?? "" }
        var facts: [String: String] = [:]
        for diagnostic in stored.outcome.diagnostics {
            switch diagnostic.value {
            case .number(let number): facts[diagnostic.name] = number.map(NumberText.of)
            case .text(let text): facts[diagnostic.name] = text
            }
        }
        cells += diagnostics.map { facts[$0] ?? "" }
        if hasRunColumns {
            cells += [
                String(stored.attempt), stored.worker.description, stored.softwareVersion,
                NumberText.of(Double(stored.wallMilliseconds) / 1_000),
                NumberText.of(Double(stored.cpuMilliseconds) / 1_000),
                InstantText.of(milliseconds: stored.committedAt),
            ]
        }
        return cells
    }

    private static func text(_ value: ParameterValue) -> String {
        switch value {
        case .number(let number): NumberText.of(number)
        case .word(let word): word
        }
    }

    private static func line(_ cells: [String]) -> String {
        cells.map(SweepTable.quoted).joined(separator: ",") + "\n"
    }
}
