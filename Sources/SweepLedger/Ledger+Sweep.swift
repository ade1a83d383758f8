import GRDB
import SweepCore

/// The sweep a ledger holds, with its spec as it was last extended.
public struct StoredSweep: Hashable, Sendable {
    public var name: String
    /// The spec as the user wrote it.
    public var document: String
    /// The spec in the one spelling that decides whether two specs are the same.
    public var canonical: String
    /// SHA-256 of ``canonical``.
    public var digest: ContentDigest
    /// Milliseconds since 1970.
    public var createdAt: Int64
    /// Of the critsweep that made the ledger.
    public var softwareVersion: String
    /// Digests of the specs so far, the first first; more than one after `extend`.
    public var history: [ContentDigest]
    /// The files that trials read, in the order of the spec; empty for specs without data files and
    /// for ledgers of version 1 that no coordinator has opened since.
    public var dataFiles: [StoredDataFile]
}

/// A file that trials read, as it was when the sweep began.
public struct StoredDataFile: Hashable, Sendable {
    /// Where the coordinator found it, an absolute path.
    public var path: String
    /// SHA-256 of the bytes of the file, as `sha256sum` prints it.
    public var digest: ContentDigest
    public var byteCount: Int

    public init(path: String, digest: ContentDigest, byteCount: Int) {
        self.path = path
        self.digest = digest
        self.byteCount = byteCount
    }
}

extension Ledger {
    /// The sweep, or nil when the ledger is new.
    public func sweep() throws(LedgerError) -> StoredSweep? {
        try database { database in
            guard let row = try Row.fetchOne(database, sql: "SELECT * FROM sweep"),
                let spec = try Row.fetchOne(
                    database, sql: "SELECT * FROM spec ORDER BY id DESC LIMIT 1")
            else {
                let isBegun = try Bool.fetchOne(
                    database,
                    sql: """
                        SELECT EXISTS (SELECT 1 FROM sweep) OR EXISTS (SELECT 1 FROM spec)
                            OR EXISTS (SELECT 1 FROM "grant")
                        """)
                guard isBegun == false else {
                    throw LedgerError.corrupt(path: path, detail: "the sweep or its spec is gone")
                }
                return nil
            }
            let canonical: String = try spec.value("canonical")
            let digests = try Row.fetchAll(database, sql: "SELECT sha256 FROM spec ORDER BY id")
                .compactMap { ContentDigest(Blob.bytes($0, 0)) }
            guard digests.last == ContentDigest(of: canonical) else {
                throw LedgerError.corrupt(path: path, detail: "the spec was altered")
            }
            return StoredSweep(
                name: try row.value("name"), document: try spec.value("document"),
                canonical: canonical,
                digest: ContentDigest(of: canonical), createdAt: try row.value("created_at"),
                softwareVersion: try row.value("software_version"), history: digests,
                dataFiles: try storedDataFiles(database))
        }
    }

    /// Writes the sweep into a new ledger, or checks that it is the one in it.
    ///
    /// - Throws: ``LedgerError/specChanged(path:stored:given:)`` for another one; nothing changes.
    public func begin(
        name: String, document: String, canonical: String, dataFiles: [StoredDataFile] = []
    ) throws(LedgerError) {
        if let stored = try sweep() {
            let given = ContentDigest(of: canonical)
            if stored.digest == given { return }
            throw .specChanged(path: path, stored: stored.digest, given: given)
        }
        try announce()
        let (now, version) = (options.clock(), options.softwareVersion)
        try database { database in
            try database.inTransaction(.immediate) {
                try database.execute(
                    sql: """
                        INSERT INTO sweep (id, name, created_at, software_version)
                        VALUES (1, ?, ?, ?)
                        """, arguments: [name, now, version])
                try insertSpec(document, canonical, database)
                try insert(dataFiles, database)
                return .commit
            }
        }
    }

    /// Writes the data files of a sweep whose ledger has none yet, because it was begun by an older
    /// version; does nothing when there are some.
    public func adopt(dataFiles: [StoredDataFile]) throws(LedgerError) {
        try announce()
        try database { database in
            try database.inTransaction(.immediate) {
                if try storedDataFiles(database).isEmpty { try insert(dataFiles, database) }
                return .commit
            }
        }
    }

    private func insert(_ files: [StoredDataFile], _ database: Database) throws {
        for file in files {
            try database.execute(
                sql: """
                    INSERT INTO data_file (path, sha256, bytes, added_at, software_version)
                    VALUES (?, ?, ?, ?, ?)
                    """,
                arguments: [
                    file.path, Blob.data(file.digest.bytes), file.byteCount, options.clock(),
                    options.softwareVersion,
                ])
        }
    }

    private func storedDataFiles(_ database: Database) throws -> [StoredDataFile] {
        // Not there in a ledger of version 1 that is only looked at.
        guard try database.tableExists("data_file") else { return [] }
        return try Row.fetchAll(
            database, sql: "SELECT sha256, path, bytes FROM data_file ORDER BY id"
        ).map { row in
            guard let digest = ContentDigest(Blob.bytes(row, 0)) else {
                throw LedgerError.corrupt(path: path, detail: "the digest of a data file")
            }
            return StoredDataFile(
                path: try row.value("path"), digest: digest, byteCount: try row.value("bytes"))
        }
    }

    /// Puts a larger spec in the place of the stored one, which stays as history. The caller has
    /// compared the two (``sweep()``) and found that only points or seeds were added.
    public func extend(document: String, canonical: String) throws(LedgerError) {
        if try sweep()?.digest == ContentDigest(of: canonical) { return }
        try announce()
        try database { database in
            try database.inTransaction(.immediate) {
                try insertSpec(document, canonical, database)
                return .commit
            }
        }
    }

    private func insertSpec(_ document: String, _ canonical: String, _ database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO spec (document, canonical, sha256, added_at, software_version)
                VALUES (?, ?, ?, ?, ?)
                """,
            arguments: [
                document, canonical, Blob.data(ContentDigest(of: canonical).bytes),
                options.clock(), options.softwareVersion,
            ])
    }

    /// Sets failed and quarantined trials aside, so that they run again.
    ///
    /// - Parameter kinds: Only failures of these kinds.
    /// - Returns: How many there were.
    public func retryFailed(
        _ kinds: [TrialFailure.Kind] = TrialFailure.Kind.allCases, reason: String
    ) throws(LedgerError) -> Int {
        try announce()
        let now = options.clock()
        let words = kinds.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        return try database { database in
            var count = 0
            try database.inTransaction(.immediate) {
                count = try retire(
                    reason, now: now, where: "failure_kind IN (\(words))", database)
                return .commit
            }
            return count
        }
    }
}
