import SweepCore
import SweepReport
import Testing

@Suite("Figures of training metrics")
struct TrainingFigureTests {
    private static func script(
        _ options: PlotOptions, target: PlotTarget = .svg,
        h: (Double, Double) -> (final: Double?, predicted: Double?)
    ) throws -> String {
        let numbers = [0.5, 1.0, 1.5]
        let plan = try SweepPlan(
            grid: Grid(axes: [
                .init(name: "dx", values: numbers.map(ParameterValue.number)),
                .init(name: "dy", values: numbers.map(ParameterValue.number)),
            ]), seedCount: 2)
        var builder = TableBuilder(plan)
        for trial in 0..<plan.trialCount {
            let (point, seed) = plan.pointAndSeed(of: TrialID(trial))
            let place = plan.grid.point(at: point)
            let made = h(place["dx"]?.number ?? 0, place["dy"]?.number ?? 0)
            builder.add(
                point: point, seed: seed,
                outcome: .success(
                    TrialResult(metrics: [
                        NamedMetric("h_initial", 0.1), NamedMetric("h_final", made.final),
                        NamedMetric("h_predicted", made.predicted),
                    ])), kernelFamily: "avx2")
        }
        return try Figure(
            builder.table(Sample.provenance), options,
            PlotContext(experiment: "training", seedCount: 2)
        ).script(for: target).replacing("\u{A0}", with: " ")
    }

    @Test("the representation at the end is what a training is drawn for, beside its theory")
    func mainMetric() throws {
        let script = try Self.script(PlotOptions(conditions: ["dy=1"])) { ($0 * $1, 1.1 * $0) }
        #expect(script.contains("set ylabel 'final {/:Italic h}'"))
        #expect(script.contains("title 'effective theory'"))
        #expect(script.contains("title 'trained networks'"))
    }

    @Test("a metric along x makes a point for each grid point, with the diagonal of equals")
    func scatter() throws {
        let options = PlotOptions(metric: "h_final", x: "h_predicted")
        let script = try Self.script(options) { ($0 * $1, $0 == 0.5 ? nil : 1.1 * $0 * $1) }
        #expect(script.contains("$dots1 << END") && script.contains("$dots2 << END"))
        #expect(!script.contains("$dots3 << END"))
        #expect(script.contains("1.1 1.0 1.1 1.1 1.0 1.0 1"))
        #expect(script.contains("to graph 1, graph 1 nohead") && script.contains("title 'equal'"))
        #expect(script.contains("title 'input distance 1'"))
        #expect(script.contains("3 of 9 points have no value"))
        let other = try Self.script(PlotOptions(metric: "h_final", x: "h_initial")) { ($0, $1) }
        #expect(!other.contains("'equal'"))
        let terminal = try Self.script(options, target: .terminal(width: 80, height: 24)) {
            ($0 * $1, $0)
        }
        #expect(terminal.contains("with points pt '●'"))
        let error = try #require(throws: ReportError.self) {
            try Self.script(options) { _, _ in (1, nil) }
        }
        #expect(error.description.contains("values of both metrics"))
    }

    @Test("a heat map of values over decades has colours of the logarithm")
    func logarithmicColours() throws {
        let options = PlotOptions(metric: "h_final", x: "dx", y: "dy")
        let far = try Self.script(options) { x, y in (x == 0.5 && y == 0.5 ? 1e-4 : 1, nil) }
        #expect(far.contains("set logscale cb"))
        let near = try Self.script(options) { x, y in (x * y, nil) }
        #expect(!near.contains("logscale"))
        let terminal = try Self.script(options, target: .terminal(width: 30, height: 24)) { x, y in
            (x == 0.5 && y == 0.5 ? 1e-4 : x == 1 ? 0.01 : 1, nil)
        }
        #expect(terminal.contains("by logarithm") && terminal.contains(" 5\n"))
    }
}
