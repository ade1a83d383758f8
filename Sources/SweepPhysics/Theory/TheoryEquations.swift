/// The forward-backward equations of one network, one data set and one set of draws.
///
///     C_l  = g <phi phiᵀ>_l + g_b 11ᵀ,                         h ~ N(0, C_{l-1}) tilted by C̃_l
///     C̃_l = (N/2) (C_l⁻¹ <h hᵀ>_{l+1} C_l⁻¹ - C_l⁻¹),         l < L
///     C̃_L = ½ [(C_L + κ)⁻¹ y yᵀ (C_L + κ)⁻¹ - (C_L + κ)⁻¹]
///
/// What the tilt changes to first order is exact where it comes from two-point functions; the rest,
/// which is smaller by 1/N, is an average over draws.
///
/// Source: Fischer, Lindner, Dahmen, Ringel, Krämer, Helias, ICML 2024.
final class TheoryEquations {
    let problem: FunctionSpaceProblem
    /// `linear` or `full`.
    let order: TheoryOrder
    let family: KernelFamily
    /// Evaluations of all layers so far.
    private(set) var evaluations = 0
    private let workspace: TiltedPassWorkspace?
    /// Other draws that take part with a weight, on the way from those to the own ones.
    private var blend: (workspace: TiltedPassWorkspace, weight: Double)?
    let input: CholeskyFactor
    private let biases: SquareMatrix
    private let outerTargets: SquareMatrix
    /// Covariances of the proposals in coordinates in which C_{l-1} is the identity, layers 1 … L;
    /// nil for the prior.
    var proposals: [SquareMatrix?]

    /// - Parameter draws: nil for a linear network, whose averages are exact.
    init(
        _ problem: FunctionSpaceProblem, order: TheoryOrder, draws: TheoryDraws?,
        family: KernelFamily
    ) {
        self.problem = problem
        self.order = order
        self.family = family
        workspace = draws.map { TiltedPassWorkspace($0, problem.activation, family) }
        let points = problem.points
        input = CholeskyFactor(given: SquareMatrix(size: points, values: problem.inputFactor))
        biases =
            problem.biasVariance * Self.outer(problem.biasDirection, problem.biasDirection)
        outerTargets = Self.outer(problem.targets, problem.targets)
        proposals = Array(repeating: nil, count: problem.depth)
    }

    /// Lets other draws take part with this weight, 0 … 1.
    func blend(_ draws: TheoryDraws, weight: Double) {
        blend =
            weight > 0
            ? (
                blend?.workspace
                    ?? TiltedPassWorkspace(draws, problem.activation, family),
                weight
            ) : nil
    }

    static func outer(_ left: [Double], _ right: [Double]) -> SquareMatrix {
        SquareMatrix(size: left.count, values: left.flatMap { x in right.map { x * $0 } })
    }

    /// g_b 11ᵀ.
    var biasKernel: SquareMatrix { biases }
    /// C_0.
    var inputKernel: SquareMatrix { (input.factor * input.factor.transposed).symmetrised }

    // MARK: One layer

    /// What one layer makes of C_{l-1} and C̃_l.
    struct Layer {
        /// g <phi phiᵀ> + g_b 11ᵀ.
        var kernel: SquareMatrix
        /// A⁻¹ <h hᵀ> A⁻ᵀ - 1 with C_{l-1} = A Aᵀ: what the tilt changes.
        var excess: SquareMatrix
        /// g d tr(C̃_l <phi phiᵀ>)/dC_{l-1} of the untilted average.
        var conjugate: SquareMatrix
        /// <phi hᵀ> A⁻ᵀ, tilted and untilted; only when asked for.
        var cross: (tilted: SquareMatrix, prior: SquareMatrix)?
        var weightFraction: Double

        /// (1 - weight) of this and weight of the other, which differ in their draws.
        func mixed(with other: Layer, weight: Double) -> Layer {
            var result = self
            func mix(_ one: SquareMatrix, _ two: SquareMatrix) -> SquareMatrix {
                one.adding(weight, two - one)
            }
            result.kernel = mix(kernel, other.kernel)
            result.excess = mix(excess, other.excess)
            result.weightFraction = min(weightFraction, other.weightFraction)
            return result
        }
    }

    /// - Parameters:
    ///   - index: l - 1.
    ///   - factor: of C_{l-1}.
    /// - Returns: nil where the tilted measure does not exist or a number is not finite.
    func layer(
        _ index: Int, factor: CholeskyFactor, kernel: SquareMatrix, conjugate: SquareMatrix,
        width: Double, wantsCross: Bool = false
    ) -> Layer? {
        let gain = problem.gain
        let tilt = gain * conjugate
        let first = pairGradient(kernel, tilt)
        let a = factor.factor
        let linearExcess = (2 / width) * first.congruent(by: a.transposed)
        guard let workspace else {
            return gaussianLayer(
                a, kernel, tilt, first: first, linearExcess: linearExcess, width: width)
        }
        let layer = Layer(
            kernel: gain * pairAverage(kernel) + biases, excess: linearExcess, conjugate: first,
            weightFraction: 1)
        let measured = drawnLayer(
            layer, workspace, a, tilt, proposals[index], width: width, wantsCross: wantsCross)
        guard let blend, let measured else { return measured }
        return drawnLayer(
            layer, blend.workspace, a, tilt, proposals[index], width: width,
            wantsCross: wantsCross
        ).map { measured.mixed(with: $0, weight: blend.weight) }
    }

    /// Adds what is an average over draws to a layer that has the rest.
    private func drawnLayer(
        _ layer: Layer, _ workspace: TiltedPassWorkspace, _ a: SquareMatrix, _ tilt: SquareMatrix,
        _ proposal: SquareMatrix?, width: Double, wantsCross: Bool
    ) -> Layer? {
        var result = layer
        if order == .linear {
            guard
                let pass = workspace.run(
                    factor: a, tilt: tilt, width: width, excess: nil, measure: .firstOrder,
                    wantsCross: wantsCross)
            else { return nil }
            result.kernel = layer.kernel.adding(problem.gain, pass.features)
            result.cross = pass.cross.map { ($0.prior, $0.prior) }
            return result.kernel.isFinite ? result : nil
        }
        var spread: SquareMatrix?
        var excess: SquareMatrix?
        if let proposal, let root = CholeskyFactor(proposal, family) {
            spread = root.factor
            excess =
                (root.factor.transposed * root.factor).symmetrised
                - SquareMatrix.identity(problem.points)
        }
        guard
            let pass = workspace.run(
                factor: spread.map { a * $0 } ?? a, tilt: tilt, width: width, excess: excess,
                measure: .full, wantsCross: wantsCross)
        else { return nil }
        result.kernel = layer.kernel.adding(problem.gain, pass.features)
        result.excess =
            layer.excess + (spread.map { pass.second.congruent(by: $0) } ?? pass.second)
        result.weightFraction = pass.weightFraction
        result.cross = pass.cross.map { cross in
            guard let turn = spread?.transposed else { return cross }
            return (cross.tilted * turn, cross.prior * turn)
        }
        return result.kernel.isFinite && result.excess.isFinite ? result : nil
    }

    /// A layer of a linear network: the tilted measure is N(0, (C⁻¹ - 2 g C̃/N)⁻¹).
    private func gaussianLayer(
        _ a: SquareMatrix, _ kernel: SquareMatrix, _ tilt: SquareMatrix, first: SquareMatrix,
        linearExcess: SquareMatrix, width: Double
    ) -> Layer? {
        let gain = problem.gain
        let one = SquareMatrix.identity(problem.points)
        if order == .linear {
            let change = (2 / width) * (kernel * tilt * kernel).symmetrised
            return Layer(
                kernel: gain * (kernel + change) + biases, excess: linearExcess, conjugate: first,
                cross: (a, a), weightFraction: 1)
        }
        // Aᵀ (C⁻¹ - 2 g C̃/N) A = 1 - linearExcess.
        guard let precision = CholeskyFactor(one - linearExcess, family) else { return nil }
        let second = precision.inverseMatrix
        return Layer(
            kernel: gain * second.congruent(by: a) + biases, excess: second - one,
            conjugate: first, cross: (a * second, a), weightFraction: 1)
    }

    // MARK: Two-point functions

    /// <phi phiᵀ> at N(0, C).
    func pairAverage(_ kernel: SquareMatrix) -> SquareMatrix {
        let activation = problem.activation
        var result = SquareMatrix(size: kernel.size)
        for a in 0..<kernel.size {
            for b in 0..<a {
                let value = activation.gaussianProduct(kernel[a, a], kernel[a, b], kernel[b, b])
                result[a, b] = value
                result[b, a] = value
            }
            result[a, a] = activation.gaussianMoments(variance: max(0, kernel[a, a])).square
        }
        return result
    }

    /// The symmetric gradient of tr(S <phi phiᵀ>) with respect to C.
    func pairGradient(_ kernel: SquareMatrix, _ weight: SquareMatrix) -> SquareMatrix {
        let activation = problem.activation
        if activation == .linear { return weight }
        var result = SquareMatrix(size: kernel.size)
        for a in 0..<kernel.size {
            for b in 0..<a {
                let slopes = activation.gaussianSlopes(kernel[a, a], kernel[a, b], kernel[b, b])
                result[a, b] = weight[a, b] * slopes.mixed
                result[b, a] = result[a, b]
                result[a, a] += 2 * weight[a, b] * slopes.first
                result[b, b] += 2 * weight[a, b] * slopes.second
            }
            let moments = activation.gaussianMoments(variance: max(0, kernel[a, a]))
            result[a, a] += weight[a, a] * moments.squareDerivative
        }
        return result
    }

    // MARK: The readout

    /// C̃_L, and (C_L + κ)⁻¹; nil when C_L + κ is not positive definite.
    func output(_ kernel: SquareMatrix) -> (conjugate: SquareMatrix, inverse: SquareMatrix)? {
        let noisy = kernel.adding(problem.kappa, .identity(problem.points))
        guard let factor = CholeskyFactor(noisy, family) else { return nil }
        let inverse = factor.inverseMatrix
        return (0.5 * (outerTargets.congruent(by: inverse) - inverse), inverse)
    }

    // MARK: All layers

    /// Everything that the equations make of a state.
    struct Evaluation {
        var state: TheoryState
        /// Factors of the state's own kernels.
        var frame: TheoryFrame
        var layers: [Layer]
        /// C̃ of every layer by the backward equations.
        var conjugates: [SquareMatrix]
        /// (C_L + κ)⁻¹.
        var outputInverse: SquareMatrix

        /// The smallest over the layers.
        var weightFraction: Double { layers.map(\.weightFraction).min() ?? 1 }

        /// How far the equations are from being met: the largest relative change, over the
        /// kernels and conjugate kernels of all layers, that one application of them makes.
        var residual: Double {
            var largest = 0.0
            for index in layers.indices {
                largest = max(
                    largest,
                    (layers[index].kernel - state.kernels[index]).norm
                        / state.kernels[index].norm)
                let size = max(state.conjugates[index].norm, conjugates[index].norm)
                if size > 0 {
                    largest = max(
                        largest, (conjugates[index] - state.conjugates[index]).norm / size)
                }
            }
            return largest
        }

        /// The same in a frame, as a vector.
        func vector(in frame: TheoryFrame) -> TheoryVector {
            var vector = TheoryVector(
                points: state.kernels[0].size, depth: state.kernels.count)
            for index in layers.indices {
                vector.setKernel(
                    index,
                    frame.kernelChange(layers[index].kernel - state.kernels[index], index))
                vector.setConjugate(
                    index,
                    frame.conjugateChange(conjugates[index] - state.conjugates[index], index))
            }
            return vector
        }
    }

    /// - Returns: nil where a kernel is not positive definite or a tilted measure does not exist.
    func evaluate(_ state: TheoryState, wantsCross: Bool = false) -> Evaluation? {
        evaluations += 1
        guard let frame = TheoryFrame(state, family) else { return nil }
        let depth = problem.depth
        let width = state.width
        var layers: [Layer] = []
        var conjugates: [SquareMatrix] = []
        for index in 0..<depth {
            let factor = index == 0 ? input : frame.layers[index - 1]
            guard
                let layer = layer(
                    index, factor: factor,
                    kernel: index == 0 ? inputKernel : state.kernels[index - 1],
                    conjugate: state.conjugates[index], width: width, wantsCross: wantsCross)
            else { return nil }
            layers.append(layer)
            guard index > 0 else { continue }
            conjugates.append(
                order == .linear
                    ? layer.conjugate
                    : 0.5 * width * layer.excess.congruent(by: factor.inverse.transposed))
        }
        guard let (last, inverse) = output(state.kernels[depth - 1]) else { return nil }
        conjugates.append(last)
        guard conjugates.allSatisfy(\.isFinite) else { return nil }
        return Evaluation(
            state: state, frame: frame, layers: layers, conjugates: conjugates,
            outputInverse: inverse)
    }

    /// The state of an infinitely wide network, and its conjugate kernels to leading order.
    ///
    /// - Throws: ``NNGP/Failure``.
    func infiniteWidth() throws(NNGP.Failure) -> TheoryState {
        let depth = problem.depth
        var kernels: [SquareMatrix] = []
        var last = inputKernel
        for layer in 0..<depth {
            if !last.isFinite { throw .nonFinite(layer: layer) }
            last =
                problem.activation == .linear
                ? problem.gain * last + biases : problem.gain * pairAverage(last) + biases
            kernels.append(last)
        }
        if !last.isFinite { throw .nonFinite(layer: depth) }
        guard let (top, _) = output(last), top.isFinite else { throw .nonFinite(layer: depth) }
        var conjugates = [top]
        for layer in (1..<max(depth, 1)).reversed() {
            conjugates.insert(
                pairGradient(kernels[layer - 1], problem.gain * conjugates[0]), at: 0)
        }
        guard conjugates.allSatisfy(\.isFinite) else { throw .nonFinite(layer: depth) }
        return TheoryState(kernels: kernels, conjugates: conjugates, logWidth: 0)
    }
}
