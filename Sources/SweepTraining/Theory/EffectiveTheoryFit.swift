import SweepPhysics

/// The effective rates with which the theory, started where a network started, comes nearest to it.
public struct EffectiveTheoryFit: Hashable, Sendable {
    public var system: TwoPointSystem
    /// eta_h and eta_y.
    public var rates: EffectiveRates
    /// Σ (h − ĥ)² + (y − ŷ)² + (w − ŵ)² over all entries.
    public var squaredError: Double
    /// The factor g of the best guess g (rho, 1), rho = h_end² / (dx2 dy2).
    public var guess: Double
    /// The squared error of that guess.
    public var guessSquaredError: Double
    /// rho, the ratio eta_h/eta_y that the rich limit infers from the last h.
    public var ratioGuess: Double

    /// √(squared error / 3n).
    public func rootMeanSquare(count: Int) -> Double {
        (squaredError / Double(3 * count)).squareRoot()
    }

    /// Factors g of the guesses: `count` of them, evenly spaced in the logarithm.
    public struct Guesses: Hashable, Sendable {
        public var from: Double
        public var to: Double
        public var count: Int

        public init(from: Double = 1e-6, to: Double = 1e2, count: Int = 100) {
            precondition(from > 0 && to >= from && count >= 2, "guesses")
            self.from = from
            self.to = to
            self.count = count
        }

        public var values: [Double] {
            let low = KernelMath.logarithm(from)
            let high = KernelMath.logarithm(to)
            return (0..<count).map {
                KernelMath.exponential(low + (high - low) * Double($0) / Double(count - 1))
            }
        }
    }

    /// The best of the guesses g (ratio, 1), from one solution of the equations.
    ///
    /// The equations are homogeneous in the rates: g (ratio, 1) is (ratio, 1) with time running g
    /// times as fast, so all guesses read one curve.
    ///
    /// - Returns: nil where no guess has a finite error.
    public static func bestGuess(
        _ curves: TwoPointCurves, task: TwoPointTask, ratio: Double,
        system: TwoPointSystem = .theory, guesses: Guesses = Guesses(),
        tolerance: TwoPointSolution.Tolerance = .fits
    ) -> (factor: Double, squaredError: Double)? {
        guard curves.count > 0 else { return nil }
        var best: (factor: Double, squaredError: Double)?
        let factors = guesses.values
        let farthest = factors.last ?? 1
        let rates = EffectiveRates(encoder: ratio, decoder: 1)
        let shared = TwoPointSolution(
            system, from: curves[0], task: task, rates: rates, until: farthest * curves.end,
            tolerance: tolerance)
        for factor in factors {
            // A wrong system may blow up late: slow guesses still read its beginning.
            let solution =
                shared
                ?? TwoPointSolution(
                    system, from: curves[0], task: task, rates: rates, until: factor * curves.end,
                    tolerance: tolerance)
            guard let solution else { break }
            let error = curves.squaredDistance(to: solution, timeScale: factor)
            if error.isFinite, error < best?.squaredError ?? .infinity { best = (factor, error) }
        }
        return best
    }

    /// Fits both rates.
    ///
    /// The start is entry 0 and is not fitted. From the best guess on the line of the ratio rho, a
    /// search in log eta_h and log eta_y (``NelderMead``) to about six digits.
    ///
    /// - Returns: nil where the theory has no prediction from this start for any guess, or there
    ///   are fewer than 3 entries.
    public init?(
        _ curves: TwoPointCurves, task: TwoPointTask, system: TwoPointSystem = .theory,
        guesses: Guesses = Guesses()
    ) {
        guard curves.count >= 3, let last = curves.representation.last else { return nil }
        let rich = last * last / (task.inputDistance * task.targetDistance)
        // With equal targets the rich limit says nothing of the ratio.
        let ratios = rich.isFinite && rich > 0 ? [rich] : [0.01, 0.1, 1, 10]
        var best: (ratio: Double, factor: Double, error: Double)?
        for ratio in ratios {
            guard
                let found = Self.bestGuess(
                    curves, task: task, ratio: ratio, system: system, guesses: guesses)
            else { continue }
            if found.squaredError < best?.error ?? .infinity {
                best = (ratio, found.factor, found.squaredError)
            }
        }
        guard let best else { return nil }
        func error(_ logarithms: [Double]) -> Double {
            let rates = EffectiveRates(
                encoder: KernelMath.exponential(logarithms[0]),
                decoder: KernelMath.exponential(logarithms[1]))
            guard
                let solution = TwoPointSolution(
                    system, from: curves[0], task: task, rates: rates, until: curves.end,
                    tolerance: .fits, stepLimit: 20_000)
            else { return .infinity }
            let error = curves.squaredDistance(to: solution)
            return error.isFinite ? error : .infinity
        }
        var place = [
            KernelMath.logarithm(best.ratio * best.factor), KernelMath.logarithm(best.factor),
        ]
        var value = Double.infinity
        // A second search from the first one's end, since a simplex may collapse early.
        for edge in [0.3, 0.05] {
            let minimum = NelderMead.minimise(
                from: place, edge: edge, tolerance: 1e-6, evaluationLimit: 400, error)
            place = minimum.place
            value = minimum.value
        }
        guard value.isFinite else { return nil }
        self.system = system
        rates = EffectiveRates(
            encoder: KernelMath.exponential(place[0]), decoder: KernelMath.exponential(place[1]))
        squaredError = value
        guess = best.factor
        guessSquaredError = best.error
        ratioGuess = best.ratio
    }

    /// The fitted curves at the entries of `curves`; nil where there is no prediction.
    public func curves(like curves: TwoPointCurves, task: TwoPointTask) -> TwoPointCurves? {
        guard curves.count > 0,
            let solution = TwoPointSolution(
                system, from: curves[0], task: task, rates: rates, until: curves.end,
                tolerance: .tables)
        else { return nil }
        var fitted = TwoPointCurves(
            representation: [], output: [], alignment: [], interval: curves.interval)
        solution.sample(count: curves.count, spacing: curves.spacing) { _, state in
            fitted.representation.append(state.representation)
            fitted.output.append(state.output)
            fitted.alignment.append(state.alignment)
        }
        return fitted
    }
}
