import SweepCore
import SweepLedger

/// Collects the outcomes of trials, in any order, and makes the table.
///
/// A coordinator may keep one and add each result as it is recorded; ``init(_:readingAllOf:)``
/// fills one from a ledger. Memory: 8 bytes a metric of a trial.
public struct TableBuilder: Sendable {
    /// One trial: its names and where its numbers start.
    private struct Entry {
        var seed: Int32
        /// Place in ``layouts``; -1 for a failure.
        var layout: Int32
        var start: Int
    }

    private let plan: SweepPlan
    private var layouts: [[String]] = []
    private var layoutPlaces: [[String]: Int32] = [:]
    /// Entries of each point that has any.
    private var entries: [Int: [Entry]] = [:]
    /// Numbers of all trials; NaN for a metric that was never reached, which no metric can be.
    private var values: [Double] = []
    private var families: Set<String> = []

    public init(_ plan: SweepPlan) { self.plan = plan }

    /// Adds one trial. To be called once for each recorded trial of the plan.
    public mutating func add(
        point: Int, seed: Int, outcome: TrialOutcome, kernelFamily: String
    ) {
        precondition(point >= 0 && point < plan.grid.pointCount, "point \(point)")
        precondition(seed >= 0 && seed < plan.seedCount, "seed \(seed)")
        var entry = Entry(seed: Int32(truncatingIfNeeded: seed), layout: -1, start: values.count)
        if case .success(let result) = outcome {
            entry.layout = layout(of: result.metrics)
            for metric in result.metrics { values.append(metric.value ?? .nan) }
        }
        if !kernelFamily.isEmpty { families.insert(kernelFamily) }
        entries[point, default: []].append(entry)
    }

    private mutating func layout(of metrics: [NamedMetric]) -> Int32 {
        if let last = layouts.last, last.elementsEqual(metrics.lazy.map(\.name)) {
            return Int32(layouts.count - 1)
        }
        let names = metrics.map(\.name)
        if let place = layoutPlaces[names] { return place }
        let place = Int32(layouts.count)
        layouts.append(names)
        layoutPlaces[names] = place
        return place
    }

    /// Adds every result of a ledger that has been told the plan; results outside it are left out.
    ///
    /// - Throws: ``LedgerError``; a result that was altered stops it.
    public init(_ plan: SweepPlan, readingAllOf ledger: Ledger) throws(LedgerError) {
        self.init(plan)
        ledger.use(plan)
        var builder = self
        try ledger.forEachResult { stored in
            guard let point = stored.pointIndex, stored.seed < plan.seedCount else { return }
            builder.add(
                point: point, seed: stored.seed, outcome: stored.outcome,
                kernelFamily: stored.kernelFamily)
        }
        // A damaged index lets a trial be recorded once more.
        for (point, entries) in builder.entries {
            let seeds = Set(entries.map(\.seed))
            if seeds.count == entries.count { continue }
            throw .corrupt(
                path: ledger.path,
                detail: "a trial of \(plan.grid.point(at: point).canonicalText) has two results")
        }
        self = builder
    }

    /// The table of what was added so far.
    ///
    /// - Parameter provenance: Its kernel families are filled in here.
    public func table(_ provenance: SweepTable.Provenance) -> SweepTable {
        let metrics = metricNames()
        // Where each layout has each metric of the table.
        let places = layouts.map { layout in metrics.map { layout.firstIndex(of: $0) } }
        var rows: [SweepTable.Row] = []
        rows.reserveCapacity(plan.grid.pointCount)
        let missing = [ReplicateStatistics](
            repeating: ReplicateStatistics([Double]()), count: metrics.count)
        for point in 0..<plan.grid.pointCount {
            var row = SweepTable.Row(
                values: plan.grid.point(at: point).parameters.map(\.value), count: 0, failed: 0,
                statistics: missing)
            if let entries = sortedEntries(point) {
                let successes = entries.filter { $0.layout >= 0 }
                row.count = successes.count
                row.failed = entries.count - successes.count
                row.statistics = metrics.indices.map { index in
                    ReplicateStatistics(
                        successes.compactMap { entry -> Double? in
                            guard let place = places[Int(entry.layout)][index] else { return nil }
                            let value = values[entry.start + place]
                            return value.isNaN ? nil : value
                        })
                }
            }
            rows.append(row)
        }
        var provenance = provenance
        provenance.kernelFamilies = families.sorted()
        return SweepTable(
            parameters: plan.grid.axes.map(\.name), metrics: metrics, rows: rows,
            trialCount: plan.trialCount, provenance: provenance)
    }

    /// Seed order: sums are taken in it, so that their bits do not depend on who was first.
    private func sortedEntries(_ point: Int) -> [Entry]? {
        entries[point]?.sorted { $0.seed < $1.seed }
    }

    /// Names in the order in which they first appear by point and seed, whatever was added first.
    private func metricNames() -> [String] {
        var names: [String] = []
        var seenLayouts: Set<Int32> = [-1]
        var seen: Set<String> = []
        for point in entries.keys.sorted() {
            if seenLayouts.count == layouts.count + 1 { break }
            for entry in sortedEntries(point) ?? []
            where seenLayouts.insert(entry.layout).inserted {
                for name in layouts[Int(entry.layout)] where seen.insert(name).inserted {
                    names.append(name)
                }
            }
        }
        return names
    }
}
