import SweepCore
import SweepLedger

/// Square matrices over points that one trial stored: distances, kernels.
public struct TrialMatrices: Hashable, Sendable {
    /// Index of the grid point.
    public var point: Int
    public var seed: Int
    /// Names of all matrices that the trial stored.
    public var names: [String]
    /// Names of those that have several layers.
    public var layered: Set<String>
    /// Layers that matrices of several layers have, in order; empty where there are none.
    public var layers: [Double]
    /// The layer that was read of them; nil where they have not the one asked for.
    public var layer: Double?
    /// Row-major, n × n numbers each; of those names that were wanted.
    public var matrices: [String: [Double]]
    /// Row-major, shape (n, outputs); nil where it is not stored.
    public var targets: NamedArray?

    /// Whether arrays of this name are matrices over points.
    static func isMatrix(_ name: String) -> Bool {
        name == "mean_kernels"
            || ["distances_", "kernels_", "conjugate_kernels_"].contains(where: name.hasPrefix)
    }

    /// The matrices of a recorded trial.
    ///
    /// - Parameters:
    ///   - layer: nil for the first that was observed in a training, else for the last.
    ///   - wanted: Names of the matrices that are read.
    /// - Returns: nil for a trial that stored no matrix.
    public init?(
        point: Int, seed: Int, outcome: TrialOutcome, layer: Double? = nil,
        wanted: (String) -> Bool = { _ in true }
    ) {
        guard case .success(let result) = outcome else { return nil }
        let all = result.arrays.filter { array in
            let shape = array.shape
            return Self.isMatrix(array.name) && (2...3).contains(shape.count)
                && shape[shape.count - 1] == shape[shape.count - 2] && shape[shape.count - 1] > 0
        }
        guard !all.isEmpty else { return nil }
        func array(_ name: String) -> NamedArray? { result.arrays.first { $0.name == name } }
        self.point = point
        self.seed = seed
        names = all.map(\.name)
        layered = Set(all.filter { $0.shape.count == 3 }.map(\.name))
        targets = array("tracked_targets")
        let count = all.filter { $0.shape.count == 3 }.map { $0.shape[0] }.min() ?? 0
        let observed = array("observed_layers")?.values
        let layers = observed.map { Array($0.prefix(count)) } ?? (0..<count).map { Double($0 + 1) }
        let chosen = layer ?? (observed == nil ? layers.last : layers.first)
        let place = chosen.flatMap { layers.firstIndex(of: $0) }
        self.layers = layers
        self.layer = place.map { layers[$0] }
        matrices = [:]
        for array in all where wanted(array.name) {
            let entries = array.shape[array.shape.count - 1] * array.shape[array.shape.count - 1]
            if array.shape.count == 2 {
                matrices[array.name] = array.values
            } else if let place {
                matrices[array.name] = Array(
                    array.values.dropFirst(place * entries).prefix(entries))
            }
        }
    }

    /// The matrices of all trials at some grid points that have any, in the order of points and seeds.
    ///
    /// - Parameter ledger: One that has been told the plan.
    /// - Throws: ``LedgerError``.
    public static func read(
        _ plan: SweepPlan, _ ledger: Ledger, points: Set<Int>, _ options: Figure.MatrixOptions,
        experiment: String
    ) throws(LedgerError) -> [TrialMatrices] {
        var all: [TrialMatrices] = []
        try ledger.forEachResult(withArrays: true) { stored in
            guard let point = stored.pointIndex, points.contains(point),
                stored.seed < plan.seedCount, options.seed.map({ $0 == stored.seed }) ?? true,
                let matrices = TrialMatrices(
                    point: point, seed: stored.seed, outcome: stored.outcome,
                    layer: options.layer, wanted: { options.takes($0, of: experiment) })
            else { return }
            all.append(matrices)
        }
        // Whoever ended first, means are taken in this order.
        return all.sorted { ($0.point, $0.seed) < ($1.point, $1.seed) }
    }

    /// Blocks of points with one target each of an output's own, of two points or more on average; nil
    /// where targets are no classes, or points are in no blocks.
    func classes(size: Int) -> [(output: Int, points: Range<Int>)]? {
        guard let targets, targets.shape.count == 2, targets.shape[0] == size,
            targets.shape[1] >= 2
        else { return nil }
        let outputs = targets.shape[1]
        var blocks: [(output: Int, points: Range<Int>)] = []
        for point in 0..<size {
            let target = Array(targets.values.dropFirst(point * outputs).prefix(outputs))
            guard let output = target.firstIndex(of: 1),
                target.allSatisfy({ $0 == 0 || $0 == 1 }), target.reduce(0, +) == 1
            else { return nil }
            if let last = blocks.last, last.output == output {
                blocks[blocks.count - 1].points = last.points.lowerBound..<point + 1
            } else {
                blocks.append((output, point..<point + 1))
            }
        }
        let isGrouped = Set(blocks.map(\.output)).count == blocks.count && 2 * blocks.count <= size
        return isGrouped ? blocks : nil
    }
}
