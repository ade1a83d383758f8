/// A posterior over the weights of one network: what ``LangevinSampler`` draws from.
///
/// With the parameters θ = (V, b_0, W_1, b_1, …, W_{L−1}, b_{L−1}, w, b) and f the output at the
/// training points, the target density is exp(−E(θ)/κ),
///
///     E(θ) = ½ Σ_a (f_a − y_a)² + ½ Σ_k γ_k θ_k²
///
/// with γ = κ D/g for V, κ N/g for hidden and readout weights, κ/g_b for biases.
package struct WeightSpaceProblem: Sendable {
    /// φ.
    package let activation: Activation
    package let gain: Double
    package let biasVariance: Double
    package let kappa: Double
    /// N.
    package let width: Int
    /// L.
    package let depth: Int
    /// y, shape (P).
    package let targets: [Double]
    /// The rows that the network sees: P training points, then T held-out points.
    package let features: InputFeatures
    /// Which parameters are where.
    package let layout: WeightLayout

    /// P.
    package var points: Int { targets.count }
    /// T.
    package var testPoints: Int { features.rows - targets.count }

    package init(_ problem: FunctionSpaceProblem, features: InputFeatures) {
        precondition(features.rows >= problem.givenTargets.count, "fewer inputs than targets")
        activation = problem.activation
        gain = problem.gain
        biasVariance = problem.biasVariance
        kappa = problem.kappa
        width = problem.width
        depth = problem.depth
        targets = problem.givenTargets
        self.features = features
        layout = WeightLayout(
            inputs: features.columns, width: problem.width, depth: problem.depth,
            hasBiases: problem.biasVariance > 0)
    }

    /// γ/κ of the weights that go into layer `layer` (0 … L, L the readout): one over their prior
    /// variance.
    package func weightPrecision(_ layer: Int) -> Double {
        Double(layer == 0 ? features.dimension : width) / gain
    }
}

/// Inputs in as few coordinates as they need.
///
/// Of V only its part in the span of the inputs matters, and a rotation of V changes neither its
/// prior nor the Langevin noise. So D coordinates are replaced by those of the triangular factor of
/// the inputs where that has fewer; the rest of V would be independent of everything.
public struct InputFeatures: Hashable, Sendable {
    /// Row-major, shape (rows, columns), training points first; products of rows are those of the
    /// inputs.
    public let values: [Double]
    public let rows: Int
    public let columns: Int
    /// D.
    public let dimension: Int

    /// - Parameter inputs: row-major, shape (rows, D).
    public init(inputs: [Double], dimension: Int) {
        precondition(dimension >= 1 && inputs.count % dimension == 0, "inputs do not fit")
        rows = inputs.count / dimension
        self.dimension = dimension
        if rows < dimension {
            columns = rows
            values = HouseholderLQ.lowerFactor(inputs, rows: rows, columns: dimension)
        } else {
            columns = dimension
            values = inputs
        }
    }
}

extension DataSet {
    /// Training points and held-out points as a network of weights sees them.
    public var inputFeatures: InputFeatures {
        InputFeatures(inputs: inputs + testInputs, dimension: dimension)
    }
}

/// Places of the parameters in one array: of each layer its weights, row-major with one row a
/// neuron, and then its biases.
package struct WeightLayout: Sendable {
    /// Columns of V.
    package let inputs: Int
    package let width: Int
    package let depth: Int
    package let hasBiases: Bool
    /// First weight of layer 0 … L; L is the readout, a single neuron.
    private let starts: [Int]
    /// Parameters.
    package let count: Int

    init(inputs: Int, width: Int, depth: Int, hasBiases: Bool) {
        self.inputs = inputs
        self.width = width
        self.depth = depth
        self.hasBiases = hasBiases
        var starts: [Int] = []
        var place = 0
        for layer in 0...depth {
            starts.append(place)
            let rows = layer == depth ? 1 : width
            place += rows * (layer == 0 ? inputs : width) + (hasBiases ? rows : 0)
        }
        self.starts = starts
        count = place
    }

    /// Neurons of a layer.
    package func rows(_ layer: Int) -> Int { layer == depth ? 1 : width }
    /// Weights into one neuron of a layer.
    package func columns(_ layer: Int) -> Int { layer == 0 ? inputs : width }
    package func weights(_ layer: Int) -> Int { starts[layer] }
    /// First bias of a layer; only where there are biases.
    package func biases(_ layer: Int) -> Int { starts[layer] + rows(layer) * columns(layer) }
}
