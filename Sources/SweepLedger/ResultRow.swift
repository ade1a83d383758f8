import GRDB
import SweepCore

/// The columns of one row of `result`, as bytes: what is hashed, stored and read back.
struct ResultRow {
    var sequence: Int64
    var seed: Int
    var point: Int64
    var attempt: Int
    var worker: Int64
    /// nil for a trial with numbers.
    var failureKind: String?
    var message: String?
    var kernelFamily: String
    var softwareVersion: String
    var wallMilliseconds: Int64
    var cpuMilliseconds: Int64
    var committedAt: Int64
    var metricLayout: Int64
    var metrics: [UInt8]
    var diagnosticLayout: Int64
    var diagnostics: [UInt8]
    var arraysDigest: ContentDigest?
    var digest: ContentDigest
    var rowDigest: ContentDigest

    /// The reproducible part: which trial it is and what came out, whoever computed it and when.
    static func digest(
        point: String, seed: Int, failureKind: String?, metricNames: String, metrics: [UInt8],
        arrays: ContentDigest?
    ) -> ContentDigest {
        var builder = DigestBuilder()
        builder.append("critsweep result 1")
        builder.append(point)
        builder.append(Int64(seed))
        builder.append(failureKind)
        builder.append(metricNames)
        builder.append(field: metrics)
        builder.append(Int64(arrays == nil ? 0 : 1))
        if let arrays { builder.append(arrays) }
        return builder.finish()
    }

    /// Everything in the row but its own digest, names in place of row numbers.
    func expectedRowDigest(worker: String, diagnosticNames: String) -> ContentDigest {
        var builder = DigestBuilder()
        builder.append("critsweep row 1")
        builder.append(digest)
        builder.append(sequence)
        builder.append(Int64(attempt))
        builder.append(worker)
        builder.append(message)
        builder.append(kernelFamily)
        builder.append(softwareVersion)
        builder.append(wallMilliseconds)
        builder.append(cpuMilliseconds)
        builder.append(committedAt)
        builder.append(diagnosticNames)
        builder.append(field: diagnostics)
        return builder.finish()
    }

    /// The row as arguments, in the order of ``LedgerSchema/resultColumns``.
    var arguments: StatementArguments {
        let values: [(any DatabaseValueConvertible)?] = [
            sequence, seed, point, attempt, worker, failureKind == nil ? "recorded" : "failed",
            failureKind, message, kernelFamily, softwareVersion, wallMilliseconds,
            cpuMilliseconds, committedAt, metricLayout, Blob.data(metrics), diagnosticLayout,
            Blob.data(diagnostics), arraysDigest.map { Blob.data($0.bytes) },
            Blob.data(digest.bytes), Blob.data(rowDigest.bytes),
        ]
        return StatementArguments(values)
    }
}

extension ResultRow {
    /// A row selected with ``LedgerSchema/resultColumns``; nil when a column is not what it must be.
    init?(_ row: Row) throws {
        guard let digest = ContentDigest(Blob.bytes(row, 18)),
            let rowDigest = ContentDigest(Blob.bytes(row, 19)),
            let seed = Int(exactly: try row.value(1) as Int64),
            let attempt = Int(exactly: try row.value(3) as Int64),
            Ledger.numbers.contains(attempt)
        else { return nil }
        var arraysDigest: ContentDigest?
        if !row.hasNull(atIndex: 17) {
            guard let found = ContentDigest(Blob.bytes(row, 17)) else { return nil }
            arraysDigest = found
        }
        try self.init(
            sequence: row.value(0), seed: seed, point: row.value(2), attempt: attempt,
            worker: row.value(4),
            failureKind: row.optional(6), message: row.optional(7), kernelFamily: row.value(8),
            softwareVersion: row.value(9),
            wallMilliseconds: row.value(10), cpuMilliseconds: row.value(11),
            committedAt: row.value(12),
            metricLayout: row.value(13), metrics: Blob.bytes(row, 14),
            diagnosticLayout: row.value(15),
            diagnostics: Blob.bytes(row, 16), arraysDigest: arraysDigest, digest: digest,
            rowDigest: rowDigest)
    }
}

/// Digest over every result ever recorded, in order: a missing, added or altered row breaks it.
struct ResultChain: Hashable {
    var lastSequence: Int64 = 0
    var digest = ContentDigest(of: "critsweep ledger 1")

    /// The chain after one more batch of rows.
    func extended(by rows: [ContentDigest]) -> ContentDigest {
        var builder = DigestBuilder()
        builder.append(digest)
        builder.append(Int64(rows.count))
        for row in rows { builder.append(row) }
        return builder.finish()
    }
}
