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
        var label: PlotText
    }

    /// What a figure of matrices shows.
    public struct MatrixOptions: Hashable, Sendable {
        /// One array alone; nil for those that belong beside each other.
        public var metric: String?
        /// nil for the first that was observed in a training, else for the last.
        public var layer: Double?

        public init(metric: String? = nil, layer: Double? = nil) {
            self.metric = metric
            self.layer = layer
        }
    }

    /// Arrays that are drawn together. Those of one group have one scale of colours.
    private struct Member {
        var name: String
        var title: String
        var group: Int
    }

    private static func members(_ experiment: String) -> [Member] {
        if experiment == "training" {
            return [
                Member(name: "distances_initial", title: "before training", group: 0),
                Member(name: "distances_final", title: "trained networks", group: 1),
                Member(name: "distances_predicted", title: "effective theory", group: 1),
                Member(name: "distances_classes", title: "classes alone", group: 2),
            ]
        }
        return [
            Member(name: "mean_kernels", title: "posterior mean", group: 0),
            Member(name: "kernels_nngp", title: "infinite width (NNGP)", group: 0),
            Member(name: "kernels_linear", title: "theory, first order", group: 0),
            Member(name: "kernels_full", title: "theory, full", group: 0),
        ]
    }

    /// Decides what a figure of matrices shows: means over the seeds of one grid point.
    ///
    /// - Parameters:
    ///   - table: The sweep's table, with a row for each grid point.
    ///   - points: Grid points that were chosen; there has to be one.
    ///   - trials: Of these points.
    /// - Throws: ``ReportError`` with what would be right.
    public init(
        matrices trials: [TrialMatrices], of table: SweepTable, points: [Int],
        _ options: MatrixOptions, _ context: PlotContext
    ) throws(ReportError) {
        let rows = points.map { table.rows[$0] }
        if let place = table.parameters.indices.first(where: { place in
            Set(rows.map { $0.values[place] }).count > 1
        }) {
            let name = table.parameters[place]
            throw .unplottable(
                "the matrices of one point make a figure, and there are \(points.count) points; "
                    + "choose with --where \(name)=VALUE "
                    + "(\(PlotSelection.list(table, rows, place)))")
        }
        guard let first = trials.first else {
            throw .unplottable(
                "no trial that is recorded here has a matrix to draw; those of training have "
                    + "distances_final and others, those of posterior and theory what `keep` of the "
                    + "spec names, as mean_kernels or kernels_full")
        }
        let known = first.matrices.map(\.name)
        if let metric = options.metric, !known.contains(metric) {
            throw .unplottable(
                "there is no matrix \"\(metric)\"; the matrices are "
                    + known.joined(separator: ", "))
        }
        if let layer = options.layer, !first.has(layer: layer) {
            throw .unplottable(
                "there is no matrix of layer \(PlotWords.short(layer)); the layers are "
                    + first.layerList)
        }
        let together = Self.members(context.experiment)
        var chosen = together.filter { options.metric == nil && known.contains($0.name) }
        if chosen.isEmpty {
            let name = options.metric ?? known[0]
            let title = together.first { $0.name == name }?.title ?? name
            chosen = [Member(name: name, title: title, group: 0)]
        }
        let drawn = chosen.compactMap { member in
            Self.mean(of: member.name, trials, layer: options.layer).map { (member, $0) }
        }
        guard let size = drawn.first?.1.size, drawn.allSatisfy({ $0.1.size == size }) else {
            throw .unplottable("the trials here have matrices of different sizes")
        }
        let isDistance = chosen[0].name.hasPrefix("distances")
        var panels: [Matrices.Panel] = []
        for (member, matrix) in drawn {
            let scale = drawn.filter { $0.0.group == member.group }.flatMap { $0.1.means }
                .compactMap { $0 }
            guard let low = scale.min(), let high = scale.max() else { continue }
            let least = isDistance ? min(0, low) : low
            panels.append(
                .init(
                    title: PlotText(member.title), means: matrix.means,
                    range: least...(high > least ? high : least + max(abs(least) * 0.1, 1e-300))))
        }
        guard !panels.isEmpty else {
            throw .unplottable("the matrices here have no number to draw")
        }
        let marks = Self.pointAxis(first, size: size, context)
        let label = PlotText(
            markup: isDistance
                ? "squared distance *h*" : chosen.count == 1 ? chosen[0].name : "kernel")
        self.init(
            x: marks, y: marks,
            content: .matrices(.init(size: size, panels: panels, label: label)),
            marks: [], caption: [], footer: [],
            fileStem: (["matrix"] + [options.metric].compactMap { $0 }.map(Self.fileWord))
                .joined(separator: "."))
        caption = Self.caption(
            table.parameters.indices.map {
                .init(name: table.parameters[$0], value: rows[0].values[$0])
            },
            swept: Set(table.parameters), PlotWords(experiment: context.experiment), context)
        if let layer = options.layer { caption.append(PlotText("layer \(PlotWords.short(layer))")) }
        footer = Self.footer(trials, rows, context, table.provenance, label)
    }

    /// Entry by entry, over the seeds that have a finite one.
    private static func mean(
        of name: String, _ trials: [TrialMatrices], layer: Double?
    ) -> (size: Int, means: [Double?])? {
        let all = trials.compactMap { $0.values(of: name, layer: layer) }
        guard let size = all.first?.size, all.allSatisfy({ $0.size == size }) else { return nil }
        let means = (0..<size * size).map { place in
            ReplicateStatistics(
                all.map { $0.values[$0.values.startIndex + place] }.filter(\.isFinite)
            )
            .mean
        }
        return (size, means)
    }

    /// Points by number while they can be told apart, classes by theirs where there are more points.
    private static func pointAxis(
        _ trial: TrialMatrices, size: Int, _ context: PlotContext
    ) -> Axis {
        let word = context.experiment == "training" ? "tracked point" : "training point"
        var axis = Axis(label: PlotText(word), range: -0.5...Double(size) - 0.5)
        if size <= 12 {
            axis.tics = (0..<size).map { .init(place: Double($0), label: PlotText("\($0)")) }
        } else if let classes = trial.classes(size: size) {
            axis.label = PlotText("class")
            axis.tics = classes.map {
                .init(
                    place: Double($0.points.lowerBound + $0.points.upperBound - 1) / 2,
                    label: PlotText("\($0.number)"))
            }
        }
        return axis
    }

    private static func footer(
        _ trials: [TrialMatrices], _ rows: [SweepTable.Row], _ context: PlotContext,
        _ provenance: SweepTable.Provenance, _ label: PlotText
    ) -> [PlotText] {
        let seeds = context.seedCount == 1 ? "1 seed" : "mean over \(context.seedCount) seeds"
        var parts = [PlotText(provenance.sweep), label, PlotText(seeds)]
        let failed = rows.reduce(0) { $0 + $1.failed }
        let recorded = rows.reduce(0) { $0 + $1.count } + failed
        let total = rows.count * context.seedCount
        if recorded < total { parts.append(PlotText("\(recorded) of \(total) trials recorded")) }
        if failed > 0 { parts.append(PlotText("\(failed) failed")) }
        if !provenance.specDigest.isEmpty {
            parts.append(PlotText("spec \(provenance.specDigest.prefix(12))"))
        }
        return parts
    }
}

extension TrialMatrices {
    /// The layers of this trial's matrices of several layers.
    private var layerNumbers: [Double] {
        if let layers { return layers }
        let count = matrices.filter { $0.shape.count == 3 }.map { $0.shape[0] }.max() ?? 0
        return (0..<count).map { Double($0 + 1) }
    }

    func has(layer: Double) -> Bool { layerNumbers.contains(layer) }

    var layerList: String { layerNumbers.map(PlotWords.short).joined(separator: ", ") }

    /// Blocks of points with one class each, of at least two points on average; nil where targets are
    /// no classes, or points are in no blocks.
    func classes(size: Int) -> [(number: Int, points: Range<Int>)]? {
        guard let targets, targets.shape.count == 2, targets.shape[0] == size,
            targets.shape[1] >= 2
        else { return nil }
        let outputs = targets.shape[1]
        var blocks: [(number: Int, points: Range<Int>)] = []
        for point in 0..<size {
            let target = Array(targets.values.dropFirst(point * outputs).prefix(outputs))
            guard let number = target.firstIndex(of: 1),
                target.allSatisfy({ $0 == 0 || $0 == 1 }), target.reduce(0, +) == 1
            else { return nil }
            if let last = blocks.last, last.number == number {
                blocks[blocks.count - 1].points = last.points.lowerBound..<point + 1
            } else {
                blocks.append((number, point..<point + 1))
            }
        }
        let isGrouped = Set(blocks.map(\.number)).count == blocks.count && 2 * blocks.count <= size
        return isGrouped ? blocks : nil
    }
}
