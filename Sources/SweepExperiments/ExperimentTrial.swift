import SweepCore
import SweepPhysics
import SweepTraining

extension Experiment {
    /// Runs one trial of this experiment: the same outcome for the same arguments and family.
    ///
    /// - Parameters:
    ///   - readFile: how to read `data.path`; only experiments on files call it.
    ///   - pools: parsed images of earlier trials; nil to parse them for this one alone.
    ///   - keeper: keeps checkpoints of a `posterior` or `training` trial and has one of an earlier
    ///     attempt. The other experiments always begin afresh: they take no longer than they are
    ///     asked to.
    ///   - idle: what a `calibration` trial does with its time; physics has no clock.
    /// - Throws: ``DataProblem`` or what `readFile` throws; every other trouble is an outcome.
    public func run(
        point: GridPoint, seed: Int, randomKey: UInt64, family: KernelFamily,
        readFile: DataFileReader, pools: DigitPoolCache? = nil,
        keeper: (any CheckpointKeeper)? = nil, idle: (CalibrationSettings) -> Void
    ) throws -> TrialOutcome {
        let data = try dataSet(
            seed: seed, randomKey: randomKey, readFile: readFile, pools: pools)
        switch self {
        case .posterior(let settings):
            guard let data else { preconditionFailure("a posterior without data") }
            return PosteriorTrial.run(
                settings, data: data, point: point, seed: seed, randomKey: randomKey,
                family: family, keeper: keeper)
        case .theory(let settings):
            guard let data else { preconditionFailure("a theory without data") }
            return TheoryTrial.run(
                settings, data: data, seed: seed, randomKey: randomKey, family: family)
        case .prior(let settings):
            guard let data else { preconditionFailure("a prior without data") }
            return PriorTrial.run(
                settings, data: data, point: point, seed: seed, randomKey: randomKey,
                family: family)
        case .training(let settings):
            let data = try settings.task.data(
                seed: seed, randomKey: randomKey, readFile: readFile, pools: pools)
            return TrainingTrial.run(
                settings, data: data, point: point, seed: seed, randomKey: randomKey,
                family: family,
                keeper: keeper)
        case .criticality(let settings):
            return CriticalityTrial.run(settings)
        case .calibration(let settings):
            idle(settings)
            return .success(
                TrialResult(metrics: [
                    NamedMetric(
                        "draw",
                        RandomStream(
                            RandomKey(
                                randomKey: randomKey, purpose: .data, seed: seed,
                                point: point.canonicalText)
                        ).uniform(at: 0))
                ]))
        }
    }
}

extension Experiment {
    /// Draws or reads the data of one seed, to find out whether they are there and good.
    ///
    /// - Throws: ``DataProblem``, or what `readFile` throws.
    public func checkData(
        seed: Int, randomKey: UInt64, readFile: DataFileReader, pools: DigitPoolCache? = nil
    ) throws {
        if case .training(let settings) = self {
            _ = try settings.task.data(
                seed: seed, randomKey: randomKey, readFile: readFile, pools: pools)
        } else {
            _ = try dataSet(seed: seed, randomKey: randomKey, readFile: readFile, pools: pools)
        }
    }

    /// The data set of one seed; nil for an experiment without data, or with data of its own kind
    /// (`training`).
    ///
    /// - Throws: ``DataProblem``, or what `readFile` throws.
    public func dataSet(
        seed: Int, randomKey: UInt64, readFile: DataFileReader, pools: DigitPoolCache? = nil
    ) throws -> DataSet? {
        switch self {
        case .posterior(let settings):
            try settings.dataSet(
                seed: seed, randomKey: randomKey, readFile: readFile, pools: pools)
        case .theory(let settings):
            try settings.task.dataSet(
                testPoints: 0, seed: seed, randomKey: randomKey, readFile: readFile, pools: pools)
        case .prior(let settings):
            try settings.task.dataSet(
                testPoints: 0, seed: seed, randomKey: randomKey, readFile: readFile, pools: pools)
        case .training, .criticality, .calibration: nil
        }
    }
}
