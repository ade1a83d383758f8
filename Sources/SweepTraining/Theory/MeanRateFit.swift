import SweepPhysics

/// The rate of the mean output, eta_y_mean, fitted to the loss alone with y and w from the theory.
public struct MeanRateFit: Hashable, Sendable {
    public var rate: Double
    /// Σ (L_theory − L)² over all entries.
    public var squaredError: Double

    /// - Parameters:
    ///   - loss: of the network, one entry for each of `fitted`.
    ///   - fitted: the theory's curves (``EffectiveTheoryFit/curves(like:task:)``).
    ///   - startingMeanError: |ē|² at epoch 0.
    /// - Returns: nil where no rate gives a finite error.
    public init?(
        loss: [Double], fitted: TwoPointCurves, startingMeanError: Double, task: TwoPointTask
    ) {
        precondition(loss.count == fitted.count, "\(loss.count) losses, \(fitted.count) entries")
        let rest = (0..<fitted.count).map {
            loss[$0]
                - TwoPointLoss.theory(
                    fitted[$0], epoch: 0, startingMeanError: 0, meanRate: 0, task: task)
        }
        func error(_ logarithm: Double) -> Double {
            let rate = KernelMath.exponential(logarithm)
            let factor = KernelMath.exponential(-2 * rate * fitted.spacing)
            var mean = 0.5 * startingMeanError
            var sum = 0.0
            for value in rest {
                sum += (value - mean) * (value - mean)
                mean *= factor
            }
            return sum
        }
        // From 1e-5 to 10, four guesses to a decade.
        let guesses = (0...24).map { (-5 + 0.25 * Double($0)) * 2.302_585_092_994_045_684 }
        var best: (place: Double, error: Double)?
        for guess in guesses {
            let value = error(guess)
            if value.isFinite, value < best?.error ?? .infinity { best = (guess, value) }
        }
        guard let best else { return nil }
        let minimum = NelderMead.minimise(
            from: [best.place], edge: 0.2, tolerance: 1e-7, evaluationLimit: 200
        ) { error($0[0]) }
        rate = KernelMath.exponential(minimum.place[0])
        squaredError = minimum.value
    }

    /// The loss of the theory at the entries of `fitted`.
    public func losses(
        fitted: TwoPointCurves, startingMeanError: Double, task: TwoPointTask
    ) -> [Double] {
        (0..<fitted.count).map {
            TwoPointLoss.theory(
                fitted[$0], epoch: Double($0) * fitted.spacing,
                startingMeanError: startingMeanError, meanRate: rate, task: task)
        }
    }
}
