import SweepCore
import SweepPhysics
import Testing

/// What the theory says of held-out points, against what it cannot know of itself.
@Suite("Predictions of the theory")
struct TheoryPredictionTests {
    private static func comparison(
        _ activation: Activation, width: Int, depth: Int, testInputs: [Double],
        testTargets: [Double], draws: Int = 16_384
    ) throws -> TheoryComparison {
        let data = try DataSet(
            dimension: 2, inputs: TinyProblems.inputs, targets: TinyProblems.targets,
            testInputs: testInputs, testTargets: testTargets)
        return try TheoryComparison.compute(
            TheorySettings(
                task: .teacher(kind: .linear, points: 4, dimension: 2, noiseVariance: 0),
                activation: activation, biasVariance: 0.1, gain: 1.3, width: width, depth: depth,
                kappa: 0.05, orders: [.nngp, .linear, .full],
                options: TheoryOptions(draws: draws)),
            data: data, seed: 0, randomKey: 0, family: .best)
    }

    /// Regression with the kernel of the training points alone.
    private static func own(_ entry: TheoryComparison.Entry) throws -> [Double] {
        let kernel = try #require(entry.solution.get().kernels.last)
        return try #require(
            KernelRegression(joint: kernel, targets: TinyProblems.targets, kappa: 0.05)
        ).trainingMean
    }

    @Test("copies of the training points are predicted as those: a linear network to rounding")
    func linearCopies() throws {
        let theory = try Self.comparison(
            .linear, width: 8, depth: 3, testInputs: TinyProblems.inputs,
            testTargets: TinyProblems.targets)
        for order in [TheoryOrder.linear, .full] {
            let entry = try #require(theory[order])
            let prediction = try #require(entry.prediction).get()
            for (copy, own) in zip(prediction.testMean, try Self.own(entry)) {
                #expect(abs(copy - own) < 1e-6, "\(order)")
            }
        }
    }

    @Test(
        "and of one layer within the error of the draws", arguments: [Activation.erf, .relu])
    func copies(activation: Activation) throws {
        let theory = try Self.comparison(
            activation, width: 12, depth: 1, testInputs: TinyProblems.inputs,
            testTargets: TinyProblems.targets, draws: 65_536)
        for order in [TheoryOrder.linear, .full] {
            let entry = try #require(theory[order])
            let prediction = try #require(entry.prediction).get()
            for (copy, own) in zip(prediction.testMean, try Self.own(entry)) {
                #expect(abs(copy - own) < 4e-3, "\(activation) \(order)")
            }
        }
        // At infinite width the prediction is another one: the check can fail.
        let full = try Self.own(#require(theory[.full]))
        let wide = try Self.own(#require(theory[.nngp]))
        #expect(zip(full, wide).contains { abs($0 - $1) > 0.02 })
    }

    @Test("equal points beyond the first layer are said, not predicted")
    func singular() throws {
        let theory = try Self.comparison(
            .erf, width: 30, depth: 2, testInputs: TinyProblems.inputs,
            testTargets: TinyProblems.targets, draws: 2_048)
        let entry = try #require(theory[.full])
        #expect(throws: TrialFailure.self) { try entry.prediction?.get() }
        #expect(
            theory.diagnostics { "_\($0.rawValue)" }.contains {
                $0.name == "prediction_failure_full"
            })
        #expect(theory.metrics.contains { $0.name == "test_mse_full" && $0.value == nil })
    }

    @Test("the predictive mean is off infinite width in the direction of the sampled one")
    func agreesWithSampler() throws {
        let settings = PosteriorSettings(
            task: .teacher(kind: .erf, points: 8, dimension: 6, noiseVariance: 0.05),
            testPoints: 6, activation: .erf, biasVariance: 0.05, gain: 0.8, width: 60, depth: 2,
            kappa: 1e-2, effectiveSamples: 3_000, maxIterations: 100_000,
            keep: PosteriorSettings.predictions, compare: [.nngp, .full])
        let data = try settings.task.draw(testPoints: 6)
        let outcome = PosteriorTrial.run(
            settings, data: data, point: GridPoint([]), seed: 0, randomKey: 0, family: .best)
        guard case .success(let result) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        func array(_ name: String) throws -> [Double] {
            try #require(result.arrays.first { $0.name == name }?.values)
        }
        let wide = try array("test_prediction_nngp")
        let sampled = zip(try array("test_prediction"), wide).map { $0 - $1 }
        let theory = zip(try array("test_prediction_full"), wide).map { $0 - $1 }
        func product(_ x: [Double], _ y: [Double]) -> Double {
            zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
        }
        // Not of the same length: what the kernel's fluctuations do to f* is of the same order.
        let cosine =
            product(sampled, theory)
            / (product(sampled, sampled) * product(theory, theory)).squareRoot()
        #expect(cosine > 0.95)
        #expect(try array("test_variance_full").allSatisfy { $0 > 0 })
    }
}
