import Foundation
import SweepCore

extension PlotScript {
    /// Dark to light, equal steps of lightness: viridis in nine colours.
    private static let palette = [
        "#440154", "#472D7B", "#3B528B", "#2C728E", "#21918C", "#28AE80", "#5EC962", "#ADDC30",
        "#FDE725",
    ]

    /// One line a cell: centre, edges, mean, whether all seeds are in, and a digit for terminals.
    func data(of heat: Figure.HeatMap) -> [String] {
        let xEdges = PlotNumber.edges(heat.columns, isLog: figure.x.isLog)
        let yEdges = PlotNumber.edges(heat.rows, isLog: figure.y.isLog)
        var lines = ["# x y xlow xhigh ylow yhigh mean complete", "$cells << END"]
        for cell in heat.cells {
            let numbers = [
                heat.columns[cell.column], heat.rows[cell.row], xEdges[cell.column],
                xEdges[cell.column + 1], yEdges[cell.row], yEdges[cell.row + 1], cell.mean,
            ]
            var words = numbers.map(PlotNumber.text) + [cell.isComplete ? "1" : "0"]
            if isTerminal { words.append(label(of: cell, in: heat)) }
            lines.append(words.joined(separator: " "))
        }
        return lines + ["END"]
    }

    /// The colours as gnuplot wants them.
    static let stops = palette.enumerated().map { "\($0) '\($1)'" }.joined(separator: ", ")

    func colours(of heat: Figure.HeatMap) -> [String] {
        if isTerminal { return ["set tmargin 2"] }
        let last = Self.palette.count - 1
        return [
            "set palette defined (\(Self.stops)) maxcolors \(last * 32)",
            "set cbrange [\(PlotNumber.text(heat.range.lowerBound)):"
                + "\(PlotNumber.text(heat.range.upperBound))]",
            "set cblabel \(quoted(heat.label))",
            "set colorbox noborder",
        ] + (heat.isLog ? ["set logscale cb", "set format cb '10^{%T}'"] : [])
    }

    func plot(_ heat: Figure.HeatMap) -> [String] {
        var parts =
            isTerminal
            ? ["$cells using 1:2:(strcol(9)) with labels notitle"]
            : [
                "$cells using 1:2:3:4:5:6:7 with boxxyerror fillcolor palette "
                    + "fillstyle solid noborder notitle"
            ]
        if !isTerminal, heat.cells.contains(where: { !$0.isComplete }) {
            parts.append(
                "$cells using 1:($8==0?$2:NaN) with points pt 7 ps 0.4 lc rgb '#FFFFFF' notitle")
        }
        return ["plot " + (parts + paths).joined(separator: ", \\\n     ")]
    }

    /// The value where there is room for it, else a digit from 0 (lowest) to 9 (highest).
    private func label(of cell: Figure.Cell, in heat: Figure.HeatMap) -> String {
        if showsValues(heat) { return PlotNumber.significant(cell.mean, 3) }
        func place(_ value: Double) -> Double { heat.isLog ? log(value) : value }
        let low = place(heat.range.lowerBound)
        let level = (place(cell.mean) - low) / (place(heat.range.upperBound) - low)
        return "\(min(9, max(0, Int(level * 10))))"
    }

    private func showsValues(_ heat: Figure.HeatMap) -> Bool {
        guard case .terminal(let width, _) = target else { return false }
        return (width - 14) / max(heat.columns.count, 1) >= 8
    }

    /// What the cells of a terminal mean.
    func cellWords(_ heat: Figure.HeatMap) -> PlotText {
        if showsValues(heat) { return heat.label }
        let low = PlotNumber.significant(heat.range.lowerBound, 3)
        let high = PlotNumber.significant(heat.range.upperBound, 3)
        return heat.label
            + PlotText(": 0 is \(low), 9 is \(high)\(heat.isLog ? ", by logarithm" : "")")
    }
}
