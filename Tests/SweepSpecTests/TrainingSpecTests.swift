import Foundation
import SweepCore
import SweepExperiments
import SweepPhysics
import SweepSpec
import SweepTraining
import Testing

@Suite("Specs of trainings")
struct TrainingSpecTests {
    static let text = """
        sweep: two-point-gain
        experiment: training
        data: {task: two-point}
        network: {architecture: mlp, activation: leaky_relu, observed_layer: 10}
        training: {optimizer: sgd, learning_rate: 0.005, epochs: 6000, loss: half-mse, stop_at_loss: 1.0e-9}
        grid: {gain: [0.9, 1.0, 1.1], width: [500], depth: [20]}
        seeds: 10

        """

    static func settings(_ old: String = "", _ new: String = "") throws -> TrainingSettings {
        let spec = try Fixtures.spec(replacing: old, by: new, in: text)
        guard case .training(let settings) = try spec.experiment(at: spec.plan.grid.point(at: 0))
        else {
            throw SpecError(file: "a.yaml", "not a training")
        }
        return settings
    }

    @Test("the sweep of two points over the gain")
    func twoPoints() throws {
        var expected = TrainingSettings(
            task: .twoPoint(dx: 1, dy: 0.707_106_781_186_547_6), width: 500, depth: 20, gain: 0.9,
            learningRate: 0.005, epochs: 6_000, observedLayers: [10])
        expected.stopAtLoss = 1e-9
        #expect(try Self.settings() == expected)
        let spec = try Fixtures.spec(in: Self.text)
        #expect(spec.plan.trialCount == 30)
    }

    @Test("keys of every kind reach the settings")
    func keys() throws {
        let settings = try Self.settings(
            "training: {optimizer: sgd,",
            "training: {optimizer: sgd, momentum: 0.9, batch: 1, record_every: 7, layers: [3, 10], "
                + "dtype: float64,")
        #expect(settings.optimizer == .sgd(momentum: 0.9))
        #expect(settings.batch == 1)
        #expect(settings.recordEvery == 7)
        #expect(settings.observedLayers == [10, 3])
        #expect(settings.precision == .float64)
        #expect(try Self.settings("optimizer: sgd", "optimizer: adam").optimizer == .adam())
        #expect(try Self.settings(", observed_layer: 10", "").observedLayers == [10])
        #expect(try Self.settings("task: two-point", "task: xor-corners").task == .xorCorners)
        #expect(try Self.settings("task: two-point", "task: orthogonal").task == .orthogonal)
        #expect(
            try Self.settings("{task: two-point}", "{task: two-point, dx: 0.5, dy: 0}").task
                == .twoPoint(dx: 0.5, dy: 0))
    }

    @Test("keys of the analysis reach the settings")
    func analysis() throws {
        let settings = try Self.settings(
            "training: {optimizer: sgd,",
            "keep: [loss, kernels_final]\ntraining: {alternatives: true, pair: [1, 0], "
                + "rate_ratio: 0.02, stored_entries: 50, optimizer: sgd,")
        #expect(settings.alternatives)
        #expect(settings.pair == PointPair(1, 0))
        #expect(settings.rateRatio == 0.02)
        #expect(settings.storedEntries == 50)
        #expect(settings.keep == ["loss", "kernels_final"])
        let usual = try Self.settings()
        #expect(!usual.alternatives && usual.pair == nil && usual.rateRatio == nil)
        #expect(usual.storedEntries == 1_000)
        #expect(usual.keep == TrainingSettings.arraysKeptByDefault)
    }

    @Test("data of the posterior family and digits with an output each")
    func data() throws {
        #expect(
            try Self.settings(
                "{task: two-point}", "{task: xor, points: 40, dimension: 7, test_points: 9}"
            ).task
                == .drawn(
                    .xor(points: 40, dimension: 7, noiseVariance: 0.4, signal: .high),
                    testPoints: 9))
        try Fixtures.withFolder { folder in
            for name in ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3"] {
                try Data().write(to: URL(fileURLWithPath: "\(folder)/\(name)-ubyte"))
            }
            let files = DigitFiles(
                images: "\(folder)/train-images-idx3-ubyte",
                labels: "\(folder)/train-labels-idx1-ubyte")
            #expect(
                try Self.settings("{task: two-point}", "{task: mnist, path: \(folder)}").task
                    == .digits(DigitTask(files: files, digits: Array(0...9))))
            #expect(
                try Self.settings(
                    "{task: two-point}",
                    "{task: mnist, path: \(folder), digits: [3, 0], points: 20, test_points: 6}"
                ).task
                    == .digits(
                        DigitTask(files: files, digits: [3, 0], points: 20, testPoints: 6)))
            let text = Self.text.replacingOccurrences(
                of: "{task: two-point}",
                with: "{task: mnist, path: \(folder), test_path: \(folder)/t10k-images-idx3-ubyte}")
            #expect(
                Fixtures.sentence(text)?.hasPrefix("a.yaml:3: data.test_path must name") == true)
            try Data().write(to: URL(fileURLWithPath: "\(folder)/t10k-labels-idx1-ubyte"))
            let spec = try Fixtures.spec(in: text)
            #expect(
                spec.dataFiles == [
                    files.images, files.labels, "\(folder)/t10k-images-idx3-ubyte",
                    "\(folder)/t10k-labels-idx1-ubyte",
                ])
        }
    }

    @Test(
        "what no training has is refused in one sentence",
        arguments: [
            WrongSpec(
                old: "task: two-point", new: "task: spiral",
                sentence: """
                    a.yaml:3: data.task must be one of xor, mnist, csv, teacher, two-point, \
                    xor-corners, orthogonal, but is "spiral"
                    """, base: text),
            WrongSpec(
                old: "experiment: posterior\ndata: {task: xor",
                new: "experiment: posterior\ndata: {task: two-point",
                sentence: """
                    a.yaml:3: data.task must be one of xor, mnist, csv, teacher for experiment \
                    posterior, but is two-point
                    """),
            WrongSpec(
                old: "observed_layer: 10", new: "observed_layer: 20",
                sentence: """
                    a.yaml:4: network.observed_layer must be from 0 to 19 for architecture mlp at \
                    depth 20, but is 20
                    """, base: text),
            WrongSpec(
                old: "depth: [20]", new: "depth: [20, 5]",
                sentence: """
                    a.yaml:4: network.observed_layer must be from 0 to 4 for architecture mlp at \
                    depth 5, but is 10
                    """, base: text),
            WrongSpec(
                old: "optimizer: sgd", new: "layers: [3, 21]",
                sentence: """
                    a.yaml:5: training.layers must be from 0 to 19 for architecture mlp at depth \
                    20, but is 21
                    """, base: text),
            WrongSpec(
                old: "optimizer: sgd", new: "pair: [0, 2]",
                sentence: """
                    a.yaml:5: training.pair must be two of the points 0 to 1 of data.task \
                    two-point, but has 2
                    """, base: text),
            WrongSpec(
                old: "optimizer: sgd", new: "pair: [1, 1]",
                sentence: """
                    a.yaml:5: training.pair has 1 twice; remove one of them
                    """, base: text),
            WrongSpec(
                old: "optimizer: sgd", new: "layers: [1, 0, -0]",
                sentence: """
                    a.yaml:5: training.layers has -0 twice; remove one of them
                    """, base: text),
            WrongSpec(
                old: "data: {task: two-point}", new: "data: {task: two-point, points: 4}",
                sentence: """
                    a.yaml:3: data.points is a key of data.task csv, mnist, teacher, xor, but the \
                    task is two-point; remove it
                    """, base: text),
            WrongSpec(
                old: "data: {task: two-point}", new: "data: {task: mnist, path: x, digits: [1]}",
                sentence: """
                    a.yaml:3: data.digits must be two or more different digits, such as [0, 1, 2], \
                    but is [1]
                    """, base: text),
            WrongSpec(
                old: "architecture: mlp", new: "architecture: cnn",
                sentence: "", base: text),
            WrongSpec(
                old: "learning_rate: 0.005, ", new: "",
                sentence: """
                    a.yaml:5: training.learning_rate is missing; it must be a number above 0 and \
                    at most 1000
                    """, base: text),
            WrongSpec(
                old: "data: {task: two-point}", new: "data: {task: xor-corners, dx: 2}",
                sentence: """
                    a.yaml:3: data.dx is a key of data.task two-point, but the task is \
                    xor-corners; remove it
                    """, base: text),
        ])
    func refused(wrong: WrongSpec) {
        #expect((Fixtures.sentence(wrong.text) ?? "") == wrong.sentence)
    }

    @Test("a cnn that leaves no positions is refused")
    func narrowConvolution() {
        let text = Self.text.replacingOccurrences(
            of: "architecture: mlp", with: "architecture: cnn"
        )
        .replacingOccurrences(of: "width: [500]", with: "width: [500, 200]")
        #expect(
            Fixtures.sentence(text)
                == """
                a.yaml:6: a cnn of depth 20 shortens its 200 positions by 210 and leaves none: \
                width has to be 211 or more
                """)
    }

    @Test("the estimate grows with epochs, width and mini-batches")
    func estimate() throws {
        func seconds(_ old: String = "", _ new: String = "") throws -> Double {
            try Fixtures.spec(replacing: old, by: new, in: Self.text).estimate()
                .longestTrialSeconds
        }
        let usual = try seconds()
        // 500 × 20 at about 3 ms an epoch.
        #expect(usual > 5 && usual < 60)
        #expect(try seconds("epochs: 6000", "epochs: 600") < usual / 5)
        #expect(try seconds("width: [500]", "width: [1000]") > 3 * usual)
        #expect(try seconds("optimizer: sgd", "batch: 1") > 1.5 * usual)
    }
}
