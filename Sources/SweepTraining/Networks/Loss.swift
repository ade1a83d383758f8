/// What training makes small: a mean over points and outputs.
public enum TrainingLoss: String, CaseIterable, Hashable, Sendable {
    /// ½ mean (ŷ − t)².
    case halfMSE = "half-mse"
    /// mean (ŷ − t)².
    case mse

    /// The factor before the mean of squares.
    public var factor: Double { self == .halfMSE ? 0.5 : 1 }
}

extension Network {
    /// Sum of (ŷ − t)² over the first `points` points of a tape, in double precision.
    ///
    /// - Parameter targets: row-major, shape (points, outputs).
    func squaredErrors(
        _ tape: Tape<Scalar>, targets: UnsafePointer<Scalar>, points: Int
    ) -> Double {
        let outputs = plan.shape.outputs
        let stride = NetworkPlan.padded(outputs)
        let values = tape.values[plan.layers.count - 1].base
        var sum = 0.0
        for point in 0..<points {
            for output in 0..<outputs {
                let error =
                    Double(values[point * stride + output])
                    - Double(targets[point * outputs + output])
                sum += error * error
            }
        }
        return sum
    }

    /// How many of the first `points` points have their largest output where their target has it,
    /// or, with one output, the sign of their target.
    func classifiedRight(
        _ tape: Tape<Scalar>, targets: UnsafePointer<Scalar>, points: Int
    ) -> Int {
        let outputs = plan.shape.outputs
        let stride = NetworkPlan.padded(outputs)
        let values = tape.values[plan.layers.count - 1].base
        func largest(_ values: UnsafePointer<Scalar>) -> Int {
            (1..<outputs).reduce(0) { values[$1] > values[$0] ? $1 : $0 }
        }
        return (0..<points).count { point in
            let value = UnsafePointer(values + point * stride)
            let target = targets + point * outputs
            return outputs == 1
                ? value[0] * target[0] > 0 : largest(value) == largest(target)
        }
    }

    /// Puts ∂L/∂ŷ of a batch into the tape, for ``backward(_:points:hasDropout:use:)``.
    func setOutputGradients(
        _ tape: Tape<Scalar>, targets: UnsafePointer<Scalar>, points: Int, loss: TrainingLoss
    ) {
        let outputs = plan.shape.outputs
        let stride = NetworkPlan.padded(outputs)
        let last = plan.layers.count - 1
        let values = tape.values[last].base
        let gradients = tape.gradients[last].base
        let scale = Scalar(2 * loss.factor / Double(points * outputs))
        for point in 0..<points {
            for output in 0..<outputs {
                let place = point * stride + output
                gradients[place] = scale * (values[place] - targets[point * outputs + output])
            }
        }
    }
}
