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
        switch settings.sampler {
        case .hamiltonian:
            let sampler = try HamiltonianSampler(
                problem, randomness: randomness, stepSize: settings.step ?? Self.firstStep)
            hamiltonian = sampler
            self.sampler = sampler
        case .ellipticalSlice:
            hamiltonian = nil
            sampler = try EllipticalSliceSampler(problem, randomness: randomness)
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

    /// Discards iterations until U shows no trend, adapting the step meanwhile. What was recorded
    /// before is discarded too.
    func runBurnIn() {
        var adaptation = StepSizeAdaptation(start: hamiltonian?.stepSize ?? Self.firstStep)
        let adapts = settings.step == nil && hamiltonian != nil
        var trace: [Double] = []
        var checkpoint = max(settings.burnIn ?? 0, ChainSettings.shortestBurnIn)
        if let fixed = settings.burnIn, iteration == 0 { checkpoint = fixed }
        while !isExhausted, trace.count < checkpoint || !Self.isStationary(trace) {
            if trace.count >= checkpoint { checkpoint += max(checkpoint / 4, 10) }
            while !isExhausted, trace.count < checkpoint {
                if adapts { hamiltonian?.stepSize = adaptation.stepSize }
                let report = sampler.step(iteration: iteration)
                iteration += 1
                evaluations += report.evaluations
                if adapts { adaptation.update(acceptance: report.acceptanceProbability) }
                // The way down from the prior wants other steps than the posterior: forget it.
                if trace.count == Self.transientLength {
                    adaptation = StepSizeAdaptation(start: adaptation.stepSize)
                }
                trace.append(sampler.position.potential)
            }
            // A burn-in that the user fixed is taken at its word.
            if settings.burnIn != nil { break }
        }
        if adapts { hamiltonian?.stepSize = adaptation.averagedStepSize }
        burnIn = iteration
        record = ChainRecord(problem)
        predictionRecord = prediction.map { PredictionRecord(count: $0.testCount) }
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

    /// Keeps iterations until `count` are recorded or the chain is exhausted.
    func sample(until count: Int) {
        while record.count < count, !isExhausted {
            let report = sampler.step(iteration: iteration)
            evaluations += report.evaluations
            record.add(sampler.position, report, target: target)
            if let prediction {
                predictionRecord?.add(
                    prediction.predict(sampler.position, iteration: iteration))
            }
            iteration += 1
        }
    }
}
