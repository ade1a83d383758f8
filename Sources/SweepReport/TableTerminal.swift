import SweepCore

extension SweepTable {
    /// For a terminal.
    ///
    /// - Parameters:
    ///   - names: Metrics to show; nil for as many of the main ones as fit the width. Those named
    ///     are all shown, in several tables one below the other if they do not fit side by side.
    ///   - width: Columns of the terminal.
    /// - Throws: ``ReportError/unknownMetric(name:known:)``.
    public func terminal(metrics names: [String]? = nil, width: Int = 80) throws(ReportError)
        -> String
    {
        let chosen = try selecting(names ?? mainMetrics)
        let readable = ReadableTable(chosen)
        let leading = readable.leading.map { column in
            Self.rightAligned([column.name] + column.cells)
        }
        let columns = readable.metrics.map(Self.column)
        let leadingWidth = leading.reduce(0) { $0 + 2 + ($1.first?.count ?? 0) } - 2

        var blocks: [[[String]]] = [[]]
        var used = leadingWidth
        for column in columns {
            let extent = 2 + (column.first?.count ?? 0)
            if used + extent > width, blocks.last?.isEmpty == false {
                blocks.append([])
                used = leadingWidth
            }
            blocks[blocks.count - 1].append(column)
            used += extent
        }
        let shown = names == nil ? Array(blocks.prefix(1)) : blocks
        var text = Self.wrapped([readable.heading], width: width)
        if !readable.constants.isEmpty {
            let list = readable.constants.map { "\($0.name) = \($0.value)" }
            text += Self.wrapped([list.joined(separator: ", ")], width: width)
        }
        for block in shown {
            text += "\n"
            let sideBySide = leading + block
            for row in 0...readable.rowCount {
                let line = sideBySide.map { $0[row] }.joined(separator: "  ")
                text += Self.withoutTrailingSpaces(line) + "\n"
            }
        }
        let visible = chosen.metrics.prefix(shown.reduce(0) { $0 + $1.count })
        var notes = readable.notes
        notes.insert(contentsOf: spreadNotes(for: Array(visible)), at: 1)
        let hidden = metrics.count - shown.reduce(0) { $0 + $1.count }
        if hidden > 0, names == nil {
            notes.insert(
                "\(hidden) more metric\(hidden == 1 ? "" : "s"): --metric NAME, or --format csv",
                at: 0)
        }
        return text + "\n" + Self.wrapped(notes, width: width)
    }

    /// All metrics but those without a value in any row, and the sampling errors of others
    /// (`…_se`), which the spread already contains.
    private var mainMetrics: [String] {
        let reached = metrics.indices.filter { index in
            rows.contains { $0.statistics[index].count > 0 }
        }
        let main = reached.map { metrics[$0] }.filter { !$0.hasSuffix("_se") }
        return main.isEmpty ? metrics : main
    }

    /// Name and cells of one metric, all of one width, ± below ±.
    private static func column(_ metric: ReadableTable.Metric) -> [String] {
        let means = rightAligned(metric.measurements.map { $0?.left ?? "" })
        let spreads = leftAligned(metric.measurements.map { $0?.right ?? "" })
        let counts = leftAligned(metric.counts.map { $0.map { " [\($0)]" } ?? "" })
        let cells = metric.measurements.indices.map { row in
            metric.measurements[row] == nil
                ? "" : "\(means[row]) ± \(spreads[row])\(counts[row])"
        }
        let widest = cells.map(\.count).max() ?? 0
        let padded = cells.map { $0 + spaces(widest - $0.count) }
        return rightAligned([metric.name] + padded)
    }

    private static func spaces(_ count: Int) -> String {
        String(repeating: " ", count: max(0, count))
    }

    static func rightAligned(_ cells: [String]) -> [String] {
        let widest = cells.map(\.count).max() ?? 0
        return cells.map { spaces(widest - $0.count) + $0 }
    }

    private static func leftAligned(_ cells: [String]) -> [String] {
        let widest = cells.map(\.count).max() ?? 0
        return cells.map { $0 + spaces(widest - $0.count) }
    }

    static func withoutTrailingSpaces(_ line: String) -> String {
        var line = line
        while line.last == " " { line.removeLast() }
        return line
    }

    /// Notes one after the other, separated by "; " and broken between words.
    static func wrapped(_ notes: [String], width: Int) -> String {
        var text = ""
        var line = ""
        for word in notes.joined(separator: "; ").split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > width {
                text += line + "\n"
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        return text + line + "\n"
    }
}
