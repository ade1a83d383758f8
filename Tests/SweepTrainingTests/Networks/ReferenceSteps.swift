import Foundation
import SweepPhysics
import SweepTraining

/// What Tests/reference/training_steps.py computed with PyTorch.
struct ReferenceSteps: CustomStringConvertible, Sendable {
    let shape: NetworkShape
    let optimizer: Optimizer
    let optimizerName: String
    let learningRate: Double
    let loss: TrainingLoss
    /// Length of the first gradient; losses before steps 0, 1 and 19; a mix of all parameters at
    /// the end.
    let gradientNorm, firstLoss, secondLoss, lastLoss, mixed: Double
    /// At the end, row-major.
    let outputs: [Double]
    /// ‖a(x_1) − a(x_0)‖² at the end, in the first, second and last hidden layer.
    let distances: [Double]

    static let points = 3
    static let steps = 20

    /// a sin(1.7 n + offset).
    static func sines(_ count: Int, scale: Double, offset: Double) -> [Double] {
        (0..<count).map { scale * sin(1.7 * Double($0) + offset) }
    }

    static var inputs: [Double] { sines(points * 2, scale: 1, offset: 2.1) }
    static var targets: [Double] { sines(points * 2, scale: 0.7, offset: 4.3) }

    /// The sizes of weights and fan-in, layer by layer, and of biases.
    private var layers: [(weights: Int, fanIn: Int, biases: Int)] {
        let (width, depth) = (shape.width, shape.depth)
        guard shape.architecture == .cnn else {
            return [(width * 2, 2, width)]
                + Array(repeating: (width * width, width, width), count: depth - 1)
                + [(2 * width, width, 2)]
        }
        let (channels, filter) = (shape.channels, shape.filter)
        let left = width - (filter - 1) * (depth + 1)
        return [(width * 2, 2, width), (channels * filter, filter, channels)]
            + Array(
                repeating: (channels * channels * filter, channels * filter, channels),
                count: depth - 1)
            + [(channels * filter, channels * filter, 1), (2 * left, left, 2)]
    }

    var parameters: [Double] {
        layers.enumerated().flatMap { index, layer in
            let offset = Double(index)
            return Self.sines(
                layer.weights, scale: 1.2 / Double(layer.fanIn).squareRoot(), offset: 0.3 + offset)
                + Self.sines(layer.biases, scale: 0.1, offset: 0.8 + offset)
        }
    }

    func network(_ precision: TrainingPrecision, _ family: KernelFamily) -> TrainableNetwork {
        let network = TrainableNetwork(
            shape, precision: precision, optimizer: optimizer, learningRate: learningRate,
            loss: loss, family: family)
        network.parameters = parameters
        return network
    }

    var description: String {
        "\(shape.architecture.rawValue) \(shape.activation.rawValue) \(optimizerName) \(loss.rawValue)"
    }

    static let all: [ReferenceSteps] = {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let file = folder.appending(path: "reference/training_steps.csv")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { return [] }
        return text.split(separator: "\n").compactMap(Self.init(line:))
    }()

    private init?(line: Substring) {
        let fields = line.split(separator: ",").map(String.init)
        let numbers = fields.dropFirst(4).compactMap(Double.init)
        guard numbers.count == 14, let architecture = Architecture(rawValue: fields[0]),
            let activation = Activation(rawValue: fields[1]),
            let loss = TrainingLoss(rawValue: fields[3])
        else { return nil }
        let isConvolutional = architecture == .cnn
        var shape = NetworkShape(
            architecture: architecture, activation: activation, inputs: 2, outputs: 2,
            width: isConvolutional ? 12 : 5, depth: isConvolutional ? 2 : 4)
        shape.channels = 3
        shape.filter = 3
        self.shape = shape
        self.loss = loss
        optimizerName = fields[2]
        switch optimizerName {
        case "momentum": (optimizer, learningRate) = (.sgd(momentum: 0.9), 0.02)
        case "adam": (optimizer, learningRate) = (.adam(), 0.005)
        default: (optimizer, learningRate) = (.sgd(), 0.05)
        }
        (gradientNorm, firstLoss, secondLoss) = (numbers[0], numbers[1], numbers[2])
        (lastLoss, mixed) = (numbers[3], numbers[4])
        outputs = Array(numbers[5..<11])
        distances = Array(numbers[11..<14])
    }
}
