import SweepCore

/// `table --spread` as people read it: one block a metric, one line a point.
struct SpreadTable {
    struct Block {
        var metric: String
        var header: [String]
        var rows: [[String]]
        /// Over all points.
        var note: String?
    }

    var heading: String
    var constants: [(name: String, value: String)]
    var blocks: [Block]
    /// One sentence each.
    var notes: [String]

    /// - Throws: ``ReportError``.
    init(_ table: SweepTable, metrics names: [String]?) throws(ReportError) {
        let indices = try table.splitMetrics(names)
        let readable = ReadableTable(table)
        heading = readable.heading
        constants = readable.constants
        let leading = readable.leading.filter { $0.name != "n" && $0.name != "failed" }
        blocks = indices.map { index in
            let rows = table.rows.indices.map { place in
                let row = table.rows[place]
                return leading.map { $0.cells[place] }
                    + Self.cells(row.statistics[index], table.split(ofMetric: index, in: row))
            }
            let name = table.metrics[index]
            return Block(
                metric: ReadableTable.clean(name),
                header: leading.map(\.name)
                    + ["n", "mean", "s.d.", "sampling", "seeds", "share", "what helps"],
                rows: rows, note: table.spreadNotes(for: [name]).first)
        }
        notes = [
            "s.d. over seeds (n − 1)", "sampling: the chains' standard errors, root mean square",
            "seeds: what the s.d. would be without them", "share: sampling² / s.d.²",
            "twice the effective samples halve the share, twice the seeds halve the variance of the "
                + "mean",
        ]
        notes += readable.notes.suffix(1)
    }

    private static func cells(
        _ statistics: ReplicateStatistics, _ split: SpreadSplit?
    ) -> [String] {
        let measured = Measurement(statistics)
        let mean = measured.map { found in
            found.power == 0 ? found.mean : "\(found.mean)e\(found.power)"
        }
        guard let split else {
            let spread = statistics.standardDeviation.map(SpreadText.short)
            return [String(statistics.count), mean ?? "", spread ?? "–", "–", "–", "–", ""]
        }
        return [
            String(statistics.count), mean ?? "", SpreadText.short(split.deviation),
            SpreadText.short(split.samplingError), SpreadText.short(split.seedDeviation),
            SpreadText.percent(split.samplingShare), split.advice.words,
        ]
    }
}

extension SweepTable {
    /// The spread over seeds beside the chains' sampling error, for a terminal.
    ///
    /// - Parameter names: Metrics, all that have a standard error when nil.
    /// - Throws: ``ReportError``.
    public func spreadTerminal(
        metrics names: [String]? = nil, width: Int = 80
    ) throws(ReportError) -> String {
        let table = try SpreadTable(self, metrics: names)
        var text = Self.wrapped([table.heading], width: width)
        if !table.constants.isEmpty {
            let list = table.constants.map { "\($0.name) = \($0.value)" }
            text += Self.wrapped([list.joined(separator: ", ")], width: width)
        }
        for block in table.blocks {
            let columns = block.header.indices.map { column in
                Self.rightAligned([block.header[column]] + block.rows.map { $0[column] })
            }
            text += "\n\(block.metric)\n"
            for row in 0...block.rows.count {
                text +=
                    Self.withoutTrailingSpaces(
                        columns.map { $0[row] }.joined(separator: "  ")) + "\n"
            }
            if let note = block.note { text += Self.wrapped([note], width: width) }
        }
        return text + "\n" + Self.wrapped(table.notes, width: width)
    }

    /// The same in GitHub's Markdown.
    ///
    /// - Throws: ``ReportError``.
    public func spreadMarkdown(metrics names: [String]? = nil) throws(ReportError) -> String {
        let table = try SpreadTable(self, metrics: names)
        var text = Markdown.escaped(table.heading) + "\n"
        if !table.constants.isEmpty {
            let list = table.constants.map { "\(Markdown.code($0.name)) = \($0.value)" }
            text += "\n" + list.joined(separator: ", ") + "\n"
        }
        for block in table.blocks {
            text += "\n\(Markdown.code(block.metric))\n\n" + Markdown.line(block.header)
            text += Markdown.line(block.header.map { _ in "---:" })
            for row in block.rows { text += Markdown.line(row.map(Markdown.escaped)) }
            if let note = block.note { text += "\n\(Markdown.escaped(note))\n" }
        }
        return text + "\n" + table.notes.map(Markdown.escaped).joined(separator: "; ") + "\n"
    }

    /// The same as LaTeX `tabular`, one for each metric.
    ///
    /// - Throws: ``ReportError``.
    public func spreadLatex(metrics names: [String]? = nil) throws(ReportError) -> String {
        let table = try SpreadTable(self, metrics: names)
        var text = "% \(table.heading)\n"
        for block in table.blocks {
            let count = block.header.count
            text += "\\begin{tabular}{" + String(repeating: "r", count: count) + "}\n\\hline\n"
            text += "\\multicolumn{\(count)}{l}{\(LaTeX.code(block.metric))} \\\\\n\\hline\n"
            text += LaTeX.line(block.header.map(LaTeX.escaped)) + "\\hline\n"
            for row in block.rows { text += LaTeX.line(row.map(LaTeX.escaped)) }
            text += "\\hline\n"
            for note in [table.heading] + table.notes + (block.note.map { [$0] } ?? []) {
                text += "\\multicolumn{\(count)}{l}{\\footnotesize \(LaTeX.escaped(note))} \\\\\n"
            }
            text += "\\end{tabular}\n"
        }
        return text
    }
}
