import SweepCore
import SweepLedger

/// The table of arrays that have a number for each layer: the layer is one more parameter.
public enum LayerTable {
    /// The parameter's name; its values are 1 … L.
    public static let parameter = "layer"

    /// Whether an array of this name has a number for each layer.
    public static func isLayered(_ name: String) -> Bool {
        name.contains("layer") || name == "cka_mean_kernel"
    }

    /// Mean and spread over seeds of each element, as for metrics. A point at a depth below the
    /// largest has no value in the layers above.
    ///
    /// - Parameters:
    ///   - names: Arrays to take; all of one dimension when nil.
    ///   - ledger: One that has been told the plan.
    /// - Throws: ``LedgerError``.
    public static func read(
        _ plan: SweepPlan, _ ledger: Ledger, names: (String) -> Bool,
        provenance: SweepTable.Provenance
    ) throws(LedgerError) -> SweepTable? {
        var depth = 0
        var outcomes: [(point: Int, seed: Int, outcome: TrialOutcome, family: String)] = []
        try ledger.forEachResult(withArrays: true) { stored in
            guard let point = stored.pointIndex, stored.seed < plan.seedCount else { return }
            var outcome = stored.outcome
            if case .success(var result) = outcome {
                result.arrays = result.arrays.filter { $0.shape.count == 1 && names($0.name) }
                depth = max(depth, result.arrays.map(\.values.count).max() ?? 0)
                outcome = .success(result)
            }
            outcomes.append((point, stored.seed, outcome, stored.kernelFamily))
        }
        guard depth > 0, let layered = layered(plan, depth: depth) else { return nil }
        var builder = TableBuilder(layered)
        for (point, seed, outcome, family) in outcomes {
            for layer in 0..<depth {
                guard let part = Self.part(of: outcome, layer: layer) else { continue }
                builder.add(
                    point: point * depth + layer, seed: seed, outcome: part, kernelFamily: family)
            }
        }
        var table = builder.table(provenance)
        table.trialCount = plan.trialCount
        table.trialCounts = .init(
            recorded: outcomes.count,
            failed: outcomes.count { if case .failure = $0.outcome { true } else { false } })
        return table
    }

    /// The plan with the layer as its fastest parameter; nil when that is too many points.
    private static func layered(_ plan: SweepPlan, depth: Int) -> SweepPlan? {
        let axis = Grid.Axis(
            name: parameter, values: (1...depth).map { .number(Double($0)) })
        // Each way in which these fail is one of being too large.
        guard let grid = try? Grid(axes: plan.grid.axes + [axis]) else { return nil }
        return try? SweepPlan(grid: grid, seedCount: plan.seedCount)
    }

    /// What one layer has; nil above the trial's own depth.
    private static func part(of outcome: TrialOutcome, layer: Int) -> TrialOutcome? {
        guard case .success(let result) = outcome else { return outcome }
        let metrics = result.arrays.compactMap { array in
            array.values.indices.contains(layer)
                ? NamedMetric(array.name, array.values[layer]) : nil
        }
        return metrics.isEmpty ? nil : .success(TrialResult(metrics: metrics))
    }
}
