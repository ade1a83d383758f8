import CSweepKernels

/// Langevin dynamics of the weights, as it is or with a Metropolis test after every step (MALA).
///
///     θ ← θ − η ∂E/∂θ + √(2κη) ξ,   ξ ~ N(0, 1)
///
/// whose stationary law tends to exp(−E/κ) as η → 0. It is stable as long as η times the largest
/// eigenvalue of the Hessian, in practice of the neural tangent kernel, is below 2. To first order
/// in η its bias of the mean of any A is the covariance of A with
///
///     η ( |∇E|² / 4κ − ½ tr ∇²E ),
///
/// which follows from one step's expansion by integration by parts. Each iteration reports one draw
/// of that factor, the trace estimated with one random vector, so that a chain tells its own bias.
///
/// An **iteration** is as many steps as let the weights forget a twentieth under the prior alone.
package final class LangevinSampler: KernelSampler {
    package private(set) var position: ChainPosition
    private var state: WeightState
    private var proposal: WeightState
    private let noise: AlignedBuffer
    private let density: WeightSpaceDensity
    private let problem: WeightSpaceProblem
    private let randomness: ChainRandomness
    private let hasMetropolisTest: Bool
    /// Whether η is ours to choose.
    private let choosesStep: Bool

    /// Steps taken so far; the position in the random stream.
    private var steps = 0
    /// η.
    package private(set) var step: Double
    /// The largest eigenvalue of the tangent kernel where the chain started.
    private let firstEigenvalue: Double
    /// Mean of the largest eigenvalue over the recent past.
    package private(set) var eigenvalue: Double
    private let energyLimit: Double
    private var isSettled = false

    /// η times the largest eigenvalue, unless the spec gives η.
    package static let standardStep = 0.02
    /// What the weights forget in one iteration under the prior.
    static let forgotten = 0.05
    static let stepLimit = 256
    /// Iterations between two looks at the largest eigenvalue.
    static let lookPeriod = 8
    /// Length of the displacement by which ∇²E is felt, along each parameter.
    private static let probeLength = 1e-5

    /// Starts from a draw of the prior.
    ///
    /// - Parameter step: η; nil to choose it from the largest eigenvalue.
    /// - Throws: ``SingularKernel`` when the draw has an output kernel without Cholesky factor.
    package convenience init(
        _ kernels: FunctionSpaceProblem, features: InputFeatures, randomness: ChainRandomness,
        step: Double?, hasMetropolisTest: Bool
    ) throws(SingularKernel) {
        let problem = WeightSpaceProblem(kernels, features: features)
        let state = WeightState(problem)
        let layout = problem.layout
        randomness.normals(
            state.parameters.base, count: layout.count, .initialVariables, iteration: 0)
        for layer in 0...problem.depth {
            let deviation = (1 / problem.weightPrecision(layer)).squareRoot()
            let start = layout.weights(layer)
            let end = start + layout.rows(layer) * layout.columns(layer)
            for index in start..<end { state.parameters.base[index] *= deviation }
            guard layout.hasBiases else { continue }
            for index in end..<(end + layout.rows(layer)) {
                state.parameters.base[index] *= problem.biasVariance.squareRoot()
            }
        }
        try self.init(
            kernels, problem, state, randomness: randomness, step: step,
            hasMetropolisTest: hasMetropolisTest)
    }

    private init(
        _ kernels: FunctionSpaceProblem, _ problem: WeightSpaceProblem, _ state: WeightState,
        randomness: ChainRandomness, step: Double?, hasMetropolisTest: Bool
    ) throws(SingularKernel) {
        self.problem = problem
        self.state = state
        self.randomness = randomness
        self.hasMetropolisTest = hasMetropolisTest
        proposal = WeightState(problem)
        noise = AlignedBuffer(count: problem.layout.count)
        position = ChainPosition(kernels, isWhitened: false)
        density = WeightSpaceDensity(problem, family: randomness.family)
        density.evaluate(state)
        firstEigenvalue = density.largestTangentEigenvalue(state.parameters)
        eigenvalue = firstEigenvalue
        choosesStep = step == nil
        self.step = step ?? Self.standardStep / Self.safe(firstEigenvalue)
        let size = problem.targets.reduce(0) { $0 + $1 * $1 }
        energyLimit = 1e6 * (state.energy + size)
        try density.measure(state, into: position)
    }

    private static func safe(_ eigenvalue: Double) -> Double {
        eigenvalue > 0 && eigenvalue.isFinite ? eigenvalue : 1
    }

    // MARK: What a chain asks

    package var largestCondition: Double { density.largestCondition }
    package var reportedStep: Double? { step }

    /// η times the first largest eigenvalue: what is adapted towards an acceptance, where there is
    /// a Metropolis test.
    package var tunedStep: Double? {
        get { hasMetropolisTest && choosesStep ? step * Self.safe(firstEigenvalue) : nil }
        set { if let newValue { step = newValue / Self.safe(firstEigenvalue) } }
    }

    /// Optimal scaling of MALA: Roberts, Rosenthal 1998.
    package static let targetAcceptance = 0.574
    package var targetAcceptance: Double { Self.targetAcceptance }

    package func burnInBegan() { isSettled = false }

    package func burnInEnded() {
        isSettled = true
        if choosesStep, !hasMetropolisTest { step = Self.standardStep / Self.safe(eigenvalue) }
    }

    /// Steps of one iteration at the present η.
    package var stepsPerIteration: Int {
        let rate = step * problem.kappa * problem.weightPrecision(1)
        return Int(min(max((Self.forgotten / rate).rounded(.up), 1), Double(Self.stepLimit)))
    }

    /// η times the largest eigenvalue, in the recent past.
    package var stiffness: Double { step * eigenvalue }

    /// T.
    package var testPoints: Int { problem.testPoints }

    /// Mean and variance of f at the held-out points, given the kernels of the present state.
    package func predict() -> (mean: [Double], variance: [Double]) { density.predict(position) }

    // MARK: Steps

    package func step(iteration: Int) -> SamplerReport {
        let count = stepsPerIteration
        var report = SamplerReport(
            accepted: false, acceptanceProbability: 0, diverged: false, evaluations: count)
        for _ in 0..<count {
            let probability = langevinStep()
            report.acceptanceProbability += probability / Double(count)
            // Without a test there is no way back from a state that is not one.
            if !hasMetropolisTest, !(state.energy < energyLimit) {
                report.loss = loss
                return report
            }
        }
        report.accepted = true
        do throws(SingularKernel) {
            try density.measure(state, into: position)
        } catch {
            report.loss =
                "the output kernel of a state of the Langevin chain has no Cholesky factor; use a "
                + "larger kappa"
            return report
        }
        if iteration % Self.lookPeriod == 0 {
            let found = density.largestTangentEigenvalue(state.parameters)
            eigenvalue += 0.5 * (found - eigenvalue)
            if !isSettled, choosesStep, !hasMetropolisTest {
                step = Self.standardStep / Self.safe(eigenvalue)
            }
        }
        if !hasMetropolisTest {
            report.stepBias = step * biasFactor(iteration: iteration)
            report.evaluations += 1
        }
        return report
    }

    private var loss: String {
        func short(_ number: Double) -> String { "\(Double(Float(number)))" }
        return "the Langevin chain diverged after \(steps) steps of \(short(step)), which is "
            + "\(short(step * firstEigenvalue)) over the largest eigenvalue of the tangent kernel at "
            + "the start (stable below 2 over it); use a smaller inference.step, or leave it out"
    }

    /// One Langevin step: everything that a faster kernel would have to do.
    ///
    /// - Returns: the probability with which the step was accepted; 1 without a test.
    private func langevinStep() -> Double {
        let table = randomness.family.table.pointee
        let count = problem.layout.count
        let amplitude = (2 * problem.kappa * step).squareRoot()
        randomness.normals(noise.base, count: count, .momentum, iteration: steps)
        defer { steps += 1 }
        guard hasMetropolisTest else {
            table.axpy(state.parameters.base, -step, state.gradient.base, count)
            table.axpy(state.parameters.base, amplitude, noise.base, count)
            density.evaluate(state)
            return 1
        }
        proposal.parameters.copy(from: state.parameters)
        table.axpy(proposal.parameters.base, -step, state.gradient.base, count)
        table.axpy(proposal.parameters.base, amplitude, noise.base, count)
        density.evaluate(proposal)
        // θ − θ' + η ∇E(θ') = η (∇E(θ) + ∇E(θ')) − √(2κη) ξ, of which the square over 4κη is minus
        // the logarithm of the way back.
        let there = 0.5 * table.dot(noise.base, noise.base, count)
        for index in 0..<count { noise.base[index] *= -amplitude }
        table.axpy(noise.base, step, state.gradient.base, count)
        table.axpy(noise.base, step, proposal.gradient.base, count)
        let back = table.dot(noise.base, noise.base, count) / (4 * problem.kappa * step)
        let change = (proposal.energy - state.energy) / problem.kappa + back - there
        guard change.isFinite else { return 0 }
        let (uniform, _) = randomness.uniforms(iteration: steps)
        if KernelMath.logarithm(uniform) < -change { swap(&state, &proposal) }
        return min(1, KernelMath.exponential(-change))
    }

    /// |∇E|² / 4κ − ½ zᵀ ∇²E z with z ~ N(0, 1), whose mean over z has the trace; ∇²E z as the
    /// difference of two gradients.
    package func biasFactor(iteration: Int) -> Double {
        let table = randomness.family.table.pointee
        let count = problem.layout.count
        randomness.normals(noise.base, count: count, .probe, iteration: iteration)
        proposal.parameters.copy(from: state.parameters)
        table.axpy(proposal.parameters.base, Self.probeLength, noise.base, count)
        density.evaluate(proposal)
        let square = table.dot(state.gradient.base, state.gradient.base, count)
        let curvature =
            (table.dot(noise.base, proposal.gradient.base, count)
                - table.dot(noise.base, state.gradient.base, count)) / Self.probeLength
        return square / (4 * problem.kappa) - 0.5 * curvature
    }

    // MARK: Checkpoints

    package func write(to writer: inout CheckpointWriter) {
        writer.write(steps)
        for number in [step, firstEigenvalue, eigenvalue, energyLimit] { writer.write(number) }
        writer.write(isSettled)
        writer.write(
            UnsafeBufferPointer(start: state.parameters.base, count: problem.layout.count))
    }

    /// Goes on where a chain was.
    package init(
        _ kernels: FunctionSpaceProblem, features: InputFeatures, randomness: ChainRandomness,
        step fixedStep: Double?, hasMetropolisTest: Bool, from reader: inout CheckpointReader
    ) throws(CheckpointRefusal) {
        problem = WeightSpaceProblem(kernels, features: features)
        self.randomness = randomness
        self.hasMetropolisTest = hasMetropolisTest
        choosesStep = fixedStep == nil
        steps = try reader.count()
        step = try reader.double()
        firstEigenvalue = try reader.double()
        eigenvalue = try reader.double()
        energyLimit = try reader.double()
        isSettled = try reader.flag()
        state = WeightState(problem)
        state.parameters.fill(from: try reader.doubles(problem.layout.count))
        guard step > 0, step.isFinite else { throw .damaged }
        proposal = WeightState(problem)
        noise = AlignedBuffer(count: problem.layout.count)
        position = ChainPosition(kernels, isWhitened: false)
        density = WeightSpaceDensity(problem, family: randomness.family)
        density.evaluate(state)
        do throws(SingularKernel) {
            try density.measure(state, into: position)
        } catch {
            throw .otherBits
        }
    }

    package func resume(largestCondition: Double) {
        density.resume(largestCondition: largestCondition)
    }
}
