import SweepCore

extension SweepTable {
    /// Indices of the rows that meet all conditions, `name=value` each. In a table with a row for each
    /// grid point these are the grid points.
    ///
    /// - Throws: ``ReportError`` where a condition is none, or names nothing that the table has.
    public func points(where conditions: [String]) throws(ReportError) -> [Int] {
        var wanted: [Int: Set<ParameterValue>] = [:]
        for condition in conditions {
            let parts = condition.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false
            ).map(String.init)
            guard parts.count == 2 else {
                throw .unplottable(
                    "--where must be name=value, as in width=500, but is \"\(condition)\"")
            }
            let place = try PlotSelection.place(of: parts[0], in: self)
            let matching = rows.lazy.map { $0.values[place] }.first { value in
                value.canonicalText == parts[1]
                    || (value.number.map { $0 == Double(parts[1]) } ?? false)
            }
            guard let matching else {
                throw .unplottable(
                    "no point has \(parts[0]) = \(parts[1]); it is one of "
                        + PlotSelection.list(self, rows, place))
            }
            wanted[place, default: []].insert(matching)
        }
        return rows.indices.filter { index in
            wanted.allSatisfy { $0.value.contains(rows[index].values[$0.key]) }
        }
    }
}
