import SweepPhysics

/// Trains a network and observes it: a pure function of settings, data, keys and kernel family.
public enum Training {
    /// - Parameter keeper: keeps checkpoints between epochs and has one of an earlier attempt; the
    ///   result has the same bits with and without.
    /// - Precondition: the settings have no ``TrainingSettings/problem(for:)`` with these data.
    /// - Throws: ``TrainingDivergence`` when the loss is no longer finite.
    public static func run(
        _ settings: TrainingSettings, data: TrainingData, keys: TrainingKeys, family: KernelFamily,
        keeper: (any CheckpointKeeper)? = nil
    ) throws(TrainingDivergence) -> TrainingRecord {
        switch settings.precision {
        case .float32:
            try run(Float.self, settings, data, keys, family, keeper)
        case .float64:
            try run(Double.self, settings, data, keys, family, keeper)
        }
    }

    private static func run<Scalar: TrainingScalar>(
        _ scalar: Scalar.Type, _ settings: TrainingSettings, _ data: TrainingData,
        _ keys: TrainingKeys, _ family: KernelFamily, _ keeper: (any CheckpointKeeper)?
    ) throws(TrainingDivergence) -> TrainingRecord {
        let run = TrainingRun<Scalar>(settings, data: data, keys: keys, family: family)
        if let keeper, let earlier = keeper.earlier {
            do throws(CheckpointRefusal) {
                try run.resume(earlier)
                keeper.resumed(at: run.epoch)
            } catch {
                keeper.refused(error.reason)
            }
        }
        while try run.advance() {
            if let keeper, keeper.isDue() { keeper.keep(run.checkpoint(), step: run.epoch) }
        }
        run.finish()
        return run.record
    }
}
