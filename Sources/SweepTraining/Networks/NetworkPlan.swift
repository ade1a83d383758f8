/// A network as a list of layers with the places of their parameters.
struct NetworkPlan: Hashable, Sendable {
    /// An affine map with what follows it. A convolution is the same map at every position, applied
    /// to the filter's window of neighbouring positions, channels together.
    struct Layer: Hashable, Sendable {
        /// Outputs at one position.
        var rows: Int
        /// Inputs of one position's map: those of the window for a convolution.
        var columns: Int
        /// Positions of the output; 1 for a layer without positions.
        var positions = 1
        /// Channels of the input of a convolution, 0 for a dense layer.
        var channels = 0
        var isActivated = true
        /// The layer whose output is added after the nonlinearity.
        var skipsFrom: Int?
        /// Place of the first weight in the parameters; of the first bias.
        var weights = 0
        var biases = 0
        /// Number of the first weight among all, in multiples of four, for its random number.
        var firstNormal = 0

        var isConvolution: Bool { channels > 0 }
        /// Values that the layer gives for one point, position by position, channels together.
        var size: Int { rows * positions }
        /// Floats between two rows of weights; those past `columns` are 0.
        var stride: Int { NetworkPlan.padded(columns) }
        /// Floats between the values of two points.
        var pointStride: Int { NetworkPlan.padded(size) }
        /// Xavier's fans: of a convolution, channels times filter.
        var fanIn: Int { columns }
        var fanOut: Int { isConvolution ? rows * (columns / channels) : rows }
    }

    let shape: NetworkShape
    let layers: [Layer]
    /// Floats of all parameters, padding included.
    let parameterCount: Int
    let hasDropout: Bool

    /// - Precondition: the shape has no ``NetworkShape/problem``.
    init(_ shape: NetworkShape) {
        if let problem = shape.problem { preconditionFailure(problem) }
        var layers = [Layer(rows: shape.width, columns: shape.inputs)]
        switch shape.architecture {
        case .mlp, .dropout, .resnet:
            for index in 1..<max(1, shape.depth) {
                let skip = shape.architecture == .resnet && index >= 2 ? index - 2 : nil
                layers.append(Layer(rows: shape.width, columns: shape.width, skipsFrom: skip))
            }
            layers.append(Layer(rows: shape.outputs, columns: shape.width, isActivated: false))
        case .cnn:
            var positions = shape.width
            var channels = 1
            for index in 0...shape.depth {
                positions -= shape.filter - 1
                let next = index == shape.depth ? 1 : shape.channels
                layers.append(
                    Layer(
                        rows: next, columns: channels * shape.filter, positions: positions,
                        channels: channels))
                channels = next
            }
            layers.append(Layer(rows: shape.outputs, columns: positions, isActivated: false))
        }
        var place = 0
        var normals = 0
        for index in layers.indices {
            layers[index].weights = place
            place += layers[index].rows * layers[index].stride
            layers[index].biases = place
            place += Self.padded(layers[index].rows)
            layers[index].firstNormal = normals
            normals += (layers[index].rows * layers[index].columns + 3) / 4 * 4
        }
        self.shape = shape
        self.layers = layers
        parameterCount = place
        hasDropout = shape.architecture == .dropout && shape.dropoutRate > 0
    }

    /// What an observable is: the output of a layer, or the input of the network for -1.
    func layer(ofObservable index: Int) -> Int {
        precondition((0..<shape.observableCount).contains(index), "no observable \(index)")
        // A dropout passes everything on where networks are observed.
        return shape.architecture == .dropout ? (index + 1) / 2 - 1 : index
    }

    /// Floats between the values of two points of the input.
    var inputStride: Int { Self.padded(shape.inputs) }

    /// The next multiple of 16, the lanes of a vector of floats.
    static func padded(_ count: Int) -> Int { (count + 15) / 16 * 16 }
}
