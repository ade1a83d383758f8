/// One chain with its burn-in: steps, adapts, and knows when it has forgotten its start.
final class PosteriorChain {
    private let sampler: any KernelSampler
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

    /// Why the chain cannot go on; nil as long as it can.
    private(set) var loss: String?

    /// Starts from a draw of the prior.
    ///
    /// - Throws: ``SingularKernel`` when that draw has a kernel without Cholesky factor.
    init(
        _ problem: FunctionSpaceProblem, _ settings: ChainSettings, randomness: ChainRandomness,
        target: CentredTarget, features: InputFeatures, prediction: TestPrediction?
    ) throws(SingularKernel) {
        self.problem = problem
        self.settings = settings
        self.target = target
        self.prediction = prediction
        record = ChainRecord(problem)
        switch settings.sampler {
        case .hamiltonian:
            sampler = try HamiltonianSampler(
                problem, randomness: randomness, stepSize: settings.step ?? Self.firstStep,
                isTunable: settings.step == nil)
        case .ellipticalSlice:
            sampler = try EllipticalSliceSampler(problem, randomness: randomness)
        case .langevin(let metropolis):
            sampler = try LangevinSampler(
                problem, features: features, randomness: randomness, step: settings.step,
                hasMetropolisTest: metropolis)
        }
        predictionRecord = testCount.map { PredictionRecord(count: $0) }
    }

    /// Held-out points; nil where nothing is predicted.
    private var testCount: Int? {
        if let langevin { return langevin.testPoints > 0 ? langevin.testPoints : nil }
        return prediction?.testCount
    }

    private var langevin: LangevinSampler? { sampler as? LangevinSampler }

    /// The angle that suits the panels of the papers; adaptation moves it.
    static let firstStep = 0.3
    /// Iterations after which adaptation starts afresh.
    static let transientLength = 15

    var stepSize: Double? { sampler.reportedStep }
    var largestCondition: Double { sampler.largestCondition }
    /// Largest eigenvalue of the tangent kernel, of a sampler that goes by it.
    var tangentEigenvalue: Double? { langevin?.eigenvalue }
    var stepsPerIteration: Int? { langevin?.stepsPerIteration }
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

    /// Takes one iteration of a burn-in, which discards iterations until U shows no trend and
    /// adapts the step meanwhile. A call after its end begins another one.
    ///
    /// - Returns: Whether there was anything left to do. At the end what was recorded before is
    ///   discarded too.
    func advanceBurnIn() -> Bool {
        if burning == nil { sampler.burnInBegan() }
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
        let adapts = sampler.tunedStep != nil
        if adapts { sampler.tunedStep = burning.adaptation.stepSize }
        let report = sampler.step(iteration: iteration)
        iteration += 1
        evaluations += report.evaluations
        if let loss = report.loss {
            self.loss = loss
            return false
        }
        if adapts { burning.adaptation.update(acceptance: report.acceptanceProbability) }
        // The way down from the prior wants other steps than the posterior: forget it.
        if burning.trace.count == Self.transientLength {
            burning.adaptation = StepSizeAdaptation(
                start: burning.adaptation.stepSize, target: sampler.targetAcceptance)
        }
        burning.trace.append(sampler.position.potential)
        self.burning = burning
        return true
    }

    private var firstLook: BurnIn {
        var nextLook = max(settings.burnIn ?? 0, ChainSettings.shortestBurnIn)
        if let fixed = settings.burnIn, iteration == 0 { nextLook = fixed }
        return BurnIn(
            adaptation: StepSizeAdaptation(
                start: sampler.tunedStep ?? Self.firstStep, target: sampler.targetAcceptance),
            nextLook: nextLook)
    }

    private func endBurnIn(_ burning: BurnIn) {
        if sampler.tunedStep != nil { sampler.tunedStep = burning.adaptation.averagedStepSize }
        sampler.burnInEnded()
        burnIn = iteration
        record = ChainRecord(problem)
        predictionRecord = testCount.map { PredictionRecord(count: $0) }
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
        if let loss = report.loss {
            self.loss = loss
            iteration += 1
            return false
        }
        record.add(sampler.position, report, target: target)
        if let langevin {
            if predictionRecord != nil { predictionRecord?.add(langevin.predict()) }
        } else if let prediction {
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
        writer.write(sampler.reportedStep ?? 0)
        writer.write(largestCondition)
        sampler.write(to: &writer)
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
        target: CentredTarget, features: InputFeatures, prediction: TestPrediction?,
        from reader: inout CheckpointReader
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
        guard condition >= 1 else { throw .damaged }
        sampler = try Self.sampler(
            problem, settings, randomness, features, stepSize: stepSize, from: &reader)
        let fingerprint = (high: try reader.word(), low: try reader.word())
        record = try ChainRecord(problem, from: &reader)
        if let testCount {
            predictionRecord = try PredictionRecord(count: testCount, from: &reader)
        }
        if try reader.flag() {
            burning = BurnIn(
                adaptation: try StepSizeAdaptation(
                    from: &reader, target: sampler.targetAcceptance),
                trace: try reader.doubles(), nextLook: try reader.count())
            guard burning?.trace.allSatisfy(\.isFinite) ?? true else { throw .damaged }
        }
        let found = sampler.position.fingerprint
        guard found.high == fingerprint.high, found.low == fingerprint.low,
            sampler.position.potential.isFinite
        else {
            throw .otherBits
        }
        sampler.resume(largestCondition: condition)
    }

    /// The sampler as its ``KernelSampler/write(to:)`` left it.
    private static func sampler(
        _ problem: FunctionSpaceProblem, _ settings: ChainSettings, _ randomness: ChainRandomness,
        _ features: InputFeatures, stepSize: Double, from reader: inout CheckpointReader
    ) throws(CheckpointRefusal) -> any KernelSampler {
        if case .langevin(let metropolis) = settings.sampler {
            return try LangevinSampler(
                problem, features: features, randomness: randomness, step: settings.step,
                hasMetropolisTest: metropolis, from: &reader)
        }
        let variables = try reader.doubles(problem.variableCount)
        let isSlice = settings.sampler == .ellipticalSlice
        guard isSlice || StepSizeAdaptation.isPossible(stepSize) else { throw .damaged }
        do throws(SingularKernel) {
            if isSlice {
                return try EllipticalSliceSampler(
                    problem, randomness: randomness, variables: variables)
            }
            return try HamiltonianSampler(
                problem, randomness: randomness, stepSize: stepSize,
                isTunable: settings.step == nil, variables: variables)
        } catch {
            throw .otherBits
        }
    }
}
