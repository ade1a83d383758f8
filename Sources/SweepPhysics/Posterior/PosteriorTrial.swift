import CSweepKernels
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
                settings, data: data, family: family, keeper: keeper
            ) { purpose, text in
                RandomKey(
                    randomKey: randomKey, purpose: purpose, seed: seed,
                    point: point.canonicalText + text
                ).kernelKey
            }
            let beyond = settings.compare.filter { $0 != .nngp }
            if !beyond.isEmpty {
                let theory = try TheoryComparison.compute(
                    TheorySettings(settings, orders: beyond), data: data, seed: seed,
                    randomKey: randomKey, family: family)
                result.metrics += theory.metrics
                result.arrays += theory.arrays(keep: settings.keep)
                result.diagnostics += theory.diagnostics { "_\($0.rawValue)" }
            }
            result.arrays += try wideKernels(settings, data, seed, randomKey, family)
            try requireFinite(result)
            return .success(result)
        } catch {
            return .failure(
                error, diagnostics: [NamedDiagnostic("kernel_family", text: family.name)])
        }
    }

    /// The matrices of infinite width that `keep` names.
    private static func wideKernels(
        _ settings: PosteriorSettings, _ data: DataSet, _ seed: Int, _ randomKey: UInt64,
        _ family: KernelFamily
    ) throws(TrialFailure) -> [NamedArray] {
        let names = ["kernels_nngp", "conjugate_kernels_nngp"].filter(settings.keep.contains)
        if names.isEmpty { return [] }
        return try TheoryComparison.compute(
            TheorySettings(settings, orders: [.nngp]), data: data, seed: seed,
            randomKey: randomKey, family: family
        ).arrays(keep: names).filter { names.contains($0.name) }
    }

    private static func measure(
        _ settings: PosteriorSettings, data: DataSet, family: KernelFamily,
        keeper: (any CheckpointKeeper)?,
        key: (RandomKey.Purpose, _ text: String) -> swk_random_key
    ) throws(TrialFailure) -> TrialResult {
        let infinite = try InfiniteWidth(settings, data)
        let problem = FunctionSpaceProblem(
            activation: settings.activation, gain: settings.gain,
            biasVariance: settings.biasVariance, kappa: settings.kappa, width: settings.width,
            depth: settings.depth, targets: data.targets,
            inputFactor: data.inputFactor(
                gain: settings.gain, biasVariance: settings.biasVariance),
            reduces: settings.sampler != .langevin)
        var test: PosteriorSampling.TestPoints?
        if data.testPoints > 0 {
            test = .init(
                inputFactor: data.jointInputFactor(
                    gain: settings.gain, biasVariance: settings.biasVariance),
                count: data.testPoints)
        }
        let chains = ChainSettings(settings)
        let features = settings.sampler == .langevin ? data.inputFeatures : nil
        guard settings.evidence else {
            let sample = try PosteriorSampling.run(
                problem, chains, key: key(.chain, ""), family: family, test: test,
                features: features, keeper: keeper)
            return PosteriorResult(settings, data, sample, infinite).trialResult
        }
        guard settings.sampler != .langevin else {
            throw TrialFailure(
                .nonFinite,
                "the log evidence wants chains in function space: with the readout among the "
                    + "weights its integrand is infinite at the prior; use inference.sampler "
                    + "function-space")
        }
        let staged = keeper.map {
            StagedKeeper(
                $0,
                identity: PosteriorSampling.identity(
                    problem, chains, key: key(.chain, ""), family: family, test: test))
        }
        var nodes = try PosteriorSampling.evidenceNodes(
            problem, chains, key: { key(.evidence, " node \($0)") }, family: family,
            keeper: staged)
        let sample = try PosteriorSampling.run(
            problem, chains, key: key(.chain, ""), family: family, test: test,
            keeper: staged?.stage(Evidence.intervals))
        nodes.append(sample.node(power: 1))
        return PosteriorResult(
            settings, data, sample, infinite, Evidence(nodes, points: data.points)
        ).trialResult
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
        let sampler: Sampler =
            switch settings.sampler {
            case .functionSpace: .hamiltonian
            case .ellipticalSlice: .ellipticalSlice
            case .langevin: .langevin(metropolis: settings.metropolis)
            }
        self.init(
            sampler: sampler, precision: settings.precision,
            effectiveSamples: Double(settings.effectiveSamples),
            maxIterations: settings.maxIterations, burnIn: settings.burnIn,
            chains: settings.chains, step: settings.step)
    }
}
