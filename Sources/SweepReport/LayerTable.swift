import SweepCore
import SweepLedger

/// The table of what trials have layer by layer: the layer is one more parameter.
///
/// That is arrays with a number for each layer, and metrics that end in `_layer_K`.
public enum LayerTable {
    /// The parameter's name; its values are 1 … L, or the observed layers of a training, from 0.
    public static let parameter = "layer"

    /// The array that says which layer each element of the others is of.
    private static let labels = "observed_layers"

    /// Whether an array of this name has a number for each layer.
    public static func isLayered(_ name: String) -> Bool {
        (name.contains("layer") && name != labels) || name == "cka_mean_kernel"
    }

    /// Mean and spread over seeds of each element, as for metrics. A point at a depth below the
    /// largest has no value in the layers above.
    ///
    /// - Parameters:
    ///   - names: What to take; arrays of one dimension only.
    ///   - ledger: One that has been told the plan.
    /// - Throws: ``LedgerError``.
    public static func read(
        _ plan: SweepPlan, _ ledger: Ledger, names: (String) -> Bool,
        provenance: SweepTable.Provenance
    ) throws(LedgerError) -> SweepTable? {
        var trials: [(point: Int, seed: Int, parts: Parts, family: String)] = []
        try ledger.forEachResult(withArrays: true) { stored in
            guard let point = stored.pointIndex, stored.seed < plan.seedCount else { return }
            let parts = Parts(stored.outcome, names: names)
            trials.append((point, stored.seed, parts, stored.kernelFamily))
        }
        let layers = trials.reduce(into: Set<Int>()) { $0.formUnion($1.parts.layers.keys) }.sorted()
        guard !layers.isEmpty, let layered = layered(plan, layers) else { return nil }
        var builder = TableBuilder(layered)
        for (point, seed, parts, family) in trials {
            for (place, layer) in layers.enumerated() {
                guard let outcome = parts.outcome(in: layer) else { continue }
                builder.add(
                    point: point * layers.count + place, seed: seed, outcome: outcome,
                    kernelFamily: family)
            }
        }
        var table = builder.table(provenance)
        table.trialCount = plan.trialCount
        table.trialCounts = .init(
            recorded: trials.count, failed: trials.count { $0.parts.failure != nil })
        return table
    }

    /// The plan with the layer as its fastest parameter; nil when that is too many points.
    private static func layered(_ plan: SweepPlan, _ layers: [Int]) -> SweepPlan? {
        let axis = Grid.Axis(name: parameter, values: layers.map { .number(Double($0)) })
        // Each way in which these fail is one of being too large.
        guard let grid = try? Grid(axes: plan.grid.axes + [axis]) else { return nil }
        return try? SweepPlan(grid: grid, seedCount: plan.seedCount)
    }

    /// What a trial has in each layer.
    private struct Parts {
        var layers: [Int: [NamedMetric]] = [:]
        /// The outcome of a trial without numbers.
        var failure: TrialOutcome?

        init(_ outcome: TrialOutcome, names: (String) -> Bool) {
            guard case .success(let result) = outcome else {
                failure = outcome
                return
            }
            for metric in result.metrics {
                guard let (name, layer) = Self.split(metric.name), names(name) else { continue }
                layers[layer, default: []].append(NamedMetric(name, metric.value))
            }
            let observed = result.arrays.first { $0.name == labels }?.values
                .compactMap { Int(exactly: $0) }
            for array in result.arrays
            where array.shape.count == 1 && array.name != labels && names(array.name) {
                for (place, value) in array.values.enumerated() {
                    let isObserved = observed?.count == array.values.count
                    let layer = isObserved ? observed?[place] : place + 1
                    layers[layer ?? place + 1, default: []].append(NamedMetric(array.name, value))
                }
            }
        }

        /// "eta_h_layer_7" is eta_h_layer in layer 7.
        private static func split(_ name: String) -> (name: String, layer: Int)? {
            guard let end = name.lastIndex(of: "_"), name[..<end].hasSuffix("_layer"),
                let layer = Int(name[name.index(after: end)...]), layer >= 0
            else { return nil }
            return (String(name[..<end]), layer)
        }

        /// nil where the trial has nothing in this layer.
        func outcome(in layer: Int) -> TrialOutcome? {
            failure ?? layers[layer].map { .success(TrialResult(metrics: $0)) }
        }
    }
}
