import Foundation
import SweepCore
import SweepSpec
import Testing

@Suite("Grid of a spec")
struct GridTests {
    static func gains(_ text: String) throws -> [Double] {
        let spec = try Fixtures.spec(replacing: "[1.0, 1.2]", by: text)
        return spec.plan.grid.axes[0].values.compactMap(\.number)
    }

    @Test("a range has the decimal numbers one would write")
    func rangeHasDecimalNumbers() throws {
        #expect(
            try Self.gains("{from: 0.4, to: 2.4, count: 21}") == [
                0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2.0,
                2.1, 2.2, 2.3, 2.4,
            ])
    }

    @Test("a logarithmic range has the powers of ten")
    func logarithmicRange() throws {
        #expect(
            try Self.gains("{log_from: 1e-4, log_to: 1e4, count: 9}") == [
                1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100, 1_000, 10_000,
            ])
    }

    @Test("values of a range are rounded to 12 significant digits, ends too")
    func rangeIsRounded() throws {
        #expect(
            try Self.gains("{from: 0.1234567890123456, to: 1, count: 4}") == [
                0.123456789012, 0.415637859342, 0.707818929671, 1,
            ])
        #expect(
            try Self.gains("{log_from: 1, log_to: 2, count: 3}") == [1, 1.41421356237, 2])
    }

    @Test("a range may fall, and its far end keeps its digits")
    func rangeMayFall() throws {
        #expect(try Self.gains("{from: 3, to: 1, count: 3}") == [3, 2, 1])
        #expect(try Self.gains("{from: 1000000, to: 1e-6, count: 2}") == [1_000_000, 1e-6])
    }

    @Test("a list keeps its order, and one value needs no list")
    func listKeepsItsOrder() throws {
        #expect(try Self.gains("[2, .5, 1e0]") == [2, 0.5, 1])
        #expect(try Self.gains("1.5") == [1.5])
        #expect(try Self.gains("{from: 2, to: 2, count: 1}") == [2])
    }

    @Test("points are numbered in the order of the keys, the last fastest")
    func lastKeyIsFastest() throws {
        let spec = try Fixtures.spec(
            replacing: "  width: [500]\n  depth: [3]\n",
            by: "  snr: [low, high]\n  depth: [3]\n  width: [100, 50]\n")
        let points = (0..<spec.plan.grid.pointCount).map { index in
            spec.plan.grid.point(at: index).parameters
                .map { "\($0.name)=\($0.value.canonicalText)" }.joined(separator: " ")
        }
        #expect(
            points == [
                "gain=1 snr=low depth=3 width=100", "gain=1 snr=low depth=3 width=50",
                "gain=1 snr=high depth=3 width=100", "gain=1 snr=high depth=3 width=50",
                "gain=1.2 snr=low depth=3 width=100", "gain=1.2 snr=low depth=3 width=50",
                "gain=1.2 snr=high depth=3 width=100", "gain=1.2 snr=high depth=3 width=50",
            ])
    }

    @Test("a grid of four thousand million points is not expanded")
    func largeGridIsLazy() throws {
        let spec = try Fixtures.spec(
            replacing: "  gain: [1.0, 1.2]\n  width: [500]\n",
            by: """
                  gain: {from: 1, to: 2, count: 2000}
                  width: {from: 1, to: 2000, count: 2000}
                  kappa: {log_from: 0.001, log_to: 1, count: 1000}

                """,
            in: Fixtures.posterior
                .replacingOccurrences(of: "inference: {kappa: 1.0e-3}\n", with: "")
                .replacingOccurrences(of: "seeds: 10", with: "seeds: 1"))
        #expect(spec.plan.trialCount == 4_000_000_000)
        let last = spec.plan.grid.point(at: 3_999_999_999)
        #expect(last.canonicalText == "depth=3;gain=2;kappa=1;width=2000")
        #expect(spec.estimate().trialCount == 4_000_000_000)
    }

    @Test("ten thousand values of all axes together are read, one more is not")
    func longAxis() throws {
        let range = "{from: 1, to: 2, count: 9998}"
        let spec = try Fixtures.spec(replacing: "[1.0, 1.2]", by: range)
        #expect(spec.plan.grid.pointCount == 9_998)
        #expect(spec.plan.grid.point(at: 5_000)["gain"]?.number == 1.500_150_045_01)
        let long = Fixtures.posterior.replacingOccurrences(of: "[1.0, 1.2]", with: range)
            .replacingOccurrences(of: "[500]", with: "[500, 600]")
        #expect(
            Fixtures.sentence(long)
                == "a.yaml:9: grid must have at most 10000 values in all its lists and ranges "
                + "together, but has 10001 with grid.depth; give fewer values")
    }
}
