import SweepCore
import SweepPhysics
import Testing

@Suite("Posterior trial")
struct PosteriorTrialTests {
    private static func settings(
        width: Int = 32, depth: Int = 2, testPoints: Int = 0, effectiveSamples: Int = 40
    ) -> PosteriorSettings {
        PosteriorSettings(
            task: .xor(points: 8, dimension: 20, noiseVariance: 0.4, signal: .high),
            testPoints: testPoints, activation: .erf, biasVariance: 0.05, gain: 1.2, width: width,
            depth: depth, kappa: 1e-2, effectiveSamples: effectiveSamples,
            keep: PosteriorSettings.arrays)
    }

    private static func run(
        _ settings: PosteriorSettings, seed: Int = 0, randomKey: UInt64 = 0,
        point: GridPoint = GridPoint([.init(name: "gain", value: .number(1.2))])
    ) throws -> TrialResult {
        let data = try settings.dataSet(seed: seed, randomKey: randomKey) { _ in [] }
        let outcome = PosteriorTrial.run(
            settings, data: data, point: point, seed: seed, randomKey: randomKey, family: .best)
        guard case .success(let result) = outcome else {
            throw TrialFailure(.crashed, "\(outcome)")
        }
        return result
    }

    private static func metric(_ name: String, _ result: TrialResult) -> Double? {
        result.metrics.first { $0.name == name }?.value
    }

    @Test("metrics, arrays and diagnostics have the documented names and shapes")
    func names() throws {
        let result = try Self.run(Self.settings())
        #expect(
            result.metrics.map(\.name) == [
                "cka_output", "cka_output_se", "cka_output_nngp", "adaptation_output",
                "adaptation_output_se", "mean_potential", "mean_potential_se", "train_mse",
                "train_mse_se", "train_accuracy", "test_mse", "test_mse_se", "test_accuracy",
                "test_variance_mean", "train_mse_nngp", "train_accuracy_nngp", "test_mse_nngp",
                "test_accuracy_nngp", "adaptation_max", "adaptation_peak_layer", "cka_peak_layer",
                "chi_perp_output", "chi_par_output", "response_first",
            ])
        #expect(Self.metric("test_mse", result) == nil)
        #expect(Self.metric("test_mse_se", result) == nil)
        #expect(
            result.arrays.map(\.name) == [
                "cka_layer", "cka_layer_se", "cka_mean_kernel", "cka_layer_nngp",
                "adaptation_layer", "mean_kernels", "chi_perp_layer", "chi_par_layer",
                "response_layer", "chi_perp_layer_nngp", "chi_par_layer_nngp",
                "response_layer_nngp", "train_prediction", "train_targets", "kernels_nngp",
                "conjugate_kernels_nngp",
            ])
        #expect(
            result.arrays.map(\.shape) == [
                [2], [2], [2], [2], [2], [2, 8, 8], [2], [2], [2], [2], [2], [2], [8], [8],
                [2, 8, 8], [2, 8, 8],
            ])
        let names = Set(result.diagnostics.map(\.name))
        #expect(
            names.isSuperset(of: [
                "acceptance", "effective_samples", "autocorrelation_time", "burn_in", "step_size",
                "kernel_family",
            ]))
    }

    @Test("only the arrays that the spec keeps are in the result")
    func keep() throws {
        var settings = Self.settings()
        settings.keep = ["adaptation_layer"]
        #expect(try Self.run(settings).arrays.map(\.name) == ["adaptation_layer"])
    }

    @Test("seed, random key and point each change the chain; nothing else does")
    func keys() throws {
        let base = try Self.run(Self.settings())
        #expect(try Self.run(Self.settings()) == base)
        #expect(try Self.run(Self.settings(), seed: 1).metrics != base.metrics)
        #expect(try Self.run(Self.settings(), randomKey: 1).metrics != base.metrics)
        let other = GridPoint([.init(name: "gain", value: .number(1.25))])
        #expect(try Self.run(Self.settings(), point: other).metrics != base.metrics)
    }

    @Test("points are a prefix: other gains, widths and depths see the same data")
    func pairedData() throws {
        var wider = Self.settings(width: 64, depth: 3)
        wider.gain = 0.7
        let first = try Self.settings().dataSet(seed: 3, randomKey: 0) { _ in [] }
        let second = try wider.dataSet(seed: 3, randomKey: 0) { _ in [] }
        #expect(first == second)
    }

    @Test("held-out points do not change the chain")
    func testPointsDoNotDisturb() throws {
        let without = try Self.run(Self.settings())
        let with = try Self.run(Self.settings(testPoints: 40))
        #expect(Self.metric("cka_output", with) == Self.metric("cka_output", without))
        #expect(Self.metric("test_mse", with) != nil)
        #expect(Self.metric("test_accuracy", with) != nil)
    }

    @Test("a linear rule is learnt by every activation", arguments: Activation.allCases)
    func linearRuleIsLearnt(activation: Activation) throws {
        let (rows, columns) = (56, 6)
        let inputs = RandomStream(RandomKey(randomKey: 0, purpose: .data, seed: 0, point: "rule"))
            .normals(count: rows * columns)
        let targets: [Double] = (0..<rows).map { row in
            let (first, second) = (inputs[columns * row], inputs[columns * row + 1])
            return 0.8 * first - 0.5 * second
        }
        let data = try DataSet(
            dimension: columns, inputs: Array(inputs.prefix(16 * columns)),
            targets: Array(targets.prefix(16)), testInputs: Array(inputs.suffix(40 * columns)),
            testTargets: Array(targets.suffix(40)))
        var settings = Self.settings(width: 48, testPoints: 40)
        settings.activation = activation
        settings.kappa = 0.05
        let outcome = PosteriorTrial.run(
            settings, data: data, point: GridPoint([]), seed: 0, randomKey: 0, family: .best)
        guard case .success(let result) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        // Predicting 0 would have the mean square of the targets, near 0.9.
        let nothing = targets.suffix(40).reduce(0) { $0 + $1 * $1 } / 40
        #expect(try #require(Self.metric("test_mse", result)) < 0.6 * nothing)
        #expect(try #require(Self.metric("train_mse", result)) < 0.05)
    }

    @Test("held-out copies of the training points are predicted as the training points are")
    func testPointsThatAreTrainingPoints() throws {
        let data = try Self.settings().dataSet(seed: 0, randomKey: 0) { _ in [] }
        let doubled = try DataSet(
            dimension: data.dimension, inputs: data.inputs, targets: data.targets,
            testInputs: data.inputs, testTargets: data.targets)
        let point = GridPoint([])
        let outcome = PosteriorTrial.run(
            Self.settings(), data: doubled, point: point, seed: 0, randomKey: 0, family: .best)
        guard case .success(let result) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        let train = try #require(Self.metric("train_mse", result))
        let test = try #require(Self.metric("test_mse", result))
        #expect(abs(train - test) < 1e-6 * max(train, 1e-6))
    }

    @Test("the linear network's predictions tend to those of Gaussian regression")
    func linearRegression() throws {
        // A wide linear network has the kernel g² X Xᵀ/D·g + …, and regression with it is closed.
        var settings = Self.settings(width: 2000, depth: 1, effectiveSamples: 400)
        settings.activation = .linear
        let data = try settings.dataSet(seed: 0, randomKey: 0) { _ in [] }
        let result = try Self.run(settings)
        let kernel = try NNGP.kernels(
            input: data.inputKernel(gain: 1.2, biasVariance: 0.05), gain: 1.2,
            biasVariance: 0.05, depth: 1, activation: .linear)[0]
        // Residual of regression: κ (K + κ)⁻¹ y, by conjugate gradients on 8 points.
        var dual = [Double](repeating: 0, count: 8)
        var residual = data.targets
        var direction = residual
        for _ in 0..<40 {
            let image = (0..<8).map { row in
                (0..<8).reduce(settings.kappa * direction[row]) {
                    $0 + kernel[row, $1] * direction[$1]
                }
            }
            let square = residual.reduce(0) { $0 + $1 * $1 }
            if square < 1e-26 { break }
            let step = square / zip(direction, image).reduce(0) { $0 + $1.0 * $1.1 }
            for row in 0..<8 {
                dual[row] += step * direction[row]
                residual[row] -= step * image[row]
            }
            let ratio = residual.reduce(0) { $0 + $1 * $1 } / square
            for row in 0..<8 { direction[row] = residual[row] + ratio * direction[row] }
        }
        let expected =
            dual.reduce(0) { $0 + $1 * $1 } / 8 * settings.kappa * settings.kappa
        let measured = try #require(Self.metric("train_mse", result))
        // Of order 1/N = 0.05 % from finite width, a few per cent from 40 samples.
        #expect(abs(measured / expected - 1) < 0.1)
    }
}
