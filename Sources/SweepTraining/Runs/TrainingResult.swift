import SweepCore
import SweepPhysics

/// The numbers of a trial by name, from what was recorded of it.
struct TrainingResult {
    let settings: TrainingSettings
    let data: TrainingData
    let trained: TrainingRecord
    /// `trained`, padded to the whole length of the training.
    let record: TrainingRecord
    let analysis: TrainingAnalysis
    let pairs: PairGeometry

    init(_ trained: TrainingRecord, settings: TrainingSettings, data: TrainingData) {
        self.settings = settings
        self.data = data
        self.trained = trained
        var record = trained
        record.pad(to: (settings.epochs + settings.recordEvery - 1) / settings.recordEvery)
        self.record = record
        analysis = TrainingAnalysis(record, withAlternatives: settings.alternatives)
        pairs = PairGeometry(
            record, data: data,
            ratios: analysis.fits.map { fit in
                settings.rateRatio ?? fit.map { $0.rates.encoder / $0.rates.decoder }
            })
    }

    var result: TrialResult {
        TrialResult(
            metrics: metrics, arrays: arrays.filter { settings.keep.contains($0.name) },
            diagnostics: [
                NamedDiagnostic("epochs_trained", Double(trained.stoppedAt ?? settings.epochs)),
                NamedDiagnostic("entries_recorded", Double(trained.count)),
                NamedDiagnostic("fit_squared_error", fit?.squaredError),
                NamedDiagnostic("loss_fit_squared_error", analysis.meanRate?.squaredError),
                NamedDiagnostic("pair_first", Double((settings.pair ?? data.pair).first)),
                NamedDiagnostic("pair_second", Double((settings.pair ?? data.pair).second)),
            ])
    }

    private var fit: EffectiveTheoryFit? { analysis.fits.first ?? nil }
}

// MARK: - Metrics

extension TrainingResult {
    private var metrics: [NamedMetric] {
        var metrics = [
            NamedMetric("h_initial", record.representation[0].first),
            NamedMetric("h_final", record.representation[0].last),
            NamedMetric("y_final", record.output.last),
            NamedMetric("w_final", record.alignment.last),
            NamedMetric("loss_final", record.loss.last),
        ]
        if data.test != nil {
            metrics.append(NamedMetric("test_loss_final", record.testLoss.last))
            if data.isClassification {
                metrics.append(NamedMetric("test_accuracy_final", record.testAccuracy.last))
            }
        }
        metrics += [
            NamedMetric("epoch_output_half", record.epochOfHalfOutput.map(Double.init)),
            NamedMetric("eta_h", fit?.rates.encoder),
            NamedMetric("eta_y", fit?.rates.decoder),
        ]
        if record.lossFactor != nil {
            metrics.append(NamedMetric("eta_y_mean", analysis.meanRate?.rate))
        }
        metrics += [
            NamedMetric("fit_rmse", fit?.rootMeanSquare(count: record.count)),
            NamedMetric("fit_sse", fit?.squaredError),
        ]
        if record.lossFactor != nil {
            metrics.append(NamedMetric("sse_loss", analysis.meanRate?.squaredError))
        }
        metrics.append(NamedMetric("h_predicted", analysis.predictedRepresentation))
        for alternative in analysis.alternatives {
            let name = alternative.system.rawValue
            metrics += [
                NamedMetric("eta_h_\(name)", alternative.fit?.rates.encoder),
                NamedMetric("eta_y_\(name)", alternative.fit?.rates.decoder),
                NamedMetric("fit_sse_\(name)", alternative.fit?.squaredError),
            ]
        }
        metrics += pairs.metrics(isXor: settings.task == .xorCorners)
        metrics += geometryMetrics("initial", record.initialGeometry)
        metrics += geometryMetrics("final", record.finalGeometry)
        if settings.observedLayers.count > 1 { metrics += layerMetrics }
        return metrics
    }

    /// The same of every observed layer, each with its number in its name; a layer for which the
    /// theory says nothing has no value.
    private var layerMetrics: [NamedMetric] {
        settings.observedLayers.enumerated().flatMap { place, layer in
            let fit = analysis.fits[place]
            return [
                NamedMetric("h_initial_layer_\(layer)", record.representation[place].first),
                NamedMetric("h_final_layer_\(layer)", record.representation[place].last),
                NamedMetric("eta_h_layer_\(layer)", fit?.rates.encoder),
                NamedMetric("eta_y_layer_\(layer)", fit?.rates.decoder),
                NamedMetric(
                    "fit_rmse_layer_\(layer)", fit?.rootMeanSquare(count: record.count)),
                NamedMetric("fit_sse_layer_\(layer)", fit?.squaredError),
            ]
        }
    }

    /// Of each context, and their mean.
    private func geometryMetrics(_ when: String, _ geometry: FeatureGeometry?) -> [NamedMetric] {
        guard let geometry else { return [] }
        return [("relevant", geometry.relevant), ("irrelevant", geometry.irrelevant)]
            .flatMap { name, shares in
                let mean = Self.complete(shares).map { $0.reduce(0, +) / Double($0.count) }
                return [NamedMetric("\(name)_share_\(when)", mean)]
                    + shares.enumerated().map {
                        NamedMetric("\(name)_share_\(when)_context_\($0 + 1)", $1)
                    }
            }
    }
}

// MARK: - Arrays

extension TrainingSettings {
    /// Every array that a training may store.
    public static let arrays = [
        "epoch", "h", "y", "w", "loss", "test_loss", "test_accuracy", "h_fit", "y_fit", "w_fit",
        "loss_fit", "observed_layers", "h_layer", "tracked_points", "tracked_targets",
        "distances_initial", "distances_final", "distances_predicted", "distances_classes",
        "cka_layer", "cka_between_layers", "kernel_movement_layer", "components_initial",
        "components_final", "component_shares", "kernels_initial", "kernels_final",
    ]
    /// All but the kernels of the tracked points.
    public static let arraysKeptByDefault = arrays.filter { !$0.hasPrefix("kernels_") }
}

extension TrainingResult {
    private var arrays: [NamedArray] {
        let stored = StoredEntries.places(of: record.count, atMost: settings.storedEntries)
        func thinned(_ name: String, _ values: [Double]?) -> NamedArray? {
            guard let values, !values.isEmpty else { return nil }
            return Self.list(name, stored.map { values[$0] })
        }
        let series = [
            thinned("epoch", record.epochs), thinned("h", record.representation[0]),
            thinned("y", record.output), thinned("w", record.alignment),
            thinned("loss", record.loss), thinned("test_loss", record.testLoss),
            thinned("test_accuracy", record.testAccuracy),
            thinned("h_fit", analysis.fitted?.representation),
            thinned("y_fit", analysis.fitted?.output),
            thinned("w_fit", analysis.fitted?.alignment), thinned("loss_fit", analysis.fittedLoss),
        ]
        var arrays = series.compactMap { $0 }
        let layers = settings.observedLayers.count
        arrays.append(Self.list("observed_layers", settings.observedLayers.map(Double.init)))
        if layers > 1 {
            arrays.append(
                NamedArray(
                    "h_layer", shape: [layers, stored.count],
                    record.representation.flatMap { series in stored.map { series[$0] } }))
        }
        arrays += [
            Self.list("tracked_points", data.tracked.map(Double.init)),
            NamedArray(
                "tracked_targets", shape: [data.tracked.count, data.outputs], trackedTargets),
        ]
        return arrays + pairs.arrays + kernelArrays + componentArrays
    }

    private var trackedTargets: [Double] { data.tracked.flatMap { data.target($0) } }

    /// What becomes of the kernels of the tracked points.
    private var kernelArrays: [NamedArray] {
        let finals = record.finalKernels
        let targets = Representation.kernel(trackedTargets, points: data.tracked.count)
        var arrays = [
            Self.complete(finals.map { $0.alignment(with: targets) })
                .map { Self.list("cka_layer", $0) },
            Self.complete(zip(finals, record.initialKernels).map { $0.adaptation(from: $1) })
                .map { Self.list("kernel_movement_layer", $0) },
        ]
        if finals.count > 1 {
            let between = finals.flatMap { one in finals.map { one.alignment(with: $0) } }
            arrays.append(
                Self.complete(between).map {
                    NamedArray("cka_between_layers", shape: [finals.count, finals.count], $0)
                })
        }
        return arrays.compactMap { $0 } + [
            PairGeometry.matrices("kernels_initial", record.initialKernels),
            PairGeometry.matrices("kernels_final", finals),
        ]
    }

    private var componentArrays: [NamedArray] {
        let found = [("initial", record.initialGeometry), ("final", record.finalGeometry)]
            .compactMap { name, geometry in geometry.map { (name, $0.components) } }
        guard !found.isEmpty else { return [] }
        let count = FeatureGeometry.componentCount
        return found.map { name, components in
            NamedArray(
                "components_\(name)", shape: [data.points, count], components.coordinates)
        } + [
            NamedArray(
                "component_shares", shape: [found.count, count], found.flatMap { $0.1.shares })
        ]
    }

    private static func list(_ name: String, _ values: [Double]) -> NamedArray {
        NamedArray(name, shape: [values.count], values)
    }

    /// The values when none is missing: an array has no gaps.
    static func complete<Value>(_ values: [Value?]) -> [Value]? {
        let found = values.compactMap { $0 }
        return found.count == values.count ? found : nil
    }
}
