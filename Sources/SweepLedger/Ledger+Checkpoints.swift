import GRDB
import SweepCore

// The newest state of each open trial: one row, replaced in place, gone with the trial's result.

extension Ledger {
    func apply(
        _ record: CheckpointRecord, _ batch: Batch, _ database: Database
    ) throws -> LedgerReceipt {
        let lease = record.lease
        let (point, _, seed) = try place(lease.trial, batch, database)
        guard let grantee = try grantee(seed, point, lease.attempt, database) else {
            return LedgerReceipt(lease, .refused(.neverGranted))
        }
        guard try workerRow(record.worker, database) == grantee else {
            return LedgerReceipt(lease, .refused(.grantedToAnother))
        }
        // The attempt is the fencing token: only the latest one may write.
        let isOver = try Bool.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT EXISTS (SELECT 1 FROM result WHERE seed = ?1 AND point = ?2)
                    OR EXISTS (SELECT 1 FROM "grant"
                               WHERE seed = ?1 AND point = ?2 AND attempt > ?3)
                    """), arguments: [seed, point, lease.attempt])
        guard isOver == false else { return LedgerReceipt(lease, .refused(.notCurrent)) }
        if try isBehind(record, seed, point, database) {
            return LedgerReceipt(lease, .refused(.behind))
        }
        try database.cachedStatement(
            sql: """
                INSERT INTO checkpoint_state (seed, point, attempt, data) VALUES (?, ?, ?, ?)
                ON CONFLICT (seed, point) DO UPDATE SET
                    attempt = excluded.attempt, data = excluded.data
                """
        ).execute(arguments: [seed, point, lease.attempt, Blob.data(record.content)])
        try database.cachedStatement(
            sql: """
                INSERT INTO checkpoint (seed, point, attempt, step, byte_count, times,
                    kernel_family, software_version, sha256, kept_at)
                VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, ?)
                ON CONFLICT (seed, point, attempt) DO UPDATE SET
                    step = excluded.step, byte_count = excluded.byte_count, times = times + 1,
                    kernel_family = excluded.kernel_family,
                    software_version = excluded.software_version,
                    sha256 = excluded.sha256, kept_at = excluded.kept_at
                """
        ).execute(
            arguments: [
                seed, point, lease.attempt, Int64(clamping: record.step), record.content.count,
                record.kernelFamily, record.softwareVersion,
                Blob.data(ContentDigest(of: record.content).bytes), batch.now,
            ])
        return LedgerReceipt(lease, .checkpointKept)
    }

    /// Whether what is kept was made by other kernels, or another critsweep, and is further: it is
    /// worth more than one that has just begun afresh.
    private func isBehind(
        _ record: CheckpointRecord, _ seed: Int, _ point: Int64, _ database: Database
    ) throws -> Bool {
        let kept = try Row.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT c.kernel_family, c.software_version, c.step FROM checkpoint_state AS s
                    JOIN checkpoint AS c USING (seed, point, attempt)
                    WHERE s.seed = ? AND s.point = ?
                    """), arguments: [seed, point])
        guard let kept else { return false }
        let isSame =
            kept[0] as String == record.kernelFamily && kept[1] as String == record.softwareVersion
        return !isSame && kept[2] as Int64 > Int64(clamping: record.step)
    }

    func noteContinuation(
        _ lease: Lease, _ step: UInt64, _ batch: Batch, _ database: Database
    ) throws -> LedgerReceipt {
        let (point, _, seed) = try place(lease.trial, batch, database)
        try database.cachedStatement(
            sql: """
                INSERT INTO continuation (seed, point, attempt, step, continued_at)
                VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                """
        ).execute(
            arguments: [seed, point, lease.attempt, Int64(clamping: step), batch.now])
        return LedgerReceipt(lease, .noted)
    }

    func dropCheckpoint(seed: Int, point: Int64, _ database: Database) throws {
        try database.cachedStatement(
            sql: "DELETE FROM checkpoint_state WHERE seed = ? AND point = ?"
        ).execute(arguments: [seed, point])
    }

    // MARK: - Reading

    /// The checkpoints of open trials of the plan, by trial, without their bytes.
    ///
    /// One that cannot be (of a trial or an attempt that does not exist) is left out: without it
    /// its trial begins afresh, and `verify` tells of it.
    public func checkpoints() throws(LedgerError) -> [StoredCheckpoint] {
        guard let plan, let gridIndex else {
            preconditionFailure("a ledger is told its plan before it is read")
        }
        return try database { database in
            let indices = try pointIndices(gridIndex, database)
            var found: [StoredCheckpoint] = []
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT s.seed, s.point, s.attempt, c.step, c.byte_count, c.kernel_family,
                        c.software_version, c.sha256
                    FROM checkpoint_state AS s JOIN checkpoint AS c USING (seed, point, attempt)
                    """)
            while let row = try rows.next() {
                let (seed, point, attempt): (Int, Int, Int) = try (
                    row.value(0), row.value(1), row.value(2)
                )
                let (step, byteCount): (Int64, Int) = try (row.value(3), row.value(4))
                guard (0..<plan.seedCount).contains(seed), indices.indices.contains(point),
                    indices[point] >= 0, Self.numbers.contains(attempt), step >= 0, byteCount > 0,
                    let digest = ContentDigest(Blob.bytes(row, 7))
                else { continue }
                found.append(
                    StoredCheckpoint(
                        lease: Lease(
                            plan.trial(point: indices[point], seed: seed), attempt: attempt),
                        step: UInt64(step), byteCount: byteCount, kernelFamily: try row.value(5),
                        softwareVersion: try row.value(6), digest: digest))
            }
            return found.sorted { $0.lease.trial < $1.lease.trial }
        }
    }

    /// Some bytes of the checkpoint of a trial.
    ///
    /// - Parameter digest: Of the checkpoint that is meant. All of it is compared with this digest
    ///   when its first byte is asked for.
    /// - Returns: At most `count` bytes from `offset`; nil when there is no such checkpoint (any
    ///   more) or it was altered.
    public func checkpoint(
        of trial: TrialID, digest: ContentDigest, from offset: Int, count: Int
    ) throws(LedgerError) -> [UInt8]? {
        guard let plan else { preconditionFailure("a ledger is told its plan before it is read") }
        let (index, seed) = plan.pointAndSeed(of: trial)
        let text = plan.grid.point(at: index).canonicalText
        return try database { database in
            guard let point = try existingPointRow(text, database) else { return nil }
            let isWhole = offset == 0
            let row = try Row.fetchOne(
                database.cachedStatement(
                    sql: """
                        SELECT c.sha256, \(isWhole ? "s.data" : "substr(s.data, ?3, ?4)")
                        FROM checkpoint_state AS s JOIN checkpoint AS c USING (seed, point, attempt)
                        WHERE s.seed = ?1 AND s.point = ?2
                        """),
                arguments: isWhole ? [seed, point] : [seed, point, offset + 1, count])
            guard let row, ContentDigest(Blob.bytes(row, 0)) == digest else { return nil }
            let bytes = Blob.bytes(row, 1)
            guard isWhole else { return bytes }
            return ContentDigest(of: bytes) == digest ? Array(bytes.prefix(count)) : nil
        }
    }

    /// Whether the file, which may be of an older version, has the tables of checkpoints.
    func hasCheckpoints(_ database: Database) throws -> Bool {
        try Connection.version(database, path) >= LedgerSchema.firstWithCheckpoints
    }

    /// Every checkpoint has the bytes that were kept, of the latest attempt of an open trial.
    func verifyCheckpoints(_ database: Database, _ find: (String) -> Void) throws {
        guard try hasCheckpoints(database) else { return }
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT s.seed, s.point, s.data, c.sha256, EXISTS (
                    SELECT 1 FROM result AS r WHERE r.seed = s.seed AND r.point = s.point)
                FROM checkpoint_state AS s LEFT JOIN checkpoint AS c USING (seed, point, attempt)
                """)
        while let row = try rows.next() {
            let name = "\(try pointText(row.value(1), database)) seed \(try row.value(0) as Int)"
            if try row.value(4) {
                find("\(name) has a result, and a checkpoint that should be gone")
            }
            let digest = row.hasNull(atIndex: 3) ? nil : ContentDigest(Blob.bytes(row, 3))
            if digest != ContentDigest(of: Blob.bytes(row, 2)) {
                find("the checkpoint of \(name) was altered")
            }
        }
        for table in ["checkpoint", "continuation"] {
            let stray = try Int.fetchOne(
                database,
                sql: """
                    SELECT count(*) FROM \(table) AS c WHERE NOT EXISTS (
                        SELECT 1 FROM "grant" AS g WHERE g.seed = c.seed AND g.point = c.point
                        AND g.attempt = c.attempt)
                    """)
            if let stray, stray > 0 { find("\(stray) rows of \(table) belong to no grant") }
        }
    }
}
