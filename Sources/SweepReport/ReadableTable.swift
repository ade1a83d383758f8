import SweepCore

/// The table as people read it: what is the same in every row is said once above, each metric is
/// one column with mean ± s.d., and the provenance is below.
struct ReadableTable {
    struct Metric {
        var name: String
        /// nil where no seed reached it.
        var measurements: [Measurement?]
        /// Seeds that reached it, where they are fewer than the row's n.
        var counts: [Int?]
    }

    /// "sweep xor: 210 trials, 12 recorded".
    var heading: String
    /// Parameters with one value in the whole table: ("width", "500").
    var constants: [(name: String, value: String)]
    /// Columns left of the metrics: varying parameters, n, and failed when there is any.
    var leading: [(name: String, cells: [String])]
    var metrics: [Metric]
    /// One sentence each.
    var notes: [String]
    var rowCount: Int

    init(_ table: SweepTable) {
        let provenance = table.provenance
        let noun = table.trialCount == 1 ? "trial" : "trials"
        heading = "sweep \(Self.clean(provenance.sweep)): \(table.trialCount) \(noun), "
        heading +=
            table.recordedCount == table.trialCount
            ? "all recorded" : "\(table.recordedCount) recorded"
        if table.failedCount > 0 { heading += ", \(table.failedCount) failed" }
        rowCount = table.rows.count
        constants = []
        leading = []
        for (index, name) in table.parameters.enumerated() {
            let cells = table.rows.map { Self.clean($0.values[index].canonicalText) }
            if table.rows.count > 1, let first = cells.first, cells.allSatisfy({ $0 == first }) {
                constants.append((name, first))
            } else {
                leading.append((name, cells))
            }
        }
        leading.append(("n", table.rows.map { String($0.count) }))
        if table.failedCount > 0 {
            leading.append(("failed", table.rows.map { String($0.failed) }))
        }
        metrics = table.metrics.enumerated().map { index, name in
            Metric(
                name: Self.clean(name),
                measurements: table.rows.map { Measurement($0.statistics[index]) },
                counts: table.rows.map { row in
                    let count = row.statistics[index].count
                    return count > 0 && count < row.count ? count : nil
                })
        }
        notes = ["mean ± s.d. (n − 1) over seeds"]
        if metrics.contains(where: { $0.counts.contains { $0 != nil } }) {
            notes.append("[k]: only k seeds reached it")
        }
        if provenance.kernelFamilies.count > 1 {
            notes.append("kernel families are mixed: bits may differ from a run on one")
        }
        var origin = "critsweep \(Self.clean(provenance.softwareVersion))"
        if !provenance.kernelFamilies.isEmpty {
            let names = provenance.kernelFamilies.map(Self.clean).joined(separator: ", ")
            origin += ", kernels \(names)"
        }
        if !provenance.specDigest.isEmpty { origin += ", spec \(provenance.specDigest.prefix(12))" }
        if let madeAt = provenance.madeAt { origin += ", \(Self.clean(madeAt))" }
        notes.append(origin)
    }

    /// Without control characters, which a terminal would obey.
    static func clean(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    let isControl = scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
                    return isControl || scalar.properties.isBidiControl ? "?" : scalar
                }))
    }
}
