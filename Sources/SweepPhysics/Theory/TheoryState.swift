/// A guess at a solution: kernels and conjugate kernels of every layer at some width.
struct TheoryState: Sendable {
    /// C_1 … C_L, (P, P).
    var kernels: [SquareMatrix]
    /// C̃_1 … C̃_L, (P, P).
    var conjugates: [SquareMatrix]
    /// ln N.
    var logWidth: Double

    var width: Double { KernelMath.exponential(logWidth) }
}

/// Cholesky factors of C_1 … C_L: coordinates in which every kernel of a state is the identity.
///
/// Changes are measured in them: c = A⁻¹ δC A⁻ᵀ and t = (2/N) Aᵀ δC̃ A, for which a layer of a wide
/// network has slopes of order 1 whatever the condition number of its kernel.
struct TheoryFrame: Sendable {
    /// Of layers 1 … L, first to last.
    let layers: [CholeskyFactor]
    /// N of the frame.
    let width: Double

    /// - Returns: nil when a kernel of the state is not positive definite.
    init?(_ state: TheoryState, _ family: KernelFamily) {
        var layers: [CholeskyFactor] = []
        for kernel in state.kernels {
            guard let factor = CholeskyFactor(kernel, family),
                factor.pivotRatio > SingularKernel.smallestPivotRatio
            else { return nil }
            layers.append(factor)
        }
        self.layers = layers
        width = state.width
    }

    func kernelChange(_ change: SquareMatrix, _ layer: Int) -> SquareMatrix {
        change.congruent(by: layers[layer].inverse)
    }

    func conjugateChange(_ change: SquareMatrix, _ layer: Int) -> SquareMatrix {
        (2 / width) * change.congruent(by: layers[layer].factor.transposed)
    }
}

/// Changes of all kernels and conjugate kernels in a frame: c_1, t_1, c_2, t_2 … as one vector.
struct TheoryVector: Sendable {
    let points: Int
    let depth: Int
    var values: [Double]

    init(points: Int, depth: Int) {
        self.points = points
        self.depth = depth
        values = Array(repeating: 0, count: 2 * depth * points * points)
    }

    init(points: Int, depth: Int, values: [Double]) {
        self.points = points
        self.depth = depth
        self.values = values
    }

    private func block(_ index: Int) -> SquareMatrix {
        let count = points * points
        return SquareMatrix(
            size: points, values: Array(values[(index * count)..<((index + 1) * count)]))
    }

    private mutating func setBlock(_ index: Int, _ matrix: SquareMatrix) {
        let count = points * points
        values.replaceSubrange((index * count)..<((index + 1) * count), with: matrix.values)
    }

    /// c of a layer, counted from 0.
    func kernel(_ layer: Int) -> SquareMatrix { block(2 * layer) }
    /// t of a layer, counted from 0.
    func conjugate(_ layer: Int) -> SquareMatrix { block(2 * layer + 1) }
    mutating func setKernel(_ layer: Int, _ matrix: SquareMatrix) { setBlock(2 * layer, matrix) }
    mutating func setConjugate(_ layer: Int, _ matrix: SquareMatrix) {
        setBlock(2 * layer + 1, matrix)
    }

    var norm: Double { SquareMatrix.dot(values, values).squareRoot() }
}

extension TheoryState {
    /// The state a step along a vector away; nil when a kernel is then not positive definite.
    func moved(
        _ vector: TheoryVector, by step: Double, logWidth shift: Double = 0, in frame: TheoryFrame,
        _ family: KernelFamily
    ) -> TheoryState? {
        var state = self
        state.logWidth += shift
        let points = vector.points
        for layer in kernels.indices {
            let factor = frame.layers[layer]
            let inner = SquareMatrix.identity(points).adding(step, vector.kernel(layer))
            guard inner.isFinite, CholeskyFactor(inner, family) != nil else { return nil }
            state.kernels[layer] = inner.congruent(by: factor.factor)
            state.conjugates[layer] = state.conjugates[layer].adding(
                0.5 * frame.width * step,
                vector.conjugate(layer).congruent(by: factor.inverse.transposed))
        }
        return state
    }
}
