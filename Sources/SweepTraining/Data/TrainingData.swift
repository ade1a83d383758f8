/// Points to train on, with targets of any dimension.
public struct TrainingData: Hashable, Sendable {
    /// Dimension of an input.
    public let dimension: Int
    /// Dimension of a target.
    public let outputs: Int
    /// Row-major, shape (points, dimension).
    public let inputs: [Double]
    /// Row-major, shape (points, outputs).
    public let targets: [Double]

    public init(dimension: Int, outputs: Int, inputs: [Double], targets: [Double]) {
        precondition(dimension >= 1 && outputs >= 1, "dimensions \(dimension), \(outputs)")
        precondition(
            inputs.count % dimension == 0 && targets.count % outputs == 0
                && inputs.count / dimension == targets.count / outputs && !inputs.isEmpty,
            "inputs do not fit targets")
        self.dimension = dimension
        self.outputs = outputs
        self.inputs = inputs
        self.targets = targets
    }

    public var points: Int { inputs.count / dimension }

    /// ‖x_b − x_a‖² and ‖t_b − t_a‖².
    public func task(_ a: Int, _ b: Int) -> TwoPointTask {
        func square(_ values: [Double], _ count: Int) -> Double {
            var sum = 0.0
            for place in 0..<count {
                let difference = values[b * count + place] - values[a * count + place]
                sum += difference * difference
            }
            return sum
        }
        return TwoPointTask(
            inputDistance: square(inputs, dimension), targetDistance: square(targets, outputs))
    }
}

/// The data sets of the paper.
public enum TrainingTask: Hashable, Sendable {
    /// x_A = −1/√D and x_B = (dx − 1)/√D in every one of D coordinates, t_A = 0.6/√O and t_B =
    /// (0.6 + dy)/√O in every one of O: distances dx and dy.
    ///
    /// For dx = 1 the point B is the origin: with biases of 0 nothing happens there at the start.
    case twoPoint(dx: Double, dy: Double, inputs: Int = 1, outputs: Int = 1)
    /// (0,0), (0,1), (1,0), (1,1) with the targets 0, 1, 1, 0.
    case xorCorners
    /// 1800 images of a blob with a context: the first 900 ask for its x, the others for its y.
    ///
    /// The image is exp(−((x − mu_x)² + (y − mu_y)²)/2) on 5 × 5 points of [−1, 1]², divided by its
    /// sum, x along the rows' entries, y from row to row; mu_x and mu_y are each of 30 numbers in
    /// [−1, 1], mu_y fastest. The context, (1, 0) or (0, 1), comes after the 25 pixels.
    case orthogonal

    public var data: TrainingData {
        switch self {
        case .twoPoint(let dx, let dy, let inputs, let outputs):
            let inputScale = 1 / Double(inputs).squareRoot()
            let outputScale = 1 / Double(outputs).squareRoot()
            return TrainingData(
                dimension: inputs, outputs: outputs,
                inputs: Array(repeating: -inputScale, count: inputs)
                    + Array(repeating: (dx - 1) * inputScale, count: inputs),
                targets: Array(repeating: 0.6 * outputScale, count: outputs)
                    + Array(repeating: (0.6 + dy) * outputScale, count: outputs))
        case .xorCorners:
            return TrainingData(
                dimension: 2, outputs: 1, inputs: [0, 0, 0, 1, 1, 0, 1, 1], targets: [0, 1, 1, 0])
        case .orthogonal:
            return ContextBlobs.data
        }
    }
}
