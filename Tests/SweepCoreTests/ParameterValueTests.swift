import SweepCore
import Testing

@Suite("Parameter values")
struct ParameterValueTests {
    @Test(
        "one spelling for each number",
        arguments: [
            (500.0, "500"), (-3, "-3"), (0, "0"), (-0.0, "0"), (1.2, "1.2"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e-6, "1e-06"), (9_007_199_254_740_991, "9007199254740991"),
            (9_007_199_254_740_992, "9007199254740992.0"), (1e300, "1e+300"), (0.5, "0.5"),
            (-9_007_199_254_740_991, "-9007199254740991"),
        ])
    func spelling(number: Double, text: String) {
        #expect(ParameterValue.number(number).canonicalText == text)
        #expect(Double(text) == number)
    }

    @Test("every spelling reads back as the same number")
    func roundTrip() {
        var bits: UInt64 = 0x9e37_79b9_7f4a_7c15
        for _ in 0..<10_000 {
            bits = bits &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let number = Double(bitPattern: bits)
            guard number.isFinite else { continue }
            #expect(Double(ParameterValue.canonicalText(of: number)) == number)
        }
    }

    @Test("a word is itself and no number")
    func word() {
        #expect(ParameterValue.word("erf").canonicalText == "erf")
        #expect(ParameterValue.word("erf").number == nil)
        #expect(ParameterValue.number(2).number == 2)
        #expect(ParameterValue.word("2") != ParameterValue.number(2))
    }
}
