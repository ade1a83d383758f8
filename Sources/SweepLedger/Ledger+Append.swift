import GRDB
import SweepCore

/// Something that makes a list of writes durable, all or nothing.
///
/// ``Ledger`` is the one that counts; tests put a disk that fails in its place.
public protocol LedgerSink: SendableMetatype {
    /// Applies `writes` in order and returns when they are on the disk.
    ///
    /// - Returns: One receipt a write, in the same order.
    /// - Throws: ``LedgerError``; then nothing of `writes` is there.
    func commit(_ writes: [LedgerWrite]) throws(LedgerError) -> [LedgerReceipt]
}

extension Ledger: LedgerSink {
    /// One transaction: exactly one result a trial, whoever reports it and how often.
    public func commit(_ writes: [LedgerWrite]) throws(LedgerError) -> [LedgerReceipt] {
        guard let plan else {
            preconditionFailure("a ledger is told its plan before it is written")
        }
        if writes.isEmpty { return [] }
        try announce()
        var batch = Batch(plan: plan, now: options.clock(), chain: chain)
        do {
            let receipts = try database { database in
                var receipts: [LedgerReceipt] = []
                try database.inTransaction(.immediate) {
                    for write in writes { receipts.append(try apply(write, &batch, database)) }
                    try append(&batch, database)
                    return .commit
                }
                return receipts
            }
            chain = batch.chain
            return receipts
        } catch {
            cache = LedgerCache()
            throw error
        }
    }

    /// What one transaction is about to add.
    struct Batch {
        let plan: SweepPlan
        let now: Int64
        var chain: ResultChain
        var rows: [ContentDigest] = []
    }

    private func apply(_ write: LedgerWrite, _ batch: inout Batch, _ database: Database) throws
        -> LedgerReceipt
    {
        switch write {
        case .grant(let record): try apply(record, batch, database)
        case .loss(let record): try apply(record, batch, database)
        case .forgiveness(let lease): try forgive(lease, batch, database)
        case .result(let record): try apply(record, mayRecord: true, &batch, database)
        case .duplicate(let record): try apply(record, mayRecord: false, &batch, database)
        case .reopen(let trial, let reason): try reopen(trial, reason, batch, database)
        case .checkpoint(let record): try apply(record, batch, database)
        case .continuation(let lease, let step):
            try noteContinuation(lease, step, batch, database)
        }
    }

    func place(_ trial: TrialID, _ batch: Batch, _ database: Database) throws
        -> (point: Int64, text: String, seed: Int)
    {
        let (index, seed) = batch.plan.pointAndSeed(of: trial)
        let row = try pointRow(index, of: batch.plan, database)
        return (row, try pointText(row, database), seed)
    }

    private func apply(_ record: GrantRecord, _ batch: Batch, _ database: Database) throws
        -> LedgerReceipt
    {
        let (point, _, seed) = try place(record.lease.trial, batch, database)
        let worker = try workerRow(record.worker, database)
        try database.cachedStatement(
            sql: """
                INSERT INTO "grant" (seed, point, attempt, worker, epoch, granted_at)
                VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                """
        ).execute(
            arguments: [seed, point, record.lease.attempt, worker, epoch, batch.now])
        if database.changesCount == 0,
            try grantee(seed, point, record.lease.attempt, database) != worker
        {
            return LedgerReceipt(record.lease, .refused(.grantedToAnother))
        }
        return LedgerReceipt(record.lease, .granted)
    }

    func grantee(_ seed: Int, _ point: Int64, _ attempt: Int, _ database: Database)
        throws -> Int64?
    {
        try Int64.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT worker FROM "grant" WHERE seed = ? AND point = ? AND attempt = ?
                    """),
            arguments: [seed, point, attempt])
    }

    private func apply(_ record: LossRecord, _ batch: Batch, _ database: Database) throws
        -> LedgerReceipt
    {
        let (point, _, seed) = try place(record.lease.trial, batch, database)
        try database.cachedStatement(
            sql: """
                INSERT INTO loss (seed, point, attempt, epoch, crashed, reason, lost_at)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(
            arguments: [
                seed, point, record.lease.attempt, epoch, record.kind == .crashed, record.reason,
                batch.now,
            ])
        if record.kind == .unexplained {
            try database.cachedStatement(
                sql:
                    "INSERT OR IGNORE INTO unexplained_loss (seed, point, attempt) VALUES (?, ?, ?)"
            ).execute(arguments: [seed, point, record.lease.attempt])
        }
        return LedgerReceipt(record.lease, .noted)
    }

    private func forgive(_ lease: Lease, _ batch: Batch, _ database: Database) throws
        -> LedgerReceipt
    {
        let (point, _, seed) = try place(lease.trial, batch, database)
        try database.cachedStatement(
            sql: "DELETE FROM unexplained_loss WHERE seed = ? AND point = ? AND attempt = ?"
        ).execute(arguments: [seed, point, lease.attempt])
        return LedgerReceipt(lease, .noted)
    }

    private func apply(
        _ record: ResultRecord, mayRecord: Bool, _ batch: inout Batch, _ database: Database
    ) throws -> LedgerReceipt {
        let lease = record.lease
        guard OutcomeCoding.isWellFormed(record.outcome) else {
            return LedgerReceipt(lease, .refused(.malformed))
        }
        let (point, text, seed) = try place(lease.trial, batch, database)
        guard let grantee = try grantee(seed, point, lease.attempt, database) else {
            return LedgerReceipt(lease, .refused(.neverGranted))
        }
        if let worker = record.worker, try workerRow(worker, database) != grantee {
            return LedgerReceipt(lease, .refused(.grantedToAnother))
        }
        var (row, arrays) = try resultRow(record, point, text, seed, grantee, database)
        if let first = try recorded(seed, point, database) {
            return try note(row, after: first, lease, batch, database)
        }
        guard mayRecord else { return LedgerReceipt(lease, .refused(.noResult)) }

        row.sequence = batch.chain.lastSequence + 1
        row.committedAt = batch.now
        row.rowDigest = row.expectedRowDigest(
            worker: try workerName(grantee, database).text,
            diagnosticNames: try layoutNames(row.diagnosticLayout, database).text)
        try database.cachedStatement(
            sql: LedgerSchema.insertResult
        ).execute(arguments: row.arguments)
        for (position, array) in arrays.enumerated() {
            try database.cachedStatement(
                sql: """
                    INSERT INTO result_array (result, position, name, shape, data)
                    VALUES (?, ?, ?, ?, ?)
                    """
            ).execute(
                arguments: [
                    row.sequence, position, array.name, array.shape, Blob.data(array.data),
                ])
        }
        // What was half done is done.
        try dropCheckpoint(seed: seed, point: point, database)
        batch.chain.lastSequence = row.sequence
        batch.rows.append(row.rowDigest)
        return LedgerReceipt(lease, .recorded)
    }

    /// The row of a result, complete but for its place, time and own digest.
    private func resultRow(
        _ record: ResultRecord, _ point: Int64, _ text: String, _ seed: Int, _ worker: Int64,
        _ database: Database
    ) throws -> (ResultRow, [EncodedArray]) {
        var result = TrialResult(metrics: [])
        var failure: TrialFailure?
        switch record.outcome {
        case .success(let success): result = success
        case .failure(let reason, let diagnostics):
            failure = reason
            result.diagnostics = diagnostics
        }
        let arrays = result.arrays.map {
            EncodedArray(
                name: $0.name, shape: OutcomeCoding.encode(shape: $0.shape),
                data: OutcomeCoding.encode(values: $0.values))
        }
        let layout = try layoutRow(result.metrics.map(\.name), database)
        let metrics = OutcomeCoding.encode(metrics: result.metrics)
        let arraysDigest = OutcomeCoding.digest(arrays: arrays)
        let digest = ResultRow.digest(
            point: text, seed: seed, failureKind: failure?.kind.rawValue,
            metricNames: try layoutNames(layout, database).text, metrics: metrics,
            arrays: arraysDigest)
        let row = ResultRow(
            sequence: 0, seed: seed, point: point, attempt: record.lease.attempt, worker: worker,
            failureKind: failure?.kind.rawValue, message: failure?.message,
            kernelFamily: record.kernelFamily, softwareVersion: record.softwareVersion,
            wallMilliseconds: record.wallMilliseconds, cpuMilliseconds: record.cpuMilliseconds,
            committedAt: 0, metricLayout: layout, metrics: metrics,
            diagnosticLayout: try layoutRow(result.diagnostics.map(\.name), database),
            diagnostics: OutcomeCoding.encode(diagnostics: result.diagnostics),
            arraysDigest: arraysDigest, digest: digest, rowDigest: digest)
        return (row, arrays)
    }

    /// Attempt, digest and kernels of the result that a trial has.
    private func recorded(_ seed: Int, _ point: Int64, _ database: Database) throws
        -> (attempt: Int, digest: ContentDigest?, kernelFamily: String)?
    {
        let statement = try database.cachedStatement(
            sql: """
                SELECT attempt, sha256, kernel_family FROM result WHERE seed = ? AND point = ?
                """)
        guard let row = try Row.fetchOne(statement, arguments: [seed, point]) else { return nil }
        return (try row.value(0), ContentDigest(Blob.bytes(row, 1)), try row.value(2))
    }

    /// Notes a late result beside the recorded one: one row an attempt, however often it comes.
    private func note(
        _ row: ResultRow,
        after first: (attempt: Int, digest: ContentDigest?, kernelFamily: String),
        _ lease: Lease, _ batch: Batch, _ database: Database
    ) throws -> LedgerReceipt {
        let isSame = row.digest == first.digest
        if isSame, row.attempt == first.attempt { return LedgerReceipt(lease, .alreadyRecorded) }
        let (kind, verdict): (String, LedgerReceipt.Verdict) =
            isSame
            ? ("benign", .benignDuplicate)
            : row.kernelFamily == first.kernelFamily
                ? ("divergent", .divergentDuplicate) : ("other_kernels", .otherKernels)
        try database.cachedStatement(
            sql: """
                INSERT INTO duplicate
                    (seed, point, attempt, worker, kind, sha256, received_at, times)
                VALUES (?, ?, ?, ?, ?, ?, ?, 1)
                ON CONFLICT (seed, point, attempt) DO UPDATE SET
                    times = times + 1,
                    sha256 = CASE excluded.kind WHEN 'benign' THEN sha256 ELSE excluded.sha256 END,
                    kind = CASE kind WHEN 'divergent' THEN kind ELSE excluded.kind END
                """
        ).execute(
            arguments: [
                row.seed, row.point, row.attempt, row.worker, kind,
                Blob.data(row.digest.bytes), batch.now,
            ])
        return LedgerReceipt(lease, verdict)
    }

    /// Sets a failure aside; the row stays, in `retired_result`, and in the chain.
    private func reopen(
        _ trial: TrialID, _ reason: String, _ batch: Batch, _ database: Database
    ) throws -> LedgerReceipt {
        let (point, _, seed) = try place(trial, batch, database)
        let failed = try Int.fetchOne(
            database,
            sql: "SELECT attempt FROM result WHERE seed = ? AND point = ? AND state = 'failed'",
            arguments: [seed, point])
        guard let failed else {
            return LedgerReceipt(Lease(trial, attempt: 0), .refused(.noResult))
        }
        _ = try retire(
            reason, now: batch.now, where: "seed = \(seed) AND point = \(point)", database)
        let last = try Int.fetchOne(
            database, sql: "SELECT max(attempt) FROM \"grant\" WHERE seed = ? AND point = ?",
            arguments: [seed, point])
        let latest = last ?? failed
        guard Self.numbers.contains(latest), latest < Self.numbers.upperBound else {
            throw LedgerError.corrupt(path: path, detail: "a grant has attempt \(latest)")
        }
        return LedgerReceipt(
            Lease(trial, attempt: failed), .reopened(nextAttempt: latest + 1))
    }

    /// Moves failed results to `retired_result`; returns how many.
    func retire(_ reason: String, now: Int64, where condition: String, _ database: Database)
        throws -> Int
    {
        try database.execute(
            sql: """
                INSERT INTO retired_result (\(LedgerSchema.resultColumns), retired_at, reason)
                SELECT \(LedgerSchema.resultColumns), ?, ? FROM result
                WHERE state = 'failed' AND \(condition) ORDER BY sequence
                """, arguments: [now, reason])
        try database.execute(
            sql: "DELETE FROM result WHERE state = 'failed' AND \(condition)")
        return database.changesCount
    }

    /// Ends the transaction's list of results with the link that chains them to all before.
    private func append(_ batch: inout Batch, _ database: Database) throws {
        guard !batch.rows.isEmpty else { return }
        batch.chain.digest = batch.chain.extended(by: batch.rows)
        let last = batch.chain.lastSequence
        try database.cachedStatement(
            sql: """
                INSERT INTO batch (epoch, first_sequence, last_sequence, committed_at, sha256)
                VALUES (?, ?, ?, ?, ?)
                """
        ).execute(
            arguments: [
                epoch, last - Int64(batch.rows.count) + 1, last, batch.now,
                Blob.data(batch.chain.digest.bytes),
            ])
    }
}

/// One array as it is stored.
typealias EncodedArray = (name: String, shape: String, data: [UInt8])
