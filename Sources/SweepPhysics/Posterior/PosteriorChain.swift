/// One chain with its burn-in: steps, adapts, and knows when it has forgotten its start.
final class PosteriorChain {
    private let sampler: any KernelSampler
    private let hamiltonian: HamiltonianSampler?
    private let settings: ChainSettings
    private let target: CentredTarget
    private let problem: FunctionSpaceProblem
    private let prediction: TestPrediction?

    /// Iterations taken so far, burn-in included; the position in the random stream.
    private(set) var iteration = 0
    /// Iterations discarded.
    private(set) var burnIn = 0
    private(set) var evaluations = 0
    private(set) var record: ChainRecord
    private(set) var predictionRecord: PredictionRecord?
    /// The burn-in that is going on; nil between burn-ins.
    private var burning: BurnIn?

    /// Starts from a draw of the prior.
    ///
    /// - Throws: ``SingularKernel`` when that draw has a kernel without Cholesky factor.
    init(
        _ problem: FunctionSpaceProblem, _ settings: ChainSettings, randomness: ChainRandomness,
        target: CentredTarget, prediction: TestPrediction?
    ) throws(SingularKernel) {
        self.problem = problem
        self.settings = settings
        self.target = target
        self.prediction = prediction
        record = ChainRecord(problem)
        predictionRecord = prediction.map { PredictionRecord(count: $0.testCount) }
        (sampler, hamiltonian) = try Self.sampler(
            problem, settings.sampler, randomness, stepSize: settings.step ?? Self.firstStep)
    }

    private static func sampler(
        _ problem: FunctionSpaceProblem, _ choice: ChainSettings.Sampler,
        _ randomness: ChainRandomness, stepSize: Double, variables: [Double]? = nil
    ) throws(SingularKernel) -> (any KernelSampler, HamiltonianSampler?) {
        switch choice {
        case .hamiltonian:
            let sampler = try HamiltonianSampler(
                problem, randomness: randomness, stepSize: stepSize, variables: variables)
            return (sampler, sampler)
        case .ellipticalSlice:
            return (
                try EllipticalSliceSampler(problem, randomness: randomness, variables: variables),
                nil
            )
        }
    }

    /// The angle that suits the panels of the papers; adaptation moves it.
    static let firstStep = 0.3
    /// Iterations after which adaptation starts afresh.
    static let transientLength = 15

    var stepSize: Double? { hamiltonian?.stepSize }
    var largestCondition: Double { sampler.density.largestCondition }
    var startPotential: Double { sampler.position.potential }
    var isExhausted: Bool { iteration >= settings.maxIterations }

    /// What a burn-in knows while it goes on.
    private struct BurnIn {
        var adaptation: StepSizeAdaptation
        /// U of each iteration of this burn-in.
        var trace: [Double] = []
        /// Length of the trace at which it is looked at next.
        var nextLook: Int
    }

    private var adapts: Bool { settings.step == nil && hamiltonian != nil }

    /// Takes one iteration of a burn-in, which discards iterations until U shows no trend and
    /// adapts the step meanwhile. A call after its end begins another one.
    ///
    /// - Returns: Whether there was anything left to do. At the end what was recorded before is
    ///   discarded too.
    func advanceBurnIn() -> Bool {
        var burning = self.burning ?? firstLook
        if burning.trace.count >= burning.nextLook {
            // A burn-in that the user fixed is taken at its word.
            if isExhausted || settings.burnIn != nil || Self.isStationary(burning.trace) {
                endBurnIn(burning)
                return false
            }
            burning.nextLook += max(burning.nextLook / 4, 10)
        }
        if isExhausted {
            endBurnIn(burning)
            return false
        }
        // One owner of the trace, so that it grows in place.
        self.burning = nil
        if adapts { hamiltonian?.stepSize = burning.adaptation.stepSize }
        let report = sampler.step(iteration: iteration)
        iteration += 1
        evaluations += report.evaluations
        if adapts { burning.adaptation.update(acceptance: report.acceptanceProbability) }
        // The way down from the prior wants other steps than the posterior: forget it.
        if burning.trace.count == Self.transientLength {
            burning.adaptation = StepSizeAdaptation(start: burning.adaptation.stepSize)
        }
        burning.trace.append(sampler.position.potential)
        self.burning = burning
        return true
    }

    private var firstLook: BurnIn {
        var nextLook = max(settings.burnIn ?? 0, ChainSettings.shortestBurnIn)
        if let fixed = settings.burnIn, iteration == 0 { nextLook = fixed }
        return BurnIn(
            adaptation: StepSizeAdaptation(start: hamiltonian?.stepSize ?? Self.firstStep),
            nextLook: nextLook)
    }

    private func endBurnIn(_ burning: BurnIn) {
        if adapts { hamiltonian?.stepSize = burning.adaptation.averagedStepSize }
        burnIn = iteration
        record = ChainRecord(problem)
        predictionRecord = prediction.map { PredictionRecord(count: $0.testCount) }
        self.burning = nil
    }

    /// Whether the last half of a trace has no trend: the means of its two halves differ by less
    /// than two standard errors.
    static func isStationary(_ trace: [Double]) -> Bool {
        let window = Array(trace.suffix(trace.count / 2))
        let half = window.count / 2
        let (early, late) = (Array(window.prefix(half)), Array(window.suffix(half)))
        guard let earlyError = Autocorrelation.standardError([early]),
            let lateError = Autocorrelation.standardError([late])
        else { return true }
        let difference =
            early.reduce(0, +) / Double(half) - late.reduce(0, +) / Double(half)
        return difference * difference < 4 * (earlyError * earlyError + lateError * lateError)
    }

    /// Keeps one more iteration, unless `count` are recorded or the chain is exhausted.
    ///
    /// - Returns: Whether there was anything left to do.
    func advanceSampling(until count: Int) -> Bool {
        guard record.count < count, !isExhausted else { return false }
        let report = sampler.step(iteration: iteration)
        evaluations += report.evaluations
        record.add(sampler.position, report, target: target)
        if let prediction {
            predictionRecord?.add(prediction.predict(sampler.position, iteration: iteration))
        }
        iteration += 1
        return true
    }

    // MARK: Checkpoints

    /// Writes everything that the next iteration depends on. Random numbers are addressed by the
    /// iteration, and what was computed at ξ is computed again.
    func write(to writer: inout CheckpointWriter) {
        for number in [iteration, burnIn, evaluations] { writer.write(number) }
        writer.write(hamiltonian?.stepSize ?? 0)
        writer.write(largestCondition)
        let variables = sampler.position.variables
        writer.write(UnsafeBufferPointer(start: variables.base, count: variables.count))
        let fingerprint = sampler.position.fingerprint
        writer.write(fingerprint.high)
        writer.write(fingerprint.low)
        record.write(to: &writer)
        predictionRecord?.write(to: &writer)
        writer.write(burning != nil)
        guard let burning else { return }
        burning.adaptation.write(to: &writer)
        writer.write(burning.trace)
        writer.write(burning.nextLook)
    }

    /// Goes on where a chain was.
    ///
    /// - Throws: ``CheckpointRefusal``; also when these kernels compute other bits at the same ξ.
    init(
        _ problem: FunctionSpaceProblem, _ settings: ChainSettings, randomness: ChainRandomness,
        target: CentredTarget, prediction: TestPrediction?, from reader: inout CheckpointReader
    ) throws(CheckpointRefusal) {
        self.problem = problem
        self.settings = settings
        self.target = target
        self.prediction = prediction
        iteration = try reader.count(upTo: settings.maxIterations)
        burnIn = try reader.count(upTo: iteration)
        evaluations = try reader.count()
        let stepSize = try reader.double()
        let condition = try reader.double()
        let variables = try reader.doubles(problem.variableCount)
        let fingerprint = (high: try reader.word(), low: try reader.word())
        record = try ChainRecord(problem, from: &reader)
        if let prediction {
            predictionRecord = try PredictionRecord(count: prediction.testCount, from: &reader)
        }
        if try reader.flag() {
            burning = BurnIn(
                adaptation: try StepSizeAdaptation(from: &reader), trace: try reader.doubles(),
                nextLook: try reader.count())
            guard burning?.trace.allSatisfy(\.isFinite) ?? true else { throw .damaged }
        }
        let isHamiltonian = settings.sampler == .hamiltonian
        guard !isHamiltonian || StepSizeAdaptation.isPossible(stepSize), condition >= 1 else {
            throw .damaged
        }
        do throws(SingularKernel) {
            (sampler, hamiltonian) = try Self.sampler(
                problem, settings.sampler, randomness, stepSize: stepSize, variables: variables)
        } catch {
            throw .otherBits
        }
        let found = sampler.position.fingerprint
        guard found.high == fingerprint.high, found.low == fingerprint.low,
            sampler.position.potential.isFinite
        else {
            throw .otherBits
        }
        sampler.density.resume(largestCondition: condition)
    }
}
