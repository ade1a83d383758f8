import SweepCore
import SweepLedger

/// Every recorded trial as NumPy arrays over (point, seed).
///
/// One pass over the ledger, one trial in memory; docs/export.md has the names and shapes.
public struct NumPyExport {
    /// How the trials' arrays of one name are stored.
    private struct Stored {
        enum Kind {
            /// (points, seeds, …), NaN for trials that have none.
            case dense
            /// (k, …) of the k trials with this shape, and (k, 2) with their points and seeds.
            case listed(trials: Int)
        }

        var place: Int
        var count: Int
        var kind: Kind
    }

    private struct Key: Hashable {
        var name: String
        var shape: [Int]
    }

    private let plan: SweepPlan
    private let index: TrialIndex
    private let zip64From: UInt64

    /// - Parameter zip64From: Sizes in bytes from here on are written in 64 bits; other than the
    ///   format's own limit for tests only.
    public init(_ plan: SweepPlan, _ index: TrialIndex, zip64From: UInt64 = 0xFFFF_FFFF) {
        self.plan = plan
        self.index = index
        self.zip64From = zip64From
    }

    private static let reserved = ["seed", "n", "recorded", "failed", "failure_kind"]
    /// The longest kind of failure.
    private static let kindLength = TrialFailure.Kind.allCases.map(\.rawValue.count).max() ?? 1

    /// Writes the archive into an open file.
    ///
    /// - Throws: ``SweepLedger/LedgerError``, ``ExportError``.
    public func write(_ ledger: Ledger, to file: ExportFile) throws {
        let archive = NumPyArchive(file, zip64From: zip64From)
        var names = ExportNames(reserved: Self.reserved)
        let grid = [plan.grid.pointCount, plan.seedCount]
        let parameters = try declareParameters(archive, &names)
        let seeds = try archive.declare("seed", .int64, shape: [plan.seedCount])
        let counts = try archive.declare("n", .int64, shape: [plan.grid.pointCount])
        let recorded = try archive.declare("recorded", .bool, shape: grid)
        let failed = try archive.declare("failed", .bool, shape: grid)
        let kinds = try archive.declare("failure_kind", .text(Self.kindLength), shape: grid)
        let metrics = try index.metrics.map {
            try archive.declare(names.take($0, prefix: "metric"), .double, shape: grid)
        }
        let arrays = try declareArrays(archive, &names)
        let numeric = index.diagnostics.filter { !index.textDiagnostics.contains($0) }
        let diagnostics = try numeric.map {
            try archive.declare(names.take($0, prefix: "diagnostic"), .double, shape: grid)
        }
        if let free = file.freeBytes, free < archive.byteCount {
            throw ExportError.noSpace(path: file.path, needed: archive.byteCount, free: free)
        }
        try archive.begin()

        try writeParameters(archive, parameters)
        for seed in 0..<plan.seedCount { try archive.append(seed, to: seeds) }
        try writeCounts(archive, counts)

        let dense = arrays.values.filter { if case .dense = $0.kind { true } else { false } }
        func writeNothing(_ count: Int) throws {
            for _ in 0..<count {
                try archive.append(false, to: recorded)
                try archive.append(false, to: failed)
                try archive.append("", length: Self.kindLength, to: kinds)
                for place in metrics + diagnostics { try archive.append([.nan], to: place) }
                for array in dense {
                    try archive.append(repeatElement(.nan, count: array.count), to: array.place)
                }
            }
        }
        var next = 0
        try ledger.forEachTrial(of: index, withArrays: true) { entry, stored in
            let rank = entry.point * plan.seedCount + entry.seed
            try writeNothing(rank - next)
            next = rank + 1
            var (result, kind) = (TrialResult(metrics: []), "")
            switch stored.outcome {
            case .success(let found): result = found
            case .failure(let failure, _): kind = failure.kind.rawValue
            }
            try archive.append(!entry.isFailed, to: recorded)
            try archive.append(entry.isFailed, to: failed)
            try archive.append(kind, length: Self.kindLength, to: kinds)
            let values = Dictionary(
                result.metrics.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
            for (name, place) in zip(index.metrics, metrics) {
                try archive.append([(values[name] ?? nil) ?? .nan], to: place)
            }
            try write(result.arrays, of: entry, arrays, archive)
            let facts = Dictionary(
                stored.outcome.diagnostics.map { ($0.name, $0.value) },
                uniquingKeysWith: { first, _ in first })
            for (name, place) in zip(numeric, diagnostics) {
                var number: Double?
                if case .number(let value) = facts[name] { number = value }
                try archive.append([number ?? .nan], to: place)
            }
        }
        try writeNothing(plan.trialCount - next)
        try archive.finish()
    }

    // MARK: Points

    private func declareParameters(
        _ archive: NumPyArchive, _ names: inout ExportNames
    ) throws -> [(place: Int, textLength: Int?)] {
        try plan.grid.axes.map { axis in
            let isNumeric = axis.values.allSatisfy { $0.number != nil }
            let length = axis.values.map(\.canonicalText.unicodeScalars.count).max() ?? 1
            let place = try archive.declare(
                names.take(axis.name, prefix: "parameter"),
                isNumeric ? .double : .text(max(1, length)), shape: [plan.grid.pointCount])
            return (place, isNumeric ? nil : max(1, length))
        }
    }

    private func writeParameters(
        _ archive: NumPyArchive, _ places: [(place: Int, textLength: Int?)]
    ) throws {
        for point in 0..<plan.grid.pointCount {
            let parameters = plan.grid.point(at: point).parameters
            for (parameter, (place, length)) in zip(parameters, places) {
                if let length {
                    try archive.append(
                        parameter.value.canonicalText, length: length, to: place)
                } else {
                    try archive.append([parameter.value.number ?? .nan], to: place)
                }
            }
        }
    }

    private func writeCounts(_ archive: NumPyArchive, _ place: Int) throws {
        var counts: [Int: Int] = [:]
        for entry in index.entries where !entry.isFailed { counts[entry.point, default: 0] += 1 }
        for point in 0..<plan.grid.pointCount {
            try archive.append(counts[point] ?? 0, to: place)
        }
    }

    // MARK: Arrays of trials

    private func declareArrays(
        _ archive: NumPyArchive, _ names: inout ExportNames
    ) throws -> [Key: Stored] {
        var stored: [Key: Stored] = [:]
        for array in index.arrays {
            let isDense = array.shapes.count == 1
            for (shape, trials) in array.shapes {
                let count = shape.reduce(1, *)
                var entry = Stored(place: 0, count: count, kind: .dense)
                if isDense {
                    entry.place = try archive.declare(
                        names.take(array.name, prefix: "array"), .double,
                        shape: [plan.grid.pointCount, plan.seedCount] + shape)
                } else {
                    let suffix = shape.map(String.init).joined(separator: "x")
                    let name = "\(array.name)_\(suffix)"
                    entry.place = try archive.declare(
                        names.take(name, prefix: "array"), .double, shape: [trials] + shape)
                    entry.kind = .listed(
                        trials: try archive.declare(
                            names.take("\(name)_trials", prefix: "array"), .int64,
                            shape: [trials, 2]))
                }
                stored[Key(name: array.name, shape: shape)] = entry
            }
        }
        return stored
    }

    private func write(
        _ arrays: [NamedArray], of entry: TrialIndex.Entry, _ places: [Key: Stored],
        _ archive: NumPyArchive
    ) throws {
        var written: Set<Key> = []
        for array in arrays {
            let key = Key(name: array.name, shape: array.shape)
            guard let stored = places[key] else {
                throw ExportError.format("the array \(array.name) changed while it was read")
            }
            written.insert(key)
            try archive.append(array.values, to: stored.place)
            if case .listed(let trials) = stored.kind {
                try archive.append(entry.point, to: trials)
                try archive.append(entry.seed, to: trials)
            }
        }
        for (key, stored) in places where !written.contains(key) {
            guard case .dense = stored.kind else { continue }
            try archive.append(repeatElement(.nan, count: stored.count), to: stored.place)
        }
    }
}
