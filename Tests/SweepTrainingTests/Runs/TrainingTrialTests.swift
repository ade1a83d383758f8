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
        TrainingTrial.run(settings, point: point, seed: 0, randomKey: 0, family: .best)
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
        for name in ["epoch", "h", "y", "w", "loss", "h_fit", "y_fit", "w_fit", "loss_fit"] {
            #expect(arrays[name]?.shape == [1_500], "\(name)")
        }
        #expect(arrays["distances_final"]?.shape == [2, 2, 2])
        #expect(arrays["h_layer"]?.shape == [2, 1_500])
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
