import GRDB

/// The tables of the ledger, version by version.
///
/// Migrations are append-only: a released one is never edited. The version of a file is SQLite's
/// `user_version`; `application_id` marks the file as ours. See docs/ledger.md for what each table
/// and column means.
public enum LedgerSchema {
    /// "CRSW".
    public static let applicationID = 0x4352_5357

    /// The version this software writes.
    public static var version: Int { migrations.count }

    /// The statements that lead from version i to i + 1, oldest first.
    public static let migrations: [String] = [version1, version2, version3, version4]

    /// The oldest version that may be looked at without bringing it up to date: what has been added
    /// since is read as empty.
    static let oldestReadable = 1

    /// Brings a file from `found` to ``version`` in one transaction.
    static func migrate(_ database: Database, from found: Int) throws {
        guard found < version else { return }
        try database.inTransaction(.immediate) {
            for statements in migrations[found...] { try database.execute(sql: statements) }
            try database.execute(
                sql: "PRAGMA application_id = \(applicationID); PRAGMA user_version = \(version)")
            return .commit
        }
    }

    /// The table that a file made by `export` has beside those of the ledger.
    static let exportNote = "export_note"

    /// Columns shared by `result` and `retired_result`.
    static let resultColumns = """
        sequence, seed, point, attempt, worker, state, failure_kind, message, kernel_family, \
        software_version, wall_ms, cpu_ms, committed_at, metric_layout, metrics, \
        diagnostic_layout, diagnostics, arrays_sha256, sha256, row_sha256
        """

    /// Made once: the text is looked up for each result.
    static let insertResult = """
        INSERT INTO result (\(resultColumns))
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    private static let version1 = """
        CREATE TABLE sweep (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            name TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            software_version TEXT NOT NULL
        ) STRICT;
        CREATE TABLE spec (
            id INTEGER PRIMARY KEY,
            document TEXT NOT NULL,
            canonical TEXT NOT NULL,
            sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
            added_at INTEGER NOT NULL,
            software_version TEXT NOT NULL
        ) STRICT;
        CREATE TABLE epoch (
            id INTEGER PRIMARY KEY,
            started_at INTEGER NOT NULL,
            ended_at INTEGER,
            software_version TEXT NOT NULL,
            host TEXT NOT NULL,
            process INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE worker (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE
        ) STRICT;
        CREATE TABLE point (
            id INTEGER PRIMARY KEY,
            canonical TEXT NOT NULL UNIQUE,
            parameters TEXT NOT NULL
        ) STRICT;
        CREATE TABLE layout (
            id INTEGER PRIMARY KEY,
            names TEXT NOT NULL UNIQUE
        ) STRICT;
        CREATE TABLE "grant" (
            seed INTEGER NOT NULL CHECK (seed >= 0),
            point INTEGER NOT NULL REFERENCES point (id),
            attempt INTEGER NOT NULL,
            worker INTEGER NOT NULL REFERENCES worker (id),
            epoch INTEGER NOT NULL REFERENCES epoch (id),
            granted_at INTEGER NOT NULL,
            PRIMARY KEY (seed, point, attempt)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE loss (
            id INTEGER PRIMARY KEY,
            seed INTEGER NOT NULL,
            point INTEGER NOT NULL REFERENCES point (id),
            attempt INTEGER NOT NULL,
            epoch INTEGER NOT NULL REFERENCES epoch (id),
            crashed INTEGER NOT NULL CHECK (crashed IN (0, 1)),
            reason TEXT NOT NULL,
            lost_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX loss_trial ON loss (seed, point, attempt);
        CREATE TABLE batch (
            id INTEGER PRIMARY KEY,
            epoch INTEGER NOT NULL REFERENCES epoch (id),
            first_sequence INTEGER NOT NULL UNIQUE,
            last_sequence INTEGER NOT NULL CHECK (last_sequence >= first_sequence),
            committed_at INTEGER NOT NULL,
            sha256 BLOB NOT NULL CHECK (length(sha256) = 32)
        ) STRICT;
        CREATE TABLE result (
            sequence INTEGER PRIMARY KEY,
            seed INTEGER NOT NULL CHECK (seed >= 0),
            point INTEGER NOT NULL REFERENCES point (id),
            attempt INTEGER NOT NULL,
            worker INTEGER NOT NULL REFERENCES worker (id),
            state TEXT NOT NULL CHECK (state IN ('recorded', 'failed')),
            failure_kind TEXT CHECK ((failure_kind IS NULL) = (state = 'recorded')),
            message TEXT CHECK ((message IS NULL) = (state = 'recorded')),
            kernel_family TEXT NOT NULL,
            software_version TEXT NOT NULL,
            wall_ms INTEGER NOT NULL,
            cpu_ms INTEGER NOT NULL,
            committed_at INTEGER NOT NULL,
            metric_layout INTEGER NOT NULL REFERENCES layout (id),
            metrics BLOB NOT NULL,
            diagnostic_layout INTEGER NOT NULL REFERENCES layout (id),
            diagnostics BLOB NOT NULL,
            arrays_sha256 BLOB CHECK (length(arrays_sha256) = 32),
            sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
            row_sha256 BLOB NOT NULL CHECK (length(row_sha256) = 32),
            UNIQUE (seed, point)
        ) STRICT;
        CREATE INDEX result_failed ON result (seed, point) WHERE state = 'failed';
        CREATE TABLE result_array (
            result INTEGER NOT NULL REFERENCES result (sequence),
            position INTEGER NOT NULL,
            name TEXT NOT NULL,
            shape TEXT NOT NULL,
            data BLOB NOT NULL,
            UNIQUE (result, position)
        ) STRICT;
        CREATE TABLE duplicate (
            id INTEGER PRIMARY KEY,
            seed INTEGER NOT NULL,
            point INTEGER NOT NULL REFERENCES point (id),
            attempt INTEGER NOT NULL,
            worker INTEGER NOT NULL REFERENCES worker (id),
            kind TEXT NOT NULL CHECK (kind IN ('benign', 'divergent', 'other_kernels')),
            sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
            received_at INTEGER NOT NULL,
            times INTEGER NOT NULL,
            UNIQUE (seed, point, attempt)
        ) STRICT;
        CREATE TABLE retired_result (
            sequence INTEGER PRIMARY KEY,
            seed INTEGER NOT NULL,
            point INTEGER NOT NULL REFERENCES point (id),
            attempt INTEGER NOT NULL,
            worker INTEGER NOT NULL REFERENCES worker (id),
            state TEXT NOT NULL,
            failure_kind TEXT,
            message TEXT,
            kernel_family TEXT NOT NULL,
            software_version TEXT NOT NULL,
            wall_ms INTEGER NOT NULL,
            cpu_ms INTEGER NOT NULL,
            committed_at INTEGER NOT NULL,
            metric_layout INTEGER NOT NULL REFERENCES layout (id),
            metrics BLOB NOT NULL,
            diagnostic_layout INTEGER NOT NULL REFERENCES layout (id),
            diagnostics BLOB NOT NULL,
            arrays_sha256 BLOB,
            sha256 BLOB NOT NULL,
            row_sha256 BLOB NOT NULL,
            retired_at INTEGER NOT NULL,
            reason TEXT NOT NULL
        ) STRICT;
        """
    private static let version2 = """
        CREATE TABLE data_file (
            id INTEGER PRIMARY KEY,
            path TEXT NOT NULL,
            sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
            bytes INTEGER NOT NULL CHECK (bytes >= 0),
            added_at INTEGER NOT NULL,
            software_version TEXT NOT NULL
        ) STRICT;
        """

    static let firstWithUnexplainedLosses = 4

    /// Attempts that count towards quarantine because their worker was lost with them.
    private static let version4 = """
        CREATE TABLE unexplained_loss (
            seed INTEGER NOT NULL CHECK (seed >= 0),
            point INTEGER NOT NULL REFERENCES point (id),
            attempt INTEGER NOT NULL,
            PRIMARY KEY (seed, point, attempt)
        ) STRICT, WITHOUT ROWID;
        """
}
