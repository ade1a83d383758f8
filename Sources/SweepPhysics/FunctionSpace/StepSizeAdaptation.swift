/// Dual averaging of a step size towards a target acceptance.
///
/// Source: Hoffman, Gelman 2014 (arXiv:1111.4246, section 3.2), with their constants γ = 0.05,
/// t₀ = 10, κ = 0.75.
struct StepSizeAdaptation: Sendable {
    /// Middle of the 0.65 – 0.9 in which the sampler works best.
    static let targetAcceptance = 0.8

    private let target: Double
    private let centre: Double
    private var count = 0.0
    private var error = 0.0
    private var logAverage: Double

    /// The step to try next.
    private(set) var stepSize: Double
    /// The step to keep when adaptation ends.
    var averagedStepSize: Double { KernelMath.exponential(logAverage) }

    /// The largest angle tried: a quarter turn in one step.
    static let largestStep = 1.5
    static let smallestStep = 1e-4

    init(start: Double, target: Double = Self.targetAcceptance) {
        self.target = target
        // Aims above the start, since a step that is too small costs more than one too large.
        centre = KernelMath.logarithm(2 * start)
        logAverage = KernelMath.logarithm(start)
        stepSize = start
    }

    /// Takes in the acceptance probability of the step tried last.
    mutating func update(acceptance: Double) {
        count += 1
        let weight = 1 / (count + 10)
        error = (1 - weight) * error + weight * (target - acceptance)
        var logStep = centre - count.squareRoot() / 0.05 * error
        logStep = min(
            max(logStep, KernelMath.logarithm(Self.smallestStep)),
            KernelMath.logarithm(Self.largestStep))
        let decay = KernelMath.exponential(-0.75 * KernelMath.logarithm(count))
        logAverage = decay * logStep + (1 - decay) * logAverage
        stepSize = KernelMath.exponential(logStep)
    }

    // MARK: Checkpoints

    func write(to writer: inout CheckpointWriter) {
        for number in [centre, count, error, logAverage, stepSize] { writer.write(number) }
    }

    init(from reader: inout CheckpointReader, target: Double) throws(CheckpointRefusal) {
        self.target = target
        centre = try reader.double()
        count = try reader.double()
        error = try reader.double()
        logAverage = try reader.double()
        stepSize = try reader.double()
        // What cannot be: bytes of another's making must not reach the arithmetic.
        let isPossible =
            [centre, count, error, logAverage].allSatisfy { abs($0) < 1e15 } && count >= 0
            && abs(logAverage) < 20 && Self.isPossible(stepSize)
        guard isPossible else { throw .damaged }
    }

    /// Whether a sampler could have this step.
    static func isPossible(_ stepSize: Double) -> Bool { stepSize >= 1e-9 && stepSize <= 1e3 }
}
