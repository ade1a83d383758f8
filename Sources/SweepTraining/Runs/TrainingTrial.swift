import SweepCore
import SweepPhysics

/// One trial of the experiment `training`: trains, fits the effective theory, and names the numbers.
public enum TrainingTrial {
    /// - Parameters:
    ///   - data: of this seed.
    ///   - keeper: see ``Training/run(_:data:keys:family:keeper:)``.
    /// - Returns: metrics and arrays, or the failure `diverged`; `crashed` for settings that no
    ///   network has, which a spec refuses before.
    public static func run(
        _ settings: TrainingSettings, data: TrainingData, point: GridPoint, seed: Int,
        randomKey: UInt64,
        family: KernelFamily, keeper: (any CheckpointKeeper)? = nil
    ) -> TrialOutcome {
        let kernels = NamedDiagnostic("kernel_family", text: family.name)
        if let problem = settings.problem(for: data) {
            return .failure(TrialFailure(.crashed, problem), diagnostics: [kernels])
        }
        let keys = TrainingKeys(randomKey: randomKey, seed: seed, point: point.canonicalText)
        do throws(TrainingDivergence) {
            let record = try Training.run(
                settings, data: data, keys: keys, family: family, keeper: keeper)
            var result = TrainingResult(record, settings: settings, data: data).result
            result.diagnostics.append(kernels)
            return .success(result)
        } catch {
            return .failure(
                TrialFailure(
                    .diverged,
                    "the loss was not finite at epoch \(error.epoch); a smaller learning_rate than "
                        + "\(settings.learningRate) or a smaller gain would help"),
                diagnostics: [kernels])
        }
    }
}
