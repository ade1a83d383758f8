import SweepCore

/// What a trial knows at infinite width.
struct InfiniteWidth {
    /// C_0 … C_{L−1} and C_1 … C_L of the training points.
    let inputs: [Kernel]
    let kernels: [Kernel]
    /// Gaussian regression with C_L.
    let regression: KernelRegression?

    init(_ settings: PosteriorSettings, _ data: DataSet) throws(TrialFailure) {
        let input = data.jointInputKernel(
            gain: settings.gain, biasVariance: settings.biasVariance)
        let joint: [Kernel]
        do throws(NNGP.Failure) {
            joint = try NNGP.kernels(
                input: input, gain: settings.gain, biasVariance: settings.biasVariance,
                depth: settings.depth, activation: settings.activation)
        } catch {
            throw TrialFailure(.nonFinite, "\(error); use a smaller gain or scale the inputs")
        }
        func training(_ kernel: Kernel) -> Kernel {
            Kernel(
                size: data.points,
                values: kernel.block(rows: 0..<data.points, columns: 0..<data.points))
        }
        kernels = joint.map(training)
        inputs = [training(input)] + kernels.dropLast()
        regression = joint.last.flatMap {
            KernelRegression(joint: $0, targets: data.targets, kappa: settings.kappa)
        }
    }
}

/// Puts what the chains measured beside infinite width, under the names of the result.
struct PosteriorResult {
    private let settings: PosteriorSettings
    private let data: DataSet
    private let sample: PosteriorSample
    private let infinite: InfiniteWidth
    private let evidence: Evidence?
    /// Chain means of C_1 … C_L.
    private let means: [Kernel]

    init(
        _ settings: PosteriorSettings, _ data: DataSet, _ sample: PosteriorSample,
        _ infinite: InfiniteWidth, _ evidence: Evidence? = nil
    ) {
        self.settings = settings
        self.data = data
        self.sample = sample
        self.infinite = infinite
        self.evidence = evidence
        let square = data.points * data.points
        means = (0..<settings.depth).map { layer in
            Kernel(
                size: data.points,
                values: Array(sample.meanKernels[layer * square..<(layer + 1) * square]))
        }
    }

    var trialResult: TrialResult {
        let last = settings.depth - 1
        let target = Kernel(outerProductOf: data.targets)
        // Where a kernel of infinite width is constant up to rounding (deep, far below the critical
        // gain) its alignment is 0/0: null as a metric, and no array.
        let infiniteAlignment = infinite.kernels.map { $0.alignment(with: target) }
        let adaptation = zip(means, infinite.kernels).map { $0.adaptation(from: $1) }
        let sampled = LayerResponses(
            kernels: [infinite.inputs[0]] + means.dropLast(), gain: settings.gain,
            activation: settings.activation)
        let wide = LayerResponses(
            kernels: infinite.inputs, gain: settings.gain, activation: settings.activation)
        var result = TrialResult(metrics: [
            NamedMetric("cka_output", sample.alignment[last]),
            NamedMetric("cka_output_se", sample.alignmentError[last]),
            NamedMetric("cka_output_nngp", infiniteAlignment[last]),
            NamedMetric("adaptation_output", adaptation[last]),
            NamedMetric(
                "adaptation_output_se",
                sample.adaptationError(of: means[last], from: infinite.kernels[last])),
            NamedMetric("mean_potential", sample.meanPotential),
            NamedMetric("mean_potential_se", sample.meanPotentialError),
        ])
        result.metrics += errors
        result.metrics += peaks(adaptation)
        result.metrics += [
            NamedMetric("chi_perp_output", sampled.perpendicular[last]),
            NamedMetric("chi_par_output", sampled.parallel[last]),
            NamedMetric("response_first", sampled.toOutput[0]),
        ]
        if let evidence {
            result.metrics += [
                NamedMetric("log_evidence", evidence.value),
                NamedMetric("log_evidence_se", evidence.standardError),
                NamedMetric("log_evidence_nngp", infinite.regression?.logEvidence),
            ]
        }
        let arrays = [
            layers("cka_layer", sample.alignment),
            layers("cka_layer_se", sample.alignmentError),
            layers("cka_mean_kernel", means.map { $0.alignment(with: target) }),
            layers("cka_layer_nngp", infiniteAlignment),
            layers("adaptation_layer", adaptation),
            NamedArray(
                "mean_kernels", shape: [settings.depth, data.points, data.points],
                sample.meanKernels),
            layers("chi_perp_layer", sampled.perpendicular),
            layers("chi_par_layer", sampled.parallel),
            layers("response_layer", sampled.toOutput),
            layers("chi_perp_layer_nngp", wide.perpendicular),
            layers("chi_par_layer_nngp", wide.parallel),
            layers("response_layer_nngp", wide.toOutput),
        ]
        result.arrays = (arrays.compactMap { $0 } + predictions).filter {
            settings.keep.contains($0.name)
        }
        result.diagnostics = diagnostics
        return result
    }

    /// An array of layers; nil where one of them has no value.
    private func layers(_ name: String, _ values: [Double?]) -> NamedArray? {
        let present = values.compactMap { $0 }
        return present.count == settings.depth
            ? NamedArray(name, shape: [settings.depth], present) : nil
    }

    // MARK: Errors and predictions

    private var errors: [NamedMetric] {
        let (train, test) = (data.targets, data.testTargets)
        let predicted = sample.trainingPrediction
        let held = sample.testPrediction
        let wide = infinite.regression
        let wideTest = test.isEmpty ? nil : wide?.testMean
        let spread = held.map { $0.variance.reduce(0, +) / Double($0.variance.count) }
        return [
            NamedMetric("train_mse", Self.meanSquaredError(predicted, train)),
            NamedMetric(
                "train_mse_se", sample.trainingError(targets: train, kappa: settings.kappa)),
            NamedMetric("train_accuracy", Self.accuracy(predicted, train)),
            NamedMetric("test_mse", held.map { Self.meanSquaredError($0.mean, test) }),
            NamedMetric("test_mse_se", sample.testError(targets: test)),
            NamedMetric("test_accuracy", held.flatMap { Self.accuracy($0.mean, test) }),
            NamedMetric("test_variance_mean", spread),
            NamedMetric(
                "train_mse_nngp", wide.map { Self.meanSquaredError($0.trainingMean, train) }),
            NamedMetric(
                "train_accuracy_nngp", wide.flatMap { Self.accuracy($0.trainingMean, train) }),
            NamedMetric("test_mse_nngp", wideTest.map { Self.meanSquaredError($0, test) }),
            NamedMetric("test_accuracy_nngp", wideTest.flatMap { Self.accuracy($0, test) }),
        ]
    }

    private var predictions: [NamedArray] {
        func row(_ name: String, _ values: [Double]) -> NamedArray? {
            values.isEmpty ? nil : NamedArray(name, shape: [values.count], values)
        }
        return [
            row("train_prediction", sample.trainingPrediction),
            row("train_targets", data.targets),
            row("test_prediction", sample.testPrediction?.mean ?? []),
            row("test_variance", sample.testPrediction?.variance ?? []),
            row("test_targets", data.testTargets),
            row("test_prediction_nngp", infinite.regression?.testMean ?? []),
            row("test_variance_nngp", infinite.regression?.testVariance ?? []),
        ].compactMap { $0 }
    }

    /// Where in depth the kernels differ most from infinite width, and where they are most aligned.
    private func peaks(_ adaptation: [Double?]) -> [NamedMetric] {
        let known = adaptation.compactMap { $0 }
        let peak = known.count == settings.depth ? known.max() : nil
        func layer(_ values: [Double], _ value: Double?) -> Double? {
            value.flatMap { values.firstIndex(of: $0) }.map { Double($0 + 1) }
        }
        return [
            NamedMetric("adaptation_max", peak),
            NamedMetric("adaptation_peak_layer", layer(known, peak)),
            NamedMetric("cka_peak_layer", layer(sample.alignment, sample.alignment.max())),
        ]
    }

    /// Mean over points of (prediction − target)².
    static func meanSquaredError(_ prediction: [Double], _ targets: [Double]) -> Double {
        zip(prediction, targets).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            / Double(targets.count)
    }

    /// Fraction of points on the right side of 0; nil unless every target is +1 or −1.
    static func accuracy(_ prediction: [Double], _ targets: [Double]) -> Double? {
        guard targets.allSatisfy({ abs($0) == 1 }) else { return nil }
        let right = zip(prediction, targets).filter { $0 * $1 > 0 }.count
        return Double(right) / Double(targets.count)
    }

    // MARK: Diagnostics

    private var diagnostics: [NamedDiagnostic] {
        let chain = sample.diagnostics
        var list = [
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
        if let evidence {
            list.append(NamedDiagnostic("log_evidence_rule_error", evidence.ruleError))
        }
        guard let eigenvalue = chain.tangentEigenvalue, let step = chain.stepSize else {
            return list
        }
        return list + [
            NamedDiagnostic("ntk_eigenvalue", eigenvalue),
            NamedDiagnostic("step_times_ntk", step * eigenvalue),
            NamedDiagnostic("steps_per_iteration", chain.stepsPerIteration.map(Double.init)),
            NamedDiagnostic("step_bias_cka_output", chain.stepBias?.alignment.last),
            NamedDiagnostic("step_bias_cka_output_se", chain.stepBias?.alignmentError),
            NamedDiagnostic("step_bias_potential", chain.stepBias?.potential),
            NamedDiagnostic("step_bias_potential_se", chain.stepBias?.potentialError),
        ]
    }
}
