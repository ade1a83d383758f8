import SweepPhysics
import SweepTraining

/// Steps of gradient descent of the product's own networks: forward, loss, backward, update.
enum TrainingCases {
    struct Problem {
        var points: Int
        var inputs: Int
        var width: Int
        var depth: Int
        var outputs: Int
        /// Whether every step takes other points, as a mini-batch does.
        var isBatch = false
    }

    static func make(_ name: String, _ family: KernelFamily) -> Case? {
        switch name {
        case "train-500":
            make(.init(points: 2, inputs: 1, width: 500, depth: 20, outputs: 1), family)
        case "train-50": make(.init(points: 2, inputs: 1, width: 50, depth: 20, outputs: 1), family)
        case "train-784":
            make(
                .init(points: 64, inputs: 784, width: 200, depth: 4, outputs: 10, isBatch: true),
                family)
        case "train-27":
            make(
                .init(points: 64, inputs: 27, width: 100, depth: 4, outputs: 1, isBatch: true),
                family)
        default: nil
        }
    }

    private static func make(_ problem: Problem, _ family: KernelFamily) -> Case {
        let shape = NetworkShape(
            architecture: .mlp, activation: .leakyRelu, inputs: problem.inputs,
            outputs: problem.outputs, width: problem.width, depth: problem.depth)
        let network = TrainableNetwork(
            shape, optimizer: .sgd(), learningRate: 1e-4, loss: .halfMSE, family: family)
        let key = RandomKey(randomKey: 1, purpose: .weights, seed: 0, point: "bench")
        network.initialise(gain: 1, key: key)
        let stream = RandomStream(key)
        let inputs = stream.normals(count: problem.points * problem.inputs)
        let targets = stream.normals(
            first: inputs.count, count: problem.points * problem.outputs)
        let (P, N, L) = (Double(problem.points), Double(problem.width), Double(problem.depth))
        let first = Double(problem.inputs) * N
        let others = (L - 1) * N * N + N * Double(problem.outputs)
        // The first layer passes nothing down. Full batches are converted once for many steps.
        let steps = problem.isBatch ? 1 : 16
        return Case(
            flops: P * (4 * first + 6 * others), bytes: (first + others) * 12, functions: P * N * L,
            repeats: steps
        ) {
            network.steps(steps, inputs: inputs, targets: targets)
        }
    }
}
