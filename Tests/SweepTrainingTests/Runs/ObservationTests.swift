import SweepPhysics
import SweepTraining
import Testing

/// What a run records, beside the same network trained step by step and asked for its activities.
@Suite("Observations of trainings")
struct ObservationTests {
    /// Sixty points in three classes, twenty more to test on.
    static let data: TrainingData = {
        var draws = Draws(8)
        func points(_ count: Int) -> TrainingData.Points {
            let inputs = (0..<count * 4).map { _ in draws.uniform(-1, 1) }
            var targets: [Double] = []
            for point in 0..<count {
                for place in 0..<3 { targets.append(point % 3 == place ? 1 : 0) }
            }
            return TrainingData.Points(inputs: .numbers(inputs), targets: targets)
        }
        return TrainingData(
            dimension: 4, outputs: 3, training: points(60), test: points(20),
            pair: PointPair(7, 50), tracked: [3, 59, 20])
    }()

    static func settings() -> TrainingSettings {
        var settings = TrainingSettings(
            task: .xorCorners, width: 9, depth: 2, gain: 1.2, learningRate: 0.3, epochs: 6,
            observedLayers: [1, 0])
        settings.precision = .float64
        settings.activation = .tanh
        return settings
    }

    /// ‖b − a‖² of two rows.
    static func distance(_ rows: [Double], _ size: Int) -> Double {
        var sum = 0.0
        for place in 0..<size {
            let difference = rows[size + place] - rows[place]
            sum += difference * difference
        }
        return sum
    }

    static func copies(_ values: [Double], _ count: Int) -> [Double] {
        var all: [Double] = []
        for _ in 0..<count { all += values }
        return all
    }

    static let keys = TrainingKeys(randomKey: 0, seed: 2, point: "a")

    @Test("held-out points, a pair of the user's and tracked points are those of the network")
    func againstSteps() throws {
        let data = Self.data
        let settings = Self.settings()
        let record = try Training.run(settings, data: data, keys: Self.keys, family: .best)
        let network = TrainableNetwork(
            settings.shape(for: data), precision: .float64, learningRate: 0.3)
        network.initialise(gain: 1.2, key: Self.keys.weights)
        let test = try #require(data.test)
        let testInputs = test.inputs[0..<test.inputs.count]
        var accuracies: Set<Double> = []
        for epoch in 0..<6 {
            let outputs = network.activity(inputs: testInputs)
            var squares = 0.0
            var right = 0
            for point in 0..<20 {
                let row = Array(outputs[point * 3..<point * 3 + 3])
                let target = Array(test.targets[point * 3..<point * 3 + 3])
                for place in 0..<3 {
                    let miss: Double = row[place] - target[place]
                    squares += miss * miss
                }
                if row.max() == row[point % 3] { right += 1 }
            }
            #expect(abs(record.testLoss[epoch] - 0.5 * squares / 60) < 1e-12)
            #expect(record.testAccuracy[epoch] == Double(right) / 20)
            accuracies.insert(record.testAccuracy[epoch])
            for (place, layer) in [1, 0].enumerated() {
                let hidden = network.activity(layer, inputs: data.input(7) + data.input(50))
                let distance = Self.distance(hidden, 9)
                #expect(abs(record.representation[place][epoch] - distance) < 1e-12)
            }
            let pair = network.activity(inputs: data.input(7) + data.input(50))
            let output = Self.distance(pair, 3)
            #expect(abs(record.output[epoch] - output) < 1e-12)
            if epoch == 0 {
                let tracked = network.activity(
                    inputs: data.input(3) + data.input(59) + data.input(20))
                #expect(zip(record.initialOutputs, tracked).allSatisfy { abs($0 - $1) < 1e-12 })
            }
            network.step(inputs: data.inputs, targets: data.targets)
        }
        #expect(accuracies.count > 1)
        let tracked = network.activity(1, inputs: data.input(3) + data.input(59) + data.input(20))
        let kernel = Representation.kernel(tracked, points: 3)
        for (value, expected) in zip(record.finalKernels[0].values, kernel.values) {
            #expect(abs(value - expected) < 1e-12)
        }
    }

    @Test("many points are observed in parts, with the same results")
    func parts() throws {
        // More than a tape for observing takes at once; the batch is not all points either.
        let copies = 6
        let small = Self.data
        let large = TrainingData(
            dimension: 4, outputs: 3,
            training: .init(
                inputs: .numbers(Self.copies(small.inputs, copies)),
                targets: Self.copies(small.targets, copies)),
            test: small.test, pair: PointPair(7, 290), tracked: [303, 59, 20])
        var settings = Self.settings()
        settings.epochs = 1
        settings.batch = 50
        let one = try Training.run(settings, data: small, keys: Self.keys, family: .best)
        let many = try Training.run(settings, data: large, keys: Self.keys, family: .best)
        #expect(abs(one.loss[0] - many.loss[0]) < 1e-12)
        #expect(one.testLoss == many.testLoss)
        #expect(abs(one.representation[0][0] - many.representation[0][0]) < 1e-12)
        #expect(abs(one.output[0] - many.output[0]) < 1e-12)
        for (value, expected) in zip(many.initialKernels[1].values, one.initialKernels[1].values) {
            #expect(abs(value - expected) < 1e-12)
        }
        #expect(many.initialOutputs.count == 9)
    }

    @Test("a run with held-out points or a grid of features is taken up with the same bits")
    func checkpoints() throws {
        var batches = Self.settings()
        batches.batch = 7
        batches.recordEvery = 4
        var grid = batches
        grid.task = .orthogonal
        grid.batch = 900
        grid.epochs = 3
        grid.width = 6
        for (settings, data) in [(batches, Self.data), (grid, grid.task.data)] {
            let keeper = TrainingCheckpointTests.Keeper()
            let whole = try Training.run(
                settings, data: data, keys: Self.keys, family: .best, keeper: keeper)
            #expect(!keeper.kept.isEmpty)
            for kept in keeper.kept {
                let second = TrainingCheckpointTests.Keeper(earlier: kept.state)
                let record = try Training.run(
                    settings, data: data, keys: Self.keys, family: .best, keeper: second)
                #expect(record == whole)
                #expect(second.resumedAt == kept.step)
            }
        }
    }

    @Test("a pair that the data do not have is a sentence")
    func pairProblems() {
        var settings = Self.settings()
        settings.pair = PointPair(0, 60)
        #expect(
            settings.problem(for: Self.data) == "pair: there is no point 60, but the points 0 to 59"
        )
        settings.pair = PointPair(3, 3)
        #expect(settings.problem(for: Self.data) == "a pair is of two different points")
        settings.pair = PointPair(59, 0)
        #expect(settings.problem(for: Self.data) == nil)
    }
}
