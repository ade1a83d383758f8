import SweepCore
import SweepExperiments
import SweepPhysics
import SweepProtocol

/// One trial with all that decides its numbers.
public struct PlannedTrial: Hashable, Sendable {
    public var experiment: Experiment
    public var point: GridPoint
    public var seed: Int
    public var randomKey: UInt64

    public init(experiment: Experiment, point: GridPoint, seed: Int, randomKey: UInt64) {
        self.experiment = experiment
        self.point = point
        self.seed = seed
        self.randomKey = randomKey
    }
}

/// An outcome, and beside it the times that its computation took.
///
/// The outcome alone is a function of spec, seed and kernel family: times differ from one
/// computation to the next, so they are never part of the bytes that two attempts are compared by.
public struct MeasuredOutcome: Hashable, Sendable {
    public var outcome: TrialOutcome
    public var wallNanoseconds: UInt64
    /// CPU time of the thread that computed.
    public var cpuNanoseconds: UInt64

    public init(outcome: TrialOutcome, wallNanoseconds: UInt64, cpuNanoseconds: UInt64) {
        self.outcome = outcome
        self.wallNanoseconds = wallNanoseconds
        self.cpuNanoseconds = cpuNanoseconds
    }

    /// The failure of a trial whose data set cannot be made of files that every machine has alike.
    init(failingFor problem: DataProblem, family: KernelFamily) {
        // Without an alignment there is no number; anything else was seen before the sweep began,
        // unless the grid has more data sets than are looked at then.
        let kind: TrialFailure.Kind =
            if case .constantTargets = problem { .nonFinite } else { .crashed }
        self.init(
            outcome: .failure(
                TrialFailure(kind, String("\(problem)".prefix(1_000))),
                diagnostics: [NamedDiagnostic("kernel_family", text: family.name)]),
            wallNanoseconds: 0, cpuNanoseconds: 0)
    }

    /// The times as diagnostics, for a trial that is shown and not sent.
    public var diagnostics: [NamedDiagnostic] {
        [NamedDiagnostic("cpu_seconds", Double(cpuNanoseconds) * 1e-9)]
    }

    /// The outcome in bytes.
    ///
    /// An outcome without bytes becomes a failure of its trial: `non_finite` for a NaN or an
    /// infinity, `out_of_memory` for more than `limit` bytes, `crashed` for what only a defect of
    /// the experiment can make.
    public func content(limit: Int) -> (bytes: [UInt8], ending: AttemptEnding) {
        do throws(OutcomeError) {
            let bytes = try OutcomeCodec.encode(outcome)
            guard bytes.count <= limit else {
                throw .tooLarge(byteCount: bytes.count, limit: limit)
            }
            if case .success = outcome { return (bytes, .success) }
            return (bytes, .failure)
        } catch {
            return (Self.failure(for: error), .failure)
        }
    }

    private static func failure(for error: OutcomeError) -> [UInt8] {
        let kind: TrialFailure.Kind =
            switch error {
            case .nonFinite: .nonFinite
            case .tooLarge, .tooManyEntries, .textTooLong: .outOfMemory
            case .name, .duplicateName, .shape, .malformed: .crashed
            }
        let failure = TrialOutcome.failure(
            TrialFailure(kind, String("\(error)".prefix(1_000))), diagnostics: [])
        do throws(OutcomeError) {
            return try OutcomeCodec.encode(failure)
        } catch {
            preconditionFailure("a failure of one sentence has bytes: \(error)")
        }
    }
}

/// Runs trials one after the other and measures them; what `critsweep trial` and a worker's compute
/// child share.
public struct TrialComputation {
    public let family: KernelFamily
    private let readFile: DataFileReader
    private let pools = DigitPoolCache()

    /// - Parameter readFile: How to read data files; ``FileCache/read(_:)`` where there are many
    ///   trials.
    public init(family: KernelFamily, readFile: @escaping DataFileReader) {
        self.family = family
        self.readFile = readFile
    }

    /// Runs one trial on this thread.
    ///
    /// - Parameter keeper: Keeps checkpoints of it, and has one of an earlier attempt; the outcome
    ///   is the same with and without.
    /// - Throws: `DataProblem` or what `readFile` throws: the data are unreadable here, which says
    ///   nothing of the trial.
    public func run(
        _ trial: PlannedTrial, keeper: (any CheckpointKeeper)? = nil
    ) throws -> MeasuredOutcome {
        let wallStart = MonotonicTime.nanoseconds
        let cpuStart = MonotonicTime.threadNanoseconds
        let outcome = try trial.experiment.run(
            point: trial.point, seed: trial.seed, randomKey: trial.randomKey, family: family,
            readFile: readFile, pools: pools, keeper: keeper, idle: { $0.spendTime() })
        return MeasuredOutcome(
            outcome: named(outcome),
            wallNanoseconds: MonotonicTime.nanoseconds - wallStart,
            cpuNanoseconds: MonotonicTime.threadNanoseconds - cpuStart)
    }

    /// Every outcome says which kernels computed it, those of experiments without kernels too.
    private func named(_ outcome: TrialOutcome) -> TrialOutcome {
        let name = "kernel_family"
        switch outcome {
        case .success(var result):
            if result.diagnostics.contains(where: { $0.name == name }) { return outcome }
            result.diagnostics.append(NamedDiagnostic(name, text: family.name))
            return .success(result)
        case .failure(let failure, let diagnostics):
            if diagnostics.contains(where: { $0.name == name }) { return outcome }
            return .failure(
                failure, diagnostics: diagnostics + [NamedDiagnostic(name, text: family.name)])
        }
    }
}
