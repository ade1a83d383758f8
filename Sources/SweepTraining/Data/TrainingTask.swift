import SweepPhysics

/// What a training is a training on.
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
    /// Images of digits with an output for each digit.
    case digits(DigitTask)
    /// Data of the posterior family: one output, another draw for every seed (but not of csv).
    case drawn(DataTask, testPoints: Int)

    /// The data of one seed.
    ///
    /// - Throws: ``DataProblem``, or what `readFile` throws.
    public func data(
        seed: Int, randomKey: UInt64, readFile: DataFileReader, pools: DigitPoolCache? = nil
    ) throws -> TrainingData {
        switch self {
        case .twoPoint, .xorCorners, .orthogonal: return data
        case .digits(let task):
            return try task.data(seed: seed, randomKey: randomKey, readFile: readFile)
        case .drawn(let task, let testPoints):
            let set = try task.dataSet(
                testPoints: testPoints, seed: seed, randomKey: randomKey, readFile: readFile,
                pools: pools)
            return TrainingData(
                dimension: set.dimension, outputs: 1,
                training: .init(inputs: .numbers(set.inputs), targets: set.targets),
                test: set.testTargets.isEmpty
                    ? nil : .init(inputs: .numbers(set.testInputs), targets: set.testTargets))
        }
    }

    /// The data of a task that needs neither seed nor file.
    ///
    /// - Precondition: it is one of the first three.
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
        case .digits, .drawn:
            preconditionFailure("data of this task come of a seed or a file")
        }
    }
}
