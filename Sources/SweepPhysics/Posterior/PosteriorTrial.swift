import SweepCore

/// One trial of the experiment `posterior`: the measured kernels beside those of infinite width.
public enum PosteriorTrial {
    /// Samples the posterior of one network on one data set: a pure function of its arguments.
    ///
    /// - Parameters:
    ///   - data: the data set of this seed.
    ///   - point: the grid point, whose canonical text is part of the chain's random key.
    ///   - family: the C kernels to use; results are equal to the bit within one family.
    /// - Returns: metrics, arrays (layer l = 1 … L first to last) and diagnostics, or the failure
    ///   with its sentence. No number in a result is NaN or infinite.
    public static func run(
        _ settings: PosteriorSettings, data: DataSet, point: GridPoint, seed: Int,
        randomKey: UInt64, family: KernelFamily,
        keeper: (any CheckpointKeeper)? = nil
    ) -> TrialOutcome {
        do throws(TrialFailure) {
            var result = try measure(
                settings, data: data,
                key: RandomKey(
                    randomKey: randomKey, purpose: .chain, seed: seed, point: point.canonicalText),
                family: family, keeper: keeper)
            let beyond = settings.compare.filter { $0 != .nngp }
            if !beyond.isEmpty {
                let theory = try TheoryComparison.compute(
                    TheorySettings(settings, orders: beyond), data: data, seed: seed,
                    randomKey: randomKey, family: family)
                result.metrics += theory.metrics
                result.arrays += theory.arrays(keep: settings.keep)
                result.diagnostics += theory.diagnostics { "_\($0.rawValue)" }
            }
            try requireFinite(result)
            return .success(result)
        } catch {
            return .failure(
                error, diagnostics: [NamedDiagnostic("kernel_family", text: family.name)])
        }
    }

    private static func measure(
        _ settings: PosteriorSettings, data: DataSet, key: RandomKey, family: KernelFamily,
        keeper: (any CheckpointKeeper)?
    ) throws(TrialFailure) -> TrialResult {
        let infinite = try infiniteWidth(settings, data)
        let problem = FunctionSpaceProblem(
            activation: settings.activation, gain: settings.gain,
            biasVariance: settings.biasVariance, kappa: settings.kappa, width: settings.width,
            depth: settings.depth, targets: data.targets,
            inputFactor: data.inputFactor(
                gain: settings.gain, biasVariance: settings.biasVariance))
        var test: PosteriorSampling.TestPoints?
        if data.testPoints > 0 {
            test = .init(
                inputFactor: data.jointInputFactor(
                    gain: settings.gain, biasVariance: settings.biasVariance),
                count: data.testPoints)
        }
        let sample = try PosteriorSampling.run(
            problem, ChainSettings(settings), key: key.kernelKey, family: family, test: test,
            keeper: keeper)
        return result(settings, data, sample, infinite)
    }

    private static func infiniteWidth(
        _ settings: PosteriorSettings, _ data: DataSet
    ) throws(TrialFailure) -> [Kernel] {
        do throws(NNGP.Failure) {
            return try NNGP.kernels(
                input: data.inputKernel(
                    gain: settings.gain, biasVariance: settings.biasVariance),
                gain: settings.gain, biasVariance: settings.biasVariance, depth: settings.depth,
                activation: settings.activation)
        } catch {
            throw TrialFailure(.nonFinite, "\(error); use a smaller gain or scale the inputs")
        }
    }

    private static func result(
        _ settings: PosteriorSettings, _ data: DataSet, _ sample: PosteriorSample,
        _ infinite: [Kernel]
    ) -> TrialResult {
        let depth = settings.depth
        let points = data.points
        let target = Kernel(outerProductOf: data.targets)
        let means = (0..<depth).map { layer in
            Kernel(
                size: points,
                values: Array(
                    sample.meanKernels[layer * points * points..<(layer + 1) * points * points]))
        }
        // Where a kernel of infinite width is constant up to rounding (deep, far below the critical
        // gain) its alignment is 0/0: null as a metric, and no array.
        let infiniteAlignment = infinite.map { $0.alignment(with: target) }
        let meanAlignment = means.map { $0.alignment(with: target) }
        let adaptation = zip(means, infinite).map { $0.adaptation(from: $1) }
        let test = sample.testPrediction.map { ($0.mean, data.testTargets) }
        var result = TrialResult(metrics: [
            NamedMetric("cka_output", sample.alignment[depth - 1]),
            NamedMetric("cka_output_se", sample.alignmentError[depth - 1]),
            NamedMetric("cka_output_nngp", infiniteAlignment[depth - 1]),
            NamedMetric("adaptation_output", adaptation[depth - 1]),
            NamedMetric(
                "adaptation_output_se",
                sample.adaptationError(of: means[depth - 1], from: infinite[depth - 1])),
            NamedMetric("mean_potential", sample.meanPotential),
            NamedMetric("mean_potential_se", sample.meanPotentialError),
            NamedMetric("train_mse", meanSquaredError(sample.trainingPrediction, data.targets)),
            NamedMetric(
                "train_mse_se",
                sample.trainingError(targets: data.targets, kappa: settings.kappa)),
            NamedMetric("train_accuracy", accuracy(sample.trainingPrediction, data.targets)),
            NamedMetric("test_mse", test.map(meanSquaredError)),
            NamedMetric("test_mse_se", sample.testError(targets: data.testTargets)),
            NamedMetric("test_accuracy", test.flatMap(accuracy)),
        ])
        func layers(_ name: String, _ values: [Double?]) -> NamedArray? {
            let present = values.compactMap { $0 }
            return present.count == depth ? NamedArray(name, shape: [depth], present) : nil
        }
        let arrays = [
            layers("cka_layer", sample.alignment),
            layers("cka_layer_se", sample.alignmentError),
            layers("cka_mean_kernel", meanAlignment),
            layers("cka_layer_nngp", infiniteAlignment),
            layers("adaptation_layer", adaptation),
            NamedArray("mean_kernels", shape: [depth, points, points], sample.meanKernels),
        ]
        result.arrays = arrays.compactMap { $0 }.filter { settings.keep.contains($0.name) }
        let chain = sample.diagnostics
        result.diagnostics = [
            NamedDiagnostic("acceptance", chain.acceptance),
            NamedDiagnostic("effective_samples", chain.effectiveSamples),
            NamedDiagnostic("autocorrelation_time", chain.autocorrelationTime),
            NamedDiagnostic("split_r_hat", chain.splitRHat),
            NamedDiagnostic("burn_in", Double(chain.burnIn)),
            NamedDiagnostic("iterations", Double(chain.iterations)),
            NamedDiagnostic("evaluations", Double(chain.evaluations)),
            NamedDiagnostic("divergences", Double(chain.divergences)),
            NamedDiagnostic("step_size", chain.stepSize),
            NamedDiagnostic("condition_number", chain.conditionNumber),
            NamedDiagnostic("kernel_family", text: chain.kernelFamily),
        ]
        return result
    }

    /// Mean over points of (prediction − target)².
    private static func meanSquaredError(_ prediction: [Double], _ targets: [Double]) -> Double {
        zip(prediction, targets).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            / Double(targets.count)
    }

    /// Fraction of points on the right side of 0; nil unless every target is +1 or −1.
    private static func accuracy(_ prediction: [Double], _ targets: [Double]) -> Double? {
        guard targets.allSatisfy({ abs($0) == 1 }) else { return nil }
        let right = zip(prediction, targets).filter { $0 * $1 > 0 }.count
        return Double(right) / Double(targets.count)
    }

    /// - Throws: `non_finite` naming the first quantity that is NaN or infinite.
    static func requireFinite(_ result: TrialResult) throws(TrialFailure) {
        for metric in result.metrics where metric.value?.isFinite == false {
            throw TrialFailure(.nonFinite, "\(metric.name) is not a finite number")
        }
        for array in result.arrays where !array.values.allSatisfy(\.isFinite) {
            throw TrialFailure(.nonFinite, "\(array.name) has an entry that is not finite")
        }
    }
}

extension ChainSettings {
    /// The chain's part of the settings of one grid point.
    init(_ settings: PosteriorSettings) {
        self.init(
            sampler: settings.sampler == .ellipticalSlice ? .ellipticalSlice : .hamiltonian,
            effectiveSamples: Double(settings.effectiveSamples),
            maxIterations: settings.maxIterations, burnIn: settings.burnIn,
            chains: settings.chains, step: settings.step)
    }
}
