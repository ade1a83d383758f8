import SweepPhysics
import Testing

@Suite("Input kernel and its factor")
struct InputKernelTests {
    /// Largest |A Aᵀ - C0| over the largest entry of C0.
    func mismatch(_ factor: [Double], _ kernel: Kernel) -> Double {
        let size = kernel.size
        let scale = kernel.values.map(abs).max() ?? 1
        var worst = 0.0
        for i in 0..<size {
            for j in 0..<size {
                var product = 0.0
                for k in 0..<size { product += factor[i * size + k] * factor[j * size + k] }
                worst = max(worst, abs(product - kernel[i, j]) / scale)
            }
        }
        return worst
    }

    func isLower(_ factor: [Double], _ size: Int) -> Bool {
        (0..<size).allSatisfy { i in
            factor[i * size + i] >= 0 && ((i + 1)..<size).allSatisfy { factor[i * size + $0] == 0 }
        }
    }

    @Test("C0 is (g/D) X Xᵀ + g_b")
    func kernel() throws {
        let data = try DataSet(dimension: 2, inputs: [1, 2, -3, 0.5], targets: [1, -1])
        let kernel = data.inputKernel(gain: 1.5, biasVariance: 0.25)
        #expect(kernel.values == [4, -1.25, -1.25, 7.1875])
    }

    @Test("the factor is lower, with A Aᵀ = C0, for few and for many points")
    func factor() throws {
        for (points, dimension) in [(2, 2), (12, 100), (9, 8), (10, 8), (40, 6)] {
            let data = try XorData.draw(
                points: points, dimension: dimension, noiseVariance: 0.4, signal: .high,
                randomKey: 0, seed: 1)
            for (gain, bias) in [(1.2, 0.05), (0.6, 0), (0, 0.3)] {
                let factor = data.inputFactor(gain: gain, biasVariance: bias)
                let kernel = data.inputKernel(gain: gain, biasVariance: bias)
                #expect(isLower(factor, points))
                // Rounding of P reflections over D + 1 entries, each of relative size 1e-16.
                #expect(mismatch(factor, kernel) < 1e-14, "P = \(points), D = \(dimension)")
            }
        }
    }

    @Test("the condition number is not squared")
    func condition() throws {
        // Two points 1e-10 apart: the second diagonal entry is √(g/D) 1e-10, which the Cholesky
        // decomposition of C0 loses altogether.
        let data = try DataSet(dimension: 2, inputs: [1, 1, 1, 1 + 1e-10], targets: [1, -1])
        let factor = data.inputFactor(gain: 2, biasVariance: 0)
        let distance = (1 + 1e-10) - 1
        #expect(abs(factor[3] - distance / 2.0.squareRoot()) < 1e-15)
    }

    @Test("repeated and zero rows are allowed")
    func repeated() throws {
        let data = try DataSet(
            dimension: 2, inputs: [1, 2, 1, 2, 0, 0, -4, 1e-3], targets: [1, -1, 1, 1])
        let factor = data.inputFactor(gain: 1, biasVariance: 0)
        #expect(isLower(factor, 4))
        #expect(mismatch(factor, data.inputKernel(gain: 1, biasVariance: 0)) < 1e-15)
        #expect(factor.allSatisfy { $0.isFinite })
    }

    @Test("huge and tiny inputs neither overflow nor vanish")
    func range() throws {
        for size in [1e160, 1e-170] {
            let data = try DataSet(
                dimension: 2, inputs: [3 * size, 4 * size, size, 0], targets: [1, -1])
            let factor = data.inputFactor(gain: 2, biasVariance: 0)
            #expect(abs(factor[0] / (5 * size) - 1) < 1e-15)
            #expect(abs(factor[2] / (0.6 * size) - 1) < 1e-15)
            #expect(abs(factor[3] / (0.8 * size) - 1) < 1e-15)
        }
    }

    @Test("the joint factor begins with the factor of the training points")
    func joint() throws {
        let data = try XorData.draw(
            points: 6, dimension: 10, noiseVariance: 0.4, signal: .low, testPoints: 3,
            randomKey: 7, seed: 2)
        let training = data.inputFactor(gain: 1.2, biasVariance: 0.05)
        let joint = data.jointInputFactor(gain: 1.2, biasVariance: 0.05)
        for row in 0..<6 {
            #expect(
                Array(joint[(row * 9)..<(row * 9 + 6)])
                    == Array(training[(row * 6)..<(row * 6 + 6)]))
        }
        #expect(mismatch(joint, data.jointInputKernel(gain: 1.2, biasVariance: 0.05)) < 1e-14)
    }
}
