import SweepCore

extension Figure {
    /// Decides what a figure shows.
    ///
    /// - Throws: ``ReportError`` with what would be right: an unknown metric or parameter, a
    ///   condition that nothing meets, a logarithm of 0, too many curves, nothing to show yet.
    public init(
        _ table: SweepTable, _ options: PlotOptions, _ context: PlotContext
    ) throws(ReportError) {
        if let x = options.x, options.y == nil, !table.parameters.contains(x),
            table.metrics.contains(x)
        {
            try self.init(scatterOf: table, against: x, options, context)
            return
        }
        let selection = try PlotSelection(table, options, context)
        let words = PlotWords(experiment: context.experiment)
        let names = [selection.x, selection.y].compactMap { $0.map { table.parameters[$0] } }
        let stem = ([table.metrics[selection.metric]] + names).map(Self.fileWord)
            .joined(separator: ".")
        let logs = options.logAxes
        let xScale = try PlotScale(
            selection, selection.x, log: logs.map { $0 == .x || $0 == .both })
        var notes: [String] = []
        if let y = selection.y {
            let yScale = try PlotScale(selection, y, log: logs.map { $0 == .y || $0 == .both })
            let (heat, x, y) = HeatMap.make(
                selection, xScale, yScale, words, seeds: context.seedCount)
            self.init(
                x: x, y: y, content: .heatMap(heat), marks: [], caption: [],
                footer: [], fileStem: stem)
            if heat.cells.contains(where: { !$0.isComplete }) {
                notes.append("dots: fewer seeds")
            }
            if heat.cells.count < heat.columns.count * heat.rows.count {
                notes.append("blank: no value")
            }
        } else {
            let isLog = logs == .y || logs == .both
            let curves = try Curve.all(
                selection, xScale, words, errorBar: options.errorBar, seeds: context.seedCount)
            let (x, y, hidden) = try Self.axes(curves, xScale, selection, words, isLog: isLog)
            self.init(
                x: x, y: y, content: .curves(curves), marks: [], caption: [],
                footer: [], fileStem: stem)
            if curves.contains(where: { $0.points.contains { $0.count > 0 && !$0.isComplete } }) {
                notes.append("open symbols: fewer seeds")
            }
            if hidden > 0 { notes.append("\(hidden) points at or below 0 are not shown") }
        }
        let found = Self.criticalMarks(selection, xScale, context, x: x, y: y)
        marks = found.marks
        caption = Self.caption(of: selection, words, context)
        footer = Self.footer(selection, options, context, notes: notes) + found.outside
    }

    /// Letters, digits, points, hyphens and underscores, so that it can be part of a file's name.
    static func fileWord(_ name: String) -> String {
        let word = String(
            name.unicodeScalars.map { scalar -> Character in
                let isSafe =
                    scalar.isASCII && scalar.properties.isAlphabetic
                    || ("0"..."9").contains(scalar) || "_-".unicodeScalars.contains(scalar)
                return isSafe ? Character(scalar) : "_"
            })
        return String(word.prefix(64))
    }

    /// Both axes of curves, and how many points a logarithm hides.
    private static func axes(
        _ curves: [Curve], _ scale: PlotScale, _ selection: PlotSelection, _ words: PlotWords,
        isLog: Bool
    ) throws(ReportError) -> (x: Axis, y: Axis, hidden: Int) {
        let name = selection.table.metrics[selection.metric]
        var values: [Double] = []
        var hidden = 0
        for curve in curves {
            for point in curve.points {
                if isLog, let mean = point.mean, mean <= 0 { hidden += 1 }
                // A bar that reaches 0 would stretch a logarithmic axis without end.
                values += [point.mean, isLog ? nil : point.low, point.high].compactMap { $0 }
            }
            values += curve.companions.flatMap { $0.means.compactMap { $0 } }
        }
        guard var range = PlotNumber.range(values, isLog: isLog, margin: 0.05) else {
            throw .unplottable(
                "\(name) has no value above 0, so its axis cannot be logarithmic; leave out --log")
        }
        let low = values.min() ?? 0
        let high = values.max() ?? 0
        if !isLog, low >= 0, low <= 0.5 * high { range = 0...range.upperBound }
        var y = Axis(label: words.axis(metric: name), isLog: isLog, range: range)
        y.markDecades()
        let margin =
            scale.isCategorical ? 0.5 / Double(max(scale.values.count - 1, 1)) : 0.03
        var xRange = PlotNumber.range(scale.places, isLog: scale.isLog, margin: margin)
        if scale.isCategorical { xRange = -0.5...Double(scale.values.count) - 0.5 }
        return (scale.axis(words, range: xRange), y, hidden)
    }

    // MARK: Words below the figure

    static func caption(
        of selection: PlotSelection, _ words: PlotWords, _ context: PlotContext
    ) -> [PlotText] {
        let constants = selection.rows.first.map { row in
            selection.constant.map { selection.parameter($0, of: row) }
        }
        return caption(constants ?? [], swept: Set(selection.table.parameters), words, context)
    }

    /// - Parameter constants: Swept parameters with one value in the figure.
    static func caption(
        _ constants: [GridPoint.Parameter], swept: Set<String>, _ words: PlotWords,
        _ context: PlotContext
    ) -> [PlotText] {
        var parts = context.settings.filter { !swept.contains($0.name) }
        // What the sweep is about comes after the words and before the other numbers.
        let place = parts.firstIndex { $0.value.number != nil } ?? parts.count
        let enumerated = constants.filter { $0.value.number == nil }
        parts.insert(
            contentsOf: enumerated + constants.filter { $0.value.number != nil }, at: place)
        return parts.map(words.caption)
    }

    static func footer(
        _ selection: PlotSelection, _ options: PlotOptions, _ context: PlotContext,
        notes: [String]
    ) -> [PlotText] {
        let table = selection.table
        var parts = [table.provenance.sweep]
        let seeds = context.seedCount == 1 ? "1 seed" : "\(context.seedCount) seeds"
        switch selection.y == nil && context.seedCount > 1 ? options.errorBar : .none {
        case .deviation: parts.append("mean ± s.d. over \(seeds)")
        case .standardError: parts.append("mean ± s.e.m. over \(seeds)")
        case .none: parts.append(context.seedCount == 1 ? seeds : "mean over \(seeds)")
        }
        let (recorded, failed, points) = selection.trials
        let total = points * context.seedCount
        if recorded < total { parts.append("\(recorded) of \(total) trials recorded") }
        if failed > 0 { parts.append("\(failed) failed") }
        parts += notes
        if !table.provenance.specDigest.isEmpty {
            parts.append("spec \(table.provenance.specDigest.prefix(12))")
        }
        return parts.map { PlotText($0) }
    }
}
