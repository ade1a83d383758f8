import SweepCore

extension Figure {
    /// A script for gnuplot 5.4 with its data inline, which draws on standard output.
    ///
    /// A pure function: the same figure gives the same text. Texts from outside are in single
    /// quotes, escaped; numbers are the only other thing that comes from results.
    public func script(for target: PlotTarget) -> String {
        PlotScript(figure: self, target: target).text()
    }
}

/// Writes the script of one figure.
struct PlotScript {
    let figure: Figure
    let target: PlotTarget

    /// Okabe and Ito's colours, which colour-blind readers can tell apart; yellow, too pale for
    /// white paper, is left out.
    static let colours = [
        "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000",
    ]
    /// gnuplot's symbols, filled and open: circle, square, triangles, diamond, pentagon. So grey
    /// print can be read too.
    static let symbols = [(7, 6), (5, 4), (9, 8), (11, 10), (13, 12), (15, 14)]
    static let characters = [
        ("●", "○"), ("■", "□"), ("▲", "△"), ("▼", "▽"), ("◆", "◇"), ("★", "☆"),
    ]
    static let shared = "#444444"

    var isTerminal: Bool { target.isTerminal }
    /// The svg terminal draws symbols larger than the others do.
    var symbolSize: String { target == .svg ? "0.5" : "0.8" }

    func quoted(_ text: PlotText) -> String { text.quoted(isEnhanced: !isTerminal) }

    func text() -> String {
        var lines = header
        switch figure.content {
        case .curves(let curves):
            lines += data(of: curves) + frame + legend(of: curves) + marks + foot
            lines += plot(curves)
        case .heatMap(let heat):
            lines += data(of: heat) + frame + ["unset key"] + colours(of: heat) + marks + foot
            lines += plot(heat)
        case .scatter(let scatter):
            lines += data(of: scatter) + frame + legend(of: scatter) + foot + plot(scatter)
        case .series(let panels):
            lines += data(of: panels) + frame + body(of: panels, foot: foot)
        case .matrices(let matrices):
            lines += data(of: matrices) + frame + body(of: matrices, foot: foot)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    // MARK: Terminal and frame

    /// Sizes of one target: base font and the font of the foot, in the terminal's units.
    var fonts: (base: String, foot: String) {
        switch target {
        case .svg: ("Helvetica,15", ",10.5")
        case .png: ("Helvetica,13.5", ",9")
        case .pdf: ("Helvetica,9", ",6.2")
        case .terminal: ("", "")
        }
    }

    private var header: [String] {
        func whole(_ times: Double) -> Int { Int((times * figureHeight).rounded()) }
        let terminal =
            switch target {
            case .svg:
                "set terminal svg size 640,\(whole(1)) fixed enhanced font '\(fonts.base)' "
                    + "background rgb '#FFFFFF'"
            case .png:
                "set terminal pngcairo size 1280,\(whole(2)) enhanced font '\(fonts.base)' fontscale 2 "
                    + "linewidth 2 pointscale 2 background rgb '#FFFFFF'"
            case .pdf:
                // The width of one column.
                "set terminal pdfcairo size 8.6cm,\(PlotNumber.significant(8.6 * figureHeight / 640, 4))cm enhanced font '\(fonts.base)' "
                    + "linewidth 0.8 pointscale 0.5"
            case .terminal(let width, let height):
                "set terminal dumb size \(width),\(height) mono noenhanced"
            }
        return [
            "# A figure of critsweep for gnuplot 5.4 or newer:  gnuplot -d THIS > FIGURE",
            "# Elsewhere than on a screen: set terminal svg, pngcairo, pdfcairo, cairolatex …",
            terminal, "set encoding utf8", "set datafile missing 'NaN'",
        ]
    }

    private var frame: [String] {
        var lines =
            isTerminal
            ? ["set border 3", "set tics nomirror scale 0", "set errorbars 0"]
            : [
                "set border \(isHeat ? 15 : 3) lw 0.8 lc rgb '#000000'",
                "set tics nomirror out scale 0.6",
                "set errorbars \(target == .pdf ? 1.2 : 0.7)",
            ]
        if target == .svg { lines += ["set xtics offset 0,0.4", "set xlabel offset 0,0.6"] }
        for (name, axis) in [("x", figure.x), ("y", figure.y)] {
            if axis.isLog { lines.append("set logscale \(name)") }
            lines.append(
                "set \(name)range [\(PlotNumber.text(axis.range.lowerBound)):"
                    + "\(PlotNumber.text(axis.range.upperBound))]")
            if !axis.tics.isEmpty {
                let tics = axis.tics.map {
                    "\($0.label.quotedTic(isEnhanced: !isTerminal)) \(PlotNumber.text($0.place))"
                }
                lines.append("set \(name)tics (\(tics.joined(separator: ", ")))")
                // Names of categories beside each other may be too long for one line.
                let length = axis.tics.reduce(0) { $0 + $1.label.plain.count + 2 }
                if name == "x", length > (isTerminal ? 60 : 50), !isTerminal {
                    lines.append("set xtics rotate by -30")
                }
            } else if let step = axis.step {
                lines.append("set \(name)tics \(PlotNumber.text(step))")
            }
        }
        lines.append("set xlabel \(quoted(figure.x.label))")
        // A terminal has no vertical text: the label stands above the axis.
        lines.append(
            isTerminal
                ? "set label 1 \(quoted(figure.y.label)) at character 1, graph 1 offset 0,1"
                : "set ylabel \(quoted(figure.y.label))")
        return lines
    }

    /// Of a figure 640 wide.
    var figureHeight: Double {
        switch figure.content {
        case .series(let panels): panels.lower.isEmpty ? 480 : 640
        case .matrices(let matrices):
            MatrixLayout(panels: matrices.panels.count).height(footLines: footLines.count)
        case .curves, .heatMap, .scatter: 480
        }
    }

    var isHeat: Bool { if case .heatMap = figure.content { true } else { false } }

    // MARK: Marks and words

    private var marks: [String] {
        var lines: [String] = []
        for (index, mark) in figure.marks.enumerated() {
            let colour = isTerminal ? "lt black" : "lc rgb '\(isHeat ? "#FFFFFF" : "#777777")'"
            let style = isTerminal ? colour : "\(colour) lw 1.5 dt 3"
            let ink = isTerminal || isHeat ? "" : " textcolor rgb '#555555'"
            switch mark.place {
            case .vertical(let x):
                let place = PlotNumber.text(x)
                lines.append(
                    "set arrow \(index + 1) from first \(place), graph 0 to first \(place), "
                        + "graph 1 nohead \(isHeat && !isTerminal ? "front" : "back") \(style)")
                guard mark.label != PlotText("") else { continue }
                if isTerminal {
                    lines.append(
                        "set label \(index + 10) \(quoted(mark.label)) at first \(place), graph 1 "
                            + "left offset 2,-\(index + 1)")
                } else {
                    // Above the frame, where no curve can be. The empty title makes room.
                    lines.append("set title ' ' font '\(fonts.foot)'")
                    lines.append(
                        "set label \(index + 10) \(quoted(mark.label)) at first \(place), graph 1 "
                            + "center offset 0,0.7\(ink)")
                }
            case .horizontal(let y):
                let place = PlotNumber.text(y)
                lines.append(
                    "set arrow \(index + 1) from graph 0, first \(place) to graph 1, first "
                        + "\(place) nohead front \(style)")
                guard mark.label != PlotText("") else { continue }
                lines.append(
                    "set label \(index + 10) \(quoted(mark.label)) at graph 1, first \(place) "
                        + "right offset -0.5,0.6 front\(isTerminal ? "" : " textcolor rgb '#FFFFFF'")"
                )
            case .path(let positions):
                guard let last = positions.last else { continue }
                lines += ["$critical\(index + 1) << END"]
                lines += positions.map { "\(PlotNumber.text($0.x)) \(PlotNumber.text($0.y))" }
                lines += ["END"]
                lines.append(
                    "set label \(index + 10) \(quoted(mark.label)) at first "
                        + "\(PlotNumber.text(last.x)), first \(PlotNumber.text(last.y)) "
                        + "left offset 0.8,-0.6 front\(isTerminal ? "" : " textcolor rgb '#FFFFFF'")"
                )
            }
        }
        return lines
    }

    /// Plots of the lines that criticality draws through a heat map.
    var paths: [String] {
        figure.marks.indices.compactMap { index in
            guard case .path = figure.marks[index].place else { return nil }
            let style =
                isTerminal
                ? "with points pt '|'" : "with linespoints lw 1.5 dt 3 pt 7 ps 0.4 lc rgb '#FFFFFF'"
            return "$critical\(index + 1) using 1:2 \(style) notitle"
        }
    }

    /// Caption and footer, broken into lines of at most so many characters.
    var footLines: [PlotText] {
        let width: Int =
            if case .terminal(let columns, _) = target { columns - 2 } else { 98 }
        var lines: [PlotText] = []
        var footer = figure.footer
        if isTerminal, case .heatMap(let heat) = figure.content {
            footer.insert(cellWords(heat), at: 0)
        }
        for (parts, separator) in [(figure.caption, ", "), (footer, "; ")] {
            var line: PlotText?
            for part in parts {
                if let begun = line, begun.plain.count + part.plain.count + 2 <= width {
                    line = begun + PlotText(separator) + part
                } else {
                    line.map { lines.append($0) }
                    line = part
                }
            }
            line.map { lines.append($0) }
        }
        return lines
    }

    private var foot: [String] {
        let lines = footLines
        let count = lines.count
        if isTerminal {
            return ["set lmargin 10", "set bmargin \(count + 3)"]
                + lines.enumerated().map { index, line in
                    "set label \(index + 100) \(quoted(line)) at character 1, "
                        + "character \(count - 1 - index)"
                }
        }
        let hasLongNames = figure.x.tics.reduce(0) { $0 + $1.label.plain.count + 2 } > 50
        // Parts of the height, which is larger where there are several panels.
        let part = 480 / figureHeight
        let margin =
            part
            * ((target == .svg ? 0.14 : 0.155) + 0.032 * Double(count) + (hasLongNames ? 0.08 : 0))
        return ["set bmargin at screen \(PlotNumber.significant(margin, 3))"]
            + lines.enumerated().map { index, line in
                let height = part * (0.022 + 0.032 * Double(count - 1 - index))
                return "set label \(index + 100) \(quoted(line)) at screen 0.012, screen "
                    + "\(PlotNumber.significant(height, 3)) left font '\(fonts.foot)' "
                    + "textcolor rgb '#555555'"
            }
    }
}
