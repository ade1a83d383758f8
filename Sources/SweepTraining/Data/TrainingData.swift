/// Two points by their numbers, of which h, y and w tell.
public struct PointPair: Hashable, Sendable {
    public var first: Int
    public var second: Int

    public init(_ first: Int, _ second: Int) {
        self.first = first
        self.second = second
    }
}

/// Points to train on, with targets of any dimension, and points to test on.
public struct TrainingData: Hashable, Sendable {
    /// Points with their targets.
    public struct Points: Hashable, Sendable {
        /// Row-major, shape (points, dimension).
        public var inputs: TrainingInputs
        /// Row-major, shape (points, outputs).
        public var targets: [Double]

        public init(inputs: TrainingInputs, targets: [Double]) {
            self.inputs = inputs
            self.targets = targets
        }
    }

    /// Dimension of an input.
    public let dimension: Int
    /// Dimension of a target.
    public let outputs: Int
    public let training: Points
    /// Held-out points; nil for none.
    public let test: Points?
    /// The two points of h, y and w, unless settings name others.
    public var pair: PointPair
    /// The points whose activities are kept as matrices, at most ``trackedLimit``.
    public var tracked: [Int]
    /// Of points that are a grid of two features in several contexts, what they are.
    public var features: FeatureGrid?

    /// Points whose activities are kept as matrices, at most.
    public static let trackedLimit = 100

    /// - Parameters:
    ///   - pair: nil for the first point and the first one with another target.
    ///   - tracked: nil for the first points.
    public init(
        dimension: Int, outputs: Int, training: Points, test: Points? = nil,
        pair: PointPair? = nil, tracked: [Int]? = nil, features: FeatureGrid? = nil
    ) {
        precondition(dimension >= 1 && outputs >= 1, "dimensions \(dimension), \(outputs)")
        for part in [training, test].compactMap({ $0 }) {
            precondition(
                part.inputs.count % dimension == 0 && part.targets.count % outputs == 0
                    && part.inputs.count / dimension == part.targets.count / outputs
                    && !part.targets.isEmpty,
                "inputs do not fit targets")
        }
        self.dimension = dimension
        self.outputs = outputs
        self.training = training
        self.test = test
        self.features = features
        let points = training.targets.count / outputs
        func target(_ point: Int) -> ArraySlice<Double> {
            training.targets[point * outputs..<(point + 1) * outputs]
        }
        let other = (1..<max(points, 2)).first { $0 < points && target($0) != target(0) } ?? 1
        self.pair = pair ?? PointPair(0, other)
        self.tracked = tracked ?? Array(0..<min(points, Self.trackedLimit))
    }

    public init(dimension: Int, outputs: Int, inputs: [Double], targets: [Double]) {
        self.init(
            dimension: dimension, outputs: outputs,
            training: Points(inputs: .numbers(inputs), targets: targets))
    }

    public var points: Int { training.targets.count / outputs }
    public var testPoints: Int { (test?.targets.count ?? 0) / outputs }
    public var targets: [Double] { training.targets }

    /// All training inputs as numbers, row-major, shape (points, dimension).
    public var inputs: [Double] { training.inputs[0..<training.inputs.count] }

    /// x of one training point.
    public func input(_ point: Int) -> [Double] {
        training.inputs[point * dimension..<(point + 1) * dimension]
    }

    /// t of one training point.
    public func target(_ point: Int) -> ArraySlice<Double> {
        training.targets[point * outputs..<(point + 1) * outputs]
    }

    /// ‖x_b − x_a‖² and ‖t_b − t_a‖².
    public func task(_ a: Int, _ b: Int) -> TwoPointTask {
        func square(_ a: some Sequence<Double>, _ b: some Sequence<Double>) -> Double {
            zip(a, b).reduce(0) { $0 + ($1.1 - $1.0) * ($1.1 - $1.0) }
        }
        return TwoPointTask(
            inputDistance: square(input(a), input(b)),
            targetDistance: square(target(a), target(b)))
    }

    /// Whether targets name classes: one output at 1 and the others at 0, or a single one at ±1.
    public var isClassification: Bool {
        let all = training.targets + (test?.targets ?? [])
        if outputs == 1 { return all.allSatisfy { abs($0) == 1 } }
        return stride(from: 0, to: all.count, by: outputs).allSatisfy { start in
            let target = all[start..<start + outputs]
            return target.allSatisfy { $0 == 0 || $0 == 1 } && target.reduce(0, +) == 1
        }
    }
}

/// Points that are a square grid of two features, once for each of two contexts, the second feature
/// fastest. In the first context the target is the first feature, in the second the second.
public struct FeatureGrid: Hashable, Sendable {
    /// Values of each feature.
    public var side: Int

    public init(side: Int) { self.side = side }
}
