/// Data of the user's own: comma-separated numbers without a header, the last column the target.
///
/// Rows keep the order of the file and nothing is scaled. Lines end in LF or CR LF, the last one
/// may go without; a byte-order mark and empty lines are skipped; spaces around numbers are
/// ignored.
public enum CSVData {
    /// Reads a table.
    ///
    /// - Parameters:
    ///   - bytes: contents of the file.
    ///   - points: P; the training points are the first P rows and the held-out points the T rows
    ///     after them. nil for all rows but the last T, which are held out.
    ///   - testPoints: T.
    /// - Throws: ``DataProblem`` that names line, column and value.
    public static func parse(
        _ bytes: [UInt8], points: Int? = nil, testPoints: Int = 0
    ) throws(DataProblem) -> DataSet {
        precondition(testPoints >= 0 && (points ?? 0) >= 0, "negative number of points")
        let table = try table(bytes)
        let training = points ?? table.rows - testPoints
        let (wanted, overflow) = training.addingReportingOverflow(testPoints)
        if overflow || training < 0 || wanted > table.rows {
            throw .tooFewRows(rows: table.rows, points: points, testPoints: testPoints)
        }
        let dimension = table.columns - 1
        func split(_ rows: Range<Int>) -> ([Double], [Double]) {
            var inputs: [Double] = []
            inputs.reserveCapacity(rows.count * dimension)
            for row in rows {
                let start = row * table.columns
                inputs.append(contentsOf: table.values[start..<(start + dimension)])
            }
            return (inputs, rows.map { table.values[$0 * table.columns + dimension] })
        }
        let (inputs, targets) = split(0..<training)
        let (testInputs, testTargets) = split(training..<wanted)
        return try DataSet(
            dimension: dimension, inputs: inputs, targets: targets, testInputs: testInputs,
            testTargets: testTargets)
    }

    private struct Table {
        var values: [Double] = []
        var rows = 0
        var columns = 0
    }

    private static func table(_ bytes: [UInt8]) throws(DataProblem) -> Table {
        var table = Table()
        var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw .malformed(line: 1, column: nil, reason: "the file is UTF-16; UTF-8 is wanted")
        }
        var line = 0
        while start < bytes.count {
            var end = start
            while end < bytes.count && bytes[end] != newline { end += 1 }
            line += 1
            let next = end + 1
            if end > start && bytes[end - 1] == carriageReturn { end -= 1 }
            let row = trimmed(bytes[start..<end])
            start = next
            if row.isEmpty { continue }
            try append(row, line: line, to: &table)
        }
        if table.rows == 0 {
            throw .malformed(line: 1, column: nil, reason: "the file has no rows")
        }
        return table
    }

    private static func append(
        _ row: ArraySlice<UInt8>, line: Int, to table: inout Table
    ) throws(DataProblem) {
        let fields = row.split(separator: comma, omittingEmptySubsequences: false)
        if table.rows == 0 {
            try checkFirst(fields, line: line)
            table.columns = fields.count
        } else if fields.count != table.columns {
            throw .malformed(
                line: line, column: nil,
                reason: "\(fields.count) columns, where the rows before have \(table.columns)")
        }
        for (index, field) in fields.enumerated() {
            let text = trimmed(field)
            guard let number = number(text) else {
                let reason =
                    text.isEmpty ? "no value" : "\(quoted(text)) is not a number"
                throw .malformed(line: line, column: index + 1, reason: reason)
            }
            if !number.isFinite {
                throw .malformed(
                    line: line, column: index + 1, reason: "\(quoted(text)) is not a finite number")
            }
            table.values.append(number)
        }
        table.rows += 1
    }

    /// Tells the user about the mistakes that are made with whole files.
    private static func checkFirst(
        _ fields: [ArraySlice<UInt8>], line: Int
    ) throws(DataProblem) {
        if fields.count < 2 {
            throw .malformed(
                line: line, column: nil,
                reason: "one column (\(quoted(trimmed(fields[0])))); at least one input and the "
                    + "target are wanted, separated by commas")
        }
        if fields.allSatisfy({ number(trimmed($0)) == nil && !trimmed($0).isEmpty }) {
            throw .malformed(
                line: line, column: 1,
                reason: "\(quoted(trimmed(fields[0]))) is not a number; if this line is a header, "
                    + "take it out: data files have none")
        }
    }

    /// A decimal number; also "nan" and "inf", so that the message can be exact, but not the
    /// hexadecimal forms that Swift would read too.
    private static func number(_ text: ArraySlice<UInt8>) -> Double? {
        if text.contains(where: { $0 == UInt8(ascii: "x") || $0 == UInt8(ascii: "X") }) {
            return nil
        }
        return Double(String(decoding: text, as: UTF8.self))
    }

    private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var slice = text
        while let first = slice.first, first == space || first == tab { slice.removeFirst() }
        while let last = slice.last, last == space || last == tab { slice.removeLast() }
        return slice
    }

    /// A value as it may be shown: at most 40 characters, and none that a terminal obeys.
    private static func quoted(_ text: ArraySlice<UInt8>) -> String {
        let shown = String(decoding: text.prefix(120), as: UTF8.self)
        let cut = shown.prefix(40).map { character in
            character.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
                ? character : "?"
        }
        return "'\(String(cut))\(text.count > 120 || shown.count > 40 ? "…" : "")'"
    }

    private static let comma = UInt8(ascii: ",")
    private static let newline = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")
    private static let space = UInt8(ascii: " ")
    private static let tab = UInt8(ascii: "\t")
}
