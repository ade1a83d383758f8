import CSweepKernels
import SweepPhysics

/// Small posteriors that several tests share.
enum TinyProblems {
    /// Four points in the plane with four different targets; also in
    /// `Tests/reference/posterior_importance.py`.
    static let inputs = [0.9, -0.4, -0.3, 1.1, 0.7, 0.8, -1.2, -0.5]
    static let targets = [1.0, -1.0, 0.5, -0.2]

    static func problem(
        _ activation: Activation, width: Int, depth: Int, gain: Double = 1.3,
        biasVariance: Double = 0.1, kappa: Double = 0.05
    ) throws -> FunctionSpaceProblem {
        let data = try DataSet(dimension: 2, inputs: inputs, targets: targets)
        return FunctionSpaceProblem(
            activation: activation, gain: gain, biasVariance: biasVariance, kappa: kappa,
            width: width, depth: depth, targets: targets,
            inputFactor: data.inputFactor(gain: gain, biasVariance: biasVariance))
    }

    static func key(_ stream: UInt64) -> swk_random_key {
        swk_random_key(key0: 0x1234_5678, key1: 0x9ABC_DEF0, stream: stream)
    }

    static func sample(
        _ problem: FunctionSpaceProblem, _ settings: ChainSettings, stream: UInt64 = 1,
        family: SweepPhysics.KernelFamily = .best
    ) throws -> PosteriorSample {
        try PosteriorSampling.run(problem, settings, key: key(stream), family: family)
    }
}
