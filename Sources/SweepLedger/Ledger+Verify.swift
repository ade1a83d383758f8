import GRDB
import SweepCore

/// What `verify` found.
public struct VerifyReport: Hashable, Sendable {
    public var counts: LedgerCounts
    /// One sentence for each broken promise, at most ``findingLimit`` of them; empty when all holds.
    public var findings: [String]

    public static let findingLimit = 100

    public var isSound: Bool { findings.isEmpty }
}

extension Ledger {
    /// Proves the promises of the ledger from what is in it, offline: the file is intact, every
    /// result was granted, no attempt was used twice, nothing was altered, removed or added.
    ///
    /// With a plan (``use(_:)``) also: every result belongs to the plan.
    public func verify() throws(LedgerError) -> VerifyReport {
        var findings: [String] = []
        func find(_ sentence: String) {
            if findings.count < VerifyReport.findingLimit { findings.append(sentence) }
        }
        try database { database in
            for answer in try String.fetchAll(database, sql: "PRAGMA integrity_check(20)")
            where answer != "ok" {
                find("the file is damaged: \(Connection.sentence(of: answer))")
            }
            let broken = try Int.fetchOne(
                database, sql: "SELECT count(*) FROM pragma_foreign_key_check")
            if let broken, broken > 0 { find("\(broken) rows refer to rows that are gone") }
            try verifyChain(database, find)
            try verifyIdentities(database, find)
            try verifyGrants(database, find)
            try verifyArrays(database, find)
            try verifyCheckpoints(database, find)
            try verifyPlan(database, find)
        }
        return VerifyReport(counts: try counts(), findings: findings)
    }

    private func verifyChain(_ database: Database, _ find: (String) -> Void) throws {
        var chain = ResultChain()
        let batches = try Row.fetchAll(
            database, sql: "SELECT first_sequence, last_sequence, sha256 FROM batch ORDER BY id")
        for batch in batches {
            do {
                chain = try link(from: batch.value(0), to: batch.value(1), after: chain, database)
            } catch let error as LedgerError {
                find(error.description)
                return
            }
            if chain.digest != ContentDigest(Blob.bytes(batch, 2)) {
                find(
                    "results \(try batch.value(0) as Int64) to \(try batch.value(1) as Int64) were altered"
                )
                return
            }
        }
        let last = try Int64.fetchOne(
            database,
            sql: """
                SELECT max(sequence) FROM (
                    SELECT sequence FROM result UNION ALL SELECT sequence FROM retired_result)
                """)
        if (last ?? 0) != chain.lastSequence { find("results were added outside any batch") }
    }

    private func verifyIdentities(_ database: Database, _ find: (String) -> Void) throws {
        let twice = try Row.fetchAll(
            database,
            sql: """
                SELECT canonical, seed FROM result NOT INDEXED JOIN point ON point.id = +point
                GROUP BY +point, +seed HAVING count(*) > 1 LIMIT 20
                """)
        for row in twice {
            find(
                "\(try row.value(0) as String) seed \(try row.value(1) as Int) has more than one result"
            )
        }
    }

    private func verifyGrants(_ database: Database, _ find: (String) -> Void) throws {
        for table in ["result", "retired_result", "duplicate"] {
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT canonical, r.seed, r.attempt FROM \(table) AS r
                    JOIN point ON point.id = r.point
                    WHERE NOT EXISTS (
                        SELECT 1 FROM "grant" AS g WHERE g.seed = r.seed AND g.point = r.point
                        AND g.attempt = r.attempt AND g.worker = r.worker) LIMIT 20
                    """)
            for row in rows {
                find(
                    "\(try row.value(0) as String) seed \(try row.value(1) as Int): attempt \(try row.value(2) as Int) "
                        + "(\(table)) was never granted to its worker")
            }
        }
        if try Connection.version(database, path) >= LedgerSchema.firstWithUnexplainedLosses {
            let stray = try Int.fetchOne(
                database,
                sql: """
                    SELECT count(*) FROM unexplained_loss AS u WHERE NOT EXISTS (
                        SELECT 1 FROM "grant" AS g WHERE g.seed = u.seed AND g.point = u.point
                        AND g.attempt = u.attempt)
                    """)
            if let stray, stray > 0 { find("\(stray) losses are of attempts never granted") }
        }
        var last: (seed: Int, point: Int64, attempt: Int, epoch: Int)?
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT seed, point, attempt, epoch FROM "grant" ORDER BY seed, point, attempt
                """)
        while let row = try rows.next() {
            let next: (seed: Int, point: Int64, attempt: Int, epoch: Int) = try (
                row.value(0), row.value(1), row.value(2), row.value(3)
            )
            let isSame = last.map { $0.seed == next.seed && $0.point == next.point } ?? false
            let expected = isSame ? (last?.attempt ?? 0) &+ 1 : 0
            if next.attempt != expected {
                find(
                    "\(try pointText(next.point, database)) seed \(next.seed): attempt "
                        + "\(next.attempt) follows where \(expected) was due")
            }
            if isSame, let last, next.epoch < last.epoch {
                find(
                    "\(try pointText(next.point, database)) seed \(next.seed): attempt "
                        + "\(next.attempt) is of an earlier start than the attempt before it")
            }
            last = next
        }
    }

    private func verifyArrays(_ database: Database, _ find: (String) -> Void) throws {
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT \(LedgerSchema.resultColumns) FROM result
                WHERE arrays_sha256 IS NOT NULL ORDER BY sequence
                """)
        while let row = try rows.next() {
            do { _ = try checked(row, withArrays: true, database) } catch let error as LedgerError {
                find(error.description)
            }
        }
        let stray = try Int.fetchOne(
            database,
            sql: """
                SELECT count(*) FROM result_array WHERE result NOT IN (
                    SELECT sequence FROM result WHERE arrays_sha256 IS NOT NULL)
                """)
        if let stray, stray > 0 { find("\(stray) arrays belong to no result") }
    }

    private func verifyPlan(_ database: Database, _ find: (String) -> Void) throws {
        guard let plan, let gridIndex else { return }
        let indices = try pointIndices(gridIndex, database)
        let rows = try Row.fetchCursor(
            database, sql: "SELECT DISTINCT point, max(seed) FROM result GROUP BY point")
        while let row = try rows.next() {
            let point: Int = try row.value(0)
            let text = try pointText(Int64(point), database)
            if point >= indices.count || indices[point] < 0 {
                find("the point \(text) has results and is not in the plan")
            } else if try row.value(1) >= plan.seedCount {
                find(
                    "\(text) has a result of seed \(try row.value(1) as Int), past the plan's seeds"
                )
            }
        }
    }
}
