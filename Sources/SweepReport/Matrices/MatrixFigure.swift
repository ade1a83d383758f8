import SweepCore

extension Figure {
    /// Matrices over the same points beside each other.
    struct Matrices: Hashable, Sendable {
        struct Panel: Hashable, Sendable {
            var title: PlotText
            /// Row-major; nil where no seed has a value.
            var means: [Double?]
            var range: ClosedRange<Double>
        }

        var size: Int
        /// One to four.
        var panels: [Panel]
    }

    /// What a figure of matrices shows.
    public struct MatrixOptions: Hashable, Sendable {
        /// One array alone; nil for those that belong beside each other.
        public var metric: String?
        /// nil for the first that was observed in a training, else for the last.
        public var layer: Double?
        /// One seed alone; nil for the mean over seeds, but see ``hasPointsOfSeeds``.
        public var seed: Int?
        /// Whether every seed has points of its own: there is no mean then, and the first seed with a
        /// result is drawn.
        public var hasPointsOfSeeds: Bool

        public init(
            metric: String? = nil, layer: Double? = nil, seed: Int? = nil,
            hasPointsOfSeeds: Bool = false
        ) {
            self.metric = metric
            self.layer = layer
            self.seed = seed
            self.hasPointsOfSeeds = hasPointsOfSeeds
        }

        /// Whether the figure of an experiment may need this array.
        func takes(_ name: String, of experiment: String) -> Bool {
            if let metric { return name == metric }
            let together = Figure.members(experiment)
            return together.contains { $0.name == name }
        }
    }

    /// Arrays that are drawn together. Those of one group are compared.
    fileprivate struct Member {
        var name: String
        var title: PlotText
        var group: Int
    }

    fileprivate static func members(_ experiment: String) -> [Member] {
        if experiment == "training" {
            return [
                Member(name: "distances_initial", title: PlotText("before training"), group: 0),
                Member(name: "distances_final", title: PlotText("trained networks"), group: 1),
                Member(name: "distances_predicted", title: PlotText("effective theory"), group: 1),
                Member(
                    name: "distances_classes", title: PlotText(markup: "classes alone: *dx* *dy*"),
                    group: 2),
            ]
        }
        return [
            Member(name: "mean_kernels", title: PlotText("posterior mean"), group: 0),
            Member(name: "kernels_nngp", title: PlotText("infinite width (NNGP)"), group: 0),
            Member(name: "kernels_linear", title: PlotText("theory, first order"), group: 0),
            Member(name: "kernels_full", title: PlotText("theory, full"), group: 0),
        ]
    }

    /// Decides what a figure of matrices shows: means over the seeds of one grid point.
    ///
    /// - Parameters:
    ///   - table: The sweep's table, with a row for each grid point.
    ///   - points: Grid points that were chosen; there has to be one.
    ///   - trials: Of these points, with what the options want.
    /// - Throws: ``ReportError`` with what would be right.
    public init(
        matrices trials: [TrialMatrices], of table: SweepTable, points: [Int],
        _ options: MatrixOptions, _ context: PlotContext
    ) throws(ReportError) {
        let rows = points.map { table.rows[$0] }
        if let place = table.parameters.indices.first(where: { place in
            Set(rows.map { $0.values[place] }).count > 1
        }) {
            throw .unplottable(Self.several("matrices", table, rows, place))
        }
        let chosen = try Self.choose(trials, rows, options, context)
        // What is compared is compared over the same networks.
        var complete = trials.filter { trial in
            chosen.allSatisfy { trial.matrices[$0.name] != nil }
        }
        if options.hasPointsOfSeeds { complete = Array(complete.prefix(1)) }
        guard let first = complete.first, let entries = first.matrices[chosen[0].name]?.count else {
            let names = chosen.map(\.name).joined(separator: ", ")
            throw .unplottable(
                "no trial that is recorded here has all of \(names); choose one with --metric")
        }
        guard
            complete.allSatisfy({ trial in
                chosen.allSatisfy { trial.matrices[$0.name]?.count == entries }
            })
        else { throw .unplottable("the matrices here are over different numbers of points") }
        let size = Int(Double(entries).squareRoot().rounded())
        let means = chosen.map { member in
            Self.mean(complete.compactMap { $0.matrices[member.name] })
        }
        let ranges = Self.ranges(chosen, means)
        let panels = zip(chosen, zip(means, ranges)).compactMap { member, drawn in
            drawn.1.map { Matrices.Panel(title: member.title, means: drawn.0, range: $0) }
        }
        guard !panels.isEmpty else {
            throw .unplottable("the matrices here have no number to draw")
        }
        let marks = Self.pointAxis(first, size: size, context)
        let parts =
            ["matrix"] + [options.metric].compactMap { $0 }.map(Self.fileWord)
            + (options.layer.map { ["layer_" + Self.fileWord(PlotWords.short($0))] } ?? [])
            + (options.seed.map { ["seed_\($0)"] } ?? [])
        self.init(
            x: marks, y: marks, content: .matrices(.init(size: size, panels: panels)),
            marks: [], caption: [], footer: [], fileStem: parts.joined(separator: "."))
        var settings = context
        settings.settings.removeAll { $0.name == "observed_layer" }
        caption = Self.caption(
            table.parameters.indices.map {
                .init(name: table.parameters[$0], value: rows[0].values[$0])
            },
            swept: Set(table.parameters), PlotWords(experiment: context.experiment), settings)
        if let layer = first.layer, chosen.contains(where: { first.layered.contains($0.name) }) {
            caption.append(PlotText(markup: "layer *l* = \(PlotWords.short(layer))"))
        }
        let isDistance = chosen.count > 1 && context.experiment == "training"
        footer = [
            PlotText(table.provenance.sweep),
            chosen.count == 1
                ? PlotText(chosen[0].name)
                : PlotText(markup: isDistance ? "squared distances *h*" : "kernels"),
            PlotText(Self.seeds(complete, options, context)),
        ]
        footer += Self.counts(rows, context, table.provenance).map { PlotText($0) }
    }

    /// The arrays that are drawn, in order.
    private static func choose(
        _ trials: [TrialMatrices], _ rows: [SweepTable.Row], _ options: MatrixOptions,
        _ context: PlotContext
    ) throws(ReportError) -> [Member] {
        guard !trials.isEmpty else { throw .unplottable(nothing(rows, options, context)) }
        var known: [String] = []
        var layers: [Double] = []
        for trial in trials {
            known += trial.names.filter { !known.contains($0) }
            layers += trial.layers.filter { !layers.contains($0) }
        }
        if let metric = options.metric, !known.contains(metric) {
            throw .unplottable(
                "there is no matrix \"\(metric)\"; the matrices are "
                    + known.joined(separator: ", "))
        }
        if let layer = options.layer, !layers.contains(layer) {
            throw .unplottable(
                "there is no matrix of layer \(PlotWords.short(layer)); the layers are "
                    + layers.map(PlotWords.short).joined(separator: ", "))
        }
        let together = members(context.experiment)
        if let metric = options.metric {
            let title = together.first { $0.name == metric }?.title ?? PlotText(metric)
            return [Member(name: metric, title: title, group: 0)]
        }
        let chosen = together.filter { known.contains($0.name) }
        guard !chosen.isEmpty else {
            throw .unplottable(
                "say which matrix with --metric: " + known.joined(separator: ", "))
        }
        return chosen
    }

    /// Why there is no matrix.
    private static func nothing(
        _ rows: [SweepTable.Row], _ options: MatrixOptions, _ context: PlotContext
    ) -> String {
        let failed = rows.reduce(0) { $0 + $1.failed }
        let recorded = rows.reduce(0) { $0 + $1.count } + failed
        if recorded == 0 { return "no trial is recorded here yet" }
        if recorded == failed { return "all trials that are recorded here have failed" }
        if let seed = options.seed { return "seed \(seed) has no matrix that is recorded here yet" }
        switch context.experiment {
        case "training":
            return "the trials of this sweep keep no matrix; add distances_final to `keep`"
        case "posterior", "theory":
            return "the trials of this sweep keep no matrix; name some under `keep`, as "
                + (context.experiment == "theory" ? "kernels_full" : "mean_kernels")
        default:
            return "trials of the experiment \(context.experiment) have no matrices; those of "
                + "training, posterior and theory do"
        }
    }

    /// Entry by entry, over the seeds that have a finite one.
    private static func mean(_ matrices: [[Double]]) -> [Double?] {
        guard let count = matrices.first?.count else { return [] }
        return (0..<count).map { place in
            ReplicateStatistics(matrices.map { $0[place] }.filter(\.isFinite)).mean
        }
    }

    /// Scales of colours: one for what is compared, unless the smaller could not be seen on it. nil for
    /// a matrix without a number.
    private static func ranges(
        _ members: [Member], _ means: [[Double?]]
    ) -> [ClosedRange<Double>?] {
        func ends(_ values: [Double?]) -> (low: Double, high: Double)? {
            let numbers = values.compactMap { $0 }
            guard let low = numbers.min(), let high = numbers.max() else { return nil }
            return (low, high)
        }
        return members.indices.map { index in
            let group = members.indices.filter { members[$0].group == members[index].group }
                .compactMap { ends(means[$0]) }
            guard let own = ends(means[index]) else { return nil }
            let sizes = group.map { max(abs($0.low), abs($0.high)) }
            let isFar = (sizes.max() ?? 0) > 10 * (sizes.min() ?? 0)
            var low = isFar ? own.low : group.map(\.low).min() ?? own.low
            let high = isFar ? own.high : group.map(\.high).max() ?? own.high
            if members[index].name.hasPrefix("distances") { low = min(0, low) }
            return low...(high > low ? high : low + max(abs(low) * 0.1, 1e-300))
        }
    }

    /// Points by number while they can be told apart, classes by their outputs where there are more.
    private static func pointAxis(
        _ trial: TrialMatrices, size: Int, _ context: PlotContext
    ) -> Axis {
        let word = context.experiment == "training" ? "tracked point" : "training point"
        var axis = Axis(label: PlotText(word), range: -0.5...Double(size) - 0.5)
        if size <= 12 {
            axis.tics = (0..<size).map { .init(place: Double($0), label: PlotText("\($0)")) }
        } else if let classes = trial.classes(size: size) {
            axis.label = PlotText("points of output")
            axis.tics = classes.map {
                .init(
                    place: Double($0.points.lowerBound + $0.points.upperBound - 1) / 2,
                    label: PlotText("\($0.output)"))
            }
        }
        return axis
    }

    private static func seeds(
        _ drawn: [TrialMatrices], _ options: MatrixOptions, _ context: PlotContext
    ) -> String {
        if options.hasPointsOfSeeds || options.seed != nil, let seed = drawn.first?.seed {
            return "seed \(seed)"
                + (options.hasPointsOfSeeds ? " alone: each has points of its own" : "")
        }
        if context.seedCount == 1 { return "1 seed" }
        return drawn.count == context.seedCount
            ? "mean over \(drawn.count) seeds"
            : "mean over \(drawn.count) of \(context.seedCount) seeds, those that have all"
    }
}
