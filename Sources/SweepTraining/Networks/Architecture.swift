import SweepPhysics

/// How the layers of a network are joined.
public enum Architecture: String, CaseIterable, Hashable, Sendable {
    /// a_k = f(W_k a_{k−1} + b_k), `depth` hidden layers, and a linear layer after them.
    case mlp
    /// As `mlp`, and from the third hidden layer on a_k = f(z_k) + a_{k−2}: the skip comes from two
    /// layers back and is added after the nonlinearity.
    case resnet
    /// A linear layer to `width` positions, `depth` + 1 convolutions, and a linear layer.
    case cnn
    /// As `mlp`, with dropout before every linear layer, the first and the last among them.
    case dropout
}

/// Which network: everything about it but its parameters.
public struct NetworkShape: Hashable, Sendable {
    public var architecture: Architecture
    public var activation: Activation
    /// Dimension of an input.
    public var inputs: Int
    /// Dimension of an output.
    public var outputs: Int
    /// Units of a hidden layer; for a `cnn` the positions that its first layer makes.
    public var width: Int
    /// L: hidden layers; for a `cnn` the convolutions with all channels.
    public var depth: Int
    /// Channels between the convolutions of a `cnn`, and positions under each filter.
    public var channels = 20
    public var filter = 11
    /// The probability with which `dropout` sets a unit to 0.
    public var dropoutRate = 0.1

    public init(
        architecture: Architecture = .mlp, activation: Activation = .leakyRelu, inputs: Int,
        outputs: Int, width: Int, depth: Int
    ) {
        self.architecture = architecture
        self.activation = activation
        self.inputs = inputs
        self.outputs = outputs
        self.width = width
        self.depth = depth
    }

    /// How many hidden activities `observed_layer` counts, from 0.
    ///
    /// In order from the input: the `depth` hidden layers of `mlp` and `resnet`, skips included; for a
    /// `cnn` the first linear layer and every convolution; for `dropout` alternately what a dropout
    /// passes on and what the layer after it gives, the last dropout included.
    public var observableCount: Int {
        switch architecture {
        case .mlp, .resnet: depth
        case .cnn: depth + 2
        case .dropout: 2 * depth + 1
        }
    }

    /// Why there is no such network, in a sentence; nil where there is one.
    public var problem: String? {
        if inputs < 1 || outputs < 1 { return "a network has at least one input and output" }
        if width < 1 || depth < 1 { return "width and depth are at least 1" }
        if architecture == .cnn {
            if channels < 1 || filter < 1 { return "channels and filter are at least 1" }
            let (shortening, overflow) = (filter - 1).multipliedReportingOverflow(by: depth + 1)
            if overflow || width <= shortening {
                return "a cnn of depth \(depth) shortens its \(width) positions by \(shortening) "
                    + "and leaves none: width has to be \(shortening + 1) or more"
            }
        }
        if architecture == .dropout, !(dropoutRate >= 0 && dropoutRate < 1) {
            return "the rate of dropout is in [0, 1), not \(dropoutRate)"
        }
        return nil
    }
}
