import GRDB

/// How SQLite is opened: the settings that durability and safety rest on, each read back.
enum Connection {
    enum Purpose {
        /// The coordinator: alone, everything durable at COMMIT.
        case writing(pageLimit: Int?)
        /// Moves what a killed coordinator left into the file.
        case finishing
        /// A file that is at rest: nothing is locked and nothing is written.
        case reading
    }

    static let settingNames = [
        "application_id", "cell_size_check", "foreign_keys", "journal_mode", "locking_mode",
        "mmap_size", "synchronous", "temp_store", "trusted_schema", "user_version",
    ]

    /// Setting, what it is set to, what it must read afterwards.
    private static let common: [(String, String, String)] = [
        ("trusted_schema", "OFF", "0"), ("cell_size_check", "ON", "1"), ("mmap_size", "0", "0"),
        ("foreign_keys", "ON", "1"), ("temp_store", "MEMORY", "2"),
    ]
    private static let durable: [(String, String, String)] = [
        ("synchronous", "FULL", "2"), ("wal_autocheckpoint", "4000", "4000"),
        ("journal_size_limit", "67108864", "67108864"),
    ]

    static func open(_ path: String, _ purpose: Purpose) throws(LedgerError) -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "ledger"
        configuration.foreignKeysEnabled = true
        var name = path
        switch purpose {
        case .reading:
            configuration.readonly = true
            // At rest and under our lock: SQLite needs neither its locks nor a shared-memory file,
            // so a ledger in a directory that cannot be written is readable too.
            name = "file:\(percentEncoded(path))?immutable=1"
            configuration.prepareDatabase { database in
                for setting in common { try set(setting, database, path) }
            }
        case .writing, .finishing:
            configuration.prepareDatabase { database in
                // Before anything else: with it, no file of shared memory is ever made.
                try set(("locking_mode", "EXCLUSIVE", "exclusive"), database, path)
                for setting in common { try set(setting, database, path) }
                // Nothing was changed so far, and nothing is, in a file that is not ours.
                _ = try version(database, path)
                if try database.tableExists(LedgerSchema.exportNote) {
                    throw LedgerError.exported(path: path)
                }
                try set(("journal_mode", "WAL", "wal"), database, path)
                for setting in durable { try set(setting, database, path) }
                if case .writing(let limit?) = purpose {
                    try database.execute(sql: "PRAGMA max_page_count = \(limit)")
                }
            }
        }
        do { return try DatabaseQueue(path: name, configuration: configuration) } catch {
            throw LedgerError(error, path: path)
        }
    }

    static func close(_ queue: DatabaseQueue, _ path: String) throws(LedgerError) {
        do {
            if !queue.configuration.readonly {
                try queue.inDatabase { database in
                    _ = try Row.fetchOne(database, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
                }
            }
            try queue.close()
        } catch { throw LedgerError(error, path: path) }
    }

    /// The version of a ledger file, 0 for an empty file.
    ///
    /// - Throws: ``LedgerError/notALedger(path:why:)``, ``LedgerError/newerVersion(path:found:supported:)``.
    static func version(_ database: Database, _ path: String) throws -> Int {
        let application = try Int.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        let tables = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") ?? 0
        if application == 0, version == 0, tables == 0 { return 0 }
        guard application == LedgerSchema.applicationID else {
            throw LedgerError.notALedger(path: path, why: "it is another program's database")
        }
        guard version <= LedgerSchema.version else {
            throw LedgerError.newerVersion(
                path: path, found: version, supported: LedgerSchema.version)
        }
        if version > 0 { try LedgerSchema.check(database, version: version, path) }
        return version
    }

    /// Looks at every page and the type of every value once; far cheaper than the check of `verify`,
    /// which also has the conditions of the tables.
    static func quickCheck(_ database: Database, _ path: String) throws {
        // They would be two fifths of the time in which a coordinator that was killed is not back.
        try database.execute(sql: "PRAGMA ignore_check_constraints = 1")
        let answer = try String.fetchOne(database, sql: "PRAGMA quick_check(1)") ?? "nothing"
        try database.execute(sql: "PRAGMA ignore_check_constraints = 0")
        guard answer == "ok" else {
            throw LedgerError.corrupt(path: path, detail: sentence(of: answer))
        }
    }

    /// What a check of SQLite's found, on one line and without the heading.
    static func sentence(of answer: String) -> String {
        answer.split(separator: "\n").filter { !$0.hasPrefix("***") }.joined(separator: "; ")
    }

    static func value(of setting: String, _ database: Database) throws -> String {
        guard let row = try Row.fetchOne(database, sql: "PRAGMA \(setting)"), row.count == 1,
            let value = row.databaseValues.first
        else { return "nothing" }
        return switch value.storage {
        case .int64(let number): String(number)
        case .string(let text): text
        default: "nothing"
        }
    }

    private static func set(
        _ setting: (name: String, value: String, expected: String), _ database: Database,
        _ path: String
    ) throws {
        _ = try Row.fetchOne(database, sql: "PRAGMA \(setting.name) = \(setting.value)")
        let found = try value(of: setting.name, database)
        guard found == setting.expected else {
            throw LedgerError.settingRefused(
                path: path, setting: "\(setting.name) = \(setting.value)", found: found)
        }
    }

    private static func percentEncoded(_ path: String) -> String {
        let plain = Set("/._-~".utf8)
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in path.utf8 {
            let letter = byte | 0x20
            if plain.contains(byte) || (0x30...0x39).contains(byte)
                || (0x61...0x7A).contains(letter) && byte < 0x80
            {
                bytes.append(byte)
            } else {
                bytes += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension LedgerError {
    /// Whatever GRDB or we threw, as one of ours.
    init(_ error: any Error, path: String) {
        if let error = error as? LedgerError {
            self = error
            return
        }
        guard let error = error as? DatabaseError else {
            self = .corrupt(path: path, detail: "\(error)")
            return
        }
        // SQLite quotes what it cannot read, which may be a whole table's statement.
        let words = (error.message ?? "\(error.resultCode)").split(whereSeparator: \.isWhitespace)
        let detail = String(words.joined(separator: " ").prefix(200))
        switch error.resultCode {
        case .SQLITE_FULL: self = .diskFull(path: path)
        case .SQLITE_BUSY, .SQLITE_LOCKED: self = .locked(path: path, holder: nil)
        case .SQLITE_NOTADB: self = .notALedger(path: path, why: detail)
        case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH:
            self = .notWritable(path: path, why: detail)
        case .SQLITE_IOERR:
            self = .inputOutput(
                path: path, detail: "\(detail), code \(error.extendedResultCode.rawValue)")
        default: self = .corrupt(path: path, detail: detail)
        }
    }
}
