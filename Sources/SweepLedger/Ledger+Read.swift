import GRDB
import SweepCore

/// How many there are of each.
public struct LedgerCounts: Hashable, Sendable {
    public var recorded = 0
    public var failed = 0
    public var grants = 0
    public var losses = 0
    public var duplicates = 0
    public var divergentDuplicates = 0
    public var retired = 0
    public var points = 0
    public var epochs = 0

    public init() {}
}

extension Ledger {
    /// All that a coordinator must know before it grants: linear in what is recorded, whatever the
    /// size of the plan.
    ///
    /// - Throws: ``LedgerError/corrupt(path:detail:)`` also for a result or grant of a trial that
    ///   the plan does not have (a plan only ever grows) and for attempts that do not rise.
    public func contents() throws(LedgerError) -> LedgerContents {
        guard let plan, let gridIndex else {
            preconditionFailure("a ledger is told its plan before it is read")
        }
        return try database { database in
            var contents = LedgerContents(
                recorded: [], failed: [], quarantined: [], open: [])
            let indices = try pointIndices(gridIndex, database)
            func trial(_ seed: Int, _ point: Int) throws -> TrialID {
                guard (0..<plan.seedCount).contains(seed), indices.indices.contains(point),
                    indices[point] >= 0
                else { throw outsidePlan(seed: seed, point: Int64(point), database) }
                return plan.trial(point: indices[point], seed: seed)
            }
            try readFailed(database) { seed, point, kind in
                let trial = try trial(seed, point)
                if kind == TrialFailure.Kind.quarantined.rawValue {
                    contents.quarantined.append(trial)
                } else {
                    contents.failed.append(trial)
                }
            }
            contents.failed.sort()
            contents.quarantined.sort()
            let settled = Set(contents.failed).union(contents.quarantined)
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT seed, point FROM result INDEXED BY \(Self.trialIndex)
                    ORDER BY seed, point
                    """)
            var last = (seed: -1, point: -1)
            while let row = try rows.next() {
                let next: (seed: Int, point: Int) = (try row.value(0), try row.value(1))
                guard next > last else { throw disorder("results") }
                last = next
                let trial = try trial(next.seed, next.point)
                if settled.isEmpty || !settled.contains(trial) { contents.recorded.append(trial) }
            }
            contents.recorded.sort()
            try checkComplete(contents, database)
            try readOpen(database) { seed, point, attempt, worker, epoch, fate in
                guard Self.numbers.contains(attempt), Self.numbers.contains(epoch) else {
                    throw LedgerError.corrupt(
                        path: path, detail: "a grant has attempt \(attempt) and start \(epoch)")
                }
                let trial = try trial(seed, point)
                // One pass over two lists finds such a trial only where one of them is out of order.
                if settled.contains(trial) || contents.hasRecorded(trial) {
                    throw disorder("grants")
                }
                contents.open.append(
                    OpenGrant(
                        Lease(trial, attempt: attempt),
                        worker: try workerName(worker, database).identity,
                        epoch: epoch, fate))
            }
            contents.open.sort {
                ($0.lease.trial, $0.lease.attempt) < ($1.lease.trial, $1.lease.attempt)
            }
            for (one, next) in zip(contents.open, contents.open.dropFirst())
            where one.lease == next.lease {
                throw LedgerError.corrupt(path: path, detail: "\(one.lease) was granted twice")
            }
            return contents
        }
    }

    private func disorder(_ what: String) -> LedgerError {
        .corrupt(path: path, detail: "the index of \(what) is out of order")
    }

    /// What the index of results has is what was ever committed, and no trial twice: a damaged page
    /// may hide rows or repeat them.
    private func checkComplete(_ contents: LedgerContents, _ database: Database) throws {
        let retired = try Int.fetchOne(database, sql: "SELECT count(*) FROM retired_result") ?? 0
        let found = contents.recorded.count + contents.failed.count + contents.quarantined.count
        let isTwice = zip(contents.recorded, contents.recorded.dropFirst()).contains { $0 == $1 }
        if Int64(found + retired) != chain.lastSequence || isTwice {
            throw LedgerError.corrupt(
                path: path,
                detail: "\(chain.lastSequence) results were recorded, and the index has "
                    + "\(found + retired)")
        }
    }

    /// Attempts and starts that can be; anything else is damage, and would overflow when counted on.
    static let numbers = 0...Int(Int32.max)

    /// What a result or grant is that the plan does not have: neither grid values nor seeds are
    /// ever taken out of a sweep, so it is damage.
    func outsidePlan(seed: Int, point: Int64, _ database: Database) -> LedgerError {
        let name = (try? pointText(point, database)) ?? "point \(point)"
        return .corrupt(path: path, detail: "\(name) seed \(seed) is not in the plan")
    }

    /// The index that SQLite made for UNIQUE (seed, point): all of a trial's identity, no numbers.
    private static let trialIndex = "sqlite_autoindex_result_1"

    /// Grid index by row of `point`, -1 for a point that the plan does not have.
    func pointIndices(_ gridIndex: GridIndex, _ database: Database) throws -> [Int] {
        let last = try Int.fetchOne(database, sql: "SELECT max(id) FROM point") ?? 0
        let count = try Int.fetchOne(database, sql: "SELECT count(*) FROM point") ?? 0
        // Rows are numbered without gaps as nothing deletes a point.
        guard last == count else {
            throw LedgerError.corrupt(path: path, detail: "\(count) points numbered up to \(last)")
        }
        var indices = [Int](repeating: -1, count: last + 1)
        let rows = try Row.fetchCursor(database, sql: "SELECT id, canonical FROM point")
        while let row = try rows.next() {
            let id: Int = try row.value(0)
            guard id > 0, id <= last else {
                throw LedgerError.corrupt(path: path, detail: "point \(id) of \(last)")
            }
            indices[id] = gridIndex.index(of: try row.value(1)) ?? -1
        }
        return indices
    }

    // The coordinator's own verdict after many crashes, which no kernels computed, is a quarantine, also
    // where it says that memory ran out.
    private func readFailed(
        _ database: Database, _ body: (_ seed: Int, _ point: Int, _ kind: String) throws -> Void
    ) throws {
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT seed, point, CASE WHEN failure_kind = 'out_of_memory' AND kernel_family = ''
                    THEN 'quarantined' ELSE failure_kind END
                FROM result INDEXED BY result_failed WHERE state = 'failed'
                """)
        while let row = try rows.next() { try body(row.value(0), row.value(1), row.value(2)) }
    }

    /// Attempts of trials without a result.
    ///
    /// Both tables are in the order of trials, so one pass over the two finds them, in a third of the
    /// time of a look-up for each grant. The limit, which is none, keeps the order, and with it the pass.
    private func readOpen(
        _ database: Database,
        _ body: (Int, Int, Int, Int64, Int, Scheduler.GrantFate) throws -> Void
    ) throws {
        let version = try Connection.version(database, path)
        let lost =
            version < LedgerSchema.firstWithUnexplainedLosses
            ? "0"
            : """
            EXISTS (
                    SELECT 1 FROM unexplained_loss AS u WHERE u.seed = g.seed
                    AND u.point = g.point AND u.attempt = g.attempt)
            """
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT g.seed, g.point, g.attempt, g.worker, g.epoch, EXISTS (
                    SELECT 1 FROM loss WHERE loss.seed = g.seed AND loss.point = g.point
                    AND loss.attempt = g.attempt AND loss.crashed = 1), \(lost)
                FROM (
                    SELECT seed, point FROM "grant"
                    EXCEPT SELECT seed, point FROM result INDEXED BY \(Self.trialIndex)
                    ORDER BY seed, point LIMIT -1) AS o
                LEFT JOIN "grant" AS g ON g.seed = o.seed AND g.point = o.point
                """)
        while let row = try rows.next() {
            guard try row.optional(0) as Int? != nil else { throw disorder("grants") }
            let fate: Scheduler.GrantFate =
                try row.value(5) as Bool ? .crashed : row.value(6) as Bool ? .lost : .open
            try body(
                row.value(0), row.value(1), row.value(2), row.value(3), row.value(4), fate)
        }
    }

    /// How many rows of each kind.
    public func counts() throws(LedgerError) -> LedgerCounts {
        try database { database in
            func count(_ what: String) throws -> Int {
                try Int.fetchOne(database, sql: "SELECT count(*) FROM \(what)") ?? 0
            }
            var counts = LedgerCounts()
            counts.failed = try count("result WHERE state = 'failed'")
            counts.recorded = try count("result") - counts.failed
            counts.grants = try count("\"grant\"")
            counts.losses = try count("loss")
            counts.duplicates = try count("duplicate")
            counts.divergentDuplicates = try count("duplicate WHERE kind = 'divergent'")
            counts.retired = try count("retired_result")
            counts.points = try count("point")
            counts.epochs = try count("epoch")
            return counts
        }
    }

    /// Every recorded outcome in the order of commits, each checked against its digest.
    ///
    /// - Throws: ``LedgerError/corrupt(path:detail:)`` at the first row that was altered, or that
    ///   the plan (``use(_:)``) does not have; whatever `body` throws comes back as that error, or
    ///   as `corrupt`.
    public func forEachResult(
        withArrays: Bool = false, _ body: (StoredResult) throws -> Void
    ) throws(LedgerError) {
        try database { database in
            let indices = try gridIndex.map { try pointIndices($0, database) }
            // A damaged page may hide rows or repeat them, and none of what is left has a flaw.
            let retired = try Set(
                Int64.fetchAll(database, sql: "SELECT sequence FROM retired_result"))
            var next: Int64 = 1
            func skipRetired() { while retired.contains(next) { next += 1 } }
            let rows = try Row.fetchCursor(
                database,
                sql: "SELECT \(LedgerSchema.resultColumns) FROM result ORDER BY sequence")
            while let row = try rows.next() {
                var stored = try checked(row, withArrays: withArrays, database)
                skipRetired()
                guard stored.sequence == next else {
                    throw LedgerError.corrupt(path: path, detail: "result \(next) is missing")
                }
                next += 1
                let point: Int64 = try row.value(2)
                if let plan, let indices {
                    guard (0..<plan.seedCount).contains(stored.seed),
                        indices.indices.contains(Int(point)), indices[Int(point)] >= 0
                    else { throw outsidePlan(seed: stored.seed, point: point, database) }
                    stored.pointIndex = indices[Int(point)]
                }
                try body(stored)
            }
            skipRetired()
            guard next == chain.lastSequence &+ 1 else {
                throw LedgerError.corrupt(path: path, detail: "result \(next) is missing")
            }
        }
    }

    /// The first `limit` trials of the plan that are quarantined, in the order of commits, and why.
    public func quarantined(
        atMost limit: Int
    ) throws(LedgerError) -> [(trial: TrialID, reason: String)] {
        guard let plan, let gridIndex else {
            preconditionFailure("a ledger is told its plan before it is read")
        }
        return try database { database in
            let indices = try pointIndices(gridIndex, database)
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT \(LedgerSchema.resultColumns) FROM result INDEXED BY result_failed
                    WHERE state = 'failed' AND (failure_kind = 'quarantined'
                        OR failure_kind = 'out_of_memory' AND kernel_family = '')
                    ORDER BY sequence LIMIT ?
                    """, arguments: [limit])
            var found: [(trial: TrialID, reason: String)] = []
            while let row = try rows.next() {
                let stored = try checked(row, withArrays: false, database)
                let point: Int64 = try row.value(2)
                guard case .failure(let failure, _) = stored.outcome,
                    (0..<plan.seedCount).contains(stored.seed),
                    indices.indices.contains(Int(point)), indices[Int(point)] >= 0
                else { throw outsidePlan(seed: stored.seed, point: point, database) }
                found.append(
                    (plan.trial(point: indices[Int(point)], seed: stored.seed), failure.message))
            }
            return found
        }
    }

    /// The recorded outcome of one trial of the plan with its arrays; nil when there is none.
    public func result(of trial: TrialID) throws(LedgerError) -> StoredResult? {
        guard let plan else { preconditionFailure("a ledger is told its plan before it is read") }
        let (index, seed) = plan.pointAndSeed(of: trial)
        let text = plan.grid.point(at: index).canonicalText
        return try database { database in
            guard let point = try existingPointRow(text, database),
                let row = try Row.fetchOne(
                    database,
                    sql: """
                        SELECT \(LedgerSchema.resultColumns) FROM result
                        WHERE seed = ? AND point = ?
                        """, arguments: [seed, point])
            else { return nil }
            var stored = try checked(row, withArrays: true, database)
            stored.pointIndex = index
            return stored
        }
    }
}
