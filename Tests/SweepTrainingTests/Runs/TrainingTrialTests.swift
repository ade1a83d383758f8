import SweepCore
import SweepPhysics
import SweepTraining
import Testing

@Suite("Training trials")
struct TrainingTrialTests {
    static let point = GridPoint([.init(name: "gain", value: .number(1))])

    static func settings() -> TrainingSettings {
        var settings = TrainingSettings(
            task: .twoPoint(dx: 1, dy: 0.5.squareRoot()), width: 30, depth: 4, gain: 0.9,
            learningRate: 0.05, epochs: 1_500, observedLayers: [1, 2])
        settings.stopAtLoss = 1e-9
        return settings
    }

    static func run(_ settings: TrainingSettings) -> TrialOutcome {
        TrainingTrial.run(
            settings, data: settings.task.data, point: point, seed: 0, randomKey: 0, family: .best)
    }

    @Test("a trial has the metrics and arrays that tables and figures are made of")
    func names() throws {
        guard case .success(let result) = Self.run(Self.settings()) else {
            Issue.record("no result")
            return
        }
        let metrics = Dictionary(uniqueKeysWithValues: result.metrics.map { ($0.name, $0.value) })
        for name in [
            "h_final", "y_final", "w_final", "loss_final", "epoch_output_half", "eta_h", "eta_y",
            "eta_y_mean", "fit_rmse", "h_predicted", "h_final_layer_1", "eta_h_layer_2",
            "eta_y_layer_2", "fit_rmse_layer_1",
        ] {
            let value = try #require(metrics[name] ?? nil, "\(name)")
            #expect(value.isFinite)
        }
        let arrays = Dictionary(uniqueKeysWithValues: result.arrays.map { ($0.name, $0) })
        let stored = StoredEntries.places(of: 1_500, atMost: 1_000)
        for name in ["epoch", "h", "y", "w", "loss", "h_fit", "y_fit", "w_fit", "loss_fit"] {
            #expect(arrays[name]?.shape == [stored.count], "\(name)")
        }
        #expect(arrays["distances_final"]?.shape == [2, 2, 2])
        #expect(arrays["h_layer"]?.shape == [2, stored.count])
        #expect(arrays["kernel_movement_layer"]?.shape == [2])
        #expect(arrays["cka_layer"]?.values.allSatisfy { abs($0 - 1) < 1e-9 } == true)
        for array in result.arrays {
            #expect(array.values.allSatisfy { $0.isFinite }, "\(array.name)")
            #expect(array.values.count == array.shape.reduce(1, *), "\(array.name)")
        }
        // The task is learned, and the theory is near.
        let output = try #require(metrics["y_final"] ?? nil)
        #expect(abs(output - 0.5) < 1e-3)
        let predicted = try #require(metrics["h_predicted"] ?? nil)
        let final = try #require(metrics["h_final"] ?? nil)
        #expect(abs(predicted / final - 1) < 0.2)
    }

    /// Metrics and arrays of a trial by name.
    static func numbers(
        _ settings: TrainingSettings, data: TrainingData? = nil
    ) throws -> (metrics: [String: Double?], arrays: [String: NamedArray]) {
        let outcome = TrainingTrial.run(
            settings, data: data ?? settings.task.data, point: point, seed: 0, randomKey: 0,
            family: .best)
        guard case .success(let result) = outcome else {
            Issue.record("\(outcome)")
            return ([:], [:])
        }
        return (
            Dictionary(uniqueKeysWithValues: result.metrics.map { ($0.name, $0.value) }),
            Dictionary(uniqueKeysWithValues: result.arrays.map { ($0.name, $0) })
        )
    }

    @Test("wrong systems have their rates and errors beside the theory's")
    func alternatives() throws {
        var settings = Self.settings()
        settings.epochs = 400
        #expect(try Self.numbers(settings).metrics["fit_sse_doubled_output"] == nil)
        settings.alternatives = true
        let metrics = try Self.numbers(settings).metrics
        var record = try Training.run(
            settings, data: settings.task.data,
            keys: TrainingKeys(randomKey: 0, seed: 0, point: Self.point.canonicalText),
            family: .best)
        // It ends early; the fit is of the whole length.
        record.pad(to: 400)
        for system in TwoPointSystem.allCases {
            let name = system == .theory ? "" : "_\(system.rawValue)"
            let fit = try #require(
                EffectiveTheoryFit(record.curves(), task: record.task, system: system))
            #expect(metrics["fit_sse\(name)"] == fit.squaredError)
            #expect(metrics["eta_h\(name)"] == fit.rates.encoder)
            #expect(metrics["eta_y\(name)"] == fit.rates.decoder)
        }
        let rmse = try #require(metrics["fit_rmse"] ?? nil)
        let sse = try #require(metrics["fit_sse"] ?? nil)
        #expect(abs(rmse * rmse * 1_200 - sse) < 1e-9 * sse)
        #expect(try #require(metrics["sse_loss"] ?? nil) >= 0)
    }

    @Test(
        "the corners of xor have their matrix, the theory's, and how far points of one target merge"
    )
    func xor() throws {
        var settings = TrainingSettings(
            task: .xorCorners, width: 100, depth: 4, gain: 0.9, learningRate: 0.05, epochs: 4_000,
            observedLayers: [2])
        settings.activation = .relu
        settings.loss = .mse
        settings.stopAtLoss = 1e-6
        settings.rateRatio = 0.4
        let (metrics, arrays) = try Self.numbers(settings)
        let final = try #require(arrays["distances_final"])
        let predicted = try #require(arrays["distances_predicted"])
        #expect(final.shape == [1, 4, 4] && predicted.shape == [1, 4, 4])
        for corner in 0..<4 { #expect(predicted.values[corner * 5] == 0) }
        let collapse = (final.values[6] / final.values[1]).squareRoot()
        #expect(metrics["collapse_final"] == collapse)
        // Learned in the rich way: those of one target are nearer than those of two.
        #expect(collapse < 0.8)
        #expect(try #require(metrics["collapse_initial"] ?? nil) > 1)
        var (miss, sum) = (0.0, 0.0)
        for (one, other) in zip(predicted.values, final.values) {
            let difference = one.squareRoot() - other.squareRoot()
            miss += difference * difference
            sum += other
        }
        let error = try #require(metrics["distance_error"] ?? nil)
        #expect(abs(error - (miss / sum).squareRoot()) < 1e-12)
        // Another ratio, another prediction, of the same network.
        settings.rateRatio = 40
        let (others, _) = try Self.numbers(settings)
        #expect(others["collapse_final"] == collapse)
        #expect(others["distance_error"] != metrics["distance_error"])
        // The pair of the fit is the user's.
        settings.pair = PointPair(1, 2)
        let same = try Self.numbers(settings).metrics
        let h = try #require(same["h_final"] ?? nil)
        #expect(abs(h / final.values[6] - 1) < 1e-3)
    }

    @Test("classes of held-out points, kernels of layers, and only the arrays that are kept")
    func classes() throws {
        var settings = ObservationTests.settings()
        settings.epochs = 20
        settings.keep = TrainingSettings.arrays
        let (metrics, arrays) = try Self.numbers(settings, data: ObservationTests.data)
        #expect(metrics["test_accuracy_final"] == arrays["test_accuracy"]?.values.last)
        #expect(metrics["test_loss_final"] == arrays["test_loss"]?.values.last)
        #expect((metrics["class_correlation"] ?? nil) != nil)
        let kernels = try #require(arrays["kernels_final"])
        #expect(kernels.shape == [2, 3, 3])
        let layers = [0, 9].map { start in
            Kernel(size: 3, values: Array(kernels.values[start..<start + 9]))
        }
        let between = try #require(arrays["cka_between_layers"])
        #expect(between.shape == [2, 2])
        #expect(abs(between.values[0] - 1) < 1e-12)
        #expect(between.values[1] == layers[0].alignment(with: layers[1]))
        settings.keep = ["kernels_final", "loss"]
        #expect(
            Set(try Self.numbers(settings, data: ObservationTests.data).arrays.keys)
                == ["kernels_final", "loss"])
    }

    @Test("a training that blows up is a failure of the kind diverged")
    func diverged() {
        var settings = Self.settings()
        settings.learningRate = 1e9
        guard case .failure(let failure, _) = Self.run(settings) else {
            Issue.record("a result")
            return
        }
        #expect(failure.kind == .diverged)
        #expect(failure.message.contains("epoch"))
    }

    @Test("the loss falls to the plateau dy2/8 and then to 0")
    func plateau() throws {
        var settings = TrainingSettings(
            task: .twoPoint(dx: 1, dy: 0.5.squareRoot()), width: 50, depth: 20, gain: 1,
            learningRate: 0.01, epochs: 6_000, observedLayers: [10])
        settings.stopAtLoss = 1e-9
        let record = try Training.run(
            settings, data: settings.task.data,
            keys: TrainingKeys(randomKey: 0, seed: 0, point: "plateau"), family: .best)
        #expect(abs(record.loss[0] - 0.517) < 0.001)
        let plateau = record.loss.filter { abs($0 - 0.0625) < 0.002 }.count
        #expect(plateau > 50)
        let last = try #require(record.loss.last)
        #expect(last < 1e-6)
    }
}
