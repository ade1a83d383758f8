import GRDB
import SweepCore

/// Row numbers of things that are stored once and named often.
struct LedgerCache {
    /// Row of a point by its grid index.
    var points: [Int: Int64] = [:]
    /// Canonical text of a point by its row; for reading.
    var pointTexts: [Int64: String] = [:]
    var workers: [WorkerIdentity: Int64] = [:]
    var workerNames: [Int64: (identity: WorkerIdentity, text: String)] = [:]
    /// Row of a layout by its names.
    var layouts: [[String]: Int64] = [:]
    var layoutNames: [Int64: (names: [String], text: String)] = [:]
}

extension WorkerIdentity {
    /// The identity that ``description`` writes.
    init?(ledgerText text: String) {
        guard text.utf8.count == 32, let high = UInt64(text.prefix(16), radix: 16),
            let low = UInt64(text.suffix(16), radix: 16)
        else { return nil }
        self.init(high: high, low: low)
    }
}

extension Ledger {
    // MARK: - Rows to write to

    /// The row of a point of the plan, made when it is the first time that it is named.
    func pointRow(_ index: Int, of plan: SweepPlan, _ database: Database) throws -> Int64 {
        if let row = cache.points[index] { return row }
        let point = plan.grid.point(at: index)
        let canonical = point.canonicalText
        let row: Int64
        if let found = try existingPointRow(canonical, database) {
            row = found
        } else {
            try database.cachedStatement(
                sql: "INSERT INTO point (canonical, parameters) VALUES (?, ?)"
            ).execute(arguments: [canonical, ParameterJSON.text(of: point)])
            row = database.lastInsertedRowID
        }
        cache.points[index] = row
        cache.pointTexts[row] = canonical
        return row
    }

    func existingPointRow(_ canonical: String, _ database: Database) throws -> Int64? {
        try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT id FROM point WHERE canonical = ?"),
            arguments: [canonical])
    }

    func workerRow(_ worker: WorkerIdentity, _ database: Database) throws -> Int64 {
        if let row = cache.workers[worker] { return row }
        let row = try row(
            of: worker.description, select: "SELECT id FROM worker WHERE name = ?",
            insert: "INSERT INTO worker (name) VALUES (?)", database)
        cache.workers[worker] = row
        return row
    }

    func layoutRow(_ names: [String], _ database: Database) throws -> Int64 {
        if let row = cache.layouts[names] { return row }
        let row = try row(
            of: OutcomeCoding.layout(names), select: "SELECT id FROM layout WHERE names = ?",
            insert: "INSERT INTO layout (names) VALUES (?)", database)
        cache.layouts[names] = row
        return row
    }

    private func row(of text: String, select: String, insert: String, _ database: Database)
        throws -> Int64
    {
        if let found = try Int64.fetchOne(
            database.cachedStatement(sql: select), arguments: [text])
        {
            return found
        }
        try database.cachedStatement(sql: insert).execute(arguments: [text])
        return database.lastInsertedRowID
    }

    // MARK: - Names to read

    func pointText(_ row: Int64, _ database: Database) throws -> String {
        if let text = cache.pointTexts[row] { return text }
        let text = try text("SELECT canonical FROM point WHERE id = ?", row, database)
        cache.pointTexts[row] = text
        return text
    }

    func workerName(_ row: Int64, _ database: Database) throws
        -> (identity: WorkerIdentity, text: String)
    {
        if let worker = cache.workerNames[row] { return worker }
        let text = try text("SELECT name FROM worker WHERE id = ?", row, database)
        guard let worker = WorkerIdentity(ledgerText: text) else {
            throw LedgerError.corrupt(path: path, detail: "worker \(row) has the name \"\(text)\"")
        }
        cache.workerNames[row] = (worker, text)
        return (worker, text)
    }

    func layoutNames(_ row: Int64, _ database: Database) throws
        -> (names: [String], text: String)
    {
        if let layout = cache.layoutNames[row] { return layout }
        let text = try text("SELECT names FROM layout WHERE id = ?", row, database)
        let layout = (OutcomeCoding.names(ofLayout: text), text)
        cache.layoutNames[row] = layout
        return layout
    }

    private func text(_ sql: String, _ row: Int64, _ database: Database) throws -> String {
        guard
            let text = try String.fetchOne(
                database.cachedStatement(sql: sql), arguments: [row])
        else {
            throw LedgerError.corrupt(path: path, detail: "a row refers to \(row), which is gone")
        }
        return text
    }
}

/// A point's parameters as one JSON object, keys in the order of the spec.
enum ParameterJSON {
    static func text(of point: GridPoint) -> String {
        let fields = point.parameters.map { parameter in
            let value =
                switch parameter.value {
                case .number(let number): ParameterValue.canonicalText(of: number)
                case .word(let word): quoted(word)
                }
            return "\(quoted(parameter.name)):\(value)"
        }
        return "{" + fields.joined(separator: ",") + "}"
    }

    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            case "\r": quoted += "\\r"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
