import SweepPhysics
import Testing

/// How fast the sampled kernels reach those of infinite width.
@Suite("Width limit of the posterior")
struct WidthLimitTests {
    @Test("sampled kernels approach those of infinite width as 1/N")
    func slope() throws {
        let data = try DataSet(
            dimension: 2, inputs: TinyProblems.inputs, targets: TinyProblems.targets)
        let infinite = try NNGP.kernels(
            input: data.inputKernel(gain: 1.3, biasVariance: 0.1), gain: 1.3, biasVariance: 0.1,
            depth: 2, activation: .erf)[1].values
        // The change is looked at in the direction that theory gives it, so that the noise of a
        // chain adds to it and does not square.
        let theory = try TheorySolverTests.solve(.erf, .full, width: 200, depth: 2).kernels[1]
        let direction = zip(theory.values, infinite).map { $0 - $1 }
        let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let changes = try [64, 128, 256, 512].map { width in
            let sample = try TinyProblems.sample(
                TinyProblems.problem(.erf, width: width, depth: 2),
                ChainSettings(effectiveSamples: 40_000, maxIterations: 1_000_000))
            return zip(zip(sample.meanKernels[16..<32], infinite).map { $0 - $1 }, direction)
                .reduce(0) { $0 + $1.0 * $1.1 } / length
        }
        // Least squares in the logarithms; the widths are powers of two apart.
        let logs = changes.map { KernelMath.logarithm($0) / KernelMath.logarithm(2) }
        let slope = zip([-1.5, -0.5, 0.5, 1.5], logs).reduce(0) { $0 + $1.0 * $1.1 } / 5
        #expect(abs(slope + 1) < 0.1, "\(changes)")
    }
}
