import SweepTraining
import Testing

@Suite("Fits of the effective theory")
struct EffectiveTheoryFitTests {
    static let task = TwoPointTask(inputDistance: 1, targetDistance: 0.5)
    static let start = TwoPointState(representation: 7e-4, scalarOutput: 2e-4, task: task)

    /// Curves of the theory itself at the times that a fit reads them.
    static func curves(
        _ rates: EffectiveRates, count: Int = 3_000, system: TwoPointSystem = .theory
    ) throws -> TwoPointCurves {
        var curves = TwoPointCurves(representation: [], output: [], alignment: [])
        let spacing = Double(count) / Double(count - 1)
        let solution = try #require(
            TwoPointSolution(
                system, from: start, task: task, rates: rates, until: Double(count)))
        for index in 0..<count {
            let state = solution.state(at: spacing * Double(index))
            curves.representation.append(state.representation)
            curves.output.append(state.output)
            curves.alignment.append(state.alignment)
        }
        return curves
    }

    @Test(
        "rates of the theory's own curves are recovered to four digits, at any speed",
        arguments: [(7e-4, 0.04), (1.4e-3, 0.08), (4e-3, 0.008), (2e-3, 0.2)])
    func recovery(encoder: Double, decoder: Double) throws {
        let rates = EffectiveRates(encoder: encoder, decoder: decoder)
        let fit = try #require(
            EffectiveTheoryFit(try Self.curves(rates), task: Self.task))
        #expect(abs(fit.rates.encoder / encoder - 1) < 1e-4)
        #expect(abs(fit.rates.decoder / decoder - 1) < 1e-4)
        #expect(fit.rootMeanSquare(count: 3_000) < 1e-5)
        #expect(fit.squaredError <= fit.guessSquaredError)
    }

    @Test("one solution for all guesses gives what a solution for each gives")
    func homogeneity() throws {
        let curves = try Self.curves(EffectiveRates(encoder: 1e-3, decoder: 0.05), count: 300)
        let ratio = 0.03
        let guesses = EffectiveTheoryFit.Guesses(from: 1e-4, to: 10, count: 25)
        for factor in guesses.values {
            let one = EffectiveTheoryFit.Guesses(from: factor, to: factor * 1.000_000_1, count: 2)
            let shared = try #require(
                EffectiveTheoryFit.bestGuess(
                    curves, task: Self.task, ratio: ratio, guesses: one, tolerance: .tables))
            let alone = try #require(
                TwoPointSolution(
                    from: curves[0], task: Self.task,
                    rates: EffectiveRates(encoder: ratio, decoder: 1).scaled(by: factor),
                    until: curves.spacing * Double(curves.count)))
            var error = 0.0
            for index in 0..<curves.count {
                let state = alone.state(at: curves.spacing * Double(index))
                let h = state.representation - curves.representation[index]
                let y = state.output - curves.output[index]
                let w = state.alignment - curves.alignment[index]
                error += h * h + y * y + w * w
            }
            #expect(abs(shared.squaredError / error - 1) < 1e-5, "guess \(factor)")
        }
        let best = try #require(
            EffectiveTheoryFit.bestGuess(curves, task: Self.task, ratio: ratio, guesses: guesses))
        #expect(guesses.values.contains(best.factor))
    }

    @Test("every wrong system fits the theory's curves worse", arguments: TwoPointSystem.allCases)
    func alternatives(system: TwoPointSystem) throws {
        let curves = try Self.curves(EffectiveRates(encoder: 1e-3, decoder: 0.05), count: 2_000)
        guard let fit = EffectiveTheoryFit(curves, task: Self.task, system: system) else {
            // Blowing up for all rates is a worse fit too.
            #expect(system != .theory)
            return
        }
        if system == .theory {
            #expect(fit.squaredError < 1e-8)
        } else {
            #expect(fit.squaredError > 1e-3, "\(fit)")
        }
    }

    @Test("the rate of the mean output is recovered from the loss")
    func meanRate() throws {
        let rates = EffectiveRates(encoder: 1e-3, decoder: 0.05)
        let curves = try Self.curves(rates)
        for rate in [3e-4, 0.0126, 0.3] {
            let loss = (0..<curves.count).map {
                TwoPointLoss.theory(
                    curves[$0], epoch: curves.spacing * Double($0), startingMeanError: 0.9,
                    meanRate: rate, task: Self.task)
            }
            let fit = try #require(
                MeanRateFit(
                    loss: loss, fitted: curves, startingMeanError: 0.9, task: Self.task))
            #expect(abs(fit.rate / rate - 1) < 1e-5)
            #expect(fit.squaredError < 1e-12)
            let again = fit.losses(fitted: curves, startingMeanError: 0.9, task: Self.task)
            #expect(zip(loss, again).allSatisfy { abs($0 - $1) < 1e-6 })
        }
    }

    @Test("curves without a prediction have no fit")
    func noFit() {
        let still = TwoPointCurves(
            representation: [0.1, 0.1, 0.1], output: [0, 0, 0], alignment: [0, 0, 0])
        #expect(EffectiveTheoryFit(still, task: Self.task) == nil)
        let short = TwoPointCurves(representation: [0.1], output: [0.1], alignment: [-0.1])
        #expect(EffectiveTheoryFit(short, task: Self.task) == nil)
    }

    @Test("entries ten epochs apart give the same rates")
    func interval() throws {
        let rates = EffectiveRates(encoder: 1e-3, decoder: 0.05)
        let solution = try #require(
            TwoPointSolution(from: Self.start, task: Self.task, rates: rates, until: 3_100))
        var sparse = TwoPointCurves(
            representation: [], output: [], alignment: [], interval: 10)
        for index in 0..<300 {
            let state = solution.state(at: sparse.spacingOfLongRun * Double(index))
            sparse.representation.append(state.representation)
            sparse.output.append(state.output)
            sparse.alignment.append(state.alignment)
        }
        let fit = try #require(EffectiveTheoryFit(sparse, task: Self.task))
        #expect(abs(fit.rates.encoder / rates.encoder - 1) < 1e-4)
        #expect(abs(fit.rates.decoder / rates.decoder - 1) < 1e-4)
    }
}

extension TwoPointCurves {
    /// Spacing of 300 entries ten epochs apart.
    fileprivate var spacingOfLongRun: Double { 10 * 3_000.0 / 2_999 }
}
