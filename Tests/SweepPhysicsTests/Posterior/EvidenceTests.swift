import SweepCore
import SweepPhysics
import Testing

@Suite("Log evidence")
struct EvidenceTests {
    private static func run(
        _ activation: Activation, width: Int, depth: Int, effectiveSamples: Int = 600
    ) throws -> (metrics: [String: Double], ruleError: Double) {
        let data = try DataSet(
            dimension: 2, inputs: TinyProblems.inputs, targets: TinyProblems.targets)
        let settings = PosteriorSettings(
            task: .csv(path: "", points: nil), activation: activation, biasVariance: 0.1,
            gain: 1.3, width: width, depth: depth, kappa: 0.05, effectiveSamples: effectiveSamples,
            evidence: true, keep: [])
        let outcome = PosteriorTrial.run(
            settings, data: data, point: GridPoint([]), seed: 0, randomKey: 0, family: .best)
        guard case .success(let result) = outcome else {
            throw TrialFailure(.crashed, "\(outcome)")
        }
        var metrics: [String: Double] = [:]
        for metric in result.metrics { metrics[metric.name] = metric.value }
        guard
            case .number(let error?) = result.diagnostics.first(where: {
                $0.name == "log_evidence_rule_error"
            })?.value
        else { throw TrialFailure(.crashed, "no error of the rule") }
        return (metrics, error)
    }

    @Test(
        "it is that of networks drawn from the prior", arguments: NetworkReferences.evidences)
    func priorDraws(reference: NetworkReferences.Evidence) throws {
        let activation = try #require(Activation(rawValue: reference.activation))
        let (metrics, ruleError) = try Self.run(
            activation, width: reference.width, depth: reference.depth)
        let value = try #require(metrics["log_evidence"])
        let error = try #require(metrics["log_evidence_se"])
        #expect(ruleError < 0.01)
        #expect(error < 0.03)
        let combined = (error * error + reference.error * reference.error).squareRoot()
        #expect(abs(value - reference.value) < 4 * combined + ruleError, "\(value) ± \(error)")
    }

    @Test("a wide network has the evidence of Gaussian regression")
    func wide() throws {
        let (metrics, _) = try Self.run(.erf, width: 2000, depth: 2, effectiveSamples: 100)
        let value = try #require(metrics["log_evidence"])
        let infinite = try #require(metrics["log_evidence_nngp"])
        #expect(abs(value - infinite) < 0.02)
        // Two points, by hand: the formula of the regression.
        let regression = try #require(
            KernelRegression(
                joint: Kernel(size: 2, values: [2, 0.5, 0.5, 1]), targets: [1, -1], kappa: 0.5))
        // K + κ = [[2.5, 0.5], [0.5, 1.5]], determinant 3.5, yᵀ (K + κ)⁻¹ y = 5/3.5.
        let expected = -0.5 * (5 / 3.5) - 0.5 * 1.252_762_968_495_368 - 1.837_877_066_409_345_3
        #expect(abs(regression.logEvidence - expected) < 1e-12)
        // α = (2, −3)/3.5.
        #expect(abs(regression.trainingMean[0] - (1 - 0.5 * 2 / 3.5)) < 1e-14)
        #expect(abs(regression.trainingMean[1] - (-1 + 0.5 * 3 / 3.5)) < 1e-14)
    }

    @Test("regression predicts copies of its points as those points, with less than prior variance")
    func copies() throws {
        let joint = Kernel(size: 4) { row, column in
            let table = [[2, 0.5], [0.5, 1]]
            return table[row % 2][column % 2]
        }
        let regression = try #require(
            KernelRegression(joint: joint, targets: [1, -1], kappa: 0.5))
        for index in 0..<2 {
            #expect(abs(regression.testMean[index] - regression.trainingMean[index]) < 1e-14)
        }
        // 2 − kᵀ (K + κ)⁻¹ k with k = (2, 0.5): 2 − 5.625 / 3.5.
        #expect(abs(regression.testVariance[0] - (2 - 5.625 / 3.5)) < 1e-12)
    }
}
