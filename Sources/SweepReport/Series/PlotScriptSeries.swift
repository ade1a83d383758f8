import SweepCore

extension PlotScript {
    /// Dark relatives of ``colours``, for the theory's dashes over the networks' lines.
    private static let darkColours = [
        "#00304D", "#662D00", "#004D38", "#663A55", "#235B78", "#735000", "#777777",
    ]

    private func ink(_ line: Figure.Line) -> String {
        (line.isTheory ? Self.darkColours : Self.colours)[line.colour % Self.colours.count]
    }

    private func character(_ line: Figure.Line, of panels: Figure.Panels) -> String {
        if line.isTheory { return "·" }
        // The letters of one point's quantities, else symbols.
        if !panels.lower.isEmpty { return line.label.plain }
        return Self.characters[line.colour % Self.characters.count].0
    }

    /// One block a line: x, mean, ends of the band.
    func data(of panels: Figure.Panels) -> [String] {
        var lines: [String] = []
        let all = isTerminal ? panels.upper : panels.upper + panels.lower
        for (index, line) in all.enumerated() {
            let axis = index < panels.upper.count ? figure.y : panels.lowerAxis ?? figure.y
            // On a logarithmic axis a band goes down to its end.
            let floor = axis.isLog ? axis.range.lowerBound : -Double.infinity
            lines.append("# \(line.isTheory ? "x theory" : "x mean low high")")
            lines.append("$line\(index + 1) << END")
            for point in line.points {
                let cells =
                    line.isTheory
                    ? [point.x, point.mean]
                    : [point.x, point.mean, max(point.low, floor), max(point.high, floor)]
                lines.append(cells.map { PlotNumber.text(Self.rounded($0)) }.joined(separator: " "))
            }
            lines.append("END")
        }
        return lines
    }

    /// Six digits: more than a line can show, and a third of the bytes.
    private static func rounded(_ number: Double) -> Double {
        Double(PlotNumber.significant(number, 6)) ?? number
    }

    /// Everything after the frame of the upper panel.
    func body(of panels: Figure.Panels, foot: [String]) -> [String] {
        if isTerminal { return legend(of: panels) + foot + [plot(panels.upper, from: 1, panels)] }
        guard let lowerAxis = panels.lowerAxis, !panels.lower.isEmpty else {
            return [decades(figure.y)] + legend(of: panels) + foot
                + [plot(panels.upper, from: 1, panels)]
        }
        // The frame's own offset is lost with the upper panel's label.
        let offset = target == .svg ? " offset 0,0.6" : ""
        // Both panels between the same margins, so that their epochs lie above each other.
        let right = panels.right == nil ? "0.965" : "0.86"
        var lines = ["set lmargin at screen 0.15", "set rmargin at screen \(right)"]
        lines += legend(of: panels)
        if let axis = panels.right {
            lines += [
                "set y2range [\(PlotNumber.text(axis.range.lowerBound)):"
                    + "\(PlotNumber.text(axis.range.upperBound))]",
                "set y2tics out scale 0.6 textcolor rgb '\(Self.colours[0])'",
                "set y2label \(quoted(axis.label)) textcolor rgb '\(Self.colours[0])'",
                "set border 11",
            ]
        }
        lines += [
            "set multiplot", "set tmargin at screen 0.915", "set bmargin at screen 0.43",
            "set format x ''", "unset xlabel", plot(panels.upper, from: 1, panels),
            "unset key", "set format x", "set xlabel \(quoted(figure.x.label))\(offset)",
            "set tmargin at screen 0.395", "unset y2tics", "unset y2label", "set border 3",
            "set ylabel \(quoted(lowerAxis.label))",
            "\(lowerAxis.isLog ? "set" : "unset") logscale y", decades(lowerAxis),
            "set yrange [\(PlotNumber.text(lowerAxis.range.lowerBound)):"
                + "\(PlotNumber.text(lowerAxis.range.upperBound))]",
        ]
        lines += foot
        lines += [plot(panels.lower, from: panels.upper.count + 1, panels), "unset multiplot"]
        return lines
    }

    /// Marks of an axis over many decades are powers of ten.
    private func decades(_ axis: Figure.Axis) -> String {
        let range = axis.range
        return axis.isLog && range.upperBound / range.lowerBound >= 1e3
            ? "set format y '10^{%T}'" : "set format y"
    }

    private func plot(_ lines: [Figure.Line], from first: Int, _ panels: Figure.Panels) -> String {
        var bands: [String] = []
        var means: [String] = []
        var theories: [String] = []
        for (index, line) in lines.enumerated() {
            let name = "$line\(first + index)"
            let axes = line.isRight && !isTerminal ? " axes x1y2" : ""
            if isTerminal {
                let part =
                    "\(name) using 1:2 with points pt '\(character(line, of: panels))' notitle"
                if line.isTheory { theories.append(part) } else { means.append(part) }
                continue
            }
            let ink = "lc rgb '\(ink(line))'"
            if line.isTheory {
                theories.append("\(name) using 1:2\(axes) with lines lw 1.5 dt 2 \(ink) notitle")
                continue
            }
            if line.points.contains(where: { $0.low < $0.high }) {
                bands.append(
                    "\(name) using 1:3:4\(axes) with filledcurves \(ink) "
                        + "fillstyle transparent solid 0.2 noborder notitle")
            }
            means.append("\(name) using 1:2\(axes) with lines lw 2.2 \(ink) notitle")
        }
        // The terminal draws what comes first below: the networks' letters stay readable.
        let parts =
            (isTerminal ? theories + means : bands + means + theories)
            + (first == 1 ? entries(of: panels) : [])
        return "plot " + parts.joined(separator: ", \\\n     ")
    }

    private func entries(of panels: Figure.Panels) -> [String] {
        let all = panels.upper + panels.lower
        var entries: [String] = []
        for line in isTerminal ? panels.upper : all where !line.isTheory {
            guard line.label != PlotText([]) else { continue }
            let sample =
                isTerminal
                ? "points pt '\(character(line, of: panels))'"
                : "lines lw 2.2 lc rgb '\(ink(line))'"
            entries.append("keyentry with \(sample) title \(quoted(line.label))")
        }
        if let theory = all.first(where: \.isTheory) {
            let sample = isTerminal ? "points pt '·'" : "lines lw 1.5 dt 2 lc rgb '\(Self.shared)'"
            entries.append("keyentry with \(sample) title \(quoted(theory.label))")
        }
        return entries
    }

    private func legend(of panels: Figure.Panels) -> [String] {
        let names = (panels.upper + panels.lower).filter { !$0.isTheory }.map(\.label.plain)
        let widest = max(names.map(\.count).max() ?? 0, panels.lower.isEmpty ? 16 : 8)
        if case .terminal(let width, _) = target {
            let perRow = max(1, (width - 4) / (widest + 8))
            let rows = (names.count + perRow) / perRow
            return [
                "set key outside top center horizontal Left reverse samplen 1 maxcols \(perRow)",
                "set tmargin \(rows + 2)",
            ]
        }
        let columns = max(1, min(names.count + 1, 70 / (widest + 6)))
        return ["set key above center horizontal Left reverse samplen 2.5 maxcols \(columns)"]
    }
}
