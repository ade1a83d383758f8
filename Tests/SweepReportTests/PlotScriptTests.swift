import SweepCore
import SweepReport
import Testing

@Suite("Plot script")
struct PlotScriptTests {
    /// A posterior sweep with one metric beside infinite width, and its figure's script.
    private static func script(
        _ axes: [(String, [ParameterValue])], seeds: Int = 2, _ options: PlotOptions = .init(),
        gains: [PlotContext.CriticalGains] = [.init(gains: [1.375839])],
        target: PlotTarget = .svg, sweep: String = "xor", experiment: String = "posterior",
        skip: (Int, Int) -> Bool = { _, _ in false },
        metrics: (GridPoint, Int) -> [NamedMetric] = PlotScriptTests.metrics
    ) throws -> String {
        let plan = try SweepPlan(
            grid: Grid(axes: axes.map { .init(name: $0.0, values: $0.1) }), seedCount: seeds)
        var builder = TableBuilder(plan)
        for point in 0..<plan.grid.pointCount {
            for seed in 0..<seeds where !skip(point, seed) {
                builder.add(
                    point: point, seed: seed,
                    outcome: .success(
                        TrialResult(metrics: metrics(plan.grid.point(at: point), seed))),
                    kernelFamily: "avx2")
            }
        }
        var provenance = Sample.provenance
        provenance.sweep = sweep
        return try Figure(
            builder.table(provenance), options,
            PlotContext(
                experiment: experiment, seedCount: seeds,
                settings: [.init(name: "activation", value: .word("erf"))],
                criticalGains: gains)
        ).script(for: target)
    }

    private static func metrics(_ point: GridPoint, seed: Int) -> [NamedMetric] {
        let gain = point["gain"]?.number ?? 1
        let width = point["width"]?.number ?? 100
        return [
            NamedMetric("cka_output", gain / 10 + 1 / width + 0.01 * Double(seed)),
            NamedMetric("cka_output_nngp", gain / 10),
            NamedMetric("train_mse", gain - 0.8),
        ]
    }

    private static func numbers(_ values: Double...) -> [ParameterValue] {
        values.map(ParameterValue.number)
    }

    private static func lines(_ script: String, in block: String) -> [Substring] {
        let all = script.split(separator: "\n")
        guard let begin = all.firstIndex(of: "\(block) << END") else { return [] }
        return Array(all[(begin + 1)...].prefix { $0 != "END" })
    }

    @Test("scripts are those on record")
    func golden() throws {
        let script = try Self.script([
            ("gain", Self.numbers(0.5, 1, 1.5)), ("width", Self.numbers(100)),
        ])
        try TableFormatTests.expectGolden("panel.gp", script)
        let terminal = try Self.script(
            [("gain", Self.numbers(0.5, 1, 1.5)), ("width", Self.numbers(100, 500))],
            target: .terminal(width: 80, height: 24))
        try TableFormatTests.expectGolden("panel-terminal.gp", terminal)
        let heat = try Self.script(
            [("gain", Self.numbers(0.5, 1, 1.5)), ("width", Self.numbers(100, 200, 400))],
            PlotOptions(y: "width"))
        try TableFormatTests.expectGolden("heat.gp", heat)
    }

    @Test("rows are points with mean and ends of the bar; a missing one is a gap")
    func points() throws {
        let axes = [("gain", Self.numbers(0.5, 1, 1.5))]
        let script = try Self.script(
            axes,
            skip: { point, seed in
                point == 1 || (point == 2 && seed == 1)
            })
        let lines = Self.lines(script, in: "$curve1")
        #expect(lines.count == 3)
        let first = lines[0].split(separator: " ").compactMap { Double($0) }
        let deviation = 0.01 * 0.5.squareRoot()
        #expect(first.count == 7 && first[0] == 0.5 && first[4] == 2 && first[5] == 1)
        #expect(abs(first[1] - 0.065) < 1e-12 && abs(first[6] - 0.05) < 1e-12)
        #expect(abs(first[1] - first[2] - deviation) < 1e-12)
        #expect(abs(first[3] - first[1] - deviation) < 1e-12)
        #expect(lines[1] == "1.0 NaN NaN NaN 0 0 NaN")
        #expect(lines[2].hasSuffix("1 0 0.15"))
        #expect(script.contains("open symbols: fewer seeds".map { $0 == " " ? "\u{A0}" : $0 }))
        #expect(script.contains("3\u{A0}of\u{A0}6\u{A0}trials\u{A0}recorded"))
    }

    @Test("whole numbers on a logarithmic axis are written out")
    func wholeTics() throws {
        let widths = ("width", Self.numbers(64, 512, 4096, 32768))
        let script = try Self.script([widths], PlotOptions(x: "width"))
        #expect(script.contains("'4096' 4096.0"))
        #expect(script.contains("'32768' 32768.0"))
    }

    @Test("in a table of layers a trial counts once, as deep as it goes")
    func layers() throws {
        let axes = [("depth", Self.numbers(1, 3)), ("layer", Self.numbers(1, 2, 3))]
        let script = try Self.script(
            axes, PlotOptions(x: "layer"),
            skip: { point, seed in
                // Depth 1 has no layers 2 and 3; of depth 3 one seed is not recorded yet.
                point == 1 || point == 2 || (point >= 3 && seed == 1)
            })
        #expect(script.contains("3\u{A0}of\u{A0}4\u{A0}trials\u{A0}recorded"))
    }

    @Test("error bars are standard errors or none when asked for")
    func errorBars() throws {
        let axes = [("gain", Self.numbers(0.5, 1))]
        func reach(_ bar: PlotOptions.ErrorBar) throws -> Double {
            let script = try Self.script(axes, PlotOptions(errorBar: bar))
            let cells = Self.lines(script, in: "$curve1")[0].split(separator: " ")
            return try #require(Double(cells[3])) - (try #require(Double(cells[1])))
        }
        #expect(abs(try reach(.standardError) - 0.005) < 1e-12)
        #expect(try reach(.none) == 0)
    }

    @Test("each combination of other parameters is a curve, and infinite width is drawn once")
    func curves() throws {
        let script = try Self.script([
            ("gain", Self.numbers(0.5, 1)), ("width", Self.numbers(100, 500)),
            ("sampler", [.word("function-space"), .word("langevin")]),
        ])
        for curve in 1...4 { #expect(Self.lines(script, in: "$curve\(curve)").count == 2) }
        #expect(!script.contains("$curve5"))
        #expect(script.contains("title 'width\u{A0}500,\u{A0}langevin'"))
        #expect(Self.lines(script, in: "$curve1")[0].split(separator: " ").count == 7)
        #expect(Self.lines(script, in: "$curve2")[0].split(separator: " ").count == 6)
        #expect(script.components(of: "infinite\u{A0}width").count == 2)
    }

    @Test("the first numeric parameter with several values is x, words are categories")
    func axes() throws {
        let activations: [ParameterValue] = [.word("erf"), .word("relu_50%")]
        let first = try Self.script([
            ("activation", activations), ("width", Self.numbers(500)),
            ("gain", Self.numbers(1, 2)),
        ])
        #expect(first.contains("set xlabel 'weight\u{A0}variance\u{A0}{/:Italic g}'"))
        let words = try Self.script(
            [("activation", activations), ("gain", Self.numbers(1, 2))],
            PlotOptions(x: "activation"))
        #expect(words.contains("set xtics ('erf' 0.0, 'relu\\_50%%' 1.0)"))
        let training = try Self.script([("gain", Self.numbers(1, 2))], experiment: "training")
        #expect(training.contains("Xavier\u{A0}gain"))
        #expect(!training.contains("{crit}"))
    }

    @Test("evenly spaced logarithms make the axis logarithmic, unless told otherwise")
    func logarithm() throws {
        let widths = [("width", Self.numbers(50, 100, 200, 500))]
        #expect(try Self.script(widths).contains("set logscale x"))
        #expect(
            !(try Self.script(widths, PlotOptions(logAxes: PlotOptions.LogAxes.none)))
                .contains("logscale"))
        #expect(try Self.script(widths, PlotOptions(logAxes: .both)).contains("set logscale y"))
        let gains = [("gain", Self.numbers(0.4, 0.5, 0.6, 0.7, 2.4))]
        #expect(!(try Self.script(gains)).contains("logscale"))
        // Two of the three means are at or below 0.
        let script = try Self.script(
            [("gain", Self.numbers(0.5, 0.8, 1))], PlotOptions(metric: "train_mse", logAxes: .y))
        #expect(script.contains("2\u{A0}points\u{A0}at\u{A0}or\u{A0}below\u{A0}0"))
    }

    @Test("critical gains are lines, those beyond the axis are words")
    func criticalGains() throws {
        let axes = [("gain", Self.numbers(1, 2))]
        let both = try Self.script(axes, gains: [.init(gains: [1.2, 5])])
        #expect(both.contains("from first 1.2, graph 0 to first 1.2, graph 1 nohead"))
        #expect(both.contains("5\u{A0}is\u{A0}beyond\u{A0}the\u{A0}axis"))
        #expect(!both.contains("arrow 2"))
        let none = try Self.script(axes, gains: [])
        #expect(!none.contains("{crit}"))
        let swept = try Self.script(
            [("gain", Self.numbers(1, 2)), ("activation", [.word("erf"), .word("relu")])],
            gains: ["erf", "relu", "tanh"].enumerated().map { index, name in
                .init(
                    parameters: [.init(name: "activation", value: .word(name))],
                    gains: [1.3 + 0.1 * Double(index)])
            })
        #expect(swept.contains("set arrow 2") && !swept.contains("set arrow 3"))
        // Words of several would lie over each other: they are below the figure.
        #expect(!swept.contains("set label 10 "))
        let foot = swept.replacing("\u{A0}", with: " ")
        #expect(foot.contains("dotted, from the left: erf: {/:Italic g}_{crit} = 1.3"))
        #expect(foot.contains("relu: {/:Italic g}_{crit} = 1.4"))
    }

    @Test("two parameters make a heat map whose missing cells are blank")
    func heatMap() throws {
        let axes = [("gain", Self.numbers(0.5, 1, 1.5)), ("depth", Self.numbers(1, 2, 3))]
        let script = try Self.script(
            axes, PlotOptions(x: "gain", y: "depth"), skip: { point, _ in point == 4 })
        let cells = Self.lines(script, in: "$cells")
        #expect(cells.count == 8)
        #expect(cells[0].hasPrefix("0.5 1.0 0.25 0.75 0.5 1.5 "))
        #expect(script.contains("set cblabel 'CKA("))
        #expect(script.contains("blank:\u{A0}no\u{A0}value"))
        let terminal = try Self.script(
            axes, PlotOptions(x: "gain", y: "depth"), target: .terminal(width: 80, height: 24))
        #expect(terminal.contains("with labels"))
    }

    @Test("what is asked for and cannot be drawn is one sentence")
    func refusals() throws {
        let axes = [
            ("gain", Self.numbers(0.5, 1)), ("width", Self.numbers(1, 2)),
            ("activation", [.word("erf"), .word("relu")]),
        ]
        let wrong: [(PlotOptions, String)] = [
            (PlotOptions(metric: "cka"), "there is no metric \"cka\"; the metrics are"),
            (PlotOptions(x: "height"), "no swept parameter \"height\"; the parameters are gain"),
            (PlotOptions(x: "gain", y: "gain"), "a heat map needs two parameters"),
            (PlotOptions(y: "width"), "choose one with --where activation=VALUE (erf, relu)"),
            (PlotOptions(conditions: ["width"]), "must be name=value"),
            (PlotOptions(conditions: ["width=3"]), "no point has width = 3; it is one of 1, 2"),
            (PlotOptions(conditions: ["size=3"]), "no swept parameter \"size\""),
            (PlotOptions(x: "activation", logAxes: .x), "activation is no number"),
        ]
        for (options, words) in wrong {
            let error = try #require(throws: ReportError.self) {
                try Self.script(axes, options)
            }
            #expect(error.description.contains(words), "\(error)")
            #expect(error.exitCode == 2 && !error.description.contains("\n"))
        }
        let empty = try #require(throws: ReportError.self) {
            try Self.script(axes, skip: { _, _ in true })
        }
        #expect(empty.description.contains("no trial is recorded yet"))
        let many = try #require(throws: ReportError.self) {
            try Self.script([
                ("gain", Self.numbers(0.5, 1)),
                ("width", (1...40).map { .number(Double($0)) }),
            ])
        }
        #expect(many.description.contains("40 curves"))
    }

    @Test("conditions for one name take any of its values, several names all")
    func conditions() throws {
        let script = try Self.script(
            [("gain", Self.numbers(0.5, 1)), ("width", Self.numbers(100, 200, 300))],
            PlotOptions(conditions: ["width=100", "width=3e2", "gain=0.5"]))
        #expect(Self.lines(script, in: "$curve1").count == 2)
        #expect(!script.contains("$curve2"))
    }

    @Test(
        "no text from outside leaves its quotes",
        arguments: ["`touch x`", "'; system('touch x'); '", "a\nset output 'x'\n", "@x \\ {} %d"])
    func hostile(text: String) throws {
        for target in [PlotTarget.svg, .terminal(width: 80, height: 24)] {
            let script = try Self.script(
                [
                    ("gain", Self.numbers(0.5, 1)), (text, [.word(text), .word(text + "2")]),
                    ("activation", [.word(text)]),
                ],
                PlotOptions(metric: text), target: target, sweep: text,
                metrics: { _, _ in [NamedMetric(text, 0.5), NamedMetric(text + "_nngp", 0.4)] })
            #expect(!script.contains("`"))
            for line in script.split(separator: "\n") {
                // A quoted text ends on its line, and outside of quotes there is none of it.
                let parts = line.split(separator: "'", omittingEmptySubsequences: false)
                #expect(parts.count % 2 == 1, "\(line)")
                let outside = stride(from: 0, to: parts.count, by: 2).map { parts[$0] }
                #expect(!outside.joined().contains("touch"), "\(line)")
                #expect(!outside.joined().contains("system"), "\(line)")
                #expect(!outside.joined().contains("@"), "\(line)")
                #expect(!line.hasPrefix("set output"), "\(line)")
            }
        }
    }
}

extension String {
    /// The pieces between occurrences of a text.
    fileprivate func components(of text: String) -> [Substring] { split(separator: text) }
}
