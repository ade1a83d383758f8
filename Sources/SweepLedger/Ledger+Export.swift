import GRDB
import SweepCore

/// The copy of a ledger that other programs read: numbers in plain tables beside the ledger's own.
///
/// Tables and views are described in docs/export.md; their names and columns are only added to.
extension Ledger {
    /// Writes a consistent copy with plain tables of all trials of the plan (``use(_:)``); what stood
    /// at `target` is gone.
    ///
    /// The copy still proves the promises of the ledger, and cannot be opened for writing.
    ///
    /// - Parameters:
    ///   - index: What ``trialIndex()`` returned.
    ///   - note: Names and values for the table `export_note`.
    /// - Throws: ``LedgerError``; nothing is left then.
    public func export(
        _ index: TrialIndex, to target: String, note: [(String, String)]
    ) throws(LedgerError) {
        guard let plan else { preconditionFailure("a ledger is told its plan before it is read") }
        guard isOpen else { throw .closed(path: path) }
        FileSystem.remove(target)
        do {
            try LedgerFile.create(target)
            let name = target.hasPrefix("/") ? target : "./" + target
            // Unlike a copy page by page, this one has no write-ahead log, whose files would be left
            // behind when we are killed.
            try queue.inDatabase { try $0.execute(sql: "VACUUM INTO ?", arguments: [name]) }
            var configuration = Configuration()
            configuration.label = "export"
            configuration.prepareDatabase { database in
                // Either the whole file is there in the end, or it is removed.
                for setting in ["journal_mode = MEMORY", "synchronous = OFF"] {
                    _ = try Row.fetchOne(database, sql: "PRAGMA \(setting)")
                }
            }
            let copy = try DatabaseQueue(path: name, configuration: configuration)
            try copy.inDatabase { database in
                try database.inTransaction(.immediate) {
                    try ExportTables(plan, index, database).write(self, note: note)
                    return .commit
                }
            }
            try copy.close()
            try FileSystem.synchronise(target)
        } catch {
            FileSystem.remove(target)
            if case .corrupt(target, let detail) = LedgerError(error, path: target) {
                throw .corrupt(path: path, detail: detail)
            }
            throw LedgerError(error, path: target)
        }
    }
}

/// The plain tables of one export.
private struct ExportTables {
    let plan: SweepPlan
    let index: TrialIndex
    let database: Database

    init(_ plan: SweepPlan, _ index: TrialIndex, _ database: Database) {
        self.plan = plan
        self.index = index
        self.database = database
    }

    /// A view has at most 2000 columns.
    private static let columnLimit = 1_000

    func write(_ ledger: Ledger, note: [(String, String)]) throws {
        try database.execute(sql: Self.tables)
        for (key, value) in note {
            try insert("INSERT INTO export_note VALUES (?, ?)", [key, value])
        }
        try writePoints()
        try ledger.forEachTrial(of: index) { entry, stored in
            try writeTrial(entry, stored)
            let diagnostics = stored.outcome.diagnostics
            for diagnostic in diagnostics { try writeDiagnostic(entry, diagnostic) }
            guard case .success(let result) = stored.outcome else { return }
            for metric in result.metrics {
                try insert(
                    "INSERT INTO metric VALUES (?, ?, ?, ?)",
                    [entry.point, entry.seed, metric.name, metric.value])
            }
        }
        try writeSummary()
        try database.execute(sql: Self.indexesAndViews)
        try makeWideView()
    }

    private func insert(_ sql: String, _ values: [(any DatabaseValueConvertible)?]) throws {
        try database.cachedStatement(sql: sql).execute(arguments: StatementArguments(values))
    }

    // MARK: Points

    private func writePoints() throws {
        let axes = plan.grid.axes
        let columns = axes.map { axis in
            let isNumeric = axis.values.allSatisfy { $0.number != nil }
            return ", \(Self.quoted(axis.name)) \(isNumeric ? "REAL" : "TEXT") NOT NULL"
        }
        try database.execute(
            sql: "CREATE TABLE grid_point (point_index INTEGER PRIMARY KEY\(columns.joined()))"
                + " STRICT")
        let places = [String](repeating: ", ?", count: axes.count).joined()
        for point in 0..<plan.grid.pointCount {
            let parameters = plan.grid.point(at: point).parameters
            var row: [(any DatabaseValueConvertible)?] = [point]
            for (axis, parameter) in zip(axes, parameters) {
                let isNumeric = axis.values.allSatisfy { $0.number != nil }
                row.append(
                    isNumeric ? parameter.value.number : parameter.value.canonicalText)
                var word: String?
                if case .word(let text) = parameter.value { word = text }
                try insert(
                    "INSERT INTO point_parameter VALUES (?, ?, ?, ?)",
                    [point, parameter.name, parameter.value.number, word])
            }
            try insert("INSERT INTO grid_point VALUES (?\(places))", row)
        }
    }

    // MARK: Trials

    private func writeTrial(_ entry: TrialIndex.Entry, _ stored: StoredResult) throws {
        var failure: TrialFailure?
        if case .failure(let found, _) = stored.outcome { failure = found }
        try insert(
            """
            INSERT INTO trial VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
                strftime('%Y-%m-%dT%H:%M:%S', ? / 1000, 'unixepoch') || printf('.%03dZ', ? % 1000),
                ?, ?)
            """,
            [
                entry.point, entry.seed, failure == nil ? "recorded" : "failed",
                failure?.kind.rawValue, failure?.message, stored.attempt,
                stored.worker.description, stored.kernelFamily, stored.softwareVersion,
                Double(stored.wallMilliseconds) / 1_000, Double(stored.cpuMilliseconds) / 1_000,
                stored.committedAt, stored.committedAt, stored.digest.description, stored.sequence,
            ])
    }

    private func writeDiagnostic(
        _ entry: TrialIndex.Entry, _ diagnostic: NamedDiagnostic
    ) throws {
        var (number, text): (Double?, String?) = (nil, nil)
        switch diagnostic.value {
        // SQLite has no NaN; an infinity it has.
        case .number(let value): number = value.flatMap { $0.isNaN ? nil : $0 }
        case .text(let value): text = value
        }
        try insert(
            "INSERT INTO diagnostic VALUES (?, ?, ?, ?, ?)",
            [entry.point, entry.seed, diagnostic.name, number, text])
    }

    // MARK: Means

    /// The numbers of `table`, from the values in seed order, so to the same bits.
    private func writeSummary() throws {
        let ranks = Dictionary(
            uniqueKeysWithValues: index.metrics.enumerated().map { ($1, $0) })
        var values: [[Double]] = Array(repeating: [], count: index.metrics.count)
        func finish(_ point: Int) throws {
            for (name, list) in zip(index.metrics, values) {
                let statistics = ReplicateStatistics(list)
                try insert(
                    "INSERT INTO metric_summary VALUES (?, ?, ?, ?, ?, ?)",
                    [
                        point, name, statistics.count, statistics.mean,
                        statistics.standardDeviation, statistics.standardError,
                    ])
            }
            values = Array(repeating: [], count: index.metrics.count)
        }
        var last: Int?
        // Rows were written by point and seed.
        let rows = try Row.fetchCursor(
            database, sql: "SELECT point_index, name, value FROM metric ORDER BY rowid")
        while let row = try rows.next() {
            let point: Int = try row.value(0)
            if let last, last != point { try finish(last) }
            last = point
            let value: Double? = try row.optional(2)
            if let rank = ranks[try row.value(1)], let value { values[rank].append(value) }
        }
        if let last { try finish(last) }
    }

    // MARK: Statements

    private static func quoted(_ name: String) -> String {
        "\""
            + name.split(separator: "\"", omittingEmptySubsequences: false)
            .joined(separator: "\"\"") + "\""
    }

    private static func literal(_ text: String) -> String {
        "'"
            + text.split(separator: "'", omittingEmptySubsequences: false)
            .joined(separator: "''") + "'"
    }

    /// One row a trial with numbers, one column a parameter and a metric.
    private func makeWideView() throws {
        let parameters = plan.grid.axes.map { ", p.\(Self.quoted($0.name))" }
        guard parameters.count + index.metrics.count < Self.columnLimit else { return }
        let metrics = index.metrics.map { name in
            ", max(CASE WHEN m.name = \(Self.literal(name)) THEN m.value END) "
                + "AS \(Self.quoted(name))"
        }
        try database.execute(
            sql: """
                CREATE VIEW trial_metrics AS
                SELECT m.point_index\(parameters.joined()), m.seed\(metrics.joined())
                FROM metric AS m JOIN grid_point AS p USING (point_index)
                GROUP BY m.point_index, m.seed
                """)
    }

    private static let tables = """
        CREATE TABLE export_note (key TEXT NOT NULL, value TEXT NOT NULL) STRICT;
        CREATE TABLE point_parameter (
            point_index INTEGER NOT NULL,
            name TEXT NOT NULL,
            number REAL,
            word TEXT
        ) STRICT;
        CREATE TABLE trial (
            point_index INTEGER NOT NULL,
            seed INTEGER NOT NULL,
            state TEXT NOT NULL,
            failure_kind TEXT,
            failure_message TEXT,
            attempt INTEGER NOT NULL,
            worker TEXT NOT NULL,
            kernel_family TEXT NOT NULL,
            software_version TEXT NOT NULL,
            wall_seconds REAL NOT NULL,
            cpu_seconds REAL NOT NULL,
            committed_at TEXT NOT NULL,
            sha256 TEXT NOT NULL,
            result_sequence INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE metric (
            point_index INTEGER NOT NULL,
            seed INTEGER NOT NULL,
            name TEXT NOT NULL,
            value REAL
        ) STRICT;
        CREATE TABLE diagnostic (
            point_index INTEGER NOT NULL,
            seed INTEGER NOT NULL,
            name TEXT NOT NULL,
            number REAL,
            text TEXT
        ) STRICT;
        CREATE TABLE metric_summary (
            point_index INTEGER NOT NULL,
            name TEXT NOT NULL,
            n INTEGER NOT NULL,
            mean REAL,
            sd REAL,
            sem REAL
        ) STRICT;
        """

    private static let indexesAndViews = """
        CREATE UNIQUE INDEX trial_key ON trial (point_index, seed);
        CREATE UNIQUE INDEX metric_key ON metric (point_index, seed, name);
        CREATE INDEX metric_name ON metric (name, point_index);
        CREATE UNIQUE INDEX diagnostic_key ON diagnostic (point_index, seed, name);
        CREATE UNIQUE INDEX metric_summary_key ON metric_summary (name, point_index);
        CREATE VIEW point_summary AS
            SELECT p.point_index, count(t.seed) - coalesce(sum(t.state = 'failed'), 0) AS n,
                coalesce(sum(t.state = 'failed'), 0) AS failed
            FROM grid_point AS p LEFT JOIN trial AS t USING (point_index)
            GROUP BY p.point_index;
        CREATE VIEW trial_array AS
            SELECT t.point_index, t.seed, a.name, a.shape, a.data
            FROM trial AS t JOIN result_array AS a ON a.result = t.result_sequence;
        """
}
