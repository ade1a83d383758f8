import SweepPhysics
import SweepTraining
import Testing

@Suite("Training runs")
struct TrainingRunTests {
    static let keys = TrainingKeys(randomKey: 0, seed: 0, point: "gain=1")

    /// A run of a fraction of a second with everything in it.
    static func settings(_ architecture: Architecture = .mlp) -> TrainingSettings {
        var settings = TrainingSettings(
            task: .xorCorners, width: architecture == .cnn ? 20 : 12, depth: 3, gain: 1,
            learningRate: 0.05, epochs: 40, observedLayers: [1, 0])
        settings.architecture = architecture
        settings.channels = 3
        settings.filter = 4
        return settings
    }

    static func run(
        _ settings: TrainingSettings, family: KernelFamily = .best,
        keeper: (any CheckpointKeeper)? = nil
    ) throws -> TrainingRecord {
        try Training.run(
            settings, data: settings.task.data, keys: keys, family: family, keeper: keeper)
    }

    @Test("the same arguments give the same bits, other seeds other numbers")
    func repeats() throws {
        let settings = Self.settings()
        let first = try Self.run(settings)
        #expect(try Self.run(settings) == first)
        let other = try Training.run(
            settings, data: settings.task.data,
            keys: TrainingKeys(randomKey: 0, seed: 1, point: "gain=1"), family: .best)
        #expect(other.loss != first.loss)
        #expect(first.count == 40)
        #expect(first.loss[39] < first.loss[0])
    }

    @Test("families agree to rounding", arguments: Architecture.allCases)
    func families(architecture: Architecture) throws {
        let settings = Self.settings(architecture)
        let reference = try Self.run(settings, family: .available[0])
        for family in KernelFamily.available {
            let record = try Self.run(settings, family: family)
            for (value, expected) in zip(record.loss, reference.loss) {
                #expect(abs(value - expected) < 1e-4 * expected + 1e-9)
            }
        }
    }

    @Test("single and double precision tell the same story")
    func precisions() throws {
        var settings = Self.settings()
        let single = try Self.run(settings)
        settings.precision = .float64
        let double = try Self.run(settings)
        for (value, expected) in zip(single.loss, double.loss) {
            #expect(abs(value - expected) < 1e-5)
        }
        #expect(single.loss != double.loss)
    }

    @Test("the loss is the identity of h, y, w and the mean error", arguments: [1, 3])
    func lossIdentity(outputs: Int) throws {
        var settings = Self.settings()
        settings.task = .twoPoint(dx: 0.9, dy: 0.7, inputs: 2, outputs: outputs)
        settings.precision = .float64
        settings.gain = 1.7
        let record = try Self.run(settings)
        let state = record.curves()[0]
        // L is a mean over outputs too.
        let identity =
            TwoPointLoss.identity(
                state, meanError: record.startingMeanError, task: record.task) / Double(outputs)
        #expect(abs(record.loss[0] - identity) < 1e-12)
        let factor = try #require(record.lossFactor)
        let theory = TwoPointLoss.theory(
            state, epoch: 0, startingMeanError: record.startingMeanError, meanRate: 1,
            task: record.task)
        #expect(abs(record.loss[0] - factor * theory) < 1e-12)
        #expect(abs(record.task.inputDistance - 0.81) < 1e-12)
        #expect(abs(record.task.targetDistance - 0.49) < 1e-12)
    }

    @Test("the theory's loss is in the units of the network's, and only of the pair alone")
    func lossOfTheTheory() throws {
        var settings = Self.settings()
        settings.task = .twoPoint(dx: 1, dy: 0.7, inputs: 2, outputs: 3)
        let half = TrainingAnalysis(try Self.run(settings))
        settings.loss = .mse
        let record = try Self.run(settings)
        #expect(record.lossFactor == 2.0 / 3)
        let fitted = try #require(TrainingAnalysis(record).fittedLoss)
        #expect(abs(fitted[0] / record.loss[0] - 1) < 1e-5)
        #expect(half.fittedLoss.map { abs(2 * $0[0] / fitted[0] - 1) < 1e-5 } == true)
        settings.task = .xorCorners
        let corners = try Self.run(settings)
        #expect(corners.lossFactor == nil)
        #expect(TrainingAnalysis(corners).meanRate == nil)
    }

    @Test("the point at the origin does nothing at the start")
    func origin() throws {
        var settings = Self.settings()
        settings.task = .twoPoint(dx: 1, dy: 0.5.squareRoot())
        settings.epochs = 1
        let record = try Self.run(settings)
        #expect(record.initialKernels[0][1, 1] == 0)
        #expect(record.initialKernels[0][0, 0] > 0)
        #expect(abs(record.representation[0][0] - record.initialKernels[0][0, 0]) < 1e-9)
    }

    @Test("a recorded interval is every so many entries of the full series")
    func interval() throws {
        var settings = Self.settings(.dropout)
        let full = try Self.run(settings)
        settings.recordEvery = 7
        let sparse = try Self.run(settings)
        #expect(sparse.epochs == [0, 7, 14, 21, 28, 35])
        for (place, epoch) in sparse.epochs.enumerated() {
            #expect(sparse.loss[place] == full.loss[Int(epoch)])
            #expect(sparse.representation[1][place] == full.representation[1][Int(epoch)])
        }
        #expect(sparse.finalKernels == full.finalKernels)
    }

    @Test("training ends below a loss and is padded with its last values")
    func stops() throws {
        var settings = Self.settings()
        let full = try Self.run(settings)
        settings.stopAtLoss = full.loss[20]
        var stopped = try Self.run(settings)
        let end = try #require(full.loss.firstIndex { $0 < full.loss[20] })
        #expect(stopped.stoppedAt == end)
        #expect(stopped.count == end + 1)
        stopped.pad(to: 40)
        #expect(
            stopped.loss == Array(full.loss.prefix(end))
                + Array(repeating: full.loss[end], count: 40 - end))
        #expect(stopped.epochs == (0..<40).map(Double.init))
    }

    @Test("mini-batches of all points are the full batch, smaller ones are not")
    func batches() throws {
        var settings = Self.settings()
        let full = try Self.run(settings)
        settings.batch = 4
        #expect(try Self.run(settings) == full)
        settings.batch = 100
        #expect(try Self.run(settings) == full)
        settings.batch = 3
        let small = try Self.run(settings)
        #expect(small.loss[0] == full.loss[0])
        #expect(small.loss[5] != full.loss[5])
        #expect(small.loss[39] < small.loss[0])
    }

    @Test("a loss that is no number ends the run")
    func diverges() {
        var settings = Self.settings()
        settings.activation = .linear
        settings.learningRate = 1e6
        #expect(throws: TrainingDivergence.self) { try Self.run(settings) }
    }

    @Test("settings that no network has are told in a sentence")
    func problems() {
        let data = TrainingTask.xorCorners.data
        var settings = Self.settings()
        #expect(settings.problem(for: data) == nil)
        settings.observedLayers = [3]
        #expect(settings.problem(for: data)?.contains("0 to 2") == true)
        settings = Self.settings(.cnn)
        settings.width = 12
        #expect(settings.problem(for: data)?.contains("13 or more") == true)
        settings = Self.settings()
        settings.learningRate = .nan
        #expect(settings.problem(for: data) != nil)
        settings = Self.settings()
        settings.batch = 0
        #expect(settings.problem(for: data) != nil)
    }
}
