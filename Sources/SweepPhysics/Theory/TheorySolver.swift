import SweepCore

/// How a theory is to be solved.
public struct TheoryOptions: Hashable, Sendable {
    /// Draws of an expectation; rounded up to a multiple of 16.
    public var draws: Int
    /// Relative change of all kernels and conjugate kernels below which they count as solved.
    public var tolerance: Double

    public init(draws: Int = 16_384, tolerance: Double = 1e-8) {
        self.draws = draws
        self.tolerance = tolerance
    }
}

/// Maximum-a-posteriori kernels of one network.
public struct TheorySolution: Hashable, Sendable {
    /// C_1 … C_L.
    public var kernels: [Kernel]
    /// C̃_1 … C̃_L.
    public var conjugates: [Kernel]
    /// Newton steps, those of all widths on the way included.
    public var iterations: Int
    /// The largest relative change, over the kernels and conjugate kernels of all layers, that one
    /// more application of the equations makes.
    public var residual: Double
    /// 1 / (M Σ w²) of the importance weights, the smallest over the layers; 1 where there are none.
    public var weightFraction: Double
    /// Widths at which the equations were solved on the way, the last one N itself.
    public var annealingWidths: [Double]
    /// Gains at which they were solved on the way; empty when none but the network's own was needed.
    public var annealingGains: [Double]
}

/// Solves the forward-backward equations.
///
/// From N = ∞ the width is lowered in steps of 1/N, each solved from the last; a step that fails is
/// halved, one that succeeds is doubled. Where that ends (the solution that comes from N = ∞ turns
/// back at some width, which it does in deep networks below the critical gain) the same is done at
/// a larger gain, and the gain then lowered in steps at the network's own width.
public struct TheorySolver {
    /// The network and data at some gain; its kernels are solved for at `gain(0)`.
    let problem: (_ gain: Double) -> FunctionSpaceProblem
    let order: TheoryOrder
    let options: TheoryOptions
    let family: KernelFamily

    /// A step is halved so often before it is given up.
    public static let halvingLimit = 8
    /// Below this fraction of effective draws an average is not believed.
    public static let smallestWeightFraction = 0.1

    private static let coarseTolerance = 1e-6
    private static let stageLimit = 400
    /// Evaluations of the equations on the way, before it is given up: some minutes where a layer
    /// takes a millisecond, as at 12 points and 20 layers, where solutions take up to a thousand.
    public static let evaluationLimit = 6_000
    private static let gainFactor = 1.3
    private static let gainTries = 6

    /// - Parameters:
    ///   - problem: the network at a gain, on one data set.
    ///   - order: `linear` or `full`; `nngp` needs no solver.
    public init(
        order: TheoryOrder, options: TheoryOptions, family: KernelFamily,
        problem: @escaping (_ gain: Double) -> FunctionSpaceProblem
    ) {
        self.problem = problem
        self.order = order
        self.options = options
        self.family = family
    }

    /// - Parameters:
    ///   - gain: g of the network that is asked for.
    ///   - stream: of the draws.
    /// - Throws: ``TrialFailure``: `not_converged` where no solution was found or the importance
    ///   weights are too unequal, `non_finite` where infinite width already has no kernels.
    public func solve(gain: Double, stream: RandomStream) throws(TrialFailure) -> TheorySolution {
        let target = problem(gain)
        let fine = try draws(target, count: options.draws, stream)
        // Few draws find the way, all of them the solution.
        let few = min(options.draws, max(2_048, 64 * target.points))
        let coarse = few < options.draws ? try draws(target, count: few, stream) : fine
        var journey = Journey(self, gain: gain, draws: coarse)
        try journey.anneal()
        return try journey.finish(fine, tolerance: options.tolerance)
    }

    private func draws(
        _ problem: FunctionSpaceProblem, count: Int, _ stream: RandomStream
    ) throws(TrialFailure) -> TheoryDraws? {
        if problem.activation == .linear { return nil }
        guard
            let draws = TheoryDraws(
                points: problem.points, count: count, isOdd: problem.activation.isOdd,
                stream: stream, family: family)
        else {
            let least = (problem.activation.isOdd ? 2 : 4) * problem.points
            throw TrialFailure(
                .notConverged,
                "\(options.draws) draws are too few for averages over \(problem.points) points; "
                    + "set theory.draws to at least \(least), better a hundred times as many")
        }
        return draws
    }
}

extension TheorySolver {
    /// The way from infinite width to the network.
    private struct Journey {
        private let solver: TheorySolver
        private let gain: Double
        private let draws: TheoryDraws?
        private let width: Double
        private var iterations = 0
        private var widths: [Double] = []
        private var gains: [Double] = []
        private var stages = 0
        private var evaluations = 0
        private var isPatient: Bool {
            stages < TheorySolver.stageLimit && evaluations < TheorySolver.evaluationLimit
        }
        private var place: Place?

        /// A solved stage.
        struct Place {
            var state: TheoryState
            var proposals: [SquareMatrix?]
        }

        init(_ solver: TheorySolver, gain: Double, draws: TheoryDraws?) {
            self.solver = solver
            self.gain = gain
            self.draws = draws
            width = Double(solver.problem(gain).width)
        }

        private func equations(_ gain: Double, _ draws: TheoryDraws?) -> TheoryEquations {
            TheoryEquations(
                solver.problem(gain), order: solver.order, draws: draws, family: solver.family)
        }

        /// Solves one stage from another one.
        private mutating func solve(
            _ equations: TheoryEquations, from place: Place, logWidth: Double, tolerance: Double
        ) -> (place: Place, evaluation: TheoryEquations.Evaluation)? {
            stages += 1
            let before = equations.evaluations
            equations.proposals = place.proposals
            var start = place.state
            start.logWidth = logWidth
            var newton = TheoryNewton(equations)
            let found = newton.solve(from: start, tolerance: tolerance)
            iterations += newton.iterations
            evaluations += equations.evaluations - before
            guard let found else { return nil }
            return (
                Place(state: found.state, proposals: Self.proposals(equations, found)), found
            )
        }

        /// The covariances of the tilted measures, from which the next stage draws.
        private static func proposals(
            _ equations: TheoryEquations, _ evaluation: TheoryEquations.Evaluation
        ) -> [SquareMatrix?] {
            guard equations.order == .full else { return equations.proposals }
            return evaluation.layers.map { layer in
                let proposal = SquareMatrix.identity(layer.excess.size) + layer.excess
                return CholeskyFactor(proposal, equations.family) == nil ? nil : proposal
            }
        }

        // MARK: The way

        mutating func anneal() throws(TrialFailure) {
            let (found, nearest) = try lowerWidth(at: gain)
            if found { return }
            // No way for the expansion to first order: it is not meant for so strong a tilt.
            guard solver.order == .full else { throw noSolution(nearest) }
            var start = gain
            for _ in 0..<TheorySolver.gainTries {
                start *= TheorySolver.gainFactor
                guard isPatient else { break }
                guard try lowerWidth(at: start).found else { continue }
                if lowerGain(from: start) { return }
                break
            }
            throw noSolution(nearest)
        }

        private func noSolution(_ nearest: Double?) -> TrialFailure {
            let reached =
                nearest.map { "the last width that was solved is \(Int($0.rounded()))" }
                ?? "no width was solved"
            return TrialFailure(
                .notConverged,
                "no solution of the theory to order \(solver.order.rawValue) was found at width "
                    + "\(Int(width)): \(reached), after \(TheorySolver.halvingLimit) halvings of the "
                    + "step or \(TheorySolver.evaluationLimit) evaluations; use a larger width or "
                    + "gain, or sample the posterior")
        }

        /// From N = ∞ down to N at this gain.
        ///
        /// - Returns: whether it came through, and the smallest width that it solved.
        private mutating func lowerWidth(
            at gain: Double
        ) throws(TrialFailure) -> (found: Bool, nearest: Double?) {
            let equations = self.equations(gain, draws)
            var start: TheoryState
            do throws(NNGP.Failure) {
                start = try equations.infiniteWidth()
            } catch {
                throw TrialFailure(.nonFinite, "\(error); use a smaller gain or scale the inputs")
            }
            start.logWidth = 0
            guard let frame = TheoryFrame(start, solver.family) else {
                throw TrialFailure(
                    .nonFinite,
                    "a kernel of infinite width has no Cholesky factor; look for equal rows in the "
                        + "data, or a gain too small beside the bias variance")
            }
            // The largest tilt at N = 1, and from it a first width whose tilt is mild.
            var tilt = 0.0
            for layer in start.conjugates.indices {
                tilt = max(tilt, frame.conjugateChange(start.conjugates[layer], layer).norm)
            }
            var here = Place(state: start, proposals: equations.proposals)
            // In units of 1/N of the network: 0 is infinite width, 1 the network.
            var reached = 0.0
            var step = min(1, 0.5 * width / max(tilt, 1e-300))
            var halvings = 0
            var visited: [Double] = []
            while reached < 1, isPatient {
                let next = min(1, reached + step)
                if let found = solve(
                    equations, from: here, logWidth: KernelMath.logarithm(width / next),
                    tolerance: TheorySolver.coarseTolerance)
                {
                    here = found.place
                    reached = next
                    visited.append(width / next)
                    step *= halvings == 0 ? 3 : 1.5
                    halvings = 0
                } else {
                    step /= 2
                    halvings += 1
                    if halvings > TheorySolver.halvingLimit { break }
                }
            }
            guard reached >= 1 else { return (false, visited.last) }
            widths = visited
            place = here
            return (true, width)
        }

        /// From a larger gain down to the network's at its width.
        private mutating func lowerGain(from start: Double) -> Bool {
            guard var here = place else { return false }
            var reached = KernelMath.logarithm(start)
            let end = KernelMath.logarithm(gain)
            var step = 0.08
            var halvings = 0
            gains = [start]
            while reached > end, isPatient {
                let next = max(end, reached - step)
                let isLast = next == end
                if let found = solve(
                    equations(isLast ? gain : KernelMath.exponential(next), draws), from: here,
                    logWidth: KernelMath.logarithm(width), tolerance: TheorySolver.coarseTolerance)
                {
                    here = found.place
                    reached = next
                    gains.append(isLast ? gain : KernelMath.exponential(next))
                    step *= halvings == 0 ? 1.5 : 1
                    halvings = 0
                } else {
                    step /= 2
                    halvings += 1
                    if halvings > TheorySolver.halvingLimit { break }
                }
            }
            guard reached <= end else { return false }
            place = here
            return true
        }

        /// Solves the last stage with all draws, twice, so that its proposals are its own.
        mutating func finish(
            _ draws: TheoryDraws?, tolerance: Double
        ) throws(TrialFailure) -> TheorySolution {
            guard let start = place else { throw noSolution(nil) }
            let equations = self.equations(gain, draws)
            let logWidth = KernelMath.logarithm(width)
            guard
                let first = changeDraws(equations, from: start, logWidth: logWidth),
                let last = solve(
                    equations, from: first, logWidth: logWidth, tolerance: tolerance)
            else {
                throw TrialFailure(
                    .notConverged,
                    "the theory to order \(solver.order.rawValue) did not reach a relative change "
                        + "below \(tolerance) at width \(Int(width)); raise theory.draws or "
                        + "theory.tolerance")
            }
            let evaluation = last.evaluation
            guard evaluation.weightFraction >= TheorySolver.smallestWeightFraction else {
                let percent = (evaluation.weightFraction * 1000).rounded() / 10
                throw TrialFailure(
                    .notConverged,
                    "the importance weights of the theory leave \(percent) % of its draws "
                        + "effective, and at least 10 % are needed; raise theory.draws or use a "
                        + "larger width")
            }
            if widths.isEmpty { widths = [width] }
            return solution(evaluation, equations.problem)
        }

        /// From the draws of the way to all of them, in steps where one is too much.
        private mutating func changeDraws(
            _ equations: TheoryEquations, from start: Place, logWidth: Double
        ) -> Place? {
            var here = start
            var reached = 0.0
            var step = 1.0
            var halvings = 0
            while reached < 1, stages < 2 * TheorySolver.stageLimit {
                let next = min(1, reached + step)
                if let coarse = self.draws { equations.blend(coarse, weight: 1 - next) }
                if let found = solve(
                    equations, from: here, logWidth: logWidth,
                    tolerance: TheorySolver.coarseTolerance)
                {
                    here = found.place
                    reached = next
                    halvings = 0
                } else {
                    step /= 2
                    halvings += 1
                    if halvings > TheorySolver.halvingLimit { return nil }
                }
            }
            return reached >= 1 ? here : nil
        }

        private func solution(
            _ evaluation: TheoryEquations.Evaluation, _ problem: FunctionSpaceProblem
        ) -> TheorySolution {
            TheorySolution(
                kernels: evaluation.state.kernels.map { TheorySolver.lifted($0, problem) },
                conjugates: evaluation.state.conjugates.map { TheorySolver.lifted($0, problem) },
                iterations: iterations, residual: evaluation.residual,
                weightFraction: evaluation.weightFraction, annealingWidths: widths,
                annealingGains: gains)
        }
    }
}
