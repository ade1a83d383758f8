import CSweepKernels
import Testing

/// Dense layers: forward, and the pass that goes back and moves the weights.
@Suite("Dense kernels")
struct DenseKernelTests {
    static let shapes = [
        // points, rows, inputs
        (1, 1, 1), (2, 5, 7), (3, 4, 16), (4, 9, 17), (5, 35, 40), (6, 13, 130), (12, 50, 70),
        (2, 500, 500), (12, 24, 500), (64, 10, 200), (16, 1, 1), (17, 8, 27), (39, 23, 310),
        (64, 300, 40),
    ]

    struct Pass {
        let out, weights, below: SingleKernelBuffer

        init(
            _ family: KernelFamily, _ shape: (Int, Int, Int), noise: Float = 0, decay: Float = 1,
            wantsBelow: Bool = true
        ) {
            let (points, rows, inputs) = shape
            let stride = (inputs + 15) / 16 * 16
            weights = SingleKernelBuffer.normals(rows * stride, seed: 1, scale: 0.1)
            let input = SingleKernelBuffer.normals(points * stride, seed: 2)
            for index in 0..<weights.count where index % stride >= inputs { weights[index] = 0 }
            for index in 0..<input.count where index % stride >= inputs { input[index] = 0 }
            let bias = SingleKernelBuffer.normals(rows, seed: 3)
            let delta = SingleKernelBuffer.normals(points * (rows + 3), seed: 4)
            out = SingleKernelBuffer(points * (rows + 2), filledWith: 9)
            below = SingleKernelBuffer(points * stride, filledWith: 9)
            family.table.dense_forward(
                out.start, rows + 2, weights.start, bias.start, input.start, points, rows, stride)
            var step = swk_dense_step(
                decay: decay, rate: 0.01, noise: noise,
                key: swk_random_key(key0: 5, key1: 6, stream: 7), first_group: 1000)
            family.table.dense_backward(
                weights.start, wantsBelow ? below.start : nil, delta.start, rows + 3, input.start,
                &step, points, rows, stride)
        }
    }

    @Test("the reference is a plain loop", arguments: shapes)
    func referenceIsPlain(shape: (Int, Int, Int)) throws {
        let family = try #require(KernelFamily("reference"))
        let (points, rows, inputs) = shape
        let stride = (inputs + 15) / 16 * 16
        let pass = Pass(family, shape, decay: 0.9)
        let weights = SingleKernelBuffer.normals(rows * stride, seed: 1, scale: 0.1).doubles
        let input = SingleKernelBuffer.normals(points * stride, seed: 2).doubles
        let bias = SingleKernelBuffer.normals(rows, seed: 3).doubles
        let delta = SingleKernelBuffer.normals(points * (rows + 3), seed: 4).doubles
        for row in 0..<rows {
            for point in 0..<points {
                var sum = bias[row]
                for j in 0..<inputs { sum += weights[row * stride + j] * input[point * stride + j] }
                #expect(abs(Double(pass.out[point * (rows + 2) + row]) - sum) < 1e-5)
            }
            for j in 0..<inputs {
                var gradient = 0.0
                for point in 0..<points {
                    gradient += delta[point * (rows + 3) + row] * input[point * stride + j]
                }
                let moved = 0.9 * weights[row * stride + j] - 0.01 * gradient
                #expect(abs(Double(pass.weights[row * stride + j]) - moved) < 2e-6)
            }
        }
        for point in 0..<points {
            #expect(pass.out[point * (rows + 2) + rows] == 9)
            for j in 0..<inputs {
                var sum = 0.0
                for row in 0..<rows {
                    sum += delta[point * (rows + 3) + row] * weights[row * stride + j]
                }
                #expect(abs(Double(pass.below[point * stride + j]) - sum) < 3e-5)
            }
        }
    }

    @Test("families agree with the reference, with noise and without", arguments: shapes)
    func agreesWithReference(shape: (Int, Int, Int)) throws {
        let reference = try #require(KernelFamily("reference"))
        for name in KernelFamily.clever {
            let family = try #require(KernelFamily(name))
            for noise: Float in [0, 0.3] {
                let expected = Pass(reference, shape, noise: noise, decay: 0.99)
                let actual = Pass(family, shape, noise: noise, decay: 0.99)
                for (a, b) in [
                    (expected.out, actual.out), (expected.below, actual.below),
                    (expected.weights, actual.weights),
                ] { #expect(KernelInput.distance(a.doubles, b.doubles) < 2e-6, "\(name)") }
                let top = Pass(family, shape, noise: noise, decay: 0.99, wantsBelow: false)
                #expect(top.weights.bits == actual.weights.bits)
                #expect(top.below.values.allSatisfy { $0 == 9 })
            }
        }
    }

    @Test("the noise of a weight is the normal of its place")
    func noiseIsAddressable() throws {
        for name in KernelFamily.available {
            let family = try #require(KernelFamily(name))
            let shape = (2, 37, 1000)
            let (still, moved) = (Pass(family, shape), Pass(family, shape, noise: 2))
            let noise = SingleKernelBuffer(still.weights.count)
            family.table.noise(
                noise.start, noise.count, swk_random_key(key0: 5, key1: 6, stream: 7), 1000)
            for index in 0..<noise.count {
                let expected = still.weights[index] + 2 * noise[index]
                #expect(abs(moved.weights[index] - expected) < 1e-6 * max(1, abs(expected)))
            }
        }
    }
}
