import SweepCore

extension PlotScript {
    /// Up to so many points a side, cells are drawn one by one, and have their numbers up to fewer.
    private static let cellLimit = 32
    private static let numberLimit = 6

    /// Where panels are, in the units of a figure 640 wide.
    struct MatrixLayout {
        var columns: Int
        var rows: Int
        var side: Double
        /// From one row of panels to the next: title, matrix, marks and colours.
        var pitch: Double { side + 108 }
        static let top = 34.0

        init(panels: Int) {
            columns = panels == 4 ? 2 : panels
            rows = (panels + columns - 1) / columns
            side = [340, 232, 148][columns - 1]
        }

        func height(footLines: Int) -> Double {
            (Double(rows) * pitch + 18 + 18 * Double(footLines)).rounded()
        }

        /// Left edge and lower edge from the top.
        func place(_ panel: Int) -> (left: Double, bottom: Double) {
            let gap = 640 / Double(columns)
            let left = (Double(panel % columns) + 0.5) * gap - side / 2 + 12
            return (left, Self.top + Double(panel / columns) * pitch + side)
        }
    }

    /// One block a panel: column, row, mean and the ink of a number on it.
    func data(of matrices: Figure.Matrices) -> [String] {
        let size = matrices.size
        var lines: [String] = []
        for (index, panel) in matrices.panels.enumerated() {
            lines += ["# x y mean number ink", "$matrix\(index + 1) << END"]
            for row in 0..<size {
                for column in 0..<size {
                    let value = panel.means[row * size + column]
                    var words = [
                        "\(column)", "\(row)", value.map { PlotNumber.significant($0, 6) } ?? "NaN",
                    ]
                    if let value, size <= Self.numberLimit {
                        let range = panel.range
                        let part =
                            (value - range.lowerBound) / (range.upperBound - range.lowerBound)
                        words += [
                            Self.brief(value), part > 0.6 ? "0x000000" : "0xFFFFFF",
                        ]
                    }
                    lines.append(words.joined(separator: " "))
                }
            }
            lines.append("END")
        }
        return lines
    }

    /// Everything after the frame.
    func body(of matrices: Figure.Matrices, foot: [String]) -> [String] {
        let layout = MatrixLayout(panels: matrices.panels.count)
        let height = figureHeight
        func across(_ x: Double) -> String { PlotNumber.significant(x / 640, 4) }
        func up(_ y: Double) -> String { PlotNumber.significant(1 - y / height, 4) }
        var lines = [
            "set palette defined (\(Self.stops)) maxcolors 256", "unset key",
            "set border 15 lw 0.8",
            // The first point is at the top, as matrices are written.
            "set yrange [\(PlotNumber.text(Double(matrices.size) - 0.5)):-0.5]",
            "set cbtics font '\(fonts.foot)' offset 0,\(target == .svg ? "0.5" : "0.3") scale 0.4",
            "set xtics font '\(fonts.foot)' offset 0,0.5",
            "set ytics font '\(fonts.foot)' offset 0.4,0",
            "set xlabel font '\(fonts.foot)' offset 0,\(target == .svg ? "1.5" : "1")",
            "unset ylabel", "set multiplot",
        ]
        for (index, panel) in matrices.panels.enumerated() {
            let (left, bottom) = layout.place(index)
            let range = panel.range
            lines += index == 0 ? foot : []
            // A label of the axis itself is not drawn where there is little room beside it.
            lines.append("unset label 90")
            if index % layout.columns == 0 {
                lines.append(
                    "set label 90 \(quoted(figure.y.label)) at screen \(across(left - 34)), "
                        + "screen \(up(bottom - layout.side / 2)) center rotate by 90 "
                        + "font '\(fonts.foot)'")
            }
            lines += [
                "set lmargin at screen \(across(left))",
                "set rmargin at screen \(across(left + layout.side))",
                "set tmargin at screen \(up(bottom - layout.side))",
                "set bmargin at screen \(up(bottom))",
                "set title \(quoted(panel.title)) font '\(titleFont)' offset 0,-0.6",
                "set cbrange [\(PlotNumber.text(range.lowerBound)):"
                    + "\(PlotNumber.text(range.upperBound))]",
                "set cbtics (\(Self.ends(range)))",
                "set colorbox horizontal user origin \(across(left)),\(up(bottom + 55)) "
                    + "size \(across(layout.side)),\(PlotNumber.significant(8 / height, 4)) noborder",
                plot(matrices, index),
            ]
            // Once is enough for what is at the foot.
            if index == 0 { lines += footLines.indices.map { "unset label \($0 + 100)" } }
        }
        return lines + ["unset multiplot"]
    }

    private var titleFont: String {
        switch target {
        case .svg: ",13"
        case .png: ",11.5"
        case .pdf: ",7.5"
        case .terminal: ""
        }
    }

    private var numberFont: String {
        switch target {
        case .svg: ",9.5"
        case .png: ",8"
        case .pdf: ",5.5"
        case .terminal: ""
        }
    }

    /// Few digits in as few characters as may be: 5.9e-6, 1350.
    private static func brief(_ number: Double, digits: Int = 2) -> String {
        if abs(number) >= 100, abs(number) < 10_000 { return "\(Int(number.rounded()))" }
        let text = PlotNumber.significant(number, abs(number) >= 1 ? 3 : digits)
        guard let e = text.firstIndex(of: "e"), let exponent = Int(text[text.index(after: e)...])
        else { return text }
        return "\(text[..<e])e\(exponent)"
    }

    /// The ends and the middle of a scale of colours.
    private static func ends(_ range: ClosedRange<Double>) -> String {
        let middle = (range.lowerBound + range.upperBound) / 2
        return [range.lowerBound, middle, range.upperBound].map {
            "'\(brief($0, digits: 3))' \(PlotNumber.text($0))"
        }.joined(separator: ", ")
    }

    private func plot(_ matrices: Figure.Matrices, _ index: Int) -> String {
        let name = "$matrix\(index + 1)"
        guard matrices.size <= Self.cellLimit else {
            return "plot \(name) using 1:2:3 with image notitle"
        }
        var parts = [
            "\(name) using 1:2:($1-0.5):($1+0.5):($2-0.5):($2+0.5):3 with boxxyerror "
                + "fillcolor palette fillstyle solid noborder notitle"
        ]
        if matrices.size <= Self.numberLimit {
            parts.append(
                "\(name) using 1:2:(strcol(4)):5 with labels font '\(numberFont)' "
                    + "textcolor rgb variable notitle")
        }
        return "plot " + parts.joined(separator: ", \\\n     ")
    }
}
