import SweepCore
import SweepReport
import Testing

@Suite("Figures of series")
struct SeriesTests {
    private static func plan(_ gains: [Double], seeds: Int = 2) throws -> SweepPlan {
        try SweepPlan(
            grid: Grid(axes: [
                .init(name: "gain", values: gains.map(ParameterValue.number)),
                .init(name: "width", values: [.number(50)]),
            ]), seedCount: seeds)
    }

    /// h falls from 1 + seed/10, y rises, until epoch 30 of 100; the theory of seed 0 alone.
    private static func series(point: Int, seed: Int, scale: Double = 1) -> TrialSeries {
        let epochs = (0...100).map(Double.init)
        func made(_ make: (Double) -> Double) -> [Double] { epochs.map { make(min($0, 30)) } }
        let start = scale * (1 + 0.1 * Double(seed) + Double(point))
        var values = [
            "h": made { start * (1 - $0 / 60) }, "y": made { $0 / 60 }, "w": made { -$0 / 300 },
            "loss": made { 0.5 - $0 / 60 },
        ]
        if seed == 0 { values["h_fit"] = values["h"] }
        return TrialSeries(point: point, seed: seed, epochs: epochs, values: values)
    }

    private static func figure(
        gains: [Double] = [1], _ options: Figure.SeriesOptions = .init(), scale: Double = 1,
        series: [TrialSeries]? = nil, experiment: String = "training", `where`: [String] = []
    ) throws -> Figure {
        let plan = try plan(gains)
        var builder = TableBuilder(plan)
        for trial in 0..<plan.trialCount {
            let (point, seed) = plan.pointAndSeed(of: TrialID(trial))
            builder.add(
                point: point, seed: seed,
                outcome: .success(TrialResult(metrics: [NamedMetric("h_final", 1)])),
                kernelFamily: "avx2")
        }
        let table = builder.table(Sample.provenance)
        let points = try table.points(where: `where`)
        let all = points.flatMap { point in
            (0..<2).map { Self.series(point: point, seed: $0, scale: scale) }
        }
        return try Figure(
            series: series ?? all, of: table, points: points, options,
            PlotContext(experiment: experiment, seedCount: 2))
    }

    private static func rows(_ script: String, _ block: String) -> [[Double]] {
        let all = script.split(separator: "\n")
        guard let begin = all.firstIndex(of: "\(block) << END") else { return [] }
        return all[(begin + 1)...].prefix { $0 != "END" }.map { line in
            line.split(separator: " ").compactMap { Double($0) }
        }
    }

    private static func plain(_ script: String) -> String { script.replacing("\u{A0}", with: " ") }

    @Test("a point's series are lines with bands, its theory is dashed, and the loss is below")
    func onePoint() throws {
        let script = try Self.figure().script(for: .svg)
        // h, its theory, y, w, and the loss.
        let first = Self.rows(script, "$line1")[0]
        let spread = 0.05 * 2.squareRoot()
        #expect(first.count == 4 && first[0] == 0 && abs(first[1] - 1.05) < 1e-6)
        #expect(abs(first[2] - (1.05 - spread)) < 1e-5 && abs(first[3] - (1.05 + spread)) < 1e-5)
        #expect(Self.rows(script, "$line2")[0] == [0, 1])
        #expect(Self.rows(script, "$line5")[0] == [0, 0.5, 0.5, 0.5])
        #expect(Self.rows(script, "$line6").isEmpty)
        #expect(script.contains("set multiplot") && script.contains("with filledcurves"))
        #expect(script.contains("$line2 using 1:2 with lines lw 1.5 dt 2"))
        // No band where seeds agree.
        #expect(!script.contains("$line5 using 1:3:4"))
        #expect(Self.plain(script).contains("theory of 1 of 2 trials"))
        #expect(Self.plain(script).contains("mean, band ± s.d. over 2 seeds"))
    }

    @Test("what is flat to the end is cut off and told, and lines have some hundred points")
    func rest() throws {
        let script = try Self.figure().script(for: .svg)
        let rows = Self.rows(script, "$line1")
        let last = try #require(rows.last)
        #expect(last[0] > 30 && last[0] < 40)
        #expect(rows.count == 240)
        #expect(Self.plain(script).contains("flat from here to epoch 100"))
        let moving = (0..<2).map { seed in
            TrialSeries(
                point: 0, seed: seed, epochs: [0, 50, 100],
                values: ["h": [0, 1, 2], "y": [0, 0, 1], "w": [0, 0, 0], "loss": [1, 1, 1]])
        }
        let whole = try Self.figure(series: moving).script(for: .svg)
        #expect(Self.rows(whole, "$line1").last == [100, 2, 2, 2])
        #expect(!Self.plain(whole).contains("flat"))
    }

    @Test("series of different epochs are met by straight lines")
    func interpolation() throws {
        func trial(_ seed: Int, _ epochs: [Double], _ h: [Double]) -> TrialSeries {
            TrialSeries(point: 0, seed: seed, epochs: epochs, values: ["h": h])
        }
        let figure = try Self.figure(
            .init(metric: "h"),
            series: [trial(0, [0, 100], [0, 100]), trial(1, [0, 40, 80], [0, 80, 160])])
        let rows = Self.rows(figure.script(for: .svg), "$line1")
        for row in rows {
            let other = 2 * min(row[0], 80)
            #expect(abs(row[1] - 0.5 * (row[0] + other)) < 1e-3, "\(row)")
        }
    }

    @Test("h of another size than y and w has an axis of its own")
    func rightAxis() throws {
        #expect(!(try Self.figure().script(for: .svg)).contains("y2range"))
        for scale in [0.01, 100] {
            let script = try Self.figure(scale: scale).script(for: .svg)
            #expect(script.contains("set y2range") && script.contains("$line1 using 1:2 axes x1y2"))
            #expect(!script.contains("$line3 using 1:2 axes"))
        }
    }

    @Test("one quantity of all points is a line each")
    func oneQuantity() throws {
        let script = try Self.figure(gains: [0.9, 1, 1.1], .init(metric: "h")).script(for: .svg)
        #expect(!script.contains("multiplot"))
        for (place, start) in [(1, 1.05), (3, 2.05), (5, 3.05)] {
            #expect(abs(Self.rows(script, "$line\(place)")[0][1] - start) < 1e-5)
        }
        #expect(Self.plain(script).contains("title 'Xavier gain 0.9'"))
        let terminal = try Self.figure(gains: [0.9, 1], .init(metric: "h"))
            .script(for: .terminal(width: 80, height: 24))
        #expect(terminal.contains("pt '●'") && terminal.contains("pt '·'"))
        let log = try Self.figure(.init(metric: "h", logAxes: .both)).script(for: .svg)
        #expect(log.contains("set logscale x") && log.contains("set logscale y"))
        #expect(Self.rows(log, "$line1")[0][0] == 1)
    }

    @Test("what cannot be drawn is one sentence")
    func refusals() throws {
        func sentence(_ make: () throws -> Figure) throws -> String {
            let error = try #require(throws: ReportError.self) { _ = try make() }
            #expect(error.exitCode == 2 && !error.description.contains("\n"))
            return error.description
        }
        let several = try sentence { try Self.figure(gains: [0.9, 1]) }
        #expect(several.contains("choose with --where gain=VALUE (0.9, 1)"))
        #expect(several.contains("--metric h"))
        let unknown = try sentence { try Self.figure(.init(metric: "z")) }
        #expect(unknown.contains("the series are h, y, w, loss"))
        #expect(try sentence { try Self.figure(series: []) }.contains("to draw yet"))
        let other = try sentence { try Self.figure(series: [], experiment: "posterior") }
        #expect(other.contains("those of training do"))
        let many = try sentence {
            try Self.figure(gains: (1...13).map { Double($0) }, .init(metric: "h"))
        }
        #expect(many.contains("13 lines") && many.contains("--where"))
        let short = try sentence {
            try Self.figure(series: [
                TrialSeries(point: 0, seed: 0, epochs: [0], values: ["h": [1]])
            ])
        }
        #expect(short.contains("one entry"))
        let negative = try sentence {
            try Self.figure(.init(metric: "w", logAxes: .y))
        }
        #expect(negative.contains("leave out --log"))
    }
}
