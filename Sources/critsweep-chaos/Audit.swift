import Foundation
import GRDB

/// What the ledger says of a sweep that has ended, beside what `critsweep verify` proves.
struct Audit {
    private let queue: DatabaseQueue

    /// - Parameter ledger: A ledger that nobody uses any more.
    init(_ ledger: String) throws {
        var configuration = Configuration()
        configuration.readonly = true
        queue = try DatabaseQueue(path: ledger, configuration: configuration)
    }

    private func count(_ sql: String, _ arguments: StatementArguments = []) throws -> Int {
        try queue.read { try Int.fetchOne($0, sql: sql, arguments: arguments) ?? 0 }
    }

    /// Trials that have a result.
    func recordedTrials() throws -> Int {
        try count("SELECT count(*) FROM (SELECT DISTINCT seed, point FROM result)")
    }

    /// Results beyond the first of their trial, and late results with other numbers.
    func doubleCounted() throws -> Int {
        try count("SELECT count(*) FROM result") - recordedTrials()
            + count("SELECT count(*) FROM duplicate WHERE kind = 'divergent'")
    }

    /// Trials that were handed out once more after their result was durable: by a later start of a
    /// coordinator, or later by the clock of the same one.
    func rerun() throws -> Int {
        try count(
            """
            SELECT count(*) FROM "grant" g JOIN result r USING (seed, point)
            JOIN batch b ON r.sequence BETWEEN b.first_sequence AND b.last_sequence
            WHERE g.attempt > r.attempt
              AND (g.epoch > b.epoch OR (g.epoch = b.epoch AND g.granted_at > r.committed_at))
            """)
    }

    /// Results of the starts up to `epoch`.
    func recorded(upTo epoch: Int) throws -> Int {
        try count(
            """
            SELECT coalesce(sum(last_sequence - first_sequence + 1), 0) FROM batch
            WHERE epoch <= ?
            """, [epoch])
    }

    func failures() throws -> Int {
        try count("SELECT count(*) FROM result WHERE state = 'failed'")
    }

    func losses() throws -> Int { try count("SELECT count(*) FROM loss") }

    func grants() throws -> Int { try count(#"SELECT count(*) FROM "grant""#) }

    /// Attempts lost from `start` on, at the clock of the ledger, and before `end`: seconds from
    /// `start` until each trial was handed out again or had a result after all, rising.
    func recoveries(from start: Int64, to end: Int64 = .max) throws -> [Double] {
        try queue.read {
            try Double.fetchAll(
                $0,
                sql: """
                    SELECT (min(coalesce(g.granted_at, r.committed_at),
                                coalesce(r.committed_at, g.granted_at)) - ?) / 1000.0 AS seconds
                    FROM loss l
                    LEFT JOIN "grant" g ON g.seed = l.seed AND g.point = l.point
                        AND g.attempt = l.attempt + 1
                    LEFT JOIN result r ON r.seed = l.seed AND r.point = l.point
                    WHERE l.lost_at >= ? AND l.lost_at < ? ORDER BY seconds
                    """, arguments: [start, start, end])
        }
    }

    /// What came of workers that died at `moments`.
    func deaths(_ what: String, _ moments: [Int64]) throws -> Recovery {
        let seconds = try zip(moments, moments.dropFirst() + [.max]).flatMap {
            try recoveries(from: $0, to: $1)
        }
        return Recovery(
            "kill -9 \(what) to the next grant of each trial that it had; \(moments.count) kills",
            seconds, bar: 0.5, broken: seconds.isEmpty ? "no trial was lost" : nil)
    }

    /// Seconds from `start` until a trial was handed out or recorded.
    func firstProgress(after start: Int64) throws -> Double {
        let moment = try queue.read {
            try Int64.fetchOne(
                $0,
                sql: """
                    SELECT min(moment) FROM (
                        SELECT min(granted_at) AS moment FROM "grant" WHERE granted_at >= ?
                        UNION ALL
                        SELECT min(committed_at) FROM result WHERE committed_at >= ?)
                    """, arguments: [start, start])
        }
        guard let moment else { throw Trouble("nothing happened after the fault") }
        return Double(moment - start) / 1_000
    }

    /// Seconds from `start` to the first grant of a start of the coordinator after `epoch`.
    func firstGrant(afterEpoch epoch: Int, from start: Int64) throws -> Double {
        let moment = try queue.read {
            try Int64.fetchOne(
                $0, sql: #"SELECT min(granted_at) FROM "grant" WHERE epoch > ?"#,
                arguments: [epoch])
        }
        guard let moment else { throw Trouble("nothing was granted after the restart") }
        return Double(moment - start) / 1_000
    }

    /// The longest time without any grant or result between two moments.
    func longestPause(from start: Int64, to end: Int64) throws -> Double {
        let moments = try queue.read {
            try Int64.fetchAll(
                $0,
                sql: """
                    SELECT granted_at FROM "grant" WHERE granted_at BETWEEN ?1 AND ?2
                    UNION SELECT committed_at FROM result WHERE committed_at BETWEEN ?1 AND ?2
                    ORDER BY 1
                    """, arguments: [start, end])
        }
        let gaps = zip([start] + moments, moments + [end]).map { $1 - $0 }
        return Double(gaps.max() ?? 0) / 1_000
    }
}
