import SweepCore
import SweepExperiments
import SweepPhysics
import SweepTraining
import Testing

@Suite("Experiments")
struct ExperimentTests {
    struct NoFile: Error {}

    static func run(_ experiment: Experiment, seed: Int = 0) throws -> TrialOutcome {
        try experiment.run(
            point: GridPoint([.init(name: "gain", value: .number(1))]), seed: seed, randomKey: 3,
            family: .available[0], readFile: { _ in throw NoFile() }, idle: { _ in })
    }

    @Test("a training is what its own room computes, with the keys of the point")
    func training() throws {
        let settings = TrainingSettings(
            task: .xorCorners, width: 8, depth: 2, gain: 1, learningRate: 0.1, epochs: 20,
            observedLayers: [1])
        let outcome = try Self.run(.training(settings), seed: 4)
        #expect(
            outcome
                == TrainingTrial.run(
                    settings, data: settings.task.data,
                    point: GridPoint([.init(name: "gain", value: .number(1))]), seed: 4,
                    randomKey: 3, family: .available[0]))
        #expect(outcome != (try Self.run(.training(settings), seed: 5)))
    }

    @Test("a calibration idles once, with its settings, and draws a number of the seed")
    func calibration() throws {
        let settings = CalibrationSettings(kind: .sleep, milliseconds: 7)
        var idled: [CalibrationSettings] = []
        let outcome = try Experiment.calibration(settings).run(
            point: GridPoint([]), seed: 0, randomKey: 0, family: .available[0],
            readFile: { _ in throw NoFile() }, idle: { idled.append($0) })
        #expect(idled == [settings])
        guard case .success(let result) = outcome else {
            Issue.record("no result")
            return
        }
        #expect(result.metrics.map(\.name) == ["draw"])
    }

    @Test("only experiments on drawn or read data have a data set")
    func dataSets() throws {
        func hasData(_ experiment: Experiment) throws -> Bool {
            try experiment.dataSet(seed: 0, randomKey: 0, readFile: { _ in throw NoFile() }) != nil
        }
        #expect(
            try !hasData(
                .criticality(
                    CriticalitySettings(activation: .erf, biasVariance: 0.05, gain: nil))))
        let posterior = TheorySettings(
            task: .xor(points: 4, dimension: 5, noiseVariance: 0.4, signal: .high),
            activation: .erf, biasVariance: 0.05, gain: 1, width: 10, depth: 1, kappa: 1e-3)
        #expect(try hasData(.theory(posterior)))
        let file = TheorySettings(
            task: .csv(path: "none", points: nil), activation: .erf, biasVariance: 0.05, gain: 1,
            width: 10, depth: 1, kappa: 1e-3)
        #expect(throws: NoFile.self) { try hasData(.theory(file)) }
    }
}
