import SweepCore

extension PlotScript {
    /// Style of the k-th curve: colours and symbols run out of step, so that 42 differ.
    private func colour(_ index: Int) -> String { Self.colours[index % Self.colours.count] }

    /// One block a curve: x, mean, ends of the bar, n, whether all seeds are in, theories.
    func data(of curves: [Figure.Curve]) -> [String] {
        var lines: [String] = []
        for (index, curve) in curves.enumerated() {
            let names = curve.companions.map { String($0.kind.rawValue.dropFirst()) }
            lines.append("# " + (["x mean low high n complete"] + names).joined(separator: " "))
            lines.append("$curve\(index + 1) << END")
            for (place, point) in curve.points.enumerated() {
                var cells = [point.x, point.mean, point.low, point.high].map(PlotNumber.text)
                cells += ["\(point.count)", point.isComplete ? "1" : "0"]
                cells += curve.companions.map { PlotNumber.text($0.means[place]) }
                lines.append(cells.joined(separator: " "))
            }
            lines.append("END")
            guard isTerminal else { continue }
            for (place, companion) in curve.companions.enumerated() {
                lines.append("$curve\(index + 1)_\(place + 1) << END")
                lines += dense(curve.points.map(\.x), companion.means)
                lines.append("END")
            }
        }
        return lines
    }

    /// A line as points, one for about each column of a terminal.
    private func dense(_ x: [Double], _ y: [Double?]) -> [String] {
        guard case .terminal(let width, _) = target else { return [] }
        var lines: [String] = []
        for index in x.indices {
            guard let begin = y[index] else { continue }
            lines.append("\(PlotNumber.text(x[index])) \(PlotNumber.text(begin))")
            guard index + 1 < x.count, let end = y[index + 1], x.count < width else { continue }
            let steps = max(1, (width - 14) / x.count)
            for step in 1..<max(2, steps) where steps > 1 {
                let part = Double(step) / Double(steps)
                let place = between(x[index], x[index + 1], part, isLog: figure.x.isLog)
                let value = between(begin, end, part, isLog: figure.y.isLog)
                lines.append("\(PlotNumber.text(place)) \(PlotNumber.text(value))")
            }
        }
        return lines
    }

    private func between(_ one: Double, _ other: Double, _ part: Double, isLog: Bool) -> Double {
        PlotNumber.between(one, other, part, isLog: isLog)
    }

    /// Whether neighbours are joined by a line: not from one category to the next.
    private var joinsPoints: Bool { figure.x.isLog || figure.x.tics.isEmpty }

    func plot(_ curves: [Figure.Curve]) -> [String] {
        var parts: [String] = []
        // Theories first, below the points.
        for (index, curve) in curves.enumerated() {
            for (place, companion) in curve.companions.enumerated() {
                if isTerminal {
                    parts.append(
                        "$curve\(index + 1)_\(place + 1) using 1:2 with points pt "
                            + "'\(companion.kind.character)' notitle")
                } else {
                    let ink = companion.isShared ? Self.shared : colour(index)
                    let style =
                        joinsPoints
                        ? "lines lw 1.6 dt \(companion.kind.dash)" : "points pt 2 ps 0.9"
                    parts.append(
                        "$curve\(index + 1) using 1:\(place + 7) with \(style) lc rgb '\(ink)' "
                            + "notitle")
                }
            }
        }
        for (index, curve) in curves.enumerated() {
            let name = "$curve\(index + 1)"
            let complete = "($6==1?$2:NaN)"
            let partial = "($6==0?$2:NaN)"
            if isTerminal {
                let (filled, open) = Self.characters[index % Self.characters.count]
                parts += [
                    "\(name) using 1:3:(0):($4-$3) with vectors nohead lt black notitle",
                    "\(name) using 1:\(complete) with points pt '\(filled)' notitle",
                    "\(name) using 1:\(partial) with points pt '\(open)' notitle",
                ]
            } else {
                let (filled, open) = Self.symbols[index % Self.symbols.count]
                let ink = "lc rgb '\(colour(index))'"
                if joinsPoints {
                    parts.append("\(name) using 1:2 with lines lw 0.8 \(ink) notitle")
                }
                parts.append(
                    "\(name) using 1:\(complete):3:4 with yerrorbars lw 1.2 pt \(filled) ps \(symbolSize) "
                        + "\(ink) notitle")
                if curve.points.contains(where: { $0.count > 0 && !$0.isComplete }) {
                    parts.append(
                        "\(name) using 1:\(partial):3:4 with yerrorbars lw 1.2 pt \(open) ps \(symbolSize) "
                            + "\(ink) notitle")
                }
            }
        }
        parts += entries(of: curves).map(\.plot)
        return ["plot " + parts.joined(separator: ", \\\n     ")]
    }

    // MARK: Legend

    /// One entry a curve that has a name, one a kind of theory.
    private func entries(of curves: [Figure.Curve]) -> [(label: String, plot: String)] {
        var entries: [(label: String, plot: String)] = []
        for (index, curve) in curves.enumerated() where curve.label != PlotText("") {
            let sample: String
            if isTerminal {
                sample = "points pt '\(Self.characters[index % Self.characters.count].0)'"
            } else {
                let symbol = Self.symbols[index % Self.symbols.count].0
                sample =
                    "yerrorbars lw 1.2 pt \(symbol) ps \(symbolSize) lc rgb '\(colour(index))'"
            }
            entries.append(
                (curve.label.plain, "keyentry with \(sample) title \(quoted(curve.label))"))
        }
        for kind in PlotWords.Companion.allCases {
            guard
                let companion = curves.lazy.compactMap({ curve in
                    curve.companions.first { $0.kind == kind }
                }).first
            else { continue }
            let ink = curves.count == 1 && !companion.isShared ? colour(0) : Self.shared
            let sample =
                isTerminal
                ? "points pt '\(kind.character)'"
                : joinsPoints
                    ? "lines lw 1.6 dt \(kind.dash) lc rgb '\(ink)'"
                    : "points pt 2 ps 0.9 lc rgb '\(ink)'"
            entries.append(
                (kind.legend, "keyentry with \(sample) title \(quoted(PlotText(kind.legend)))"))
        }
        return entries
    }

    /// Above the figure, where it covers nothing; many entries stand beside it.
    func legend(of curves: [Figure.Curve]) -> [String] {
        let entries = entries(of: curves)
        guard !entries.isEmpty else {
            return ["unset key"] + (isTerminal ? ["set tmargin 2"] : [])
        }
        let widest = entries.map(\.label.count).max() ?? 0
        if case .terminal(let width, _) = target {
            let perRow = max(1, (width - 4) / (widest + 8))
            let rows = (entries.count + perRow - 1) / perRow
            return [
                "set key outside top center horizontal Left reverse samplen 1 maxcols \(perRow)",
                "set tmargin \(rows + 2)",
            ]
        }
        if entries.count > 12 {
            return [
                "set key outside right top vertical Left reverse samplen 1.5 spacing 0.95 "
                    + "font '\(fonts.foot)'"
            ]
        }
        let columns = max(1, min(entries.count, 62 / (widest + 6)))
        return [
            "set key above center horizontal Left reverse samplen 2 maxcols \(columns)"
        ]
    }
}
