import GRDB
import SweepCore

/// Who computed a sweep, when, and with what: facts that stand beside its numbers.
public struct LedgerSummary: Hashable, Sendable {
    /// A start of a coordinator.
    public struct Start: Hashable, Sendable {
        public var host: String
        public var softwareVersion: String
        /// Milliseconds since 1970.
        public var startedAt: Int64
        /// nil after a kill, or while it runs.
        public var endedAt: Int64?
    }

    /// A worker, and how many recorded outcomes are its.
    public struct Worker: Hashable, Sendable {
        public var name: String
        public var results: Int

        public init(name: String, results: Int) {
            self.name = name
            self.results = results
        }
    }

    public var counts = LedgerCounts()
    /// Failures by kind, in the order of ``SweepCore/TrialFailure/Kind``; kinds without any left out.
    public var failures: [(kind: String, count: Int)] { failureCounts.map { ($0.name, $0.count) } }
    /// Kernel families of the outcomes, sorted.
    public var kernelFamilies: [String] = []
    /// Versions of critsweep that computed outcomes, sorted.
    public var softwareVersions: [String] = []
    /// Milliseconds since 1970; nil when nothing is recorded.
    public var firstCommitAt: Int64?
    public var lastCommitAt: Int64?
    public var starts: [Start] = []
    /// By name.
    public var workers: [Worker] = []
    /// Of the library that reads the ledger now.
    public var sqliteVersion = ""

    struct NamedCount: Hashable, Sendable {
        var name: String
        var count: Int
    }

    var failureCounts: [NamedCount] = []
}

extension Ledger {
    /// Who computed what is in the ledger, and when.
    public func summary() throws(LedgerError) -> LedgerSummary {
        let counts = try counts()
        return try database { database in
            var summary = LedgerSummary()
            summary.counts = counts
            summary.sqliteVersion =
                try String.fetchOne(database, sql: "SELECT sqlite_version()") ?? ""
            for kind in TrialFailure.Kind.allCases {
                let count = try Int.fetchOne(
                    database,
                    sql: """
                        SELECT count(*) FROM result INDEXED BY result_failed
                        WHERE state = 'failed' AND failure_kind = ?
                        """, arguments: [kind.rawValue])
                if let count, count > 0 {
                    summary.failureCounts.append(.init(name: kind.rawValue, count: count))
                }
            }
            summary.kernelFamilies = try String.fetchAll(
                database,
                sql: """
                    SELECT DISTINCT kernel_family FROM result WHERE kernel_family <> ''
                    ORDER BY kernel_family
                    """)
            summary.softwareVersions = try String.fetchAll(
                database,
                sql: "SELECT DISTINCT software_version FROM result ORDER BY software_version")
            if let row = try Row.fetchOne(
                database, sql: "SELECT min(committed_at), max(committed_at) FROM result")
            {
                summary.firstCommitAt = try row.optional(0)
                summary.lastCommitAt = try row.optional(1)
            }
            summary.starts = try Row.fetchAll(
                database,
                sql: "SELECT host, software_version, started_at, ended_at FROM epoch ORDER BY id"
            ).map {
                .init(
                    host: try $0.value(0), softwareVersion: try $0.value(1),
                    startedAt: try $0.value(2),
                    endedAt: try $0.optional(3))
            }
            summary.workers = try Row.fetchAll(
                database,
                sql: """
                    SELECT name, count(*) FROM result JOIN worker ON worker.id = result.worker
                    GROUP BY name ORDER BY name
                    """
            ).map { .init(name: try $0.value(0), results: try $0.value(1)) }
            return summary
        }
    }
}
