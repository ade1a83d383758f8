/// The points that a network is trained and tested on.
public struct DataSet: Hashable, Sendable {
    /// D.
    public let dimension: Int
    /// Training inputs, row-major, shape (P, D).
    public let inputs: [Double]
    /// Training targets y, shape (P).
    public let targets: [Double]
    /// Held-out inputs, row-major, shape (T, D).
    public let testInputs: [Double]
    /// Held-out targets, shape (T).
    public let testTargets: [Double]

    /// P, the number of training points.
    public var points: Int { targets.count }
    /// T, the number of held-out points.
    public var testPoints: Int { testTargets.count }

    /// - Throws: ``DataProblem/constantTargets(value:points:)`` when all training targets are the
    ///   same, since then the alignment of any kernel with them is 0/0.
    public init(
        dimension: Int, inputs: [Double], targets: [Double], testInputs: [Double] = [],
        testTargets: [Double] = []
    ) throws(DataProblem) {
        precondition(dimension >= 1, "dimension \(dimension)")
        precondition(inputs.count == targets.count * dimension, "inputs do not fit targets")
        precondition(testInputs.count == testTargets.count * dimension, "test inputs do not fit")
        guard let first = targets.first else { throw .tooFew(points: 0) }
        if targets.allSatisfy({ $0 == first }) {
            throw .constantTargets(value: first, points: targets.count)
        }
        self.dimension = dimension
        self.inputs = inputs
        self.targets = targets
        self.testInputs = testInputs
        self.testTargets = testTargets
    }
}

/// Why there is no data set.
public enum DataProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// Fewer training points than any measure needs.
    case tooFew(points: Int)
    /// Every training target is the same number.
    case constantTargets(value: Double, points: Int)
    /// Clusters in fewer than two dimensions cannot be orthogonal.
    case dimensionTooSmall(Int)
    /// A file that is not a table of numbers: where (lines and columns count from 1) and why.
    case malformed(line: Int, column: Int?, reason: String)
    /// The file holds fewer rows than are asked for.
    case tooFewRows(rows: Int, points: Int?, testPoints: Int)
    /// A file that is not what its name says.
    case file(name: String, reason: String)
    /// Fewer images of a digit than a draw without replacement takes.
    case tooFewImages(digit: Int, images: Int, points: Int, testPoints: Int)

    public var description: String {
        switch self {
        case .tooFew(let points):
            return "\(points) training points; at least 2 with different targets are needed"
        case .constantTargets(let value, let points):
            let number = points == 1 ? "the only training target is" : "all \(points) targets are"
            return "\(number) \(value), so the alignment of a kernel with them would be 0/0; "
                + "at least two different training targets are needed"
        case .dimensionTooSmall(let dimension):
            return "dimension is \(dimension); the xor task needs at least 2"
        case .malformed(let line, let column, let reason):
            let place = column.map { "line \(line), column \($0)" } ?? "line \(line)"
            return "\(place): \(reason)"
        case .tooFewRows(let rows, let points, let testPoints):
            let wanted = points.map { "\($0) training points and " } ?? ""
            return "the file has \(rows) rows, too few for \(wanted)\(testPoints) test points"
        case .file(let name, let reason):
            return "\(name): \(reason)"
        case .tooFewImages(let digit, let images, let points, let testPoints):
            return "there are \(images) images of the digit \(digit), too few for its half of "
                + "\(points) training points and \(testPoints) test points"
        }
    }
}
