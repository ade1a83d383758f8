import SweepCore
import SweepSpec
import Testing

@Suite("Numbers of a spec")
struct NumberTests {
    @Test(
        "numbers are decimal, with or without point, exponent and sign",
        arguments: [
            ("1e-3", 0.001), ("1.0e-3", 0.001), ("1E-3", 0.001), (".5", 0.5), ("5.", 5),
            ("+2", 2), ("0.1", 0.1), ("1e+2", 100), ("00012", 12), ("123456.789", 123_456.789),
            ("4.9e-324", .leastNonzeroMagnitude),
        ])
    func numberIsRead(text: String, value: Double) throws {
        let spec = try Fixtures.spec(replacing: "1.0e-3", by: text)
        let settings = try spec.posterior(at: 0)
        #expect(settings.kappa == value)
    }

    @Test(
        "what YAML 1.1 or a C library would take for a number is none",
        arguments: [
            "0x10", "0b1", "1_000", "1:30", "inf", ".inf", "+.INF", "nan", ".NaN", "infinity",
            "1e", "e5", ".", "+", "1e+", "1.2.3", "1,5", "1d3", "0x1p3", "１", "١", "true",
            "no",
            "1e5x", "--1", "1 000",
        ])
    func notANumber(text: String) {
        let wrong = Fixtures.posterior.replacingOccurrences(
            of: "inference: {kappa: 1.0e-3}", with: "inference:\n  kappa: \(text)")
        let sentence =
            "a.yaml:6: inference.kappa must be a number above 0 and at most 1000000, but is "
            + "\"\(text)\""
        #expect(Fixtures.sentence(wrong) == sentence)
    }

    @Test(
        "a whole number may be written in any way that is whole",
        arguments: [("12", 12), ("12.0", 12), ("1.2e1", 12), ("+12", 12), ("120e-1", 12)])
    func wholeNumberIsRead(text: String, value: Int) throws {
        let spec = try Fixtures.spec(replacing: "points: 12", by: "points: \(text)")
        #expect(
            try spec.posterior(at: 0).task
                == .xor(points: value, dimension: 100, noiseVariance: 0.4, signal: .high))
    }

    @Test("minus zero is zero")
    func minusZeroIsZero() throws {
        let spec = try Fixtures.spec(replacing: "bias_variance: 0.05", by: "bias_variance: -0.0")
        #expect(try spec.posterior(at: 0).biasVariance.sign == .plus)
        let zero = try Fixtures.spec(replacing: "bias_variance: 0.05", by: "bias_variance: 0")
        #expect(spec.canonicalText == zero.canonicalText)
    }
}
