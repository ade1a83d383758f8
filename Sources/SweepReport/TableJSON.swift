import SweepCore

extension SweepTable {
    /// One JSON object: the rows with the names of the CSV's columns, null where there is nothing,
    /// and where they come from.
    public func json() -> String { json(ReportColumn.all(of: self), metrics) }

    /// The same with the columns of ``csvWithSpread(metrics:)``.
    ///
    /// - Throws: ``ReportError``.
    public func jsonWithSpread(metrics names: [String]? = nil) throws(ReportError) -> String {
        json(
            try ReportColumn.withSpread(self, names),
            metrics.filter { names?.contains($0) ?? true })
    }

    private func json(_ columns: [ReportColumn], _ metrics: [String]) -> String {
        var text = "{\n"
        text += "  \"sweep\": \(JSONText.string(provenance.sweep)),\n"
        text += "  \"trials\": \(trialCount),\n"
        text += "  \"recorded\": \(recordedCount),\n"
        text += "  \"failed\": \(failedCount),\n"
        text += "  \"parameters\": \(JSONText.list(parameters)),\n"
        text += "  \"metrics\": \(JSONText.list(metrics)),\n"
        text += "  \"rows\": [\n"
        text += rows.map { row in
            "    {"
                + columns.map { column in
                    "\(JSONText.string(column.name)): \(JSONText.value(column.cell(of: row)))"
                }.joined(separator: ", ") + "}"
        }.joined(separator: ",\n")
        text += "\n  ],\n  \"provenance\": {\n"
        text += "    \"software_version\": \(JSONText.string(provenance.softwareVersion)),\n"
        text += "    \"kernel_families\": \(JSONText.list(provenance.kernelFamilies)),\n"
        text += "    \"spec_sha256\": \(JSONText.string(provenance.specDigest)),\n"
        text += "    \"made_at\": \(provenance.madeAt.map(JSONText.string) ?? "null")\n"
        return text + "  }\n}\n"
    }
}

/// Pieces of JSON.
enum JSONText {
    static func list(_ words: [String]) -> String {
        "[" + words.map(string).joined(separator: ", ") + "]"
    }

    /// A number that is not finite is no JSON: null.
    static func value(_ cell: ReportColumn.Cell) -> String {
        switch cell {
        case .number(let number): number.isFinite ? cell.plainText : "null"
        case .integer: cell.plainText
        case .word(let word): string(word)
        case .nothing: "null"
        }
    }

    static func string(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
