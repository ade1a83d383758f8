import SweepCore

/// What a solved theory says of held-out points.
///
/// They are not in the likelihood, so conjugate kernels act on the training points alone, and the
/// joint kernels follow forwards from the solution:
///
///     J_l = g <phi phiᵀ>_l + g_b 11ᵀ,     h ~ N(0, J_{l-1}) tilted by C̃_l on the training points
///
/// f* is then that of Gaussian regression with J_L.
struct TheoryPrediction {
    let data: DataSet
    let settings: TheorySettings
    let family: KernelFamily
    /// Of P + T points; nil for a linear network.
    let draws: TheoryDraws?

    private var joint: Int { data.points + data.testPoints }

    /// - Parameter stream: of the draws; the first P coordinates are those of the solution's.
    /// - Throws: `not_converged` when there are too few draws for so many points.
    init(
        _ settings: TheorySettings, _ data: DataSet, stream: RandomStream, family: KernelFamily
    ) throws(TrialFailure) {
        self.data = data
        self.settings = settings
        self.family = family
        guard settings.activation != .linear else {
            draws = nil
            return
        }
        draws = TheoryDraws(
            points: data.points + data.testPoints, count: settings.options.draws,
            isOdd: settings.activation.isOdd, stream: stream, family: family)
        guard draws != nil else {
            throw TrialFailure(
                .notConverged,
                "\(settings.options.draws) draws are too few for averages over "
                    + "\(data.points + data.testPoints) points, held-out ones included; raise "
                    + "theory.draws")
        }
    }

    /// Regression with J_L of one solution.
    ///
    /// - Throws: `not_converged` with the layer whose joint kernel has no Cholesky factor (equal
    ///   points) or whose importance weights are too unequal.
    func regression(
        _ solution: TheorySolution, order: TheoryOrder
    ) throws(TrialFailure) -> KernelRegression {
        let equations = TheoryEquations(
            FunctionSpaceProblem(
                activation: settings.activation, gain: settings.gain,
                biasVariance: settings.biasVariance, kappa: settings.kappa,
                width: settings.width, depth: settings.depth, targets: data.targets,
                inputFactor: data.inputFactor(
                    gain: settings.gain, biasVariance: settings.biasVariance), reduces: false),
            order: order, draws: nil, family: family)
        let workspace = draws.map { TiltedPassWorkspace($0, settings.activation, family) }
        let input = data.jointInputKernel(
            gain: settings.gain, biasVariance: settings.biasVariance)
        var kernel = SquareMatrix(size: joint, values: input.values)
        var factor = SquareMatrix(
            size: joint,
            values: data.jointInputFactor(
                gain: settings.gain, biasVariance: settings.biasVariance))
        for layer in 0..<settings.depth {
            let conjugate = square(solution.conjugates[layer])
            if layer > 0, workspace != nil {
                guard let found = CholeskyFactor(kernel, family) else { throw singular(layer) }
                factor = found.factor
            }
            let average: SquareMatrix
            if let workspace {
                // <h hᵀ> of the training points in the solution, from which the draws come.
                let below =
                    layer == 0
                    ? equations.pairGradient(
                        training(kernel), settings.gain * square(solution.conjugates[0]))
                    : square(solution.conjugates[layer - 1])
                guard
                    let tilted = tilted(
                        workspace, factor, conjugate, below: order == .full ? below : nil,
                        order: order),
                    tilted.weightFraction >= TheorySolver.smallestWeightFraction
                else { throw singular(layer) }
                average = equations.pairAverage(kernel) + tilted.features
            } else {
                guard let found = linear(kernel, conjugate, order: order) else {
                    throw singular(layer)
                }
                average = found
            }
            kernel = settings.gain * average
            for index in kernel.values.indices { kernel.values[index] += settings.biasVariance }
            guard kernel.isFinite else { throw singular(layer + 1) }
        }
        guard
            let regression = KernelRegression(
                joint: Kernel(size: joint, values: kernel.symmetrised.values),
                targets: data.targets, kappa: settings.kappa)
        else { throw singular(settings.depth) }
        return regression
    }

    private func singular(_ layer: Int) -> TrialFailure {
        TrialFailure(
            .notConverged,
            "the theory makes no predictions: the kernel of layer \(layer) of training and held-out "
                + "points together is singular, or its averages are too uneven")
    }

    private func square(_ kernel: Kernel) -> SquareMatrix {
        SquareMatrix(size: kernel.size, values: kernel.values)
    }

    private func training(_ kernel: SquareMatrix) -> SquareMatrix {
        var result = SquareMatrix(size: data.points)
        for a in 0..<data.points {
            for b in 0..<data.points { result[a, b] = kernel[a, b] }
        }
        return result
    }

    /// A matrix of training points among others, with this diagonal for the held-out ones.
    private func padded(_ matrix: SquareMatrix, diagonal: Double) -> SquareMatrix {
        var result = SquareMatrix(size: joint)
        for a in 0..<joint {
            if a >= data.points {
                result[a, a] = diagonal
                continue
            }
            for b in 0..<data.points { result[a, b] = matrix[a, b] }
        }
        return result
    }

    /// The pass over the draws of one layer.
    ///
    /// - Parameter below: C̃ of the layer's inputs, which tells the covariance of the tilted
    ///   measure (``TheoryEquations``); nil for draws of the prior.
    private func tilted(
        _ workspace: TiltedPassWorkspace, _ factor: SquareMatrix, _ conjugate: SquareMatrix,
        below: SquareMatrix?, order: TheoryOrder
    ) -> TiltedPass? {
        let width = Double(settings.width)
        let points = data.points
        var proposal = factor
        var excess: SquareMatrix?
        if let below {
            let own = training(factor)
            let covariance = SquareMatrix.identity(points).adding(
                2 / width, below.congruent(by: own.transposed))
            if let root = CholeskyFactor(covariance, family) {
                proposal = factor * padded(root.factor, diagonal: 1)
                excess = padded(
                    (root.factor.transposed * root.factor).symmetrised
                        - SquareMatrix.identity(points), diagonal: 0)
            }
        }
        return workspace.run(
            factor: proposal, tilt: padded(settings.gain * conjugate, diagonal: 0), width: width,
            excess: excess, measure: order == .full ? .full : .firstOrder)
    }

    /// <h hᵀ> of a linear layer: J + J[:, training] S J[training, :], S = (2g/N) C̃ (1 − (2g/N) C C̃)⁻¹,
    /// which for `linear` is (2g/N) C̃. Nothing is inverted that a singular kernel makes singular.
    private func linear(
        _ kernel: SquareMatrix, _ conjugate: SquareMatrix, order: TheoryOrder
    ) -> SquareMatrix? {
        let tilt = (2 * settings.gain / Double(settings.width)) * conjugate
        var change = tilt
        if order == .full {
            let points = data.points
            let resolvent = SquareMatrix.identity(points) - tilt * training(kernel)
            guard let solved = LUFactor(resolvent) else { return nil }
            change =
                SquareMatrix(
                    size: points, values: solved.solve(tilt.values, columns: points)
                ).symmetrised
        }
        return kernel + padded(change, diagonal: 0).congruent(by: kernel)
    }
}
