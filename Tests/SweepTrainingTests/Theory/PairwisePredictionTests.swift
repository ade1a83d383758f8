import SweepPhysics
import SweepTraining
import Testing

@Suite("Predictions for all pairs")
struct PairwisePredictionTests {
    static func random(_ size: Int, _ draws: inout Draws) -> Kernel {
        var values = Kernel(size: size)
        for row in 0..<size {
            for column in 0..<row {
                values[row, column] = draws.uniform(0.1, 2)
                values[column, row] = values[row, column]
            }
        }
        return values
    }

    @Test("distances are those of the paper's formula")
    func formula() {
        var draws = Draws(2)
        let (hidden, outputs) = (Self.random(5, &draws), Self.random(5, &draws))
        let (inputs, targets) = (Self.random(5, &draws), Self.random(5, &draws))
        for ratio in [0.01, 0.7, 30] {
            let predicted = PairwisePrediction.squaredDistances(
                hidden: hidden, outputs: outputs, inputs: inputs, targets: targets, ratio: ratio)
            for row in 0..<5 {
                #expect(predicted[row, row] == 0)
                for column in 0..<5 where column != row {
                    // As the notebook has it, in distances.
                    let dx = inputs[row, column].squareRoot()
                    let dy = targets[row, column].squareRoot()
                    let dh0 = hidden[row, column].squareRoot()
                    let dy0 = outputs[row, column].squareRoot()
                    let (grown, decoded) = (dh0 / dx, dy0 / dh0)
                    let high: Double = (grown * grown - decoded * decoded * ratio) * dx * dx
                    let low: Double = ratio.squareRoot() * dx * dy
                    let root: Double = (high * high + 4 * low * low).squareRoot()
                    let distance: Double = (0.5 * (high + root)).squareRoot()
                    #expect(
                        abs(predicted[row, column].squareRoot() - distance) < 1e-7 * (1 + distance))
                }
            }
        }
    }

    @Test("pairs that start as one are taken in the rich limit; equal points stay together")
    func degenerate() {
        let zero = Kernel(size: 3)
        var inputs = Kernel(size: 3) { $0 == $1 ? 0 : 4 }
        inputs[0, 1] = 0
        inputs[1, 0] = 0
        let targets = Kernel(size: 3) { $0 == $1 ? 0 : 9 }
        let predicted = PairwisePrediction.squaredDistances(
            hidden: zero, outputs: zero, inputs: inputs, targets: targets, ratio: 0.25)
        #expect(predicted[0, 1] == 0)
        #expect(abs(predicted[0, 2] - 3) < 1e-12)
    }

    @Test("error, change and correlation of small matrices")
    func measures() throws {
        // Distances 1, 2 and 3, predicted as 1, 3 and 3.
        let measured = Kernel(size: 3, values: [0, 1, 4, 1, 0, 9, 4, 9, 0])
        let predicted = Kernel(size: 3, values: [0, 1, 9, 1, 0, 9, 9, 9, 0])
        #expect(
            abs(
                try #require(PairwisePrediction.error(of: predicted, measured: measured))
                    - (1.0 / 14).squareRoot()) < 1e-15)
        #expect(
            abs(
                try #require(PairwisePrediction.largestChange(from: measured, to: predicted)) - 0.5)
                < 1e-15)
        #expect(PairwisePrediction.largestChange(from: Kernel(size: 3), to: measured) == nil)
        #expect(PairwisePrediction.error(of: measured, measured: Kernel(size: 3)) == nil)
        // Of (1, 4, 9) and (1, 9, 9).
        let x: [Double] = [-11.0 / 3, -2.0 / 3, 13.0 / 3]
        let y: [Double] = [-16.0 / 3, 8.0 / 3, 8.0 / 3]
        var (xy, xx, yy) = (0.0, 0.0, 0.0)
        for place in 0..<3 {
            xy += x[place] * y[place]
            xx += x[place] * x[place]
            yy += y[place] * y[place]
        }
        #expect(
            abs(
                try #require(PairwisePrediction.correlation(measured, predicted))
                    - xy / (xx * yy).squareRoot()) < 1e-14)
        #expect(PairwisePrediction.correlation(measured, Kernel(size: 3)) == nil)
        #expect(
            PairwisePrediction.correlation(measured, predicted) { row, _ in row == 2 } == nil)
    }

    @Test("classes: the matrix products of the paper's code, over the sizes of the classes")
    func classes() {
        let data = ObservationTests.data
        let n = data.points
        func class0(_ point: Int) -> Int { point % 3 }
        let (predicted, classes) = ClassPrediction.distances(data)
        #expect(classes == [0, 2, 2])
        var products = [Double](repeating: 0, count: n * n)
        for i in 0..<n {
            for j in 0..<n {
                let task = data.task(i, j)
                products[i * n + j] =
                    task.inputDistance.squareRoot() * task.targetDistance.squareRoot()
            }
        }
        for (a, i) in data.tracked.enumerated() {
            for (b, j) in data.tracked.enumerated() {
                var sum = 0.0
                for k in 0..<n where class0(k) == class0(i) {
                    for l in 0..<n where class0(l) == class0(j) { sum += products[k * n + l] }
                }
                #expect(abs(predicted[a, b] - sum / 400) < 1e-12)
            }
        }
    }
}
