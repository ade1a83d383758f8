import Foundation
import SweepCore
import SweepReport
import Testing

@Suite("Spread split")
struct SpreadTests {
    /// A table of one metric `a` with its standard errors, one list of (value, error) a point.
    private static func table(_ points: [[(Double, Double?)]]) throws -> SweepTable {
        let plan = try SweepPlan(
            grid: Grid(axes: [
                .init(name: "x", values: points.indices.map { .number(Double($0)) })
            ]), seedCount: max(1, points.map(\.count).max() ?? 1))
        var builder = TableBuilder(plan)
        for (point, seeds) in points.enumerated() {
            for (seed, (value, error)) in seeds.enumerated() {
                let metrics = [
                    NamedMetric("a", value), NamedMetric("a_se", error), NamedMetric("b", value),
                ]
                builder.add(
                    point: point, seed: seed, outcome: .success(TrialResult(metrics: metrics)),
                    kernelFamily: "avx2")
            }
        }
        return builder.table(Sample.provenance)
    }

    @Test("three seeds by hand: s² = 1, mean e² = 0.14/3")
    func byHand() throws {
        let table = try Self.table([[(1, 0.1), (2, 0.2), (3, 0.3)]])
        let split = try #require(table.split(ofMetric: 0, in: table.rows[0]))
        #expect(split.deviation == 1)
        #expect(abs(split.samplingError - (0.14 / 3).squareRoot()) < 1e-15)
        #expect(abs(split.samplingShare - 0.14 / 3) < 1e-15)
        #expect(abs(split.seedDeviation - (1 - 0.14 / 3).squareRoot()) < 1e-15)
        #expect(split.advice == .moreSeeds)
    }

    @Test("one seed, equal values, a missing error and a metric without errors have no split")
    func nothingToSplit() throws {
        let table = try Self.table([
            [(1, 0.1)], [(2, 0.1), (2, 0.1)], [(1, 0.1), (2, nil)], [(1, nil), (2, nil)],
        ])
        for row in table.rows { #expect(table.split(ofMetric: 0, in: row) == nil) }
        #expect(table.pooledSplit(ofMetric: 0) == nil)
        #expect(table.split(ofMetric: 2, in: table.rows[1]) == nil)
        #expect(!(try table.terminal()).contains("sampling error"))
    }

    /// Draws of a standard normal by Box and Muller from a generator of our own.
    private struct Normals {
        var state: UInt64

        mutating func next() -> Double {
            func uniform() -> Double {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return (Double(state >> 11) + 0.5) * 0x1p-53
            }
            let radius = (-2 * log(uniform())).squareRoot()
            return radius * cos(2 * .pi * uniform())
        }
    }

    @Test(
        "seeds and chains that were simulated apart are told apart",
        arguments: [(0.3, 0.1), (0.2, 0.2), (0.05, 0.3)])
    func simulated(seedDeviation: Double, error: Double) throws {
        // Errors differ from chain to chain by up to a half, with the root mean square `error`.
        var normals = Normals(state: 7)
        let (points, seeds) = (400, 10)
        let factor = (1 + 0.25 / 3).squareRoot()
        let table = try Self.table(
            (0..<points).map { _ in
                (0..<seeds).map { seed in
                    let own = error / factor * (0.5 + (Double(seed) + 0.5) / Double(seeds))
                    return (1 + seedDeviation * normals.next() + own * normals.next(), own)
                }
            })
        let split = try #require(table.pooledSplit(ofMetric: 0))
        let variance = seedDeviation * seedDeviation + error * error
        // Of a sum of points × (seeds − 1) squares, four standard errors.
        let tolerance = 4 * variance * (2 / Double(points * (seeds - 1))).squareRoot()
        #expect(abs(split.deviation * split.deviation - variance) < tolerance)
        #expect(abs(split.samplingError / error - 1) < 0.01)
        let found = split.seedDeviation * split.seedDeviation
        #expect(abs(found - seedDeviation * seedDeviation) < tolerance + 0.01 * error * error)
        let expected: SpreadSplit.Advice =
            seedDeviation > error ? .moreSeeds : seedDeviation == error ? .either : .longerChains
        #expect(split.advice == expected)
    }

    @Test("errors larger than the spread leave no seed-to-seed deviation")
    func overestimated() throws {
        let table = try Self.table([[(1, 3), (2, 3), (3, 3)]])
        let split = try #require(table.split(ofMetric: 0, in: table.rows[0]))
        #expect(split.seedDeviation == 0)
        #expect(abs(split.samplingShare - 9) < 1e-12)
        #expect(split.advice == .longerChains)
    }

    @Test("the split is in the CSV and the JSON only where it was asked for")
    func columns() throws {
        let table = try Self.table([[(1, 0.1), (2, 0.2), (3, 0.3)], [(1, 0.5)]])
        let plain = "x,n,failed,a_mean,a_sd,a_sem,a_se_mean,a_se_sd,a_se_sem,b_mean,b_sd,b_sem"
        #expect(table.csv().split(separator: "\n")[0] == plain)
        #expect(!table.json().contains("sampling"))
        let lines = try table.csvWithSpread(metrics: ["a"]).split(
            separator: "\n", omittingEmptySubsequences: false)
        #expect(
            lines[0]
                == "x,n,failed,a_mean,a_sd,a_sem,a_sampling_error,a_seed_sd,a_sampling_share")
        let cells = lines[1].split(separator: ",").compactMap { Double($0) }
        #expect(cells.count == 9)
        #expect(abs(cells[6] - (0.14 / 3).squareRoot()) < 1e-15)
        #expect(lines[2] == "1,1,0,1,,,,,")
        let all = try table.csvWithSpread().split(separator: "\n")[0]
        #expect(all.hasSuffix("b_mean,b_sd,b_sem") && all.contains("a_seed_sd,a_sampling_share"))
        #expect(try table.jsonWithSpread(metrics: ["a"]).contains("\"a_sampling_share\": 0.04"))
    }

    @Test("a metric without standard errors is refused by name")
    func refused() throws {
        let table = try Self.table([[(1, 0.1), (2, 0.2)]])
        #expect(throws: ReportError.noSamplingError(name: "b")) {
            try table.spreadTerminal(metrics: ["b"])
        }
        #expect(throws: ReportError.unknownMetric(name: "c", known: ["a", "a_se", "b"])) {
            try table.csvWithSpread(metrics: ["c"])
        }
        let other = try Sample.small([[1, 2]])
        #expect(throws: ReportError.noSamplingError(name: nil)) { try other.spreadTerminal() }
    }

    @Test("the split as people read it is as it was written by hand")
    func golden() throws {
        let table = try Self.table([[(1, 0.1), (2, 0.2), (3, 0.3)], [(1, 0.5)]])
        try TableFormatTests.expectGolden("spread.txt", table.spreadTerminal())
        try TableFormatTests.expectGolden("spread.md", table.spreadMarkdown())
        try TableFormatTests.expectGolden("spread.tex", table.spreadLatex())
        for line in try TableFormatTests.full().spreadTerminal(width: 80).split(separator: "\n") {
            #expect(line.count <= 80, "\(line)")
        }
    }
}
