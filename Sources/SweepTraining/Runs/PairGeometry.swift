import SweepCore
import SweepPhysics

/// Distances between all tracked points, measured and as the theory has them.
struct PairGeometry {
    /// Squared distances in each observed layer.
    let initial: [Kernel]
    let final: [Kernel]
    /// Of the theory, every pair on its own; nil where some layer has no ratio of rates.
    let predicted: [Kernel]?
    /// Of the theory of classes, where targets are classes; and the class of each tracked point.
    let classes: (values: Kernel, classes: [Int])?

    /// - Parameter ratios: eta_h/eta_y of each observed layer.
    init(_ record: TrainingRecord, data: TrainingData, ratios: [Double?]) {
        let initial = record.initialKernels.map(Representation.squaredDistances)
        self.initial = initial
        final = record.finalKernels.map(Representation.squaredDistances)
        let tracked = data.tracked
        let rows = tracked.map { data.input($0) }
        let distances = (
            inputs: Self.distances(rows),
            targets: Self.distances(tracked.map { Array(data.target($0)) }),
            outputs: Self.distances(
                tracked.indices.map {
                    Array(record.initialOutputs[$0 * data.outputs..<($0 + 1) * data.outputs])
                })
        )
        predicted = TrainingResult.complete(ratios).map { ratios in
            zip(initial, ratios).map { hidden, ratio in
                PairwisePrediction.squaredDistances(
                    hidden: hidden, outputs: distances.outputs, inputs: distances.inputs,
                    targets: distances.targets, ratio: ratio)
            }
        }
        classes =
            data.isClassification && tracked.count > 2 ? ClassPrediction.distances(data) : nil
    }

    private static func distances(_ rows: [[Double]]) -> Kernel {
        Kernel(size: rows.count) { a, b in
            zip(rows[a], rows[b]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        }
    }

    /// Of the first observed layer; nothing of a single pair, which has metrics of its own.
    ///
    /// - Parameter isXor: whether points 1 and 2 are alike and 0 is not.
    func metrics(isXor: Bool) -> [NamedMetric] {
        guard let final = final.first, let initial = initial.first, final.size > 2 else {
            return []
        }
        let predicted = predicted?.first
        var metrics = [
            NamedMetric(
                "distance_error",
                predicted.flatMap { PairwisePrediction.error(of: $0, measured: final) }),
            NamedMetric(
                "distance_correlation",
                predicted.flatMap { PairwisePrediction.correlation($0, final) }),
            NamedMetric(
                "distance_change", PairwisePrediction.largestChange(from: initial, to: final)),
        ]
        if isXor {
            metrics += [("initial", initial), ("final", final), ("predicted", predicted)].map {
                NamedMetric("collapse_\($0)", $1.flatMap(Self.collapse))
            }
        }
        if let (values, classes) = classes {
            metrics += [
                NamedMetric("class_correlation", PairwisePrediction.correlation(values, final)),
                NamedMetric(
                    "class_correlation_between",
                    PairwisePrediction.correlation(values, final) { classes[$0] != classes[$1] }),
            ]
        }
        return metrics
    }

    /// d(01, 10)/d(00, 01) of distances that are not squared.
    private static func collapse(_ distances: Kernel) -> Double? {
        distances[1, 0] > 0 ? (distances[2, 1] / distances[1, 0]).squareRoot() : nil
    }

    var arrays: [NamedArray] {
        var arrays = [
            Self.matrices("distances_initial", initial), Self.matrices("distances_final", final),
        ]
        if let predicted { arrays.append(Self.matrices("distances_predicted", predicted)) }
        if let classes {
            let size = classes.values.size
            arrays.append(
                NamedArray("distances_classes", shape: [size, size], classes.values.values))
        }
        return arrays
    }

    /// Matrices of every observed layer as one array.
    static func matrices(_ name: String, _ kernels: [Kernel]) -> NamedArray {
        let size = kernels.first?.size ?? 0
        return NamedArray(name, shape: [kernels.count, size, size], kernels.flatMap(\.values))
    }
}
