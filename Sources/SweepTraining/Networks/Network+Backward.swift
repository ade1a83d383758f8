/// What a layer's gradient is used for on the way back.
enum GradientUse<Scalar: TrainingScalar> {
    /// parameters ← parameters − rate gradient, in the same pass that reads the weights.
    case descend(rate: Scalar)
    /// buffer ← decay buffer + gradient, laid out as the parameters, which stay.
    case accumulate(into: ScalarBuffer<Scalar>, decay: Scalar)
}

extension Network {
    /// Goes back through the layers from ∂L/∂outputs, which is in the tape's last gradients, for the
    /// points that ``forward(_:points:dropout:)`` has just seen.
    ///
    /// - Parameter hasDropout: whether that was a training step of a dropout network.
    func backward(
        _ tape: Tape<Scalar>, points: Int, hasDropout: Bool = false, use: GradientUse<Scalar>
    ) {
        let dropped = hasDropout && plan.hasDropout
        for index in plan.layers.indices.reversed() {
            let layer = plan.layers[index]
            let gradient = tape.gradients[index].base
            var delta = gradient
            if layer.isActivated {
                // Kept apart, since a skip needs the gradient before the nonlinearity's slope.
                delta = tape.scratch.base
                let slopes = tape.slopes[index].base
                for place in 0..<points * layer.pointStride {
                    delta[place] = gradient[place] * slopes[place]
                }
            }
            moveBiases(layer, delta: delta, points: points, use: use)
            let below = index == 0 ? nil : tape.gradients[index - 1].base
            if layer.isConvolution {
                convolveBack(
                    layer, index: index, delta: delta, below: below, tape: tape, points: points,
                    use: use)
            } else {
                var input = index == 0 ? tape.input.base : tape.values[index - 1].base
                if dropped { input = tape.dropped[index].base }
                moveWeights(
                    layer, delta: delta, deltaStride: layer.pointStride, input: input,
                    below: below, points: points, use: use)
            }
            guard let below else { continue }
            if dropped {
                let factors = tape.factors[index].base
                for place in 0..<points * layer.stride { below[place] *= factors[place] }
            }
            if let skipping = skip(from: index - 1) {
                Scalar.add(
                    table, below, 1, tape.gradients[skipping].base,
                    count: points * plan.layers[index - 1].pointStride)
            }
        }
    }

    /// The layer that adds the output of layer `index` to its own.
    private func skip(from index: Int) -> Int? {
        let candidate = index + 2
        guard candidate < plan.layers.count, plan.layers[candidate].skipsFrom == index else {
            return nil
        }
        return candidate
    }

    private func moveWeights(
        _ layer: NetworkPlan.Layer, delta: UnsafeMutablePointer<Scalar>, deltaStride: Int,
        input: UnsafeMutablePointer<Scalar>, below: UnsafeMutablePointer<Scalar>?, points: Int,
        use: GradientUse<Scalar>
    ) {
        let weights = parameters.base + layer.weights
        func pass(
            _ weights: UnsafeMutablePointer<Scalar>, _ below: UnsafeMutablePointer<Scalar>?,
            decay: Scalar, rate: Scalar
        ) {
            Scalar.backward(
                table, weights: weights, below: below, delta: delta, deltaStride: deltaStride,
                input: input, decay: decay, rate: rate, points: points, rows: layer.rows,
                stride: layer.stride)
        }
        switch use {
        case .descend(let rate):
            pass(weights, below, decay: 1, rate: rate)
        case .accumulate(let buffer, let decay):
            if let below { pass(weights, below, decay: 1, rate: 0) }
            pass(buffer.base + layer.weights, nil, decay: decay, rate: -1)
        }
    }

    private func moveBiases(
        _ layer: NetworkPlan.Layer, delta: UnsafeMutablePointer<Scalar>, points: Int,
        use: GradientUse<Scalar>
    ) {
        let target: UnsafeMutablePointer<Scalar>
        let factor: Scalar
        switch use {
        case .descend(let rate):
            target = parameters.base + layer.biases
            factor = -rate
        case .accumulate(let buffer, let decay):
            target = buffer.base + layer.biases
            factor = 1
            for row in 0..<layer.rows { target[row] *= decay }
        }
        if layer.positions == 1 {
            for point in 0..<points {
                Scalar.add(
                    table, target, factor, delta + point * layer.pointStride, count: layer.rows)
            }
            return
        }
        for row in 0..<layer.rows {
            var sum: Scalar = 0
            for point in 0..<points {
                let column = delta + point * layer.pointStride + row
                for position in 0..<layer.positions { sum += column[position * layer.rows] }
            }
            target[row] += factor * sum
        }
    }

    /// The gradient of a convolution: that of the map at every position, whose windows overlap.
    private func convolveBack(
        _ layer: NetworkPlan.Layer, index: Int, delta: UnsafeMutablePointer<Scalar>,
        below: UnsafeMutablePointer<Scalar>?, tape: Tape<Scalar>, points: Int,
        use: GradientUse<Scalar>
    ) {
        gatherWindows(
            layer, from: tape.values[index - 1].base, tape: tape, index: index, points: points)
        // Without the padding between points, all positions are rows of one matrix.
        if layer.pointStride != layer.size {
            for point in 1..<max(1, points) {
                (delta + point * layer.size).update(
                    from: delta + point * layer.pointStride, count: layer.size)
            }
        }
        moveWeights(
            layer, delta: delta, deltaStride: layer.rows, input: tape.windows.base,
            below: below == nil ? nil : tape.windowGradients.base,
            points: points * layer.positions, use: use)
        guard let below else { return }
        let stride = plan.layers[index - 1].pointStride
        below.update(repeating: 0, count: points * stride)
        for point in 0..<points {
            let source = tape.windowGradients.base + point * layer.positions * layer.stride
            for position in 0..<layer.positions {
                Scalar.add(
                    table, below + point * stride + position * layer.channels, 1,
                    source + position * layer.stride, count: layer.columns)
            }
        }
    }
}
