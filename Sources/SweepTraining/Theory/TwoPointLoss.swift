import SweepPhysics

/// The loss in terms of the theory's state. For L = ½ mean over 2 points of (ŷ − t)², exactly
///
///     L = ½ |ē|² + ⅛ |dŷ − dt|²,   |dŷ − dt|² = 2w − y + dy2,
///
/// with ē the error of the mean output.
public enum TwoPointLoss {
    /// The identity above.
    ///
    /// - Parameter meanError: |ē|².
    public static func identity(
        _ state: TwoPointState, meanError: Double, task: TwoPointTask
    ) -> Double {
        0.5 * meanError + 0.125 * state.outputError(task)
    }

    /// The loss of the theory, in which the mean error decays exponentially:
    ///
    ///     L(t) = ¼ (2 ē₀² exp(−2 eta_mean t) + w(t) + ½ (dy2 − y(t)))
    public static func theory(
        _ state: TwoPointState, epoch: Double, startingMeanError: Double, meanRate: Double,
        task: TwoPointTask
    ) -> Double {
        let mean = startingMeanError * KernelMath.exponential(-2 * meanRate * epoch)
        return 0.25 * (2 * mean + state.alignment + 0.5 * (task.targetDistance - state.output))
    }
}
