import SweepPhysics
import SweepTraining
import Testing

@Suite("Dropout")
struct DropoutTests {
    static let key = RandomKey(randomKey: 0, purpose: .dropout, seed: 0)
    static let weights = RandomKey(randomKey: 0, purpose: .weights, seed: 0)

    static func network(rate: Double, key: RandomKey? = key) -> TrainableNetwork {
        var shape = NetworkShape(
            architecture: .dropout, activation: .linear, inputs: 50, outputs: 1, width: 60,
            depth: 2)
        shape.dropoutRate = rate
        let network = TrainableNetwork(
            shape, precision: .float64, learningRate: 1e-300, dropoutKey: key)
        network.initialise(gain: 1, key: weights)
        return network
    }

    @Test("a rate of 0 changes nothing")
    func none() {
        let inputs = (0..<50).map { Double($0) / 50 }
        let with = Self.network(rate: 0)
        let without = Self.network(rate: 0, key: nil)
        for _ in 0..<3 {
            #expect(
                with.step(inputs: inputs, targets: [1])
                    == without.step(inputs: inputs, targets: [1]))
        }
    }

    @Test("the mean output over many steps is that without dropout")
    func unbiased() {
        // With a target of 0 and a linear network, the loss is ½ ŷ²; a far target makes it linear.
        let network = Self.network(rate: 0.1)
        let inputs = (0..<50).map { 0.2 + Double($0 % 7) / 50 }
        let clean = network.activity(inputs: inputs)[0]
        let far = 1e6
        var outputs: [Double] = []
        for _ in 0..<4_000 {
            let loss = network.step(inputs: inputs, targets: [far])
            outputs.append(far - (2 * loss).squareRoot())
        }
        let mean = outputs.reduce(0, +) / Double(outputs.count)
        let variance =
            outputs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(outputs.count - 1)
        #expect(variance > 0)
        #expect(abs(mean - clean) < 4 * (variance / Double(outputs.count)).squareRoot())
    }

    @Test("steps drop different units, and the same ones again in another run")
    func repeats() {
        let inputs = Array(repeating: 1.0, count: 50)
        let first = Self.network(rate: 0.3)
        let second = Self.network(rate: 0.3)
        let losses = (0..<5).map { _ in first.step(inputs: inputs, targets: [1]) }
        #expect(losses == (0..<5).map { _ in second.step(inputs: inputs, targets: [1]) })
        #expect(Set(losses).count == 5)
    }
}
