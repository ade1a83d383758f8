import SweepTraining
import Testing

/// What van Rossem and Saxe 2024 claim of two points, and an independent implementation measured.
@Suite("Two-point claims")
struct TwoPointClaimTests {
    @Test(
        "means over seeds are those of an independent implementation",
        arguments: ["w100_default", "w100_skip", "shallow"])
    func reference(name: String) throws {
        let reference = try #require(TwoPointReference.all[name])
        let settings = try #require(TwoPointReference.settings(name))
        var values: [String: [Double]] = [:]
        for seed in 0..<reference.seeds {
            let trained = try TwoPointReference.training(settings, seed: seed)
            for (quantity, value) in trained.values { values[quantity, default: []].append(value) }
            // Learned, and the theory is near.
            #expect(abs(trained.record.output[5_999] - 0.5) < 1e-3)
            #expect(abs(trained.record.alignment[5_999]) < 1e-3)
            #expect(try #require(trained.values["rmse"]) < 0.05)
        }
        for (quantity, expected) in reference.values {
            let mine = try #require(values[quantity], "\(quantity)")
            let count = Double(mine.count)
            let mean = mine.reduce(0, +) / count
            let deviation =
                (mine.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)).squareRoot()
            // Three standard errors of theirs and one standard deviation of ours.
            let allowed =
                3 * expected.deviation / Double(reference.seeds).squareRoot() + deviation
            #expect(
                abs(mean - expected.mean) <= allowed,
                "\(quantity): \(mean) ± \(deviation), not \(expected)")
        }
    }

    @Test("the four wrong systems fit networks worse than the theory, all together")
    func alternatives() throws {
        // Doubling h′ comes to almost the same as doubling its rate, so single networks may prefer it.
        let settings = try #require(TwoPointReference.settings("w100_default"))
        var sums = Array(repeating: 0.0, count: TwoPointSystem.allCases.count)
        for seed in 0..<5 {
            let record = try TwoPointReference.training(settings, seed: seed).record
            for (place, system) in TwoPointSystem.allCases.enumerated() {
                sums[place] +=
                    EffectiveTheoryFit(record.curves(), task: record.task, system: system)?
                    .squaredError ?? .infinity
            }
        }
        for (place, system) in TwoPointSystem.allCases.enumerated() where system != .theory {
            #expect(sums[place] > 1.2 * sums[0], "\(system): \(sums)")
        }
    }

    @Test("the theory fits an intermediate layer best, and representations grow more in later ones")
    func depth() throws {
        var settings = try #require(TwoPointReference.settings("w100_default"))
        settings.observedLayers = Array(0..<20)
        let record = try TwoPointReference.training(settings, seed: 4).record
        let analysis = TrainingAnalysis(record)
        let errors = try analysis.fits.map { try #require($0).squaredError }
        let best = try #require(errors.indices.min { errors[$0] < errors[$1] })
        #expect((6...17).contains(best), "\(errors)")
        #expect(errors[0] > 20 * errors[best], "\(errors)")
        let growth = record.representation.map { $0[5_999] / $0[0] }
        #expect(growth[0] < 1.2)
        #expect(zip(growth, growth.dropFirst()).allSatisfy { $0 < $1 }, "\(growth)")
    }

    @Test("the closed form predicts where each network's representation ends")
    func endPoint() throws {
        for name in ["w100_default", "w100_skip"] {
            let settings = try #require(TwoPointReference.settings(name))
            let record = try TwoPointReference.training(settings, seed: 2).record
            let predicted = try #require(TrainingAnalysis(record).predictedRepresentation)
            // The fit errs by 0.008 where h is 0.09.
            #expect(abs(predicted / record.representation[0][5_999] - 1) < 0.1)
        }
    }
}
