import CSweepKernels
import SweepPhysics

/// A network with its parameters, in one precision.
final class Network<Scalar: TrainingScalar> {
    let plan: NetworkPlan
    let family: KernelFamily
    /// Weights and biases of all layers, where ``NetworkPlan/Layer`` says.
    let parameters: ScalarBuffer<Scalar>

    var table: UnsafePointer<swk_kernels> { family.table }

    /// All parameters 0.
    init(_ plan: NetworkPlan, family: KernelFamily) {
        self.plan = plan
        self.family = family
        parameters = ScalarBuffer(plan.parameterCount)
    }

    /// Draws Xavier-normal weights, N(0, gain² 2 / (fan_in + fan_out)), and sets biases to 0.
    ///
    /// Weight number n of a layer, row by row and without padding, takes the normal of number
    /// `firstNormal` + n of the key's stream in single precision: the same network in both
    /// precisions, on every family.
    func initialise(gain: Double, key: RandomKey) {
        for layer in plan.layers {
            let deviation = gain * (2 / Double(layer.fanIn + layer.fanOut)).squareRoot()
            let count = layer.rows * layer.columns
            var normals = [Float](repeating: 0, count: count)
            table.pointee.single_normals(
                &normals, count, key.kernelKey, UInt64(layer.firstNormal / 4))
            let weights = parameters.base + layer.weights
            for row in 0..<layer.rows {
                for column in 0..<layer.columns {
                    weights[row * layer.stride + column] = Scalar(
                        deviation * Double(normals[row * layer.columns + column]))
                }
            }
            (parameters.base + layer.biases).update(repeating: 0, count: layer.rows)
        }
    }

    /// Computes the values of all layers for the first `points` points of the tape's input.
    ///
    /// - Parameter dropout: draws the factors of a training step; nil to observe, when dropout
    ///   does nothing.
    func forward(_ tape: Tape<Scalar>, points: Int, dropout: DropoutMask? = nil) {
        precondition(points <= tape.capacity, "\(points) points in a tape of \(tape.capacity)")
        for index in plan.layers.indices {
            let layer = plan.layers[index]
            var input = index == 0 ? tape.input.base : tape.values[index - 1].base
            if let dropout, plan.hasDropout {
                let count = points * layer.stride
                let factors = tape.factors[index].base
                dropout.fill(
                    factors, layer: index, points: points, size: layer.columns,
                    stride: layer.stride)
                let dropped = tape.dropped[index].base
                for place in 0..<count { dropped[place] = factors[place] * input[place] }
                input = dropped
            }
            affine(layer, tape: tape, input: input, index: index, points: points)
            if let source = layer.skipsFrom {
                Scalar.add(
                    table, tape.values[index].base, 1, tape.values[source].base,
                    count: points * layer.pointStride)
            }
        }
    }

    /// The affine map of a layer and its nonlinearity.
    private func affine(
        _ layer: NetworkPlan.Layer, tape: Tape<Scalar>, input: UnsafeMutablePointer<Scalar>,
        index: Int, points: Int
    ) {
        let out = layer.isActivated ? tape.scratch.base : tape.values[index].base
        let weights = parameters.base + layer.weights
        let bias = parameters.base + layer.biases
        let count = points * layer.pointStride
        if layer.isActivated && layer.pointStride > layer.size {
            // Left there by another layer; f(0) = 0 keeps the padding 0.
            for point in 0..<points {
                let row = out + point * layer.pointStride
                (row + layer.size).update(
                    repeating: 0, count: layer.pointStride - layer.size)
            }
        }
        if layer.isConvolution {
            gatherWindows(layer, from: input, tape: tape, index: index, points: points)
            for point in 0..<points {
                Scalar.forward(
                    table, out: out + point * layer.pointStride, outStride: layer.rows,
                    weights: weights, bias: bias,
                    input: tape.windows.base + point * layer.positions * layer.stride,
                    points: layer.positions, rows: layer.rows, stride: layer.stride)
            }
        } else {
            Scalar.forward(
                table, out: out, outStride: layer.pointStride, weights: weights, bias: bias,
                input: input, points: points, rows: layer.rows, stride: layer.stride)
        }
        if layer.isActivated {
            Scalar.activate(
                table, value: tape.values[index].base, slope: tape.slopes[index].base, x: out,
                count: count, plan.shape.activation.kernelCode)
        }
    }

    /// Copies the window of every position: neighbouring positions, whose channels are together,
    /// are one run of the input.
    func gatherWindows(
        _ layer: NetworkPlan.Layer, from input: UnsafeMutablePointer<Scalar>, tape: Tape<Scalar>,
        index: Int, points: Int
    ) {
        let inputStride = plan.layers[index - 1].pointStride
        for point in 0..<points {
            let source = input + point * inputStride
            let target = tape.windows.base + point * layer.positions * layer.stride
            for position in 0..<layer.positions {
                let row = target + position * layer.stride
                row.update(from: source + position * layer.channels, count: layer.columns)
                (row + layer.columns).update(
                    repeating: 0, count: layer.stride - layer.columns)
            }
        }
    }
}
