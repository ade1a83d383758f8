import GRDB
import Synchronization

extension LedgerSchema {
    /// Tables, indexes and views of each version by name, with the statements that made them.
    private static let known = Mutex<[Int: [String: String]]>([:])

    /// Refuses a file whose tables are not those of its version: their rules (STRICT types, keys that
    /// are unique) are what all reading rests on.
    ///
    /// - Throws: ``LedgerError/corrupt(path:detail:)``.
    static func check(_ database: Database, version: Int, _ path: String) throws {
        let found = try objects(database)
        for (name, statement) in try expected(version).sorted(by: { $0.key < $1.key })
        where found[name] != statement {
            throw LedgerError.corrupt(
                path: path, detail: "\(name) is not what version \(version) made")
        }
    }

    private static func expected(_ version: Int) throws -> [String: String] {
        if let objects = known.withLock({ $0[version] }) { return objects }
        let objects = try DatabaseQueue().inDatabase { database in
            for statements in migrations[..<version] { try database.execute(sql: statements) }
            return try Self.objects(database)
        }
        known.withLock { $0[version] = objects }
        return objects
    }

    private static func objects(_ database: Database) throws -> [String: String] {
        let rows = try Row.fetchAll(
            database, sql: "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        var objects: [String: String] = [:]
        // Optional: a file that was tampered with may hold anything here.
        for row in rows {
            let name = String.fromDatabaseValue(row[0])
            objects[name ?? ""] = String.fromDatabaseValue(row[1])
        }
        return objects
    }
}
