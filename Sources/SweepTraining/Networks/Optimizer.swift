/// How parameters follow the gradient.
public enum Optimizer: Hashable, Sendable {
    /// v ← momentum v + gradient, parameters ← parameters − learning rate v.
    case sgd(momentum: Double = 0)
    /// Adam with bias correction (Kingma and Ba 2015).
    case adam(firstDecay: Double = 0.9, secondDecay: Double = 0.999, floor: Double = 1e-8)

    var name: String {
        switch self {
        case .sgd: "sgd"
        case .adam: "adam"
        }
    }
}

/// An optimizer with its memory of earlier gradients.
final class OptimizerState<Scalar: TrainingScalar> {
    let optimizer: Optimizer
    let learningRate: Double
    /// Steps taken.
    var step = 0
    /// Velocity of `sgd` with momentum; gradient, its mean and mean square for `adam`.
    let buffers: [ScalarBuffer<Scalar>]

    init(_ optimizer: Optimizer, learningRate: Double, parameterCount: Int) {
        self.optimizer = optimizer
        self.learningRate = learningRate
        let count =
            switch optimizer {
            case .sgd(let momentum): momentum == 0 ? 0 : 1
            case .adam: 3
            }
        buffers = (0..<count).map { _ in ScalarBuffer(parameterCount) }
    }

    /// The buffers that the next steps depend on.
    var memory: [ScalarBuffer<Scalar>] {
        switch optimizer {
        case .sgd: buffers
        case .adam: Array(buffers.dropFirst())
        }
    }

    /// One update from the output gradients in the tape.
    func update(
        _ network: Network<Scalar>, _ tape: Tape<Scalar>, points: Int, hasDropout: Bool
    ) {
        func back(_ use: GradientUse<Scalar>) {
            network.backward(tape, points: points, hasDropout: hasDropout, use: use)
        }
        step += 1
        switch optimizer {
        case .sgd(let momentum):
            guard let velocity = buffers.first else {
                back(.descend(rate: Scalar(learningRate)))
                return
            }
            back(.accumulate(into: velocity, decay: Scalar(momentum)))
            Scalar.add(
                network.table, network.parameters.base, Scalar(-learningRate), velocity.base,
                count: velocity.count)
        case .adam(let firstDecay, let secondDecay, let floor):
            back(.accumulate(into: buffers[0], decay: 0))
            adam(network.parameters, firstDecay, secondDecay, floor)
        }
    }

    private func adam(
        _ parameters: ScalarBuffer<Scalar>, _ firstDecay: Double, _ secondDecay: Double,
        _ floor: Double
    ) {
        let rate = Scalar(learningRate / (1 - Self.power(firstDecay, step)))
        let spread = Scalar((1 - Self.power(secondDecay, step)).squareRoot())
        let (a, b) = (Scalar(firstDecay), Scalar(secondDecay))
        let (notA, notB) = (Scalar(1 - firstDecay), Scalar(1 - secondDecay))
        let least = Scalar(floor)
        let (gradient, mean, square) = (buffers[0].base, buffers[1].base, buffers[2].base)
        for place in 0..<parameters.count {
            let g = gradient[place]
            mean[place] = a * mean[place] + notA * g
            square[place] = b * square[place] + notB * (g * g)
            parameters.base[place] -=
                rate * mean[place] / (square[place].squareRoot() / spread + least)
        }
    }

    /// base^exponent by squaring, the same bits everywhere.
    private static func power(_ base: Double, _ exponent: Int) -> Double {
        var result = 1.0
        var factor = base
        var rest = exponent
        while rest > 0 {
            if rest & 1 == 1 { result *= factor }
            factor *= factor
            rest >>= 1
        }
        return result
    }
}
