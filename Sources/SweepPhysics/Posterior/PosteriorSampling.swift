import SweepCore
import CSweepKernels

/// What the chains of one trial measured.
public struct PosteriorSample: Sendable {
    /// Chain mean of CKA(C_l, y yᵀ) with its standard error, l = 1 … L first to last.
    public var alignment: [Double]
    public var alignmentError: [Double]
    /// Chain mean of C_l, (L, P, P).
    public var meanKernels: [Double]
    /// Chain mean of U, with its standard error.
    public var meanPotential: Double
    public var meanPotentialError: Double
    /// Variance of U over the chains.
    public var potentialVariance: Double
    /// Posterior predictive mean at the training points, (P).
    public var trainingPrediction: [Double]
    /// Posterior predictive mean and variance at the test points; nil without test points.
    public var testPrediction: (mean: [Double], variance: [Double])?
    public var diagnostics: Diagnostics
    /// Of each chain: batches of C_L and (C_L + κ)⁻¹ y, and of the predictions at test points.
    var stateBatches: [BatchSums]
    var predictionBatches: [BatchSums]

    /// How the chains went.
    public struct Diagnostics: Sendable {
        public var acceptance: Double
        /// The smallest over U and the CKA of every layer, all chains together.
        public var effectiveSamples: Double
        /// The largest over U and the CKA of every layer, in iterations.
        public var autocorrelationTime: Double
        /// The largest over U and the CKA of every layer, over the halves of the chains.
        public var splitRHat: Double
        /// Iterations discarded, all chains together.
        public var burnIn: Int
        /// Iterations kept, all chains together.
        public var iterations: Int
        /// Evaluations of U, with its gradient where the sampler wants one.
        public var evaluations: Int
        /// Kept iterations whose trajectory was lost.
        public var divergences: Int
        /// δ after adaptation, of the first chain; nil for a sampler without step.
        public var stepSize: Double?
        /// Largest ratio of a diagonal entry to a pivot met in any Cholesky factor: a lower bound
        /// of the worst condition number.
        public var conditionNumber: Double
        public var kernelFamily: String
        /// Largest eigenvalue of the tangent kernel, mean over the recent past of the first chain;
        /// nil for a sampler that does not go by it.
        public var tangentEigenvalue: Double?
        /// Langevin steps of one iteration.
        public var stepsPerIteration: Int?
        /// Estimated bias of the chain means by the step, to first order; nil without one.
        public var stepBias: StepBias?
    }

    /// What the means would be too large by, to first order in the step.
    public struct StepBias: Hashable, Sendable {
        /// Of CKA(C_l, y yᵀ), l = 1 … L first to last.
        public var alignment: [Double]
        public var potential: Double
        /// Standard error of the last entry of ``alignment``, and of ``potential``.
        public var alignmentError: Double
        public var potentialError: Double
    }
}

/// Runs the chains of one trial until they may be believed.
public enum PosteriorSampling {
    /// Held-out points of a trial.
    public struct TestPoints: Sendable {
        /// Joint factor A of training, then test points, A Aᵀ = C_0, (P+T, P+T) lower triangular.
        public var inputFactor: [Double]
        public var count: Int

        public init(inputFactor: [Double], count: Int) {
            self.inputFactor = inputFactor
            self.count = count
        }
    }

    /// Samples the posterior of `problem`: a pure function of its arguments.
    ///
    /// Every chain starts from the prior, adapts its step and discards iterations until U shows no
    /// trend. Then iterations are kept until the smallest effective sample size over U and the CKA
    /// of every layer reaches the target and the halves of the chains agree (split R̂ ≤ 1.05). Where
    /// they do not, everything so far is burn-in and sampling starts over.
    ///
    /// - Parameters:
    ///   - features: the inputs, training points first; a sampler of weights wants them.
    ///   - keeper: Keeps checkpoints of the chains, and has one of an earlier attempt; the sample has
    ///     the same bits whether and where it was interrupted.
    /// - Throws: ``TrialFailure`` of kind `not_converged` when `maxIterations` did not suffice,
    ///   `diverged` when trajectories are lost, `non_finite` for constant targets, a kernel
    ///   without Cholesky factor or a potential that is not finite.
    public static func run(
        _ problem: FunctionSpaceProblem, _ settings: ChainSettings, key: swk_random_key,
        family: KernelFamily, test: TestPoints? = nil, features: InputFeatures? = nil,
        keeper: (any CheckpointKeeper)? = nil
    ) throws(TrialFailure) -> PosteriorSample {
        let run: PosteriorRun
        let setting = try setting(
            problem, settings, key: key, family: family, test: test, features: features)
        do throws(SingularKernel) {
            run = try PosteriorRun(setting, keeper: keeper)
        } catch {
            throw Self.failure(error, problem)
        }
        guard run.chains.allSatisfy({ $0.startPotential.isFinite }) else {
            throw TrialFailure(
                .nonFinite,
                "the potential U of a draw from the prior is not finite; check gain, kappa and the "
                    + "size of the inputs")
        }
        return sample(run.chains, try run.toTheEnd(keeper), problem, family)
    }

    /// What tells checkpoints of these chains from others.
    static func identity(
        _ problem: FunctionSpaceProblem, _ settings: ChainSettings, key: swk_random_key,
        family: KernelFamily, test: TestPoints?
    ) -> Fingerprint {
        var fingerprint = Fingerprint()
        fingerprint.add("posterior with evidence")
        let setting = try? setting(
            problem, settings, key: key, family: family, test: test, features: nil)
        // Without a setting no chain begins.
        guard let own = setting?.fingerprint else { return fingerprint }
        fingerprint.add(own.high)
        fingerprint.add(own.low)
        return fingerprint
    }

    private static func setting(
        _ problem: FunctionSpaceProblem, _ settings: ChainSettings, key: swk_random_key,
        family: KernelFamily, test: TestPoints?, features: InputFeatures?
    ) throws(TrialFailure) -> PosteriorRun.Setting {
        guard let target = CentredTarget(problem.givenTargets) else {
            throw TrialFailure(
                .nonFinite, "the targets are constant, so CKA is 0/0; use targets that differ")
        }
        guard problem.inputFactor.contains(where: { $0 != 0 }) else {
            throw TrialFailure(
                .nonFinite,
                "the input kernel is 0: all inputs are 0 and there are no biases; look at the data, "
                    + "or set network.bias_variance")
        }
        return PosteriorRun.Setting(
            problem: problem, settings: settings, key: key, family: family, test: test,
            features: features ?? InputFeatures(inputs: [], dimension: 1), target: target)
    }

    private static func sample(
        _ chains: [PosteriorChain], _ convergence: Convergence, _ problem: FunctionSpaceProblem,
        _ family: KernelFamily
    ) -> PosteriorSample {
        let records = chains.map(\.record)
        let total = Double(records.reduce(0) { $0 + $1.count })
        func mean(_ sums: (ChainRecord) -> [Double]) -> [Double] {
            var result = sums(records[0])
            for record in records.dropFirst() {
                for (index, value) in sums(record).enumerated() { result[index] += value }
            }
            return result.map { $0 / total }
        }
        let dual = mean(\.dualSum)
        let predictions = chains.compactMap(\.predictionRecord)
        return PosteriorSample(
            alignment: convergence.alignmentMeans,
            alignmentError: convergence.alignmentErrors,
            meanKernels: mean(\.kernelSum),
            meanPotential: convergence.potentialMean,
            meanPotentialError: convergence.potentialError,
            potentialVariance: variance(records.flatMap(\.potential)),
            // f at the training points is K (K + κ)⁻¹ y = y − κ (K + κ)⁻¹ y.
            trainingPrediction: zip(problem.givenTargets, dual).map { $0 - problem.kappa * $1 },
            testPrediction: PredictionRecord.pooled(predictions),
            diagnostics: .init(
                acceptance: convergence.acceptance,
                effectiveSamples: convergence.effectiveSamples,
                autocorrelationTime: convergence.autocorrelationTime,
                splitRHat: convergence.splitRHat,
                burnIn: chains.reduce(0) { $0 + $1.burnIn },
                iterations: Int(total),
                evaluations: chains.reduce(0) { $0 + $1.evaluations },
                divergences: records.reduce(0) { $0 + $1.divergenceCount },
                stepSize: chains[0].stepSize,
                conditionNumber: chains.map(\.largestCondition).reduce(1, max),
                kernelFamily: family.name,
                tangentEigenvalue: chains[0].tangentEigenvalue,
                stepsPerIteration: chains[0].stepsPerIteration,
                stepBias: PosteriorSample.StepBias(records)),
            stateBatches: records.map(\.batches),
            predictionBatches: predictions.map(\.batches))
    }

    private static func variance(_ values: [Double]) -> Double {
        let mean = values.reduce(0, +) / Double(values.count)
        return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            / Double(max(values.count - 1, 1))
    }

    static func constantKernel(_ layer: Int) -> TrialFailure {
        TrialFailure(
            .nonFinite,
            "the kernel of layer \(layer) is the same for all pairs of points up to rounding, so its "
                + "CKA is 0/0; use a larger gain, a smaller bias variance or inputs that differ more"
        )
    }

    static func notConverged(
        _ chains: [PosteriorChain], _ convergence: Convergence, _ settings: ChainSettings
    ) -> TrialFailure {
        let kept = chains.reduce(0) { $0 + $1.record.count }
        let lost = chains.reduce(0) { $0 + $1.record.divergenceCount }
        if kept > 0, 2 * lost > kept {
            return TrialFailure(
                .diverged,
                "\(lost) of \(kept) trajectories were lost (energy not finite or a kernel without "
                    + "Cholesky factor); use a smaller inference.step or a larger kappa")
        }
        let iterations = chains.reduce(0) { $0 + $1.iteration }
        let reached = Int(convergence.effectiveSamples)
        // Of fewer than four kept values the halves have no variance to compare.
        let rHat =
            convergence.splitRHat.isFinite
            ? ", split R-hat \((convergence.splitRHat * 1000).rounded() / 1000) (must be at most "
                + "\(ChainSettings.largestSplitRHat))"
            : ", too few to compare the halves of a chain"
        return TrialFailure(
            .notConverged,
            "\(reached) of \(Int(settings.effectiveSamples)) effective samples after "
                + "\(iterations) \(iterations == 1 ? "iteration" : "iterations")\(rHat); raise inference.max_iterations"
        )
    }

    static func failure(_ error: SingularKernel, _ problem: FunctionSpaceProblem) -> TrialFailure {
        let condition =
            error.conditionNumber.isFinite
            ? "condition number at least \(Int(min(error.conditionNumber, 1e18)))"
            : "condition number beyond double precision"
        let cause =
            problem.width < problem.points
            ? "a width of \(problem.width) is less than the \(problem.points) points: use at least "
                + "as many neurons as points"
            : "look for equal rows in the data, or a gain too small beside the bias variance"
        return TrialFailure(
            .nonFinite,
            "the kernel of layer \(error.layer) has no Cholesky factor (\(condition)); \(cause)")
    }
}
