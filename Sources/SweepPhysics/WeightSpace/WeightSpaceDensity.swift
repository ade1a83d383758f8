import CSweepKernels

/// Parameters of a network with the energy and its gradient there. Owned by one sampler.
package final class WeightState {
    /// θ, as ``WeightLayout`` has it.
    package let parameters: AlignedBuffer
    /// dE/dθ.
    package let gradient: AlignedBuffer
    /// E(θ).
    package var energy = 0.0

    package init(_ problem: WeightSpaceProblem) {
        parameters = AlignedBuffer(count: problem.layout.count)
        gradient = AlignedBuffer(count: problem.layout.count)
    }
}

/// Evaluates E, its gradient, and what a chain is measured by, at given parameters.
///
/// Cost O(P (r N + (L − 1) N²)) an evaluation, r the columns of the features. Owns its scratch
/// memory, in which the activations of the last evaluation stay: one value a chain.
package final class WeightSpaceDensity {
    package let problem: WeightSpaceProblem
    package let family: KernelFamily
    /// The largest diagonal entry of C_L + κ over a pivot of its Cholesky factor met so far.
    package private(set) var largestCondition = 1.0

    private let points: Int
    private let rows: Int
    private let input: AlignedBuffer
    /// φ(h_l), l = 0 … L−1, each (rows, N).
    private let phi: [AlignedBuffer]
    /// φ'(h_l).
    private let slope: [AlignedBuffer]
    /// dE/dh_l of two neighbouring layers, (P, N).
    private let delta: [AlignedBuffer]
    /// f − y.
    private let residual: AlignedBuffer
    private let matrix: AlignedBuffer
    private let factor: AlignedBuffer
    private let inverse: AlignedBuffer

    package init(_ problem: WeightSpaceProblem, family: KernelFamily) {
        self.problem = problem
        self.family = family
        points = problem.points
        rows = problem.features.rows
        input = AlignedBuffer(count: rows * problem.features.columns)
        input.fill(from: problem.features.values)
        let panel = problem.width * rows
        phi = (0..<problem.depth).map { _ in AlignedBuffer(count: panel) }
        slope = (0..<problem.depth).map { _ in AlignedBuffer(count: panel) }
        delta = (0..<2).map { _ in AlignedBuffer(count: problem.width * problem.points) }
        residual = AlignedBuffer(count: points)
        matrix = AlignedBuffer(count: points * points)
        factor = AlignedBuffer(count: points * points)
        inverse = AlignedBuffer(count: points * points)
    }

    // MARK: Energy and gradient

    /// Computes energy and gradient at `state.parameters`.
    package func evaluate(_ state: WeightState) {
        forward(state.parameters, rows: points)
        let table = family.table.pointee
        let readout = state.parameters.base + problem.layout.weights(problem.depth)
        let last = phi[problem.depth - 1]
        let bias =
            problem.layout.hasBiases
            ? state.parameters.base[problem.layout.biases(problem.depth)] : 0
        var misfit = 0.0
        for row in 0..<points {
            let value =
                table.dot(readout, last.base + row * problem.width, problem.width) + bias
                - problem.targets[row]
            residual.base[row] = value
            misfit += value * value
        }
        var prior = 0.0
        for layer in 0...problem.depth {
            let start = state.parameters.base + problem.layout.weights(layer)
            let count = problem.layout.rows(layer) * problem.layout.columns(layer)
            prior += problem.weightPrecision(layer) * table.dot(start, start, count)
            if problem.layout.hasBiases {
                let biases = state.parameters.base + problem.layout.biases(layer)
                prior +=
                    table.dot(biases, biases, problem.layout.rows(layer)) / problem.biasVariance
            }
        }
        state.energy = 0.5 * (misfit + problem.kappa * prior)
        backward(state)
    }

    /// h_l and φ(h_l) of the first `rows` rows, layer by layer.
    private func forward(_ parameters: AlignedBuffer, rows: Int) {
        let table = family.table.pointee
        let width = problem.width
        for layer in 0..<problem.depth {
            let columns = problem.layout.columns(layer)
            let weights = parameters.base + problem.layout.weights(layer)
            let below = layer == 0 ? input.base : phi[layer - 1].base
            let biases =
                problem.layout.hasBiases ? parameters.base + problem.layout.biases(layer) : nil
            // The slopes' place holds h until the activation is applied.
            let out = phi[layer].base
            for neuron in 0..<width {
                let incoming = weights + neuron * columns
                let bias = biases?[neuron] ?? 0
                for row in 0..<rows {
                    out[row * width + neuron] =
                        table.dot(incoming, below + row * columns, columns) + bias
                }
            }
            table.activate(
                out, slope[layer].base, out, rows * width, problem.activation.kernelCode)
        }
    }

    /// Reverse mode from f − y to dE/dθ, the prior's part included.
    private func backward(_ state: WeightState) {
        let table = family.table.pointee
        let (width, depth) = (problem.width, problem.depth)
        let readout = state.parameters.base + problem.layout.weights(depth)
        prepare(layer: depth, state)
        let readoutGradient = state.gradient.base + problem.layout.weights(depth)
        for row in 0..<points {
            table.axpy(
                readoutGradient, residual.base[row], phi[depth - 1].base + row * width, width)
            if problem.layout.hasBiases {
                state.gradient.base[problem.layout.biases(depth)] += residual.base[row]
            }
            spread(residual.base[row], readout, row: row, to: delta[(depth - 1) % 2])
        }
        for layer in (0..<depth).reversed() {
            let columns = problem.layout.columns(layer)
            let below = layer == 0 ? input.base : phi[layer - 1].base
            let weights = state.parameters.base + problem.layout.weights(layer)
            let gradient = state.gradient.base + problem.layout.weights(layer)
            let here = delta[layer % 2].base
            let next = delta[(layer + 1) % 2].base
            prepare(layer: layer, state)
            if layer > 0 { for index in 0..<(points * width) { next[index] = 0 } }
            for neuron in 0..<width {
                let incoming = weights + neuron * columns
                let slopes = gradient + neuron * columns
                var sum = 0.0
                for row in 0..<points {
                    let value = here[row * width + neuron]
                    sum += value
                    table.axpy(slopes, value, below + row * columns, columns)
                    if layer > 0 { table.axpy(next + row * width, value, incoming, columns) }
                }
                if problem.layout.hasBiases {
                    state.gradient.base[problem.layout.biases(layer) + neuron] += sum
                }
            }
            if layer > 0 { bend(next, by: slope[layer - 1].base) }
        }
    }

    /// Starts the gradient of a layer with that of the prior, γ θ.
    private func prepare(layer: Int, _ state: WeightState) {
        let start = problem.layout.weights(layer)
        let count = problem.layout.rows(layer) * problem.layout.columns(layer)
        let decay = problem.kappa * problem.weightPrecision(layer)
        for index in start..<(start + count) {
            state.gradient.base[index] = decay * state.parameters.base[index]
        }
        guard problem.layout.hasBiases else { return }
        let biases = problem.layout.biases(layer)
        for index in biases..<(biases + problem.layout.rows(layer)) {
            state.gradient.base[index] =
                problem.kappa / problem.biasVariance * state.parameters.base[index]
        }
    }

    /// δ of the last hidden layer in one row: `amount` · w φ'.
    private func spread(
        _ amount: Double, _ readout: UnsafePointer<Double>, row: Int, to out: AlignedBuffer
    ) {
        let width = problem.width
        let slopes = slope[problem.depth - 1].base + row * width
        for neuron in 0..<width {
            out.base[row * width + neuron] = amount * readout[neuron] * slopes[neuron]
        }
    }

    private func bend(_ delta: UnsafeMutablePointer<Double>, by slopes: UnsafePointer<Double>) {
        for index in 0..<(points * problem.width) { delta[index] *= slopes[index] }
    }

    // MARK: Stiffness

    /// The largest eigenvalue of the neural tangent kernel Σ_θ ∂f_a/∂θ ∂f_b/∂θ at the parameters
    /// that were evaluated last: the curvature of the misfit in its stiffest direction.
    package func largestTangentEigenvalue(_ parameters: AlignedBuffer) -> Double {
        let table = family.table.pointee
        let (width, depth) = (problem.width, problem.depth)
        let ones = problem.layout.hasBiases ? 1.0 : 0
        let kernel = matrix.base
        let readout = parameters.base + problem.layout.weights(depth)
        /// Adds (δ δᵀ) ∘ (φ φᵀ + 1) of one layer.
        func add(
            _ delta: UnsafePointer<Double>?, _ below: UnsafePointer<Double>, _ columns: Int
        ) {
            for row in 0..<points {
                for column in 0...row {
                    let product =
                        delta.map {
                            table.dot($0 + row * width, $0 + column * width, width)
                        } ?? 1
                    let value =
                        product
                        * (table.dot(below + row * columns, below + column * columns, columns)
                            + ones)
                    kernel[row * points + column] += value
                    if column < row { kernel[column * points + row] += value }
                }
            }
        }
        for index in 0..<(points * points) { kernel[index] = 0 }
        add(nil, phi[depth - 1].base, width)
        for row in 0..<points { spread(1, readout, row: row, to: delta[(depth - 1) % 2]) }
        for layer in (0..<depth).reversed() {
            let columns = problem.layout.columns(layer)
            let here = delta[layer % 2].base
            add(here, layer == 0 ? input.base : phi[layer - 1].base, columns)
            guard layer > 0 else { break }
            let next = delta[(layer + 1) % 2].base
            let weights = parameters.base + problem.layout.weights(layer)
            for index in 0..<(points * width) { next[index] = 0 }
            for neuron in 0..<width {
                for row in 0..<points {
                    table.axpy(
                        next + row * width, here[row * width + neuron], weights + neuron * columns,
                        columns)
                }
            }
            bend(next, by: slope[layer - 1].base)
        }
        return Self.largestEigenvalue(kernel, size: points)
    }

    /// Power iteration on a positive semidefinite matrix, to about 1e-6.
    static func largestEigenvalue(_ matrix: UnsafePointer<Double>, size: Int) -> Double {
        // No symmetry of a data set has this vector orthogonal to the top eigenvector.
        var vector = (0..<size).map { 1 + Double($0 * 7919 % 997) / 997 }
        var value = 0.0
        for _ in 0..<1000 {
            var image = [Double](repeating: 0, count: size)
            for row in 0..<size {
                for column in 0..<size {
                    image[row] += matrix[row * size + column] * vector[column]
                }
            }
            let norm = image.reduce(0) { $0 + $1 * $1 }.squareRoot()
            guard norm > 0, norm.isFinite else { return norm }
            vector = image.map { $0 / norm }
            let change = abs(norm - value)
            value = norm
            if change <= 1e-7 * norm { break }
        }
        return value
    }

    // MARK: Measures

    /// Kernels C_1 … C_L of the present network, α = (C_L + κ)⁻¹ y and U, the readout integrated
    /// out: the same quantities, with the same law, as in function space.
    ///
    /// - Throws: ``SingularKernel`` when C_L + κ has no usable Cholesky factor.
    package func measure(
        _ state: WeightState, into position: ChainPosition
    ) throws(SingularKernel) {
        forward(state.parameters, rows: rows)
        let table = family.table.pointee
        let width = problem.width
        let scale = problem.gain / Double(width)
        for layer in 0..<problem.depth {
            let kernel = position.kernels.base + layer * points * points
            let panel = phi[layer].base
            for row in 0..<points {
                for column in 0...row {
                    let value =
                        scale * table.dot(panel + row * width, panel + column * width, width)
                        + problem.biasVariance
                    kernel[row * points + column] = value
                    kernel[column * points + row] = value
                }
            }
        }
        let kernel = position.kernels.base + (problem.depth - 1) * points * points
        matrix.base.update(from: kernel, count: points * points)
        for row in 0..<points { matrix.base[row * points + row] += problem.kappa }
        let ratio = table.cholesky(factor.base, inverse.base, matrix.base, points)
        guard ratio > 0 else {
            throw SingularKernel(layer: problem.depth, conditionNumber: .infinity)
        }
        largestCondition = max(largestCondition, 1 / ratio)
        guard ratio >= SingularKernel.smallestPivotRatio else {
            throw SingularKernel(layer: problem.depth, conditionNumber: 1 / ratio)
        }
        let dual = position.dual.base
        for row in 0..<points { dual[row] = 0 }
        var (misfit, logDeterminant) = (0.0, 0.0)
        for row in 0..<points {
            let line = inverse.base + row * points
            var whitened = 0.0
            for column in 0...row { whitened += line[column] * problem.targets[column] }
            misfit += whitened * whitened
            logDeterminant += KernelMath.logarithm(factor.base[row * points + row])
            for column in 0...row { dual[column] += line[column] * whitened }
        }
        position.potential = 0.5 * misfit + logDeterminant
    }

    /// Mean and variance of f at every held-out point given the kernels measured last.
    package func predict(_ position: ChainPosition) -> (mean: [Double], variance: [Double]) {
        let table = family.table.pointee
        let width = problem.width
        let scale = problem.gain / Double(width)
        let panel = phi[problem.depth - 1].base
        var means: [Double] = []
        var variances: [Double] = []
        for test in points..<rows {
            let row = panel + test * width
            let covariance = (0..<points).map {
                scale * table.dot(row, panel + $0 * width, width) + problem.biasVariance
            }
            var mean = 0.0
            var variance = scale * table.dot(row, row, width) + problem.biasVariance
            for index in 0..<points {
                mean += covariance[index] * position.dual.base[index]
                var whitened = 0.0
                for column in 0...index {
                    whitened += inverse.base[index * points + column] * covariance[column]
                }
                variance -= whitened * whitened
            }
            means.append(mean)
            variances.append(max(variance, 0))
        }
        return (means, variances)
    }

    /// Takes up a chain that was interrupted: what it had met counts.
    func resume(largestCondition: Double) { self.largestCondition = largestCondition }
}
