import SweepCore

/// The part of a table that a figure shows: which rows, against what, and what tells curves apart.
struct PlotSelection {
    var table: SweepTable
    /// Place of the metric in the table.
    var metric: Int
    var rows: [SweepTable.Row]
    /// Places of the axes' parameters.
    var x: Int
    var y: Int?
    /// Parameters beside the axes that take several values in the rows, and those with one.
    var varying: [Int]
    var constant: [Int]

    init(_ table: SweepTable, _ options: PlotOptions, _ context: PlotContext) throws(ReportError) {
        self.table = table
        let name = options.metric ?? Self.mainMetric(of: table, context)
        guard let metric = table.metrics.firstIndex(of: name) else {
            throw .unknownMetric(name: name, known: table.metrics)
        }
        self.metric = metric
        rows = try table.points(where: options.conditions).map { table.rows[$0] }
        let all = rows
        func values(_ place: Int) -> Set<ParameterValue> { Set(all.map { $0.values[place] }) }
        let several = table.parameters.indices.filter { values($0).count > 1 }
        var y: Int?
        if let name = options.y { y = try Self.place(of: name, in: table) }
        let x: Int
        if let name = options.x {
            x = try Self.place(of: name, in: table)
        } else {
            let candidates = several.filter { $0 != y }
            guard
                let found = candidates.first(where: { place in
                    all.allSatisfy { $0.values[place].number != nil }
                }) ?? candidates.first ?? table.parameters.indices.first(where: { $0 != y })
            else {
                throw .unplottable("the sweep has no parameter to draw the metric against")
            }
            x = found
        }
        self.x = x
        self.y = y
        let axes = [x, y].compactMap { $0 }
        guard x != y else {
            throw .unplottable(
                "--x and --y are both \(table.parameters[x]); a heat map needs two parameters")
        }
        varying = several.filter { !axes.contains($0) }
        constant = table.parameters.indices.filter {
            !axes.contains($0) && !several.contains($0)
        }
        if y != nil, let first = varying.first {
            let known = Self.list(table, rows, first)
            throw .unplottable(
                "a heat map needs one value of \(table.parameters[first]), and there are several; "
                    + "choose one with --where \(table.parameters[first])=VALUE (\(known))")
        }
        guard rows.contains(where: { $0.statistics[metric].count > 0 }) else {
            throw .unplottable("no trial that is recorded has a value of \(name) to draw yet")
        }
    }

    private static func mainMetric(of table: SweepTable, _ context: PlotContext) -> String {
        for name in ["cka_output", "h_final"] where table.metrics.contains(name) { return name }
        // Before anything is recorded, the sentence names what will be there.
        let main = ["posterior": "cka_output", "training": "h_final"]
        return table.metrics.first ?? main[context.experiment] ?? "metric"
    }

    static func place(of name: String, in table: SweepTable) throws(ReportError) -> Int {
        guard let place = table.parameters.firstIndex(of: name) else {
            throw .unknownParameter(name: name, known: table.parameters)
        }
        return place
    }

    /// Distinct values of a parameter, in the order of the rows, a few of them.
    static func list(
        _ table: SweepTable, _ rows: [SweepTable.Row], _ place: Int
    ) -> String {
        var seen: [String] = []
        for row in rows {
            let text = row.values[place].canonicalText
            if !seen.contains(text) { seen.append(text) }
        }
        let shown = seen.prefix(12).joined(separator: ", ")
        return seen.count > 12 ? shown + ", …" : shown
    }

    /// Trials of the rows, and the grid points they are of. A trial is in every layer's row up to its
    /// own depth.
    var trials: (recorded: Int, failed: Int, points: Int) {
        let layer = table.parameters.firstIndex(of: LayerTable.parameter)
        var counts: [[ParameterValue]: (recorded: Int, failed: Int)] = [:]
        for row in rows {
            var point = row.values
            if let layer { point.remove(at: layer) }
            let known = counts[point] ?? (0, 0)
            counts[point] = (
                max(known.recorded, row.count + row.failed), max(known.failed, row.failed)
            )
        }
        return (
            counts.values.reduce(0) { $0 + $1.recorded },
            counts.values.reduce(0) { $0 + $1.failed }, counts.count
        )
    }

    func parameter(_ place: Int, of row: SweepTable.Row) -> GridPoint.Parameter {
        .init(name: table.parameters[place], value: row.values[place])
    }
}

/// The values of a parameter along an axis: numbers where they are, words as categories 0, 1, …
struct PlotScale {
    var parameter: String
    /// Distinct values, numbers ascending, words in the order of the grid.
    var values: [ParameterValue]
    var isCategorical: Bool
    var isLog: Bool

    /// - Parameter log: Whether the user wants it logarithmic; nil to look at the values.
    init(_ selection: PlotSelection, _ place: Int, log: Bool?) throws(ReportError) {
        parameter = selection.table.parameters[place]
        var seen: Set<ParameterValue> = []
        var values = selection.rows.map { $0.values[place] }.filter { seen.insert($0).inserted }
        let numbers = values.compactMap(\.number)
        isCategorical = numbers.count < values.count
        if !isCategorical { values = numbers.sorted().map(ParameterValue.number) }
        self.values = values
        isLog = log ?? (!isCategorical && PlotNumber.isGeometric(numbers))
        if isLog, isCategorical {
            throw .unplottable("\(parameter) is no number, so its axis cannot be logarithmic")
        }
        if isLog, let low = numbers.min(), low <= 0 {
            throw .unplottable(
                "\(parameter) takes the value \(PlotWords.short(low)), so its axis cannot be "
                    + "logarithmic; leave out --log")
        }
    }

    /// Where a value lies on the axis.
    func place(_ value: ParameterValue) -> Double {
        if !isCategorical, let number = value.number { return number }
        return Double(values.firstIndex(of: value) ?? 0)
    }

    var places: [Double] { values.map(place) }

    func axis(_ words: PlotWords, range: ClosedRange<Double>?) -> Figure.Axis {
        var axis = Figure.Axis(
            label: words.axis(parameter: parameter), isLog: isLog, range: range ?? 0...1)
        if isCategorical || (isLog && values.count <= 9) {
            axis.tics = values.map {
                // A mark of an axis is a place to look at; the values themselves are in the table.
                let text =
                    isCategorical
                    ? $0.number.map(PlotWords.short) ?? $0.canonicalText
                    : $0.number.map { PlotNumber.significant($0, 3) } ?? $0.canonicalText
                return .init(place: place($0), label: PlotText(text))
            }
        } else if let first = places.first, let last = places.last,
            places.allSatisfy({ $0 == $0.rounded() }), last - first <= 10
        {
            axis.step = 1
        }
        return axis
    }
}
