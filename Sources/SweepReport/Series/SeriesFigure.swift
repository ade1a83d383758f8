import SweepCore

extension Figure {
    /// A series against the epoch: the mean over seeds as a line, its spread as a band.
    struct Line: Hashable, Sendable {
        var label: PlotText
        /// Lines of one colour belong together.
        var colour: Int
        /// Whether it is what the theory fitted to the line of the same colour.
        var isTheory = false
        /// Whether the axis on the right is its own.
        var isRight = false
        var points: [Point]

        struct Point: Hashable, Sendable {
            var x: Double
            var mean: Double
            /// Ends of the band; both the mean where there is none.
            var low: Double
            var high: Double
        }
    }

    /// Lines against the epoch, and below them the loss.
    struct Panels: Hashable, Sendable {
        var upper: [Line]
        /// Of the lines that are too large or too small for the axis on the left.
        var right: Axis?
        /// Empty where there is one panel only.
        var lower: [Line] = []
        var lowerAxis: Axis?
    }

    /// What a figure of series shows.
    public struct SeriesOptions: Hashable, Sendable {
        /// One of h, y, w, loss for all points together; nil for all of them at one point.
        public var metric: String?
        public var errorBar: PlotOptions.ErrorBar
        public var logAxes: PlotOptions.LogAxes?

        public init(
            metric: String? = nil, errorBar: PlotOptions.ErrorBar = .deviation,
            logAxes: PlotOptions.LogAxes? = nil
        ) {
            self.metric = metric
            self.errorBar = errorBar
            self.logAxes = logAxes
        }

        /// The series that the figure is made of.
        public func takes(_ name: String) -> Bool {
            let names = metric.map { [$0] } ?? SeriesChart.together + [SeriesChart.below]
            return names.contains { name == $0 || name == $0 + TrialSeries.fitted }
        }
    }

    /// Decides what a figure of series shows.
    ///
    /// - Parameters:
    ///   - table: The sweep's table, with a row for each grid point.
    ///   - points: Grid points to show.
    ///   - series: Of these points.
    /// - Throws: ``ReportError`` with what would be right.
    public init(
        series: [TrialSeries], of table: SweepTable, points: [Int], _ options: SeriesOptions,
        _ context: PlotContext
    ) throws(ReportError) {
        let rows = points.map { table.rows[$0] }
        let varying = table.parameters.indices.filter { place in
            Set(rows.map { $0.values[place] }).count > 1
        }
        if options.metric == nil, let place = varying.first {
            throw .unplottable(
                Self.several("series", table, rows, place)
                    + ", or draw one quantity of all: --metric h")
        }
        if let metric = options.metric, !series.isEmpty,
            !series.contains(where: { $0.values[metric] != nil })
        {
            throw .unplottable("there is no series \"\(metric)\"; the series are h, y, w, loss")
        }
        guard series.contains(where: { !$0.values.isEmpty }) else {
            throw .unplottable(
                context.experiment == "training"
                    ? "no trial that is recorded here has a series to draw yet"
                    : "trials of the experiment \(context.experiment) record no series; "
                        + "those of training do")
        }
        let words = PlotWords(experiment: context.experiment)
        var chart = SeriesChart(series: series, options: options)
        let labels = points.map { point in
            PlotText.joined(
                varying.map { place in
                    words.legend(
                        .init(name: table.parameters[place], value: table.rows[point].values[place])
                    )
                }, by: ", ")
        }
        let drawn = try chart.draw(points: points, labels: labels)
        self.init(
            x: drawn.x, y: drawn.y, content: .series(drawn.panels), marks: [], caption: [],
            footer: [],
            fileStem: (["series"] + [options.metric].compactMap { $0 }.map(Self.fileWord))
                .joined(separator: "."))
        let constants = table.parameters.indices.filter { !varying.contains($0) }
        caption = Self.caption(
            constants.map { .init(name: table.parameters[$0], value: rows[0].values[$0]) },
            swept: Set(table.parameters), words, context)
        footer = Self.footer(series, rows, options, context, table.provenance, notes: chart.notes)
    }

    private static func footer(
        _ series: [TrialSeries], _ rows: [SweepTable.Row], _ options: SeriesOptions,
        _ context: PlotContext, _ provenance: SweepTable.Provenance, notes: [String]
    ) -> [PlotText] {
        var parts = [provenance.sweep]
        let seeds = context.seedCount == 1 ? "1 seed" : "\(context.seedCount) seeds"
        switch context.seedCount > 1 ? options.errorBar : .none {
        case .deviation: parts.append("mean, band ± s.d. over \(seeds)")
        case .standardError: parts.append("mean, band ± s.e.m. over \(seeds)")
        case .none: parts.append(context.seedCount == 1 ? seeds : "mean over \(seeds)")
        }
        parts += counts(rows, context, provenance, notes: notes)
        return parts.map { PlotText($0) }
    }

    /// What the foot of a figure of some grid points ends with.
    static func counts(
        _ rows: [SweepTable.Row], _ context: PlotContext, _ provenance: SweepTable.Provenance,
        notes: [String] = []
    ) -> [String] {
        var parts: [String] = []
        let recorded = rows.reduce(0) { $0 + $1.count + $1.failed }
        let failed = rows.reduce(0) { $0 + $1.failed }
        let total = rows.count * context.seedCount
        if recorded < total { parts.append("\(recorded) of \(total) trials recorded") }
        if failed > 0 { parts.append("\(failed) failed") }
        parts += notes
        if !provenance.specDigest.isEmpty {
            parts.append("spec \(provenance.specDigest.prefix(12))")
        }
        return parts
    }

    /// The sentence for several points where a figure is of one.
    static func several(
        _ what: String, _ table: SweepTable, _ rows: [SweepTable.Row], _ place: Int
    ) -> String {
        "the \(what) of one point make a figure, and there are \(rows.count) points; choose with "
            + "--where \(table.parameters[place])=VALUE (\(PlotSelection.list(table, rows, place)))"
    }
}
