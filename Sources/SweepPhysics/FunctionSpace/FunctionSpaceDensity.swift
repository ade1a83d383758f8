import CSweepKernels
import Glibc

/// Where a chain is, with everything that was computed there. Owned by one sampler.
package final class ChainPosition {
    /// ξ, L panels one after the other.
    package let variables: AlignedBuffer
    /// dU/dξ, same layout.
    package let gradient: AlignedBuffer
    /// C_1 … C_L, each (P, P), both triangles.
    package let kernels: AlignedBuffer
    /// (C_L + κ)⁻¹ y, shape (P).
    package let dual: AlignedBuffer
    /// U(ξ).
    package var potential = 0.0

    /// - Parameter isWhitened: Whether the state is ξ; false where it is elsewhere.
    package init(_ problem: FunctionSpaceProblem, isWhitened: Bool = true) {
        variables = AlignedBuffer(count: isWhitened ? problem.variableCount : 0)
        gradient = AlignedBuffer(count: isWhitened ? problem.variableCount : 0)
        kernels = AlignedBuffer(count: problem.depth * problem.points * problem.points)
        dual = AlignedBuffer(count: problem.points)
    }

    /// Tells whether two evaluations gave the same bits.
    var fingerprint: Fingerprint {
        var fingerprint = Fingerprint()
        fingerprint.add(potential)
        for buffer in [gradient, kernels, dual] { fingerprint.add(buffer) }
        return fingerprint
    }
}

/// Evaluates U and its gradient by reverse mode through the Cholesky factors, φ and the kernels.
///
/// Cost O(L (N P² + P³)) an evaluation. Owns its scratch memory: one value a chain.
package final class FunctionSpaceDensity {
    package let problem: FunctionSpaceProblem
    package let family: KernelFamily
    /// β of the likelihood; 1 for the posterior, 0 for the prior.
    package var likelihoodPower: Double
    /// The largest 1 / pivot ratio met so far: a lower bound of the worst condition number.
    package private(set) var largestCondition = 1.0

    private let activation: swk_activation
    private let phi: AlignedBuffer
    private let slope: AlignedBuffer
    private let factors: AlignedBuffer
    private let inverses: AlignedBuffer
    private let outputFactor: AlignedBuffer
    private let outputInverse: AlignedBuffer
    private let matrix: AlignedBuffer
    private let weight: AlignedBuffer
    private let scratch: AlignedBuffer

    /// - Parameter holdsPanels: Whether φ and φ′ are kept here; false where ``SinglePanels`` do.
    package init(
        _ problem: FunctionSpaceProblem, family: KernelFamily, holdsPanels: Bool = true
    ) {
        self.problem = problem
        self.family = family
        likelihoodPower = problem.likelihoodPower
        activation = problem.activation.kernelCode
        let square = problem.points * problem.points
        phi = AlignedBuffer(count: holdsPanels ? problem.variableCount : 0)
        slope = AlignedBuffer(count: holdsPanels ? problem.variableCount : 0)
        factors = AlignedBuffer(count: problem.depth * square)
        inverses = AlignedBuffer(count: problem.depth * square)
        outputFactor = AlignedBuffer(count: square)
        outputInverse = AlignedBuffer(count: square)
        matrix = AlignedBuffer(count: square)
        weight = AlignedBuffer(count: square)
        scratch = AlignedBuffer(count: 2 * square)
        for (index, value) in problem.inputFactor.enumerated() { factors.base[index] = value }
    }

    /// Computes kernels, dual vector, potential and (unless told not to) gradient at
    /// `position.variables`.
    ///
    /// - Throws: ``SingularKernel`` naming the layer; `position` is then not to be used.
    package func evaluate(
        _ position: ChainPosition, gradient wantsGradient: Bool = true
    ) throws(SingularKernel) {
        try forward(position, slopes: wantsGradient)
        try readout(position)
        if wantsGradient { backward(position) }
    }

    /// The same with panels in single precision: ξ and dU/dξ are those of `panels`, not those of
    /// `position`. All P × P algebra is in double precision.
    package func evaluate(
        _ position: ChainPosition, panels: SinglePanels
    ) throws(SingularKernel) {
        try forward(position, slopes: true, panels: panels)
        try readout(position, smallestPivotRatio: SinglePanels.smallestPivotRatio)
        backward(position, panels: panels)
    }

    private func forward(
        _ position: ChainPosition, slopes: Bool, panels: SinglePanels? = nil
    ) throws(SingularKernel) {
        let table = family.table.pointee
        let points = problem.points
        let square = points * points
        let scale = problem.gain / Double(problem.width)
        for layer in 0..<problem.depth {
            let offset = layer * problem.panelCount
            if let panels {
                panels.forward(
                    layer: layer, gram: matrix.base, factor: factors.base + layer * square,
                    activation)
            } else {
                table.forward(
                    slopes ? phi.base + offset : nil, slopes ? slope.base + offset : nil,
                    matrix.base,
                    position.variables.base + offset, factors.base + layer * square, problem.tiles,
                    points, activation)
            }
            let kernel = position.kernels.base + layer * square
            for row in 0..<points {
                for column in 0...row {
                    let value =
                        scale * matrix.base[row * points + column]
                        + problem.biasVariance * problem.biasDirection[row]
                        * problem.biasDirection[column]
                    kernel[row * points + column] = value
                    kernel[column * points + row] = value
                }
            }
            guard layer + 1 < problem.depth else { break }
            let ratio = table.cholesky(
                factors.base + (layer + 1) * square, inverses.base + (layer + 1) * square, kernel,
                points)
            try note(
                pivotRatio: ratio, layer: layer + 1,
                smallest: panels == nil
                    ? SingularKernel.smallestPivotRatio : SinglePanels.smallestPivotRatio)
        }
    }

    /// Marginal likelihood of the targets given C_L: α = (C_L + κ)⁻¹ y and U.
    private func readout(
        _ position: ChainPosition,
        smallestPivotRatio: Double = SingularKernel.smallestPivotRatio
    ) throws(SingularKernel) {
        let points = problem.points
        let square = points * points
        let kernel = position.kernels.base + (problem.depth - 1) * square
        matrix.base.update(from: kernel, count: square)
        for row in 0..<points { matrix.base[row * points + row] += problem.kappa }
        let ratio = family.table.pointee.cholesky(
            outputFactor.base, outputInverse.base, matrix.base, points)
        try note(pivotRatio: ratio, layer: problem.depth, smallest: smallestPivotRatio)
        let inverse = outputInverse.base
        var misfit = 0.0
        var logDeterminant = 0.0
        let dual = position.dual.base
        for row in 0..<points { dual[row] = 0 }
        for row in 0..<points {
            var whitened = 0.0
            for column in 0...row {
                whitened += inverse[row * points + column] * problem.targets[column]
            }
            misfit += whitened * whitened
            logDeterminant += KernelMath.logarithm(outputFactor.base[row * points + row])
            for column in 0...row {
                dual[column] += inverse[row * points + column] * whitened
            }
        }
        position.potential =
            likelihoodPower * (0.5 * misfit + logDeterminant + problem.potentialOffset)
    }

    /// Reverse mode: C̄_L = ½ [(C_L + κ)⁻¹ − α αᵀ], then layer by layer down to ξ_0.
    private func backward(_ position: ChainPosition, panels: SinglePanels? = nil) {
        let table = family.table.pointee
        let points = problem.points
        let square = points * points
        // φ̄ = 2 (g/N) C̄ φ, and C̄_L carries a factor ½.
        let scale = 2 * problem.gain / Double(problem.width)
        table.inverse_from_factor(weight.base, outputInverse.base, points)
        let dual = position.dual.base
        let outputScale = 0.5 * likelihoodPower * scale
        for row in 0..<points {
            for column in 0..<points {
                weight.base[row * points + column] =
                    outputScale * (weight.base[row * points + column] - dual[row] * dual[column])
            }
        }
        for layer in (0..<problem.depth).reversed() {
            let offset = layer * problem.panelCount
            if let panels {
                panels.backward(
                    layer: layer, projection: layer > 0 ? matrix.base : nil, weight: weight.base,
                    factor: factors.base + layer * square)
            } else {
                table.backward(
                    position.gradient.base + offset, layer > 0 ? matrix.base : nil,
                    phi.base + offset, slope.base + offset, position.variables.base + offset,
                    weight.base, factors.base + layer * square, problem.tiles, points)
            }
            guard layer > 0 else { break }
            table.cholesky_adjoint(
                weight.base, matrix.base, inverses.base + layer * square, scratch.base, points)
            for index in 0..<square { weight.base[index] *= scale }
        }
    }

    private func note(
        pivotRatio ratio: Double, layer: Int, smallest: Double
    ) throws(SingularKernel) {
        guard ratio > 0 else { throw SingularKernel(layer: layer, conditionNumber: .infinity) }
        largestCondition = max(largestCondition, 1 / ratio)
        guard ratio >= smallest else {
            throw SingularKernel(layer: layer, conditionNumber: 1 / ratio)
        }
    }

    /// Takes up a chain that was interrupted: what it had met counts.
    func resume(largestCondition: Double) { self.largestCondition = largestCondition }

    /// chol(C_l) of the position evaluated last, l = 0 … L−1, (P, P) lower triangular.
    package func factor(ofLayer layer: Int) -> UnsafePointer<Double> {
        UnsafePointer(factors.base + layer * problem.points * problem.points)
    }
}
