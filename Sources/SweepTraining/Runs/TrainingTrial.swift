import SweepCore
import SweepPhysics

/// One trial of the experiment `training`: trains, fits the effective theory, and names the numbers.
public enum TrainingTrial {
    /// - Parameter keeper: see ``Training/run(_:data:keys:family:keeper:)``.
    /// - Returns: metrics and arrays, or the failure `diverged`; `crashed` for settings that no
    ///   network has, which a spec refuses before.
    public static func run(
        _ settings: TrainingSettings, point: GridPoint, seed: Int, randomKey: UInt64,
        family: KernelFamily, keeper: (any CheckpointKeeper)? = nil
    ) -> TrialOutcome {
        let data = settings.task.data
        let kernels = NamedDiagnostic("kernel_family", text: family.name)
        if let problem = settings.problem(for: data) {
            return .failure(TrialFailure(.crashed, problem), diagnostics: [kernels])
        }
        let keys = TrainingKeys(randomKey: randomKey, seed: seed, point: point.canonicalText)
        do throws(TrainingDivergence) {
            let record = try Training.run(
                settings, data: data, keys: keys, family: family, keeper: keeper)
            var result = result(record, settings: settings, data: data)
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

    private static func result(
        _ trained: TrainingRecord, settings: TrainingSettings, data: TrainingData
    ) -> TrialResult {
        let entries = trained.count
        var record = trained
        record.pad(to: (settings.epochs + settings.recordEvery - 1) / settings.recordEvery)
        let analysis = TrainingAnalysis(record)
        let fit = analysis.fits.first ?? nil
        var metrics = [
            NamedMetric("h_initial", record.representation[0].first),
            NamedMetric("h_final", record.representation[0].last),
            NamedMetric("y_final", record.output.last),
            NamedMetric("w_final", record.alignment.last),
            NamedMetric("loss_final", record.loss.last),
            NamedMetric("epoch_output_half", record.epochOfHalfOutput.map(Double.init)),
            NamedMetric("eta_h", fit?.rates.encoder),
            NamedMetric("eta_y", fit?.rates.decoder),
            NamedMetric("eta_y_mean", analysis.meanRate?.rate),
            NamedMetric("fit_rmse", fit?.rootMeanSquare(count: record.count)),
            NamedMetric("h_predicted", analysis.predictedRepresentation),
        ]
        if settings.observedLayers.count > 1 {
            metrics += layerMetrics(record, analysis, layers: settings.observedLayers)
        }
        return TrialResult(
            metrics: metrics, arrays: arrays(record, analysis, settings: settings, data: data),
            diagnostics: [
                NamedDiagnostic("epochs_trained", Double(trained.stoppedAt ?? settings.epochs)),
                NamedDiagnostic("entries_recorded", Double(entries)),
                NamedDiagnostic("fit_squared_error", fit?.squaredError),
                NamedDiagnostic("loss_fit_squared_error", analysis.meanRate?.squaredError),
            ])
    }

    /// The same of every observed layer, each with its number in its name; a layer for which the
    /// theory says nothing has no value.
    private static func layerMetrics(
        _ record: TrainingRecord, _ analysis: TrainingAnalysis, layers: [Int]
    ) -> [NamedMetric] {
        layers.enumerated().flatMap { place, layer in
            let fit = analysis.fits[place]
            return [
                NamedMetric("h_initial_layer_\(layer)", record.representation[place].first),
                NamedMetric("h_final_layer_\(layer)", record.representation[place].last),
                NamedMetric("eta_h_layer_\(layer)", fit?.rates.encoder),
                NamedMetric("eta_y_layer_\(layer)", fit?.rates.decoder),
                NamedMetric(
                    "fit_rmse_layer_\(layer)", fit?.rootMeanSquare(count: record.count)),
            ]
        }
    }

    private static func arrays(
        _ record: TrainingRecord, _ analysis: TrainingAnalysis, settings: TrainingSettings,
        data: TrainingData
    ) -> [NamedArray] {
        func series(_ name: String, _ values: [Double]) -> NamedArray {
            NamedArray(name, shape: [values.count], values)
        }
        var arrays = [
            series("epoch", record.epochs), series("h", record.representation[0]),
            series("y", record.output), series("w", record.alignment),
            series("loss", record.loss),
        ]
        if let fitted = analysis.fitted {
            arrays += [
                series("h_fit", fitted.representation), series("y_fit", fitted.output),
                series("w_fit", fitted.alignment),
            ]
        }
        if let loss = analysis.fittedLoss { arrays.append(series("loss_fit", loss)) }
        let layers = settings.observedLayers.count
        func matrices(_ name: String, _ kernels: [Kernel]) -> NamedArray {
            let size = kernels.first?.size ?? 0
            return NamedArray(
                name, shape: [kernels.count, size, size],
                kernels.flatMap { Representation.squaredDistances($0).values })
        }
        arrays += [
            series("observed_layers", settings.observedLayers.map(Double.init)),
            matrices("distances_initial", record.initialKernels),
            matrices("distances_final", record.finalKernels),
        ]
        if layers > 1 {
            arrays.append(
                NamedArray(
                    "h_layer", shape: [layers, record.count],
                    record.representation.flatMap { $0 }))
        }
        let tracked = record.finalKernels.first?.size ?? 0
        let targets = Representation.kernel(
            Array(data.targets.prefix(tracked * data.outputs)), points: tracked)
        if let alignments = complete(record.finalKernels.map { $0.alignment(with: targets) }) {
            arrays.append(series("cka_layer", alignments))
        }
        let movements = zip(record.finalKernels, record.initialKernels).map {
            $0.adaptation(from: $1)
        }
        if let movements = complete(movements) {
            arrays.append(series("kernel_movement_layer", movements))
        }
        return arrays
    }

    /// The values when none is missing: an array has no gaps.
    private static func complete<Value>(_ values: [Value?]) -> [Value]? {
        let found = values.compactMap { $0 }
        return found.count == values.count ? found : nil
    }
}
