import SweepPhysics
import SweepTraining
import Testing

@Suite("Gradients of networks")
struct GradientTests {
    struct Case: CustomStringConvertible, Sendable {
        let architecture: Architecture
        let activation: Activation
        var description: String { "\(architecture.rawValue) \(activation.rawValue)" }
    }

    static let cases = Architecture.allCases.flatMap { architecture in
        [Activation.erf, .relu, .leakyRelu, .tanh, .elu, .silu, .gelu, .linear].map {
            Case(architecture: architecture, activation: $0)
        }
    }

    static let key = RandomKey(randomKey: 0, purpose: .weights, seed: 1)

    static func shape(_ architecture: Architecture, _ activation: Activation) -> NetworkShape {
        var shape = NetworkShape(
            architecture: architecture, activation: activation, inputs: 3, outputs: 2,
            width: architecture == .cnn ? 17 : 7, depth: architecture == .cnn ? 3 : 5)
        shape.channels = 4
        shape.filter = 4
        return shape
    }

    @Test("backward passes agree with differences of the loss", arguments: cases)
    func differences(of item: Case) {
        let network = TrainableNetwork(
            Self.shape(item.architecture, item.activation), precision: .float64,
            family: KernelFamily.named("reference") ?? .best)
        network.initialise(gain: 1.3, key: Self.key)
        var draws = Draws(5)
        // Biases away from 0, so that no unit sits at a kink.
        let parameters = network.parameters.map { $0 == 0 ? draws.uniform(-0.2, 0.2) : $0 }
        let inputs = (0..<12).map { _ in draws.uniform(-1, 1) }
        let targets = (0..<8).map { _ in draws.uniform(-1, 1) }
        network.parameters = parameters
        let gradient = network.gradient(inputs: inputs, targets: targets)
        #expect(gradient.count == parameters.count)
        func loss(_ parameters: [Double]) -> Double {
            network.parameters = parameters
            let outputs = network.activity(inputs: inputs)
            return zip(outputs, targets).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / 16
        }
        let step = 1e-7
        // Every seventh parameter reaches all layers, weights and biases.
        for place in stride(from: 0, to: parameters.count, by: 7) {
            var moved = parameters
            moved[place] += step
            let above = loss(moved)
            moved[place] -= 2 * step
            let below = loss(moved)
            let difference = (above - below) / (2 * step)
            #expect(
                abs(difference - gradient[place]) < 1e-7 + 1e-5 * abs(gradient[place]),
                "parameter \(place): \(gradient[place]), by differences \(difference)")
        }
    }

    @Test("both precisions start from the same network, whatever the family")
    func sameStart() {
        let shape = Self.shape(.mlp, .tanh)
        let double = TrainableNetwork(shape, precision: .float64)
        double.initialise(gain: 0.8, key: Self.key)
        for family in KernelFamily.available {
            let single = TrainableNetwork(shape, precision: .float32, family: family)
            single.initialise(gain: 0.8, key: Self.key)
            #expect(single.parameters == double.parameters.map { Double(Float($0)) })
        }
    }

    @Test("weights have Xavier's variance and biases are 0")
    func xavier() {
        let shape = NetworkShape(inputs: 100, outputs: 50, width: 150, depth: 2)
        let network = TrainableNetwork(shape, precision: .float64)
        network.initialise(gain: 1.5, key: Self.key)
        let parameters = network.parameters
        var place = 0
        for (rows, columns) in [(150, 100), (150, 150), (50, 150)] {
            let count = rows * columns
            let weights = parameters[place..<place + count]
            let variance = weights.reduce(0) { $0 + $1 * $1 } / Double(count)
            let expected = 1.5 * 1.5 * 2 / Double(rows + columns)
            let standardError = expected * (2 / Double(count)).squareRoot()
            #expect(abs(variance - expected) < 4 * standardError)
            place += count
            #expect(parameters[place..<place + rows].allSatisfy { $0 == 0 })
            place += rows
        }
        #expect(place == parameters.count)
    }

    @Test("a skip comes from two layers back, after the nonlinearity")
    func skip() {
        let shape = NetworkShape(
            architecture: .resnet, activation: .tanh, inputs: 2, outputs: 1, width: 6, depth: 4)
        let plain = NetworkShape(
            architecture: .mlp, activation: .tanh, inputs: 2, outputs: 1, width: 6, depth: 4)
        let resnet = TrainableNetwork(shape, precision: .float64)
        resnet.initialise(gain: 1, key: Self.key)
        let mlp = TrainableNetwork(plain, precision: .float64)
        mlp.parameters = resnet.parameters
        let inputs = [0.3, -0.8]
        for layer in 0..<2 {
            #expect(
                resnet.activity(layer, inputs: inputs) == mlp.activity(layer, inputs: inputs))
        }
        let sum = zip(
            mlp.activity(2, inputs: inputs), mlp.activity(0, inputs: inputs)
        ).map { $0 + $1 }
        for (value, expected) in zip(resnet.activity(2, inputs: inputs), sum) {
            #expect(abs(value - expected) < 1e-14)
        }
    }

    @Test("layers of a dropout network count its dropouts, and of a cnn its first layer")
    func observables() {
        let data = [0.4, -0.2, 0.9]
        let dropout = TrainableNetwork(Self.shape(.dropout, .tanh), precision: .float64)
        dropout.initialise(gain: 1, key: Self.key)
        #expect(Self.shape(.dropout, .tanh).observableCount == 11)
        #expect(dropout.activity(0, inputs: data) == data)
        let mlp = TrainableNetwork(Self.shape(.mlp, .tanh), precision: .float64)
        mlp.parameters = dropout.parameters
        // Entry 5 is the third hidden layer, and entry 6 what the dropout after it passes on.
        #expect(dropout.activity(5, inputs: data) == mlp.activity(2, inputs: data))
        #expect(dropout.activity(6, inputs: data) == mlp.activity(2, inputs: data))
        var shape = NetworkShape(
            architecture: .cnn, activation: .leakyRelu, inputs: 1, outputs: 1, width: 500,
            depth: 10)
        #expect(shape.observableCount == 12)
        let cnn = TrainableNetwork(shape)
        #expect(cnn.activity(0, inputs: [1]).count == 500)
        #expect(cnn.activity(5, inputs: [1]).count == 9_000)
        shape.width = 110
        #expect(shape.problem?.contains("111") == true)
    }
}
