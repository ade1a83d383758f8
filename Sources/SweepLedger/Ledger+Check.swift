import GRDB
import SweepCore

extension Ledger {
    /// Decodes one row of `result` or `retired_result`, and proves that nobody altered it.
    ///
    /// - Throws: ``LedgerError/corrupt(path:detail:)``.
    func checked(_ row: Row, withArrays: Bool, _ database: Database) throws -> StoredResult {
        guard let columns = try ResultRow(row) else {
            throw LedgerError.corrupt(path: path, detail: "a result has impossible columns")
        }
        let point = try pointText(columns.point, database)
        let worker = try workerName(columns.worker, database)
        let metricNames = try layoutNames(columns.metricLayout, database)
        let diagnosticNames = try layoutNames(columns.diagnosticLayout, database)
        func damaged(_ what: String) -> LedgerError {
            .corrupt(path: path, detail: "\(what) of \(point) seed \(columns.seed)")
        }
        let expected = ResultRow.digest(
            point: point, seed: columns.seed, failureKind: columns.failureKind,
            metricNames: metricNames.text, metrics: columns.metrics,
            arrays: columns.arraysDigest)
        guard expected == columns.digest,
            columns.expectedRowDigest(
                worker: worker.text, diagnosticNames: diagnosticNames.text)
                == columns.rowDigest,
            (try row.value(5) as String == "failed") == (columns.failureKind != nil)
        else { throw damaged("the digest does not match the result") }
        guard
            let metrics = OutcomeCoding.decodeMetrics(columns.metrics, names: metricNames.names),
            let diagnostics = OutcomeCoding.decodeDiagnostics(
                columns.diagnostics, names: diagnosticNames.names)
        else { throw damaged("the numbers do not fit their names in the result") }

        let outcome: TrialOutcome
        if let word = columns.failureKind {
            guard let kind = TrialFailure.Kind(rawValue: word) else {
                throw damaged("the unknown failure \"\(word)\"")
            }
            outcome = .failure(
                TrialFailure(kind, columns.message ?? ""), diagnostics: diagnostics)
        } else {
            let arrays = withArrays ? try self.arrays(of: columns, database) : []
            outcome = .success(
                TrialResult(metrics: metrics, arrays: arrays, diagnostics: diagnostics))
        }
        return StoredResult(
            sequence: columns.sequence, point: point, pointIndex: nil, seed: columns.seed,
            attempt: columns.attempt, worker: worker.identity, kernelFamily: columns.kernelFamily,
            softwareVersion: columns.softwareVersion, wallMilliseconds: columns.wallMilliseconds,
            cpuMilliseconds: columns.cpuMilliseconds, committedAt: columns.committedAt,
            outcome: outcome, digest: columns.digest)
    }

    private func arrays(of row: ResultRow, _ database: Database) throws -> [NamedArray] {
        let found = try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT name, shape, data FROM result_array WHERE result = ? ORDER BY position
                    """),
            arguments: [row.sequence])
        let encoded = try found.map { row -> EncodedArray in
            (name: try row.value(0), shape: try row.value(1), data: Blob.bytes(row, 2))
        }
        let damage = LedgerError.corrupt(
            path: path, detail: "the arrays of result \(row.sequence) were altered")
        guard OutcomeCoding.digest(arrays: encoded) == row.arraysDigest else { throw damage }
        return try encoded.map { array in
            guard let shape = OutcomeCoding.decodeShape(array.shape),
                let values = OutcomeCoding.decodeValues(array.data),
                OutcomeCoding.product(shape) == values.count
            else { throw damage }
            return NamedArray(array.name, shape: shape, values)
        }
    }

    /// Reads where the chain of results ends, and proves its last link.
    func loadChain(_ database: Database) throws {
        let batches = try Row.fetchAll(
            database,
            sql: """
                SELECT first_sequence, last_sequence, sha256 FROM batch ORDER BY id DESC LIMIT 2
                """)
        let last = try Int64.fetchOne(
            database,
            sql: """
                SELECT max(coalesce((SELECT max(sequence) FROM result), 0),
                           coalesce((SELECT max(sequence) FROM retired_result), 0))
                """)
        guard let batch = batches.first else {
            guard last == 0 else {
                throw LedgerError.corrupt(path: path, detail: "results without their batch")
            }
            return
        }
        var previous = ResultChain()
        if batches.count > 1 {
            guard let digest = ContentDigest(Blob.bytes(batches[1], 2)) else {
                throw LedgerError.corrupt(path: path, detail: "a batch has no digest")
            }
            previous = ResultChain(lastSequence: try batches[1].value(1), digest: digest)
        }
        let found = try link(from: batch.value(0), to: batch.value(1), after: previous, database)
        guard last == (try batch.value(1) as Int64),
            found.digest == ContentDigest(Blob.bytes(batch, 2))
        else {
            throw LedgerError.corrupt(path: path, detail: "the last batch of results was altered")
        }
        chain = found
    }

    /// The chain after the results `first` … `last`, each of which is checked.
    func link(
        from first: Int64, to last: Int64, after previous: ResultChain, _ database: Database
    ) throws -> ResultChain {
        let statement = try database.cachedStatement(
            sql: """
                SELECT * FROM (
                    SELECT \(LedgerSchema.resultColumns) FROM result
                    WHERE sequence BETWEEN ?1 AND ?2
                    UNION ALL
                    SELECT \(LedgerSchema.resultColumns) FROM retired_result
                    WHERE sequence BETWEEN ?1 AND ?2)
                ORDER BY sequence
                """)
        // Wrapping: the numbers come from the file, and one that wraps matches nothing.
        var next = previous.lastSequence &+ 1
        guard first == next else {
            throw LedgerError.corrupt(path: path, detail: "result \(next) is missing")
        }
        var digests: [ContentDigest] = []
        let rows = try Row.fetchCursor(statement, arguments: [first, last])
        while let row = try rows.next() {
            let stored = try checked(row, withArrays: false, database)
            guard stored.sequence == next, let digest = ContentDigest(Blob.bytes(row, 19)) else {
                throw LedgerError.corrupt(path: path, detail: "result \(next) is missing")
            }
            digests.append(digest)
            next &+= 1
        }
        guard next == last &+ 1 else {
            throw LedgerError.corrupt(path: path, detail: "result \(next) is missing")
        }
        return ResultChain(lastSequence: last, digest: previous.extended(by: digests))
    }
}
