import SweepPhysics

/// What the effective theory makes of a recorded training.
public struct TrainingAnalysis: Hashable, Sendable {
    /// The fit in each observed layer; nil where the theory has no prediction.
    public var fits: [EffectiveTheoryFit?]
    /// Where the theory, with the fitted rates of the first observed layer, says that h ends.
    public var predictedRepresentation: Double?
    /// The fitted curves of the first observed layer.
    public var fitted: TwoPointCurves?
    /// eta_y_mean, from the loss of a training on two points.
    public var meanRate: MeanRateFit?
    /// The theory's loss.
    public var fittedLoss: [Double]?
    /// The wrong systems of equations, fitted to the first observed layer; empty unless asked for.
    public var alternatives: [Alternative] = []

    /// A system that is wrong on purpose, and its fit; nil where it has none.
    public struct Alternative: Hashable, Sendable {
        public var system: TwoPointSystem
        public var fit: EffectiveTheoryFit?
    }

    /// - Parameters:
    ///   - record: padded to the whole length of the training, as the errors of fits depend on it.
    ///   - withAlternatives: whether to fit the wrong systems too.
    public init(_ record: TrainingRecord, withAlternatives: Bool = false) {
        let task = record.task
        fits = record.representation.indices.map {
            EffectiveTheoryFit(record.curves($0), task: task)
        }
        if withAlternatives, !record.representation.isEmpty {
            alternatives = TwoPointSystem.allCases.filter { $0 != .theory }.map { system in
                Alternative(
                    system: system,
                    fit: EffectiveTheoryFit(record.curves(), task: task, system: system))
            }
        }
        guard let first = fits.first, let fit = first else { return }
        let curves = record.curves()
        predictedRepresentation = TwoPointInvariants.finalRepresentation(
            from: curves[0], task: task, rates: fit.rates)
        guard let fitted = fit.curves(like: curves, task: task) else { return }
        self.fitted = fitted
        guard let factor = record.lossFactor else { return }
        meanRate = MeanRateFit(
            loss: record.loss.map { $0 / factor }, fitted: fitted,
            startingMeanError: record.startingMeanError, task: task)
        fittedLoss = meanRate?.losses(
            fitted: fitted, startingMeanError: record.startingMeanError, task: task
        ).map { $0 * factor }
        meanRate?.squaredError *= factor * factor
    }
}

extension TrainingRecord {
    /// The first epoch whose value in a series passes a test; nil when none does.
    public func firstEpoch(_ series: [Double], where passes: (Double) -> Bool) -> Int? {
        series.firstIndex(where: passes).map { $0 * interval }
    }

    /// The first epoch with y ≥ dy2/4: the outputs' distance is half the targets'. Nil when equal
    /// targets leave nothing to reach.
    public var epochOfHalfOutput: Int? {
        task.targetDistance > 0
            ? firstEpoch(output) { $0 >= 0.25 * task.targetDistance } : nil
    }
}
