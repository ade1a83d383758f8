import SweepCore
import SweepLedger

/// Every recorded trial as one line of JSON, the object that `critsweep trial` prints.
public struct TrialLines {
    private let plan: SweepPlan
    private let index: TrialIndex
    private let hasTimes: Bool

    /// - Parameter hasTimes: Whether `cpu_seconds` is among the diagnostics; without it two runs of
    ///   a spec on one kernel family give the same bytes.
    public init(_ plan: SweepPlan, _ index: TrialIndex, hasTimes: Bool) {
        self.plan = plan
        self.index = index
        self.hasTimes = hasTimes
    }

    /// Writes the lines by point and seed.
    ///
    /// - Throws: ``SweepLedger/LedgerError``, or what `sink` throws.
    public func write(_ ledger: Ledger, to sink: (String) throws -> Void) throws {
        try ledger.forEachTrial(of: index, withArrays: true) { entry, stored in
            let measured =
                hasTimes
                ? [NamedDiagnostic("cpu_seconds", Double(stored.cpuMilliseconds) / 1_000)] : []
            let json = JSONValue.trial(
                point: plan.grid.point(at: entry.point), seed: entry.seed,
                outcome: stored.outcome, measured: measured)
            try sink(json.lineText() + "\n")
        }
    }
}
