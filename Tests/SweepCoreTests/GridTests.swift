import SweepCore
import Testing

@Suite("Grid, plan and points")
struct GridTests {
    private func axis(_ name: String, _ values: Double...) -> Grid.Axis {
        .init(name: name, values: values.map { .number($0) })
    }

    @Test("the last key runs fastest")
    func order() throws {
        let grid = try Grid(axes: [axis("gain", 1, 2), axis("depth", 3, 4, 5)])
        let texts = (0..<grid.pointCount).map { grid.point(at: $0) }.map {
            $0.parameters.map { "\($0.name)=\($0.value.canonicalText)" }.joined(separator: " ")
        }
        #expect(
            texts == [
                "gain=1 depth=3", "gain=1 depth=4", "gain=1 depth=5", "gain=2 depth=3",
                "gain=2 depth=4", "gain=2 depth=5",
            ])
    }

    @Test("a grid without axes has one point")
    func noAxes() throws {
        let grid = try Grid(axes: [])
        #expect(grid.pointCount == 1)
        #expect(grid.point(at: 0) == GridPoint([]))
        #expect(grid.point(at: 0).canonicalText == "")
    }

    @Test("an empty axis and a repeated one are refused by name")
    func badAxes() {
        #expect(throws: Grid.GridError.emptyAxis(name: "depth")) {
            try Grid(axes: [axis("gain", 1), axis("depth")])
        }
        #expect(throws: Grid.GridError.duplicateAxis(name: "gain")) {
            try Grid(axes: [axis("gain", 1), axis("gain", 2)])
        }
    }

    @Test("a grid of too many points is refused, also when the product overflows", arguments: 2...7)
    func overflow(axisCount: Int) {
        let values = (0..<65_536).map { ParameterValue.number(Double($0)) }
        let axes = (0..<axisCount).map { Grid.Axis(name: "a\($0)", values: values) }
        #expect(throws: Grid.GridError.tooManyPoints(limit: Grid.pointLimit)) {
            try Grid(axes: axes)
        }
    }

    @Test("the largest grid is counted and addressed without being expanded")
    func large() throws {
        let values = (0..<65_536).map { ParameterValue.number(Double($0)) }
        let grid = try Grid(axes: [
            .init(name: "a", values: values), .init(name: "b", values: Array(values.dropLast())),
        ])
        #expect(grid.pointCount == 65_536 * 65_535)
        #expect(grid.point(at: grid.pointCount - 1).canonicalText == "a=65535;b=65534")
    }

    @Test("a point outside the grid is our mistake", arguments: [-1, 1])
    func outside(index: Int) async {
        await #expect(processExitsWith: .failure) { [index] in
            _ = try Grid(axes: []).point(at: index)
        }
    }

    @Test("the identity of a point does not depend on the order of its keys")
    func canonicalOrder() {
        let one = GridPoint([
            .init(name: "width", value: .number(500)), .init(name: "gain", value: .number(1.2)),
            .init(name: "activation", value: .word("erf")),
        ])
        let other = GridPoint(one.parameters.reversed())
        #expect(one.canonicalText == "activation=erf;gain=1.2;width=500")
        #expect(other.canonicalText == one.canonicalText)
        #expect(one["gain"] == .number(1.2))
        #expect(one["depth"] == nil)
    }

    @Test("all points come at seed 0 first, and each trial once")
    func trials() throws {
        let plan = try SweepPlan(
            grid: Grid(axes: [axis("gain", 1, 2, 3)]), seedCount: 2)
        #expect(plan.trialCount == 6)
        var pairs: [[Int]] = []
        for number in 0..<6 {
            let (point, seed) = plan.pointAndSeed(of: TrialID(number))
            #expect(plan.trial(point: point, seed: seed) == TrialID(number))
            pairs.append([point, seed])
        }
        #expect(pairs == [[0, 0], [1, 0], [2, 0], [0, 1], [1, 1], [2, 1]])
    }

    @Test("a plan of too many trials is refused, also when the product overflows")
    func tooManyTrials() throws {
        let grid = try Grid(axes: [axis("gain", 1, 2)])
        let most = SweepPlan.trialLimit / 2
        #expect(try SweepPlan(grid: grid, seedCount: most).trialCount == 2 * most)
        for seeds in [most + 1, .max] {
            #expect(throws: Grid.GridError.tooManyPoints(limit: SweepPlan.trialLimit)) {
                try SweepPlan(grid: grid, seedCount: seeds)
            }
        }
    }

    @Test("trials are ordered by number and say so")
    func trialID() {
        #expect(TrialID(1) < TrialID(2))
        #expect(TrialID(7).description == "trial 7")
    }
}
