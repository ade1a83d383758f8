import SweepCore
import SweepLedger

/// What one trial recorded along its training.
public struct TrialSeries: Hashable, Sendable {
    /// Index of the grid point.
    public var point: Int
    public var seed: Int
    /// Epochs of the entries, ascending.
    public var epochs: [Double]
    /// Each as long as ``epochs``: h, y, w, loss, and what the theory fitted, `h_fit` and so on.
    public var values: [String: [Double]]

    public init(point: Int, seed: Int, epochs: [Double], values: [String: [Double]]) {
        self.point = point
        self.seed = seed
        self.epochs = epochs
        self.values = values
    }

    /// The end of the name of a fitted series.
    static let fitted = "_fit"

    /// From the arrays of a trial: those as long as the array `epoch`.
    ///
    /// - Returns: nil for a trial that recorded no series.
    init?(point: Int, seed: Int, outcome: TrialOutcome, names: (String) -> Bool) {
        guard case .success(let result) = outcome,
            let epochs = result.arrays.first(where: { $0.name == "epoch" })?.values,
            let first = epochs.first, let last = epochs.last, first.isFinite, last.isFinite
        else { return nil }
        var values: [String: [Double]] = [:]
        for array in result.arrays
        where array.shape.count == 1 && array.values.count == epochs.count
            && array.name != "epoch" && names(array.name)
        {
            values[array.name] = array.values
        }
        self.init(point: point, seed: seed, epochs: epochs, values: values)
    }

    /// The series of all trials at some grid points that have any.
    ///
    /// - Parameter ledger: One that has been told the plan.
    /// - Throws: ``LedgerError``.
    public static func read(
        _ plan: SweepPlan, _ ledger: Ledger, points: Set<Int>, names: (String) -> Bool
    ) throws(LedgerError) -> [TrialSeries] {
        var all: [TrialSeries] = []
        try ledger.forEachResult(withArrays: true) { stored in
            guard let point = stored.pointIndex, points.contains(point),
                stored.seed < plan.seedCount,
                let series = TrialSeries(
                    point: point, seed: stored.seed, outcome: stored.outcome, names: names)
            else { return }
            all.append(series)
        }
        // Whoever ended first, sums are taken in this order.
        return all.sorted { ($0.point, $0.seed) < ($1.point, $1.seed) }
    }

    /// A series at other epochs, by straight lines between entries; constant beyond its ends.
    ///
    /// - Parameter places: Ascending.
    func values(of name: String, at places: [Double]) -> [Double]? {
        guard let values = values[name], let end = epochs.indices.last else { return nil }
        var index = 0
        return places.map { place in
            while index < end, epochs[index + 1] <= place { index += 1 }
            guard index < end, place > epochs[index] else { return values[index] }
            let part = (place - epochs[index]) / (epochs[index + 1] - epochs[index])
            return values[index] + part * (values[index + 1] - values[index])
        }
    }
}
