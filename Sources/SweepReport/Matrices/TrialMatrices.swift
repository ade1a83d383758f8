import SweepCore
import SweepLedger

/// Square matrices over points that one trial stored: distances, kernels.
public struct TrialMatrices: Hashable, Sendable {
    /// Index of the grid point.
    public var point: Int
    public var seed: Int
    /// The hidden layers that matrices of several layers have, in order; nil where they are 1 … L.
    public var layers: [Double]?
    /// Each of shape (n, n) or (layers, n, n).
    public var matrices: [NamedArray]
    /// Row-major, shape (n, outputs); nil where it is not stored.
    public var targets: NamedArray?

    public init(
        point: Int, seed: Int, layers: [Double]? = nil, matrices: [NamedArray],
        targets: NamedArray? = nil
    ) {
        self.point = point
        self.seed = seed
        self.layers = layers
        self.matrices = matrices
        self.targets = targets
    }

    /// - Returns: nil for a trial that stored no matrix.
    init?(point: Int, seed: Int, outcome: TrialOutcome) {
        guard case .success(let result) = outcome else { return nil }
        func array(_ name: String) -> NamedArray? { result.arrays.first { $0.name == name } }
        let matrices = result.arrays.filter { array in
            let shape = array.shape
            // Layers against layers, not points.
            return (2...3).contains(shape.count) && shape[shape.count - 1] == shape[shape.count - 2]
                && shape[shape.count - 1] >= 2 && array.name != "cka_between_layers"
                && array.name != "tracked_targets"
        }
        guard !matrices.isEmpty else { return nil }
        self.init(
            point: point, seed: seed, layers: array("observed_layers")?.values, matrices: matrices,
            targets: array("tracked_targets"))
    }

    /// The matrices of all trials at some grid points that have any, in the order of points and seeds.
    ///
    /// - Parameter ledger: One that has been told the plan.
    /// - Throws: ``LedgerError``.
    public static func read(
        _ plan: SweepPlan, _ ledger: Ledger, points: Set<Int>
    ) throws(LedgerError) -> [TrialMatrices] {
        var all: [TrialMatrices] = []
        try ledger.forEachResult(withArrays: true) { stored in
            guard let point = stored.pointIndex, points.contains(point),
                stored.seed < plan.seedCount,
                let matrices = TrialMatrices(
                    point: point, seed: stored.seed, outcome: stored.outcome)
            else { return }
            all.append(matrices)
        }
        // Whoever ended first, means are taken in this order.
        return all.sorted { ($0.point, $0.seed) < ($1.point, $1.seed) }
    }

    /// The numbers of one layer's matrix, row-major.
    func values(of name: String, layer: Double?) -> (size: Int, values: ArraySlice<Double>)? {
        guard let array = matrices.first(where: { $0.name == name }), let size = array.shape.last
        else { return nil }
        guard array.shape.count == 3 else { return (size, array.values[...]) }
        let place = place(of: layer, among: array.shape[0])
        guard let place else { return nil }
        return (size, array.values.dropFirst(place * size * size).prefix(size * size))
    }

    /// Where a layer is among those of a matrix; nil where it is not.
    ///
    /// - Parameter layer: nil for the first that was observed in a training, else for the last.
    private func place(of layer: Double?, among count: Int) -> Int? {
        if let layers {
            let place = layer.map { layers.firstIndex(of: $0) } ?? 0
            return place.flatMap { $0 < count ? $0 : nil }
        }
        guard let layer else { return count - 1 }
        return (1...max(count, 1)).first { Double($0) == layer }.map { $0 - 1 }
    }
}
