import Glibc
import SweepCore
import SweepPhysics
import Testing

@Suite("Prior without data")
struct PriorTrialTests {
    private static func run(
        _ activation: Activation, width: Int, depth: Int, draws: Int, points: Int = 4,
        gain: Double = 1.4, biasVariance: Double = 0.05, seed: Int = 0
    ) throws -> TrialResult {
        let settings = PriorSettings(
            task: .xor(points: points, dimension: 10, noiseVariance: 0.4, signal: .high),
            activation: activation, biasVariance: biasVariance, gain: gain, width: width,
            depth: depth, draws: draws)
        let data = try settings.task.draw(testPoints: 0)
        let outcome = PriorTrial.run(
            settings, data: data,
            point: GridPoint([.init(name: "width", value: .number(Double(width)))]),
            seed: seed, randomKey: 0, family: .best)
        guard case .success(let result) = outcome else {
            throw TrialFailure(.crashed, "\(outcome)")
        }
        return result
    }

    private static func array(_ name: String, _ result: TrialResult) throws -> [Double] {
        try #require(result.arrays.first { $0.name == name }?.values)
    }

    private static func metric(_ name: String, _ result: TrialResult) throws -> Double {
        try #require(result.metrics.first { $0.name == name }?.value)
    }

    @Test("the variance of every layer is that of first order", arguments: Activation.allCases)
    func firstOrder(activation: Activation) throws {
        let result = try Self.run(activation, width: 800, depth: 3, draws: 1500)
        let sampled = try Self.array("kernel_variance_layer", result)
        let errors = try Self.array("kernel_variance_layer_se", result)
        let theory = try Self.array("kernel_variance_layer_linear", result)
        for layer in 0..<3 {
            // The next order is a few over N relative.
            let bound = 4 * errors[layer] + 0.03 * theory[layer]
            #expect(abs(sampled[layer] - theory[layer]) < bound, "layer \(layer + 1)")
            #expect(errors[layer] < 0.08 * theory[layer])
        }
        // It grows with depth, and the means are those of infinite width.
        #expect(try Self.array("kernel_deviation_layer", result).allSatisfy { $0 < 0.02 })
    }

    @Test("the variance falls as one over the width")
    func exponent() throws {
        let widths = [50, 100, 200, 400, 800]
        var logs: [(Double, Double)] = []
        for width in widths {
            let result = try Self.run(.erf, width: width, depth: 3, draws: 3000)
            logs.append(
                (log(Double(width)), log(try Self.metric("kernel_variance_output", result))))
        }
        let centre = logs.reduce(0) { $0 + $1.0 } / 5
        let slope =
            logs.reduce(0) { $0 + ($1.0 - centre) * $1.1 }
            / logs.reduce(0) { $0 + ($1.0 - centre) * ($1.0 - centre) }
        #expect(abs(slope + 1) < 0.1, "\(slope)")
    }

    @Test("a linear layer has Wishart kernels: a closed form at any width")
    func wishart() throws {
        let data = try DataTask.xor(points: 4, dimension: 10, noiseVariance: 0.4, signal: .high)
            .draw(testPoints: 0)
        let kernel = data.inputKernel(gain: 1.4, biasVariance: 0.05)
        let variance = PriorFluctuations.variances(
            kernels: [kernel], gain: 1.4, width: 7, activation: .linear, family: .best)[0]
        for a in 0..<4 {
            for b in 0..<4 {
                let expected =
                    1.4 * 1.4 / 7 * (kernel[a, a] * kernel[b, b] + kernel[a, b] * kernel[a, b])
                #expect(abs(variance[a, b] / expected - 1) < 1e-6)
            }
        }
        let result = try Self.run(.linear, width: 7, depth: 1, draws: 4000)
        let ratio = try Self.metric("kernel_variance_ratio", result)
        #expect(abs(ratio - 1) < 0.1)
    }

    @Test("fewer neurons than points are no obstacle")
    func narrow() throws {
        let result = try Self.run(.relu, width: 2, depth: 3, draws: 50, points: 8)
        #expect(try Self.metric("kernel_variance_output", result) > 0)
    }

    @Test("a single draw has no variance, and says nothing of it")
    func single() throws {
        let result = try Self.run(.erf, width: 20, depth: 2, draws: 1)
        #expect(result.metrics.first { $0.name == "kernel_variance_output" }?.value == nil)
        #expect(!result.arrays.contains { $0.name == "kernel_variance_layer" })
        #expect(result.arrays.contains { $0.name == "kernel_variance_layer_linear" })
    }

    @Test("seeds draw other networks, the same seed the same ones")
    func seeds() throws {
        let first = try Self.run(.erf, width: 20, depth: 2, draws: 20)
        #expect(try Self.run(.erf, width: 20, depth: 2, draws: 20) == first)
        #expect(try Self.run(.erf, width: 20, depth: 2, draws: 20, seed: 1) != first)
    }
}
