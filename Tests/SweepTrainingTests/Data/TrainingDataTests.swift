import Glibc
import SweepTraining
import Testing

@Suite("Data to train on")
struct TrainingDataTests {
    @Test("two points have the distances that were asked for", arguments: [1, 3])
    func twoPoints(dimension: Int) {
        let data = TrainingTask.twoPoint(
            dx: 1.25, dy: 0.75, inputs: dimension, outputs: dimension
        ).data
        #expect(data.points == 2)
        let task = data.task(0, 1)
        #expect(abs(task.inputDistance - 1.25 * 1.25) < 1e-12)
        #expect(abs(task.targetDistance - 0.75 * 0.75) < 1e-12)
        let usual = TrainingTask.twoPoint(dx: 1, dy: 0.5.squareRoot()).data
        #expect(usual.inputs == [-1, 0])
        #expect(usual.targets[0] == 0.6)
        #expect(abs(usual.targets[1] - 1.307_106_8) < 1e-7)
    }

    @Test("the corners of xor")
    func corners() {
        let data = TrainingTask.xorCorners.data
        #expect(data.inputs == [0, 0, 0, 1, 1, 0, 1, 1])
        #expect(data.targets == [0, 1, 1, 0])
    }

    @Test("blobs are normalised images with a context that says which coordinate is asked for")
    func blobs() {
        let data = TrainingTask.orthogonal.data
        #expect(data.points == 1_800)
        #expect(data.dimension == 27)
        func row(_ point: Int) -> [Double] {
            Array(data.inputs[point * 27..<(point + 1) * 27])
        }
        for point in [0, 31, 899, 900, 1_799] {
            #expect(abs(row(point).prefix(25).reduce(0, +) - 1) < 1e-12)
        }
        #expect(Array(row(899).suffix(2)) == [1, 0])
        #expect(Array(row(900).suffix(2)) == [0, 1])
        #expect(data.targets[0] == -1 && data.targets[29] == -1 && data.targets[30] > -1)
        #expect(data.targets[900] == -1 && data.targets[929] == 1)
        // Point 29 has mu_x = −1 and mu_y = 1: bright in the last row's first column.
        let image = row(29)
        #expect(image.prefix(25).max() == image[20])
        // exp(−½ (2² + 0)) from the corner to the one beside it along x.
        #expect(abs(image[24] / image[20] - exp(-2)) < 1e-12)
    }
}
