/// The trials of one sweep: every point of a grid at every seed, addressed by number.
public struct SweepPlan: Hashable, Sendable {
    public let grid: Grid
    /// Replicates of every point, seeds 0 … seedCount − 1.
    public let seedCount: Int

    /// More trials than this are refused.
    public static let trialLimit = Int(UInt32.max)

    public var trialCount: Int { grid.pointCount * seedCount }

    /// - Throws: ``Grid/GridError/tooManyPoints(limit:)`` when points × seeds exceeds ``trialLimit``.
    public init(grid: Grid, seedCount: Int) throws(Grid.GridError) {
        precondition(seedCount >= 1, "a sweep has at least one seed")
        let (product, overflow) = grid.pointCount.multipliedReportingOverflow(by: seedCount)
        if overflow || product > Self.trialLimit { throw .tooManyPoints(limit: Self.trialLimit) }
        self.grid = grid
        self.seedCount = seedCount
    }

    /// The trial of a point (index) at a seed.
    public func trial(point: Int, seed: Int) -> TrialID {
        precondition(point >= 0 && point < grid.pointCount, "point \(point) of \(grid.pointCount)")
        precondition(seed >= 0 && seed < seedCount, "seed \(seed) of \(seedCount)")
        return TrialID(seed * grid.pointCount + point)
    }

    /// The point index and seed of a trial of this plan.
    public func pointAndSeed(of trial: TrialID) -> (point: Int, seed: Int) {
        precondition(
            trial.rawValue >= 0 && trial.rawValue < trialCount, "\(trial) of \(trialCount)")
        return (trial.rawValue % grid.pointCount, trial.rawValue / grid.pointCount)
    }
}
