import SweepCore

extension Figure {
    /// One metric against another, a point for each grid point.
    struct Scatter: Hashable, Sendable {
        struct Dot: Hashable, Sendable {
            var x: Mark.Position
            /// Ends of the bars; the means where there is none.
            var low: Mark.Position
            var high: Mark.Position
            var isComplete: Bool
        }

        /// Points that share the value of a parameter.
        struct Group: Hashable, Sendable {
            var label: PlotText
            var dots: [Dot]
        }

        var groups: [Group]
        /// Whether both are values of one quantity, which agree on the diagonal.
        var hasDiagonal: Bool
    }

    /// A metric against another metric.
    init(
        scatterOf table: SweepTable, against x: String, _ options: PlotOptions,
        _ context: PlotContext
    ) throws(ReportError) {
        var plain = options
        plain.x = nil
        var selection = try PlotSelection(table, plain, context)
        let several = table.parameters.indices.filter { place in
            Set(selection.rows.map { $0.values[place] }).count > 1
        }
        selection.varying = several
        selection.constant = table.parameters.indices.filter { !several.contains($0) }
        let words = PlotWords(experiment: context.experiment)
        let name = table.metrics[selection.metric]
        guard let across = table.metrics.firstIndex(of: x) else {
            throw .unknownMetric(name: x, known: table.metrics)
        }
        // The parameter that colours tell apart: the first that takes a few values.
        let colour = selection.varying.first { place in
            let count = Set(selection.rows.map { $0.values[place] }).count
            return count <= PlotScript.symbols.count
        }
        var groups: [(key: ParameterValue?, group: Scatter.Group)] = []
        for row in selection.rows {
            guard
                let dot = Scatter.Dot(
                    row.statistics[across], row.statistics[selection.metric], options.errorBar,
                    seeds: context.seedCount)
            else { continue }
            let key = colour.map { row.values[$0] }
            if let place = groups.firstIndex(where: { $0.key == key }) {
                groups[place].group.dots.append(dot)
                continue
            }
            let label = colour.map {
                words.legend(.init(name: table.parameters[$0], value: row.values[$0]))
            }
            groups.append((key, .init(label: label ?? PlotText([]), dots: [dot])))
        }
        let scatter = Scatter(
            groups: groups.map(\.group),
            hasDiagonal: PlotWords.Companion.allCases.contains {
                $0.metric(beside: name) == x || $0.metric(beside: x) == name
            })
        let logs = options.logAxes
        let isLog = (x: logs == .x || logs == .both, y: logs == .y || logs == .both)
        let dots = scatter.groups.flatMap(\.dots)
        var xRange = try Self.range(dots, \.x, isLog: isLog.x, of: x)
        var yRange = try Self.range(dots, \.y, isLog: isLog.y, of: name)
        if scatter.hasDiagonal, isLog.x == isLog.y {
            let both =
                min(
                    xRange.lowerBound, yRange.lowerBound)...max(
                    xRange.upperBound, yRange.upperBound)
            (xRange, yRange) = (both, both)
        }
        self.init(
            x: .init(label: words.axis(metric: x), isLog: isLog.x, range: xRange),
            y: .init(label: words.axis(metric: name), isLog: isLog.y, range: yRange),
            content: .scatter(scatter), marks: [],
            caption: Self.caption(of: selection, words, context), footer: [],
            fileStem: [name, x].map(Self.fileWord).joined(separator: "."))
        var notes: [String] = []
        if dots.contains(where: { !$0.isComplete }) { notes.append("open symbols: fewer seeds") }
        let missing = selection.rows.count - dots.count
        if missing > 0 {
            notes.append("\(missing) of \(selection.rows.count) points have no value")
        }
        footer = Self.footer(selection, options, context, notes: notes)
    }

    private static func range(
        _ dots: [Scatter.Dot], _ part: KeyPath<Mark.Position, Double>, isLog: Bool, of name: String
    ) throws(ReportError) -> ClosedRange<Double> {
        let values = dots.flatMap { dot in
            isLog
                ? [dot.x[keyPath: part]]
                : [dot.x[keyPath: part], dot.low[keyPath: part], dot.high[keyPath: part]]
        }
        guard let range = PlotNumber.range(values, isLog: isLog, margin: 0.05) else {
            throw .unplottable(
                dots.isEmpty
                    ? "no grid point that is recorded has values of both metrics to draw yet"
                    : "\(name) has no value above 0, so its axis cannot be logarithmic; leave out "
                        + "--log")
        }
        return range
    }
}

extension Figure.Scatter.Dot {
    /// nil where one of the two has no value.
    init?(
        _ x: ReplicateStatistics, _ y: ReplicateStatistics, _ errorBar: PlotOptions.ErrorBar,
        seeds: Int
    ) {
        guard let xMean = x.mean, let yMean = y.mean else { return nil }
        func reach(_ statistics: ReplicateStatistics) -> Double {
            switch errorBar {
            case .deviation: statistics.standardDeviation ?? 0
            case .standardError: statistics.standardError ?? 0
            case .none: 0
            }
        }
        let (xReach, yReach) = (reach(x), reach(y))
        self.init(
            x: .init(x: xMean, y: yMean), low: .init(x: xMean - xReach, y: yMean - yReach),
            high: .init(x: xMean + xReach, y: yMean + yReach),
            isComplete: x.count >= seeds && y.count >= seeds)
    }
}

extension PlotScript {
    /// One block a group: x, y, ends of both bars, whether all seeds are in.
    func data(of scatter: Figure.Scatter) -> [String] {
        scatter.groups.enumerated().flatMap { index, group in
            ["# x y xlow xhigh ylow yhigh complete", "$dots\(index + 1) << END"]
                + group.dots.map { dot in
                    [dot.x.x, dot.x.y, dot.low.x, dot.high.x, dot.low.y, dot.high.y]
                        .map(PlotNumber.text).joined(separator: " ")
                        + (dot.isComplete ? " 1" : " 0")
                } + ["END"]
        }
    }

    func legend(of scatter: Figure.Scatter) -> [String] {
        let names = scatter.groups.map(\.label.plain) + (scatter.hasDiagonal ? ["equal"] : [])
        guard names.contains(where: { !$0.isEmpty }) else {
            return ["unset key"] + (isTerminal ? ["set tmargin 2"] : [])
        }
        let widest = names.map(\.count).max() ?? 0
        if case .terminal(let width, _) = target {
            let perRow = max(1, (width - 4) / (widest + 8))
            let rows = (names.count + perRow - 1) / perRow
            return [
                "set key outside top center horizontal Left reverse samplen 1 maxcols \(perRow)",
                "set tmargin \(rows + 2)",
            ]
        }
        let columns = max(1, min(names.count, 62 / (widest + 6)))
        return ["set key above center horizontal Left reverse samplen 2 maxcols \(columns)"]
    }

    func plot(_ scatter: Figure.Scatter) -> [String] {
        var lines: [String] = []
        var parts: [String] = []
        if scatter.hasDiagonal, figure.x.range == figure.y.range {
            let style = isTerminal ? "lt black" : "lw 1.2 dt 2 lc rgb '\(Self.shared)'"
            lines.append(
                "set arrow 1 from graph 0, graph 0 to graph 1, graph 1 nohead back \(style)")
        }
        for (index, group) in scatter.groups.enumerated() {
            let name = "$dots\(index + 1)"
            if isTerminal {
                let (filled, open) = Self.characters[index % Self.characters.count]
                parts.append("\(name) using 1:($7==1?$2:NaN) with points pt '\(filled)' notitle")
                parts.append("\(name) using 1:($7==0?$2:NaN) with points pt '\(open)' notitle")
                continue
            }
            let ink = "lc rgb '\(Self.colours[index % Self.colours.count])'"
            let (filled, open) = Self.symbols[index % Self.symbols.count]
            for (symbol, isComplete) in [(filled, true), (open, false)]
            where group.dots.contains(where: { $0.isComplete == isComplete }) {
                parts.append(
                    "\(name) using 1:($7==\(isComplete ? 1 : 0)?$2:NaN):3:4:5:6 with xyerrorbars "
                        + "lw 1.2 pt \(symbol) ps \(symbolSize) \(ink) notitle")
            }
        }
        for (index, group) in scatter.groups.enumerated() where group.label != PlotText([]) {
            let sample =
                isTerminal
                ? "points pt '\(Self.characters[index % Self.characters.count].0)'"
                : "points pt \(Self.symbols[index % Self.symbols.count].0) ps \(symbolSize) "
                    + "lc rgb '\(Self.colours[index % Self.colours.count])'"
            parts.append("keyentry with \(sample) title \(quoted(group.label))")
        }
        if scatter.hasDiagonal, figure.x.range == figure.y.range, !isTerminal {
            parts.append(
                "keyentry with lines lw 1.2 dt 2 lc rgb '\(Self.shared)' title 'equal'")
        }
        return lines + ["plot " + parts.joined(separator: ", \\\n     ")]
    }
}
