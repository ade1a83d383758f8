import GRDB
import SweepCore

/// Which trials of the plan a ledger has outcomes of, by point and seed, with the names of what
/// they hold: all that an export must know before it reads the first number.
///
/// Memory: some 40 bytes a trial.
public struct TrialIndex: Sendable {
    /// One trial that has an outcome.
    public struct Entry: Hashable, Sendable {
        /// Index of the grid point.
        public var point: Int
        public var seed: Int
        public var isFailed: Bool
        let sequence: Int64
    }

    /// An array that some trials have.
    public struct ArrayShapes: Hashable, Sendable {
        public var name: String
        /// Distinct shapes in the order of their first appearance, and how many trials have each.
        public var shapes: [(shape: [Int], count: Int)]

        public static func == (left: Self, right: Self) -> Bool {
            left.name == right.name && left.shapes.elementsEqual(right.shapes, by: ==)
        }

        public func hash(into hasher: inout Hasher) { hasher.combine(name) }
    }

    /// By point, then seed.
    public fileprivate(set) var entries: [Entry] = []
    /// Names in the order of their first appearance by point and seed.
    public fileprivate(set) var metrics: [String] = []
    public fileprivate(set) var diagnostics: [String] = []
    /// Those of ``diagnostics`` that are texts.
    public fileprivate(set) var textDiagnostics: Set<String> = []
    public fileprivate(set) var arrays: [ArrayShapes] = []
}

extension Ledger {
    /// The trials of the plan (``use(_:)``) that have an outcome.
    ///
    /// - Throws: ``LedgerError/corrupt(path:detail:)`` also for a result that the plan does not
    ///   have.
    public func trialIndex() throws(LedgerError) -> TrialIndex {
        guard let plan, let gridIndex else {
            preconditionFailure("a ledger is told its plan before it is read")
        }
        return try database { database in
            var index = TrialIndex()
            var layouts: [(entry: TrialIndex.Entry, metrics: Int64, diagnostics: Int64)] = []
            let points = try pointIndices(gridIndex, database)
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT sequence, seed, point, state, metric_layout, diagnostic_layout
                    FROM result
                    """)
            while let row = try rows.next() {
                let (seed, point): (Int, Int) = try (row.value(1), row.value(2))
                guard (0..<plan.seedCount).contains(seed), points.indices.contains(point),
                    points[point] >= 0
                else { throw outsidePlan(seed: seed, point: Int64(point), database) }
                let entry = TrialIndex.Entry(
                    point: points[point], seed: seed, isFailed: try row.value(3) == "failed",
                    sequence: try row.value(0))
                layouts.append((entry, try row.value(4), try row.value(5)))
            }
            layouts.sort { ($0.entry.point, $0.entry.seed) < ($1.entry.point, $1.entry.seed) }
            index.entries = layouts.map(\.entry)
            try readNames(of: layouts, into: &index, database)
            try readShapes(into: &index, database)
            return index
        }
    }

    private func readNames(
        of layouts: [(entry: TrialIndex.Entry, metrics: Int64, diagnostics: Int64)],
        into index: inout TrialIndex, _ database: Database
    ) throws {
        var (metrics, diagnostics) = (FirstNames(), FirstNames())
        var seenMetrics: Set<Int64> = []
        var seenDiagnostics: Set<Int64> = []
        for (entry, metricLayout, diagnosticLayout) in layouts {
            if !entry.isFailed, seenMetrics.insert(metricLayout).inserted {
                metrics.add(try layoutNames(metricLayout, database).names)
            }
            guard seenDiagnostics.insert(diagnosticLayout).inserted else { continue }
            diagnostics.add(try layoutNames(diagnosticLayout, database).names)
            let stored = try result(numbered: entry.sequence, withArrays: false, database)
            for diagnostic in stored.outcome.diagnostics {
                if case .text = diagnostic.value { index.textDiagnostics.insert(diagnostic.name) }
            }
        }
        (index.metrics, index.diagnostics) = (metrics.list, diagnostics.list)
    }

    /// Shapes without the numbers, which lie behind them in a row and are not read.
    private func readShapes(into index: inout TrialIndex, _ database: Database) throws {
        struct Found {
            var rank: Int
            var position: Int
            var shapes: [String: (rank: Int, count: Int)]
        }
        var ranks: [Int64: Int] = [:]
        var found: [String: Found] = [:]
        let rows = try Row.fetchCursor(
            database, sql: "SELECT result, position, name, shape FROM result_array")
        while let row = try rows.next() {
            if ranks.isEmpty {
                for (rank, entry) in index.entries.enumerated() { ranks[entry.sequence] = rank }
            }
            // Arrays of no result break no export; `verify` tells of them.
            guard let rank = ranks[try row.value(0)] else { continue }
            let (position, name, shape): (Int, String, String) = try (
                row.value(1), row.value(2), row.value(3)
            )
            var array = found[name] ?? Found(rank: rank, position: position, shapes: [:])
            if (rank, position) < (array.rank, array.position) {
                (array.rank, array.position) = (rank, position)
            }
            let seen = array.shapes[shape] ?? (rank, 0)
            array.shapes[shape] = (min(seen.rank, rank), seen.count + 1)
            found[name] = array
        }
        let byAppearance = found.sorted {
            ($0.value.rank, $0.value.position, $0.key) < ($1.value.rank, $1.value.position, $1.key)
        }
        index.arrays = try byAppearance.map { name, array in
            let shapes = array.shapes.sorted { $0.value.rank < $1.value.rank }
            return TrialIndex.ArrayShapes(
                name: name,
                shapes: try shapes.map { text, facts in
                    guard let shape = OutcomeCoding.decodeShape(text),
                        OutcomeCoding.product(shape) != nil
                    else {
                        throw LedgerError.corrupt(
                            path: path, detail: "the array \(name) has the shape \"\(text)\"")
                    }
                    return (shape, facts.count)
                })
        }
    }

    /// The outcome of every trial of an index, by point and seed, each checked against its digest.
    ///
    /// One trial is in memory at a time.
    ///
    /// - Throws: ``LedgerError``, or what `body` throws, as it is.
    public func forEachTrial(
        of index: TrialIndex, withArrays: Bool = false,
        _ body: (TrialIndex.Entry, StoredResult) throws -> Void
    ) throws {
        var failure: (any Error)?
        try database { database in
            for entry in index.entries {
                var stored = try result(
                    numbered: entry.sequence, withArrays: withArrays, database)
                stored.pointIndex = entry.point
                do { try body(entry, stored) } catch {
                    failure = error
                    return
                }
            }
        }
        if let failure { throw failure }
    }

    private func result(
        numbered sequence: Int64, withArrays: Bool, _ database: Database
    ) throws -> StoredResult {
        let row = try Row.fetchOne(
            database.cachedStatement(
                sql: "SELECT \(LedgerSchema.resultColumns) FROM result WHERE sequence = ?"),
            arguments: [sequence])
        guard let row else {
            throw LedgerError.corrupt(path: path, detail: "result \(sequence) is gone")
        }
        return try checked(row, withArrays: withArrays, database)
    }
}

/// Names without repetition, in the order in which they came.
private struct FirstNames {
    private(set) var list: [String] = []
    private var seen: Set<String> = []

    mutating func add(_ names: [String]) {
        for name in names where seen.insert(name).inserted { list.append(name) }
    }
}

extension TrialOutcome {
    /// Of a success or a failure.
    public var diagnostics: [NamedDiagnostic] {
        switch self {
        case .success(let result): result.diagnostics
        case .failure(_, let diagnostics): diagnostics
        }
    }
}
