import SweepCore
import Testing

@Suite("Replicate statistics")
struct ReplicateStatisticsTests {
    @Test("no replicate has nothing, one has a mean only")
    func few() {
        let none = ReplicateStatistics([])
        #expect(none.count == 0)
        #expect(none.mean == nil)
        #expect(none.standardDeviation == nil)
        #expect(none.standardError == nil)
        let one = ReplicateStatistics([2.5])
        #expect(one.count == 1)
        #expect(one.mean == 2.5)
        #expect(one.standardDeviation == nil)
        #expect(one.standardError == nil)
    }

    @Test("the spread is the sample standard deviation, n − 1")
    func knownValues() throws {
        // Deviations −3, −1, −1, −1, 0, 0, 2, 4: squares sum to 32, over 7.
        let statistics = ReplicateStatistics([2, 4, 4, 4, 5, 5, 7, 9])
        #expect(statistics.mean == 5)
        let deviation = try #require(statistics.standardDeviation)
        let error = try #require(statistics.standardError)
        // Two roundings (division, square root) of half an ulp each, and one more for the error.
        #expect(abs(deviation * deviation - 32.0 / 7) <= 4 * (32.0 / 7).ulp)
        #expect(abs(error * error - 32.0 / 56) <= 6 * (32.0 / 56).ulp)
    }

    @Test("equal values have no spread at all, and are their mean")
    func equal() {
        let value = 0.003807849456264572
        let statistics = ReplicateStatistics([Double](repeating: value, count: 3))
        #expect(statistics.mean == value)
        #expect(statistics.standardDeviation == 0)
        #expect(statistics.standardError == 0)
        #expect(ReplicateStatistics([value, value.nextUp]).standardDeviation != 0)
    }

    @Test("two passes keep a small spread on a large mean")
    func cancellation() throws {
        let offset = 1e9
        let statistics = ReplicateStatistics([offset + 4, offset + 7, offset + 13, offset + 16])
        #expect(statistics.mean == offset + 10)
        let deviation = try #require(statistics.standardDeviation)
        #expect(abs(deviation * deviation - 30) <= 4 * (30.0).ulp)
    }

    @Test("sums are taken in the order given, to the bit")
    func order() {
        let values = [1.0, 1e16, -1e16, 3]
        #expect(ReplicateStatistics(values).mean == (((0 + 1.0) + 1e16) - 1e16 + 3) / 4)
        #expect(ReplicateStatistics(values).mean != ReplicateStatistics(values.sorted()).mean)
    }
}
