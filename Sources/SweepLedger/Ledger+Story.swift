import GRDB
import SweepCore

/// One thing that happened to a trial.
public struct StoryEvent: Hashable, Sendable {
    /// What happened.
    public enum Kind: Hashable, Sendable {
        case granted(to: WorkerIdentity, epoch: Int)
        case lost(reason: String, isCrash: Bool)
        case recorded(ContentDigest, kernelFamily: String, wallMilliseconds: Int64)
        case failed(TrialFailure)
        /// A late result; `kind` is benign, divergent or other_kernels.
        case duplicate(kind: String, by: WorkerIdentity, digest: ContentDigest, times: Int)
        /// A failure was set aside.
        case retired(TrialFailure, reason: String)
        /// The attempt went on after so many iterations of earlier ones.
        case continued(step: UInt64)
        /// The last checkpoint of the attempt.
        case checkpoint(step: UInt64, byteCount: Int, times: Int)
    }

    public var attempt: Int
    /// Milliseconds since 1970, by the coordinator's clock.
    public var at: Int64
    public var kind: Kind
}

extension Ledger {
    /// All that the ledger knows of one trial: attempts ascending, and within an attempt from its
    /// grant to its end. The order does not rest on the clock.
    public func story(ofPoint canonical: String, seed: Int) throws(LedgerError) -> [StoryEvent] {
        try database { database in
            guard let point = try existingPointRow(canonical, database) else { return [] }
            var ranked: [(rank: Int, event: StoryEvent)] = []
            func rows(_ sql: String, _ body: (Row) throws -> Void) throws {
                let cursor = try Row.fetchCursor(
                    database, sql: "\(sql) WHERE seed = ? AND point = ?", arguments: [seed, point])
                while let row = try cursor.next() { try body(row) }
            }
            func note(
                _ rank: Int, _ row: Row, _ at: String, _ kind: StoryEvent.Kind
            ) throws {
                ranked.append(
                    (
                        rank,
                        StoryEvent(
                            attempt: try row.value("attempt"), at: try row.value(at), kind: kind)
                    ))
            }
            try rows("SELECT * FROM \"grant\"") { row in
                let worker = try workerName(row.value("worker"), database).identity
                try note(0, row, "granted_at", .granted(to: worker, epoch: row.value("epoch")))
            }
            if try hasCheckpoints(database) {
                try rows("SELECT * FROM continuation") { row in
                    try note(
                        1, row, "continued_at",
                        .continued(step: UInt64(max(0, row.value("step") as Int64))))
                }
                try rows("SELECT * FROM checkpoint") { row in
                    try note(
                        2, row, "kept_at",
                        .checkpoint(
                            step: UInt64(max(0, row.value("step") as Int64)),
                            byteCount: row.value("byte_count"),
                            times: row.value("times")))
                }
            }
            try rows("SELECT * FROM loss") { row in
                try note(
                    3, row, "lost_at",
                    .lost(reason: row.value("reason"), isCrash: row.value("crashed")))
            }
            try rows("SELECT \(LedgerSchema.resultColumns) FROM result") { row in
                let stored = try checked(row, withArrays: false, database)
                if case .failure(let failure, _) = stored.outcome {
                    try note(4, row, "committed_at", .failed(failure))
                } else {
                    try note(
                        4, row, "committed_at",
                        .recorded(
                            stored.digest, kernelFamily: stored.kernelFamily,
                            wallMilliseconds: stored.wallMilliseconds))
                }
            }
            try rows("SELECT * FROM retired_result") { row in
                let kind = TrialFailure.Kind(rawValue: try row.value("failure_kind")) ?? .crashed
                let failure = TrialFailure(kind, try row.value("message"))
                try note(4, row, "committed_at", .failed(failure))
                try note(5, row, "retired_at", .retired(failure, reason: row.value("reason")))
            }
            try rows("SELECT * FROM duplicate") { row in
                guard let digest = ContentDigest(Blob.bytes(row, 6)) else { return }
                let worker = try workerName(row.value("worker"), database).identity
                try note(
                    6, row, "received_at",
                    .duplicate(
                        kind: row.value("kind"), by: worker, digest: digest,
                        times: row.value("times")))
            }
            return ranked.sorted {
                ($0.event.attempt, $0.rank, $0.event.at) < ($1.event.attempt, $1.rank, $1.event.at)
            }.map(\.event)
        }
    }
}
