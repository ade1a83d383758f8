import SweepCore

extension Figure {
    /// Lines at the critical gains of what is shown, and a note on those beyond the axis.
    ///
    /// Where activation or bias variance differ between curves there is a line for each; where one
    /// of them is the other axis of a heat map, a line through its columns or rows.
    static func criticalMarks(
        _ selection: PlotSelection, _ xScale: PlotScale, _ context: PlotContext, x: Axis, y: Axis
    ) -> (marks: [Mark], outside: [PlotText]) {
        let names = selection.table.parameters
        let yName = selection.y.map { names[$0] }
        guard context.experiment != "training" else { return ([], []) }
        let gainIsX = xScale.parameter == "gain" && !xScale.isCategorical
        guard gainIsX || yName == "gain" else { return ([], []) }
        let shown = context.criticalGains.filter { entry in
            entry.parameters.allSatisfy { wanted in
                guard let place = names.firstIndex(of: wanted.name) else { return false }
                return selection.rows.contains { $0.values[place] == wanted.value }
            }
        }
        let across = gainIsX ? yName : xScale.parameter
        if let across, let other = gainIsX ? selection.y : selection.x,
            shown.contains(where: { $0.parameters.contains { $0.name == across } })
        {
            return (paths(shown, across, selection, other, gainIsX: gainIsX), [])
        }
        let range = gainIsX ? x.range : y.range
        var inside: [(gain: Double, whose: String)] = []
        var outside: [PlotText] = []
        for entry in shown {
            let whose = entry.parameters.filter { parameter in
                // What is the same for all says nothing.
                shown.contains { !$0.parameters.contains(parameter) }
            }.map(Self.short).joined(separator: ", ")
            for gain in entry.gains {
                if range.contains(gain) {
                    let known = inside.firstIndex { $0.gain == gain }
                    if let known {
                        inside[known].whose += whose.isEmpty ? "" : ", \(whose)"
                    } else {
                        inside.append((gain, whose))
                    }
                } else {
                    let number = PlotNumber.significant(gain, 4)
                    let name = PlotText(whose.isEmpty ? "" : "\(whose): ")
                    let note = PlotText(markup: "*g*_{crit} = \(number) is beyond the axis")
                    if !outside.contains(name + note) { outside.append(name + note) }
                }
            }
        }
        inside.sort { $0.gain < $1.gain }
        let words = inside.map { gain, whose in
            PlotText(whose.isEmpty ? "" : "\(whose): ")
                + PlotText(markup: "*g*_{crit} = \(PlotNumber.significant(gain, 4))")
        }
        // The words of several would lie over each other, and over the curves.
        let isAlone = inside.count == 1
        let marks = zip(inside, words).map { mark, words in
            Mark(
                place: gainIsX ? .vertical(mark.gain) : .horizontal(mark.gain),
                label: isAlone ? words : PlotText(""))
        }
        if inside.count > 1 {
            outside.insert(
                PlotText("dotted, from \(gainIsX ? "the left" : "below"): ")
                    + words[0], at: 0)
            outside.insert(contentsOf: words.dropFirst(), at: 1)
        }
        return (marks, outside)
    }

    private static func short(_ parameter: GridPoint.Parameter) -> String {
        switch parameter.value {
        case .word(let word): word
        case .number(let number): "bias variance \(PlotWords.short(number))"
        }
    }

    /// One line for each k-th critical gain, through all columns (or rows) that have one.
    private static func paths(
        _ shown: [PlotContext.CriticalGains], _ across: String, _ selection: PlotSelection,
        _ other: Int, gainIsX: Bool
    ) -> [Mark] {
        // Without a scale across there is no place for a line; the figure's own axes say why.
        guard let scale = try? PlotScale(selection, other, log: nil) else { return [] }
        let count = shown.map(\.gains.count).max() ?? 0
        return (0..<count).map { index in
            let positions = shown.compactMap { entry -> Mark.Position? in
                guard entry.gains.indices.contains(index),
                    let value = entry.parameters.first(where: { $0.name == across })?.value
                else { return nil }
                let place = scale.place(value)
                let gain = entry.gains[index]
                return gainIsX ? .init(x: gain, y: place) : .init(x: place, y: gain)
            }
            return Mark(
                place: .path(
                    positions.sorted { gainIsX ? $0.y < $1.y : $0.x < $1.x }),
                label: PlotText(markup: "*g*_{crit}"))
        }
    }
}
