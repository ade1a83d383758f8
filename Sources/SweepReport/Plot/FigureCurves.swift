import SweepCore

extension Figure.Curve {
    /// More curves cannot be told apart in one figure.
    static let limit = 24

    /// One curve for each combination of the parameters beside the axis, in the order of the grid.
    static func all(
        _ selection: PlotSelection, _ scale: PlotScale, _ words: PlotWords,
        errorBar: PlotOptions.ErrorBar, seeds: Int
    ) throws(ReportError) -> [Self] {
        var order: [[ParameterValue]] = []
        var groups: [[ParameterValue]: [SweepTable.Row]] = [:]
        for row in selection.rows {
            let key = selection.varying.map { row.values[$0] }
            if groups[key] == nil { order.append(key) }
            groups[key, default: []].append(row)
        }
        guard order.count <= limit else {
            let names = selection.varying.map { selection.table.parameters[$0] }
            throw .unplottable(
                "that would be \(order.count) curves, and at most \(limit) can be told apart; "
                    + "choose some with --where \(names[0])=VALUE, or draw a heat map with "
                    + "--y \(names[0])")
        }
        let metrics = selection.table.metrics
        let name = metrics[selection.metric]
        let kinds = PlotWords.Companion.allCases.compactMap { kind in
            kind.metric(beside: name).flatMap { metrics.firstIndex(of: $0) }.map { (kind, $0) }
        }
        var curves: [Self] = []
        for key in order {
            let rows = (groups[key] ?? []).sorted {
                scale.place($0.values[selection.x]) < scale.place($1.values[selection.x])
            }
            let label = zip(selection.varying, key).map { place, value in
                words.legend(.init(name: selection.table.parameters[place], value: value))
            }
            curves.append(
                Self(
                    label: label.isEmpty
                        ? PlotText(kinds.isEmpty ? "" : words.measured)
                        : PlotText.joined(label, by: ", "),
                    points: rows.map { row in
                        point(
                            row.statistics[selection.metric],
                            at: scale.place(row.values[selection.x]), errorBar, seeds)
                    },
                    companions: kinds.compactMap { kind, metric in
                        let means = rows.map { $0.statistics[metric].mean }
                        // A sweep of theory has its own order under that order's name too.
                        if isSame(means, rows.map { $0.statistics[selection.metric].mean }) {
                            return nil
                        }
                        return .init(kind: kind, means: means)
                    }))
        }
        return sharing(curves)
    }

    private static func point(
        _ statistics: ReplicateStatistics, at x: Double, _ errorBar: PlotOptions.ErrorBar,
        _ seeds: Int
    ) -> Figure.Point {
        let reach: Double? =
            switch errorBar {
            case .deviation: statistics.standardDeviation
            case .standardError: statistics.standardError
            case .none: nil
            }
        return Figure.Point(
            x: x, mean: statistics.mean, low: statistics.mean.map { $0 - (reach ?? 0) },
            high: statistics.mean.map { $0 + (reach ?? 0) }, count: statistics.count,
            isComplete: statistics.count >= seeds)
    }

    /// A theory that is the same for several curves (infinite width, for several widths) is drawn
    /// once.
    private static func sharing(_ curves: [Self]) -> [Self] {
        guard curves.count > 1 else { return curves }
        var curves = curves
        for kind in PlotWords.Companion.allCases {
            let all = curves.compactMap { curve in
                curve.companions.first { $0.kind == kind }.map { ($0.means, curve.points.map(\.x)) }
            }
            guard all.count == curves.count, let first = all.first,
                all.allSatisfy({ isSame($0.0, first.0) && $0.1 == first.1 })
            else { continue }
            for index in curves.indices {
                guard let place = curves[index].companions.firstIndex(where: { $0.kind == kind })
                else { continue }
                curves[index].companions[place].isShared = true
                if index > 0 { curves[index].companions.remove(at: place) }
            }
        }
        return curves
    }

    /// Within rounding.
    private static func isSame(_ one: [Double?], _ other: [Double?]) -> Bool {
        one.count == other.count
            && zip(one, other).allSatisfy { left, right in
                guard let left, let right else { return left == nil && right == nil }
                return abs(left - right) <= 1e-9 * max(abs(left), abs(right))
            }
    }
}

extension Figure.HeatMap {
    static func make(
        _ selection: PlotSelection, _ xScale: PlotScale, _ yScale: PlotScale, _ words: PlotWords,
        seeds: Int
    ) -> (heat: Self, x: Figure.Axis, y: Figure.Axis) {
        let y = selection.y ?? selection.x
        var cells: [Figure.Cell] = []
        for row in selection.rows {
            let statistics = row.statistics[selection.metric]
            guard let mean = statistics.mean,
                let column = xScale.values.firstIndex(of: row.values[selection.x]),
                let line = yScale.values.firstIndex(of: row.values[y])
            else { continue }
            cells.append(
                .init(
                    column: column, row: line, mean: mean,
                    isComplete: statistics.count >= seeds))
        }
        cells.sort { ($0.column, $0.row) < ($1.column, $1.row) }
        let means = cells.map(\.mean)
        let low = means.min() ?? 0
        let high = means.max() ?? 0
        // A colour bar of no length cannot be drawn.
        let pad = max(abs(low) * 0.1, 1e-3)
        // Colours of a line would show the largest values only.
        let isLog = low > 0 && high / low >= 100
        let heat = Self(
            columns: xScale.places, rows: yScale.places, cells: cells,
            label: words.axis(metric: selection.table.metrics[selection.metric]),
            range: low < high ? low...high : low - pad...low + pad, isLog: isLog)
        func axis(_ scale: PlotScale) -> Figure.Axis {
            let edges = PlotNumber.edges(scale.places, isLog: scale.isLog)
            return scale.axis(words, range: edges[0]...edges[edges.count - 1])
        }
        return (heat, axis(xScale), axis(yScale))
    }
}
