import Foundation
import SweepCoordinator
import SweepCore
import SweepLedger
import SweepReport
import SweepSpec
import SweepTraining

/// A sweep of trainings, of which the representations of the tracked points are read.
struct TrainedSweep {
    /// Which of the two stored representations: before the first update, or after the last.
    enum Moment: String, CaseIterable {
        case start
        case end

        var array: String { self == .start ? "distances_initial" : "distances_final" }
    }

    let name: String
    let spec: SweepSpecification
    let note: String?
    /// Where the ledger really is.
    let place: String
    private let ledger: Ledger
    /// Contents of the data files, by digest.
    private let files: String

    /// - Throws: ``CommandError``, ``LedgerError``.
    init(_ name: String) throws {
        let source = try ExportSource(name)
        guard source.spec.experimentKind == .training else {
            throw CommandError(
                .usage,
                "\(name) is a sweep of the experiment \(source.spec.experimentKind.rawValue); "
                    + "cka compares the networks of trainings")
        }
        self.name = name
        place =
            URL(filePath: SweepDirectory(folderOrLedger: name).ledgerPath)
            .resolvingSymlinksInPath().path
        spec = source.spec
        note = source.note
        ledger = source.ledger
        files =
            try source.ledger.sweep()?.dataFiles.map(\.digest.description)
            .joined(separator: ",") ?? ""
    }

    /// The grid points that meet all conditions, `name=value` each.
    ///
    /// - Throws: ``CommandError`` that says what the sweep has instead.
    func points(where conditions: [String]) throws -> [Int] {
        let table = TableBuilder(spec.plan).table(
            .init(
                sweep: spec.name, softwareVersion: Version.text, kernelFamilies: [],
                specDigest: ""))
        do throws(ReportError) {
            return try table.points(where: conditions)
        } catch {
            throw CommandError(error.exitCode, escaped("\(name): \(error)"))
        }
    }

    /// What was found at the chosen grid points.
    struct Found {
        var groups: [RepresentationSimilarity.Group] = []
        var failedCount = 0
    }

    /// The networks of each chosen grid point.
    ///
    /// - Parameter layer: A hidden layer that was observed; nil for the first that was.
    /// - Throws: ``CommandError`` where a training did not observe `layer` or keep its distances,
    ///   ``LedgerError``.
    func networks(points: [Int], layer: Int?, at moment: Moment) throws -> Found {
        let missing = [moment.array, "observed_layers"].filter { !spec.keep.contains($0) }
        guard missing.isEmpty else {
            throw CommandError(
                .usage,
                "the trials of \(name) were run without \(missing.joined(separator: " and ")) among "
                    + "what they keep, so there is nothing to compare")
        }
        var networks: [Int: [RepresentationSimilarity.Network]] = [:]
        var layers: [Int: Int] = [:]
        var found = Found()
        let chosen = Set(points)
        var refusal: CommandError?
        try ledger.forEachResult(withArrays: true) { stored in
            guard refusal == nil, let point = stored.pointIndex, chosen.contains(point),
                stored.seed < spec.plan.seedCount
            else { return }
            guard case .success(let result) = stored.outcome else {
                found.failedCount += 1
                return
            }
            let arrays = Dictionary(result.arrays.map { ($0.name, $0) }) { first, _ in first }
            let observed = arrays["observed_layers"]?.values ?? []
            let place = layer.map { layer in observed.firstIndex { $0 == Double(layer) } } ?? 0
            guard let distances = arrays[moment.array], distances.shape.count == 3, let place,
                place < min(distances.shape[0], observed.count)
            else {
                refusal = refuse(layer, observed)
                return
            }
            let count = distances.shape[1]
            let part = distances.values.dropFirst(place * count * count).prefix(count * count)
            layers[point] = Int(observed[place])
            networks[point, default: []].append(
                .init(
                    seed: stored.seed,
                    kernel: Representation.kernel(squaredDistances: part, points: count)))
        }
        if let refusal { throw refusal }
        found.groups = points.compactMap { index -> RepresentationSimilarity.Group? in
            guard let found = networks[index], let layer = layers[index] else { return nil }
            let point = spec.plan.grid.point(at: index)
            return RepresentationSimilarity.Group(
                sweep: name, parameters: point.parameters, layer: layer,
                data: spec.dataText(at: point) + ";\(files)",
                hasDataOfSeeds: spec.hasDataOfSeeds(at: point),
                weights: spec.weightsText(at: point),
                networks: found.sorted { $0.seed < $1.seed })
        }
        return found
    }

    private func refuse(_ layer: Int?, _ observed: [Double]) -> CommandError {
        let list = observed.map { ParameterValue.number($0).canonicalText }
            .joined(separator: ", ")
        guard let layer else {
            return CommandError(.usage, "a trial of \(name) has no distances to compare")
        }
        return CommandError(
            .usage,
            "hidden layer \(layer) was not observed in \(name), but \(list); say --layer with one "
                + "of these (`layers` under training adds others to a spec)")
    }
}
