import Foundation
import SweepPhysics
import Testing

@Suite("Infinite-width kernels")
struct NNGPTests {
    static let input = Kernel(
        size: 3, values: [1.2, 0.4, -0.3, 0.4, 0.9, 0.1, -0.3, 0.1, 1.5])

    @Test("erf follows the arcsine formula layer by layer")
    func erf() throws {
        let layers = try NNGP.kernels(
            input: Self.input, gain: 1.3, biasVariance: 0.05, depth: 4, activation: .erf)
        #expect(layers.count == 4)
        var last = Self.input
        for layer in layers {
            for i in 0..<3 {
                for j in 0..<3 {
                    let sine =
                        2 * last[i, j] / ((1 + 2 * last[i, i]) * (1 + 2 * last[j, j])).squareRoot()
                    let expected = 1.3 * 2 / Double.pi * asin(sine) + 0.05
                    #expect(abs(layer[i, j] - expected) < 1e-14)
                }
            }
            last = layer
        }
    }

    @Test("relu and leaky_relu follow the arc-cosine formula")
    func relu() throws {
        for (activation, slope) in [(Activation.relu, 0.0), (.leakyRelu, 0.01)] {
            let layer = try #require(
                try NNGP.kernels(
                    input: Self.input, gain: 1.7, biasVariance: 0.2, depth: 1,
                    activation: activation
                ).first)
            for i in 0..<3 {
                for j in 0..<3 where i != j {
                    let scale = (Self.input[i, i] * Self.input[j, j]).squareRoot()
                    let angle = acos(Self.input[i, j] / scale)
                    let positive =
                        scale / (2 * .pi) * (sin(angle) + (.pi - angle) * cos(angle))
                    // leaky = (1 + a)/2 x + (1 - a)/2 |x|; <|h1||h2|> = 4 positive part - 2 C12...
                    let absolute = 4 * positive - Self.input[i, j]
                    let expected =
                        (1 + slope) * (1 + slope) / 4 * Self.input[i, j]
                        + (1 - slope) * (1 - slope) / 4 * absolute
                    #expect(abs(layer[i, j] - (1.7 * expected + 0.2)) < 1e-14)
                }
            }
        }
    }

    @Test("a linear network multiplies and adds")
    func linear() throws {
        let layers = try NNGP.kernels(
            input: Self.input, gain: 0.5, biasVariance: 0.25, depth: 2, activation: .linear)
        for (value, entry) in zip(layers[1].values, Self.input.values) {
            #expect(abs(value - (0.25 * entry + 0.375)) < 1e-15)
        }
    }

    @Test("a depth of 0 gives no kernel")
    func depthZero() throws {
        let none = try NNGP.kernels(
            input: Self.input, gain: 1, biasVariance: 0, depth: 0, activation: .erf)
        #expect(none.isEmpty)
    }

    @Test("all activations: diagonals follow the scalar map, equal points stay equal")
    func diagonals() throws {
        let input = Kernel(size: 3, values: [2, 2, 0.5, 2, 2, 0.5, 0.5, 0.5, 1])
        for activation in Activation.allCases {
            let layers = try NNGP.kernels(
                input: input, gain: 1.1, biasVariance: 0.1, depth: 20, activation: activation)
            var variance = 2.0
            for layer in layers {
                variance = 1.1 * activation.gaussianMoments(variance: variance).square + 0.1
                #expect(abs(layer[0, 0] - variance) < 1e-12 * variance)
                #expect(abs(layer[0, 1] - variance) < 1e-11 * variance, "\(activation)")
                #expect(layer[0, 1] == layer[1, 0])
            }
        }
    }

    @Test("a kernel that grows beyond all numbers is an error that names the layer")
    func overflow() {
        #expect(throws: NNGP.Failure.nonFinite(layer: 2)) {
            try NNGP.kernels(
                input: Kernel(size: 1, values: [1]), gain: 1e200, biasVariance: 0, depth: 3,
                activation: .linear)
        }
        #expect(throws: NNGP.Failure.nonFinite(layer: 0)) {
            try NNGP.kernels(
                input: Kernel(size: 1, values: [.nan]), gain: 1, biasVariance: 0, depth: 3,
                activation: .erf)
        }
        #expect(throws: NNGP.Failure.negativeVariance(point: 0)) {
            try NNGP.kernels(
                input: Kernel(size: 1, values: [-1]), gain: 1, biasVariance: 0, depth: 3,
                activation: .erf)
        }
    }
}
