import SweepCore

extension SweepTable {
    /// A table of GitHub's Markdown, all metrics or those named.
    ///
    /// - Throws: ``ReportError/unknownMetric(name:known:)``.
    public func markdown(metrics names: [String]? = nil) throws(ReportError) -> String {
        let chosen = try selecting(names ?? metrics)
        var readable = ReadableTable(chosen)
        readable.notes.insert(contentsOf: spreadNotes(for: chosen.metrics), at: 1)
        let header =
            readable.leading.map { Markdown.code($0.name) }
            + readable.metrics.map { Markdown.code($0.name) }
        var text = Markdown.escaped(readable.heading) + "\n"
        if !readable.constants.isEmpty {
            let list = readable.constants.map { "\(Markdown.code($0.name)) = \($0.value)" }
            text += "\n" + list.joined(separator: ", ") + "\n"
        }
        text += "\n" + Markdown.line(header)
        text += Markdown.line(header.map { _ in "---:" })
        for row in 0..<readable.rowCount {
            let cells = readable.metrics.map { metric in
                guard let found = metric.measurements[row] else { return "" }
                let count = metric.counts[row].map { " [\($0)]" } ?? ""
                return "\(found.left) ± \(found.right)\(count)"
            }
            text += Markdown.line(
                readable.leading.map { Markdown.escaped($0.cells[row]) } + cells)
        }
        return text + "\n" + readable.notes.map(Markdown.escaped).joined(separator: "; ") + "\n"
    }

    /// A LaTeX `tabular` that needs no package, all metrics or those named.
    ///
    /// - Throws: ``ReportError/unknownMetric(name:known:)``.
    public func latex(metrics names: [String]? = nil) throws(ReportError) -> String {
        let chosen = try selecting(names ?? metrics)
        var readable = ReadableTable(chosen)
        readable.notes.insert(contentsOf: spreadNotes(for: chosen.metrics), at: 1)
        let header =
            readable.leading.map { LaTeX.code($0.name) }
            + readable.metrics.map { LaTeX.code($0.name) }
        var text = "% \(readable.heading)\n"
        text += "\\begin{tabular}{" + String(repeating: "r", count: header.count) + "}\n\\hline\n"
        text += LaTeX.line(header) + "\\hline\n"
        for row in 0..<readable.rowCount {
            let cells = readable.metrics.map { metric in
                guard let found = metric.measurements[row] else { return "" }
                return LaTeX.measurement(found, count: metric.counts[row])
            }
            text += LaTeX.line(readable.leading.map { LaTeX.escaped($0.cells[row]) } + cells)
        }
        text += "\\hline\n"
        let constants = readable.constants.map { "\($0.name) = \($0.value)" }
        for note in [readable.heading] + constants + readable.notes {
            text +=
                "\\multicolumn{\(header.count)}{l}{\\footnotesize \(LaTeX.escaped(note))} \\\\\n"
        }
        return text + "\\end{tabular}\n"
    }
}

/// Pieces of Markdown.
enum Markdown {
    static func line(_ cells: [String]) -> String {
        "| " + cells.joined(separator: " | ") + " |\n"
    }

    static func code(_ name: String) -> String {
        "`" + name.filter { $0 != "`" }.split(separator: "|").joined(separator: "\\|") + "`"
    }

    static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            if "\\`*_[]<>|#".contains(character) { result.append("\\") }
            result.append(character)
        }
    }
}

/// Pieces of LaTeX.
enum LaTeX {
    static func line(_ cells: [String]) -> String { cells.joined(separator: " & ") + " \\\\\n" }

    static func code(_ name: String) -> String { "\\texttt{\(escaped(name))}" }

    /// `$0.834 \pm 0.012$`, `$(1.23 \pm 0.45) \times 10^{-7}$`.
    static func measurement(_ found: Measurement, count: Int?) -> String {
        let spread = found.spread == "–" ? "\\mbox{--}" : found.spread
        let factor = found.power == 0 ? "" : " \\times 10^{\(found.power)}"
        let text =
            found.power != 0 && found.sharesPower
            ? "(\(found.mean) \\pm \(spread))\(factor)"
            : "\(found.mean)\(factor) \\pm \(spread)"
        return "$\(text)$" + (count.map { " [\($0)]" } ?? "")
    }

    static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "\\": result += "\\textbackslash{}"
            case "~": result += "\\textasciitilde{}"
            case "^": result += "\\textasciicircum{}"
            case "&", "%", "$", "#", "_", "{", "}": result += "\\\(character)"
            case "±": result += "$\\pm$"
            case "−": result += "$-$"
            case "–": result += "--"
            default: result.append(character)
            }
        }
    }
}
