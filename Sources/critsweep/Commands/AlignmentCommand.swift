import ArgumentParser
import SweepCoordinator
import SweepReport
import SweepTraining

/// How alike the representations of different networks are.
struct AlignmentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cka",
        abstract: "How alike different networks represent the same points.",
        usage: "critsweep cka <sweep> ... [options]",
        discussion: """
            Centred kernel alignment of the tracked points' hidden representations, from 0 to 1: \
            1 where they are rotations and scalings of each other. Over all pairs of different \
            networks, two seeds of one grid point or of two, of one sweep or of several. Networks \
            that were trained on other points are not compared, nor those that began with the \
            same weights.

            Example: critsweep cka rich.sweep lazy.sweep
            """)

    @Argument(help: "Folders of sweeps of trainings, or their ledgers.")
    var sweeps: [String]
    @Option(
        name: .customLong("where"),
        help: "Only grid points with this name=value; may be given several times.")
    var conditions: [String] = []
    @Option(help: "The hidden layer, from 0 (default: the first observed one of each).")
    var layer: Int?
    @Option(help: "start or end: before the first update, or after the last.")
    var at = TrainedSweep.Moment.end.rawValue
    @Option(help: "table, json or csv; a table on a terminal and json elsewhere.")
    var format: OutputFormat = .fitting

    /// Kernels of 100 points take 80 kB each, and all pairs of so many 20 s.
    private static let networkLimit = 2_000

    func run() throws {
        guard let moment = TrainedSweep.Moment(rawValue: at) else {
            throw CommandError(
                .usage, "--at must be start or end, but is \"\(escaped(at, limit: 40))\"")
        }
        let similarity: RepresentationSimilarity
        do {
            similarity = try compare(at: moment)
        } catch {
            throw CommandError(describing: error)
        }
        switch format {
        case .table: try Terminal.output(table(similarity, moment))
        case .csv: try Terminal.output(similarity.csv(at: at))
        case .json: try Terminal.output(similarity.json(at: at).prettyText() + "\n")
        }
    }

    private func compare(at moment: TrainedSweep.Moment) throws -> RepresentationSimilarity {
        var groups: [RepresentationSimilarity.Group] = []
        var places: [String: String] = [:]
        var failedCount = 0
        for name in sweeps {
            let sweep = try TrainedSweep(name)
            if let other = places.updateValue(name, forKey: sweep.place) {
                throw CommandError(.usage, "\(name) is the same sweep as \(other); name it once")
            }
            let points = try sweep.points(where: conditions)
            let found = try sweep.networks(points: points, layer: layer, at: moment)
            groups += found.groups
            failedCount += found.failedCount
            let count = groups.reduce(0) { $0 + $1.networks.count }
            guard count <= Self.networkLimit else {
                throw CommandError(
                    .usage,
                    "there are \(count) networks and more, too many to compare each with each "
                        + "(\(Self.networkLimit) at most); choose some with --where")
            }
            if let note = sweep.note { Terminal.complain(note, prefix: "") }
            if found.groups.isEmpty, sweeps.count > 1 {
                Terminal.complain("\(name) has no trained network to compare", prefix: "")
            }
        }
        let similarity = RepresentationSimilarity(groups)
        guard !similarity.rows.isEmpty else {
            throw CommandError(.unavailable, Self.nothing(groups, failedCount))
        }
        for note in Self.notes(similarity) { Terminal.complain(note, prefix: "") }
        return similarity
    }

    /// What was left out.
    private static func notes(_ similarity: RepresentationSimilarity) -> [String] {
        var notes: [String] = []
        let flat = similarity.groups.reduce(0) { $0 + $1.networks.count - $1.comparable }
        if flat > 0 {
            notes.append(
                "\(flat) network\(flat == 1 ? " represents its" : "s represent their") points all "
                    + "alike, which leaves nothing to compare")
        }
        if similarity.hasStrangers {
            notes.append(
                "networks whose training points are not known to be equal are not compared")
        }
        if similarity.hasTwins {
            notes.append(
                "networks of one seed that began with the same weights are not compared; another "
                    + "random_key gives a sweep weights of its own")
        }
        return notes
    }

    /// Why there is no pair.
    private static func nothing(
        _ groups: [RepresentationSimilarity.Group], _ failedCount: Int
    ) -> String {
        let count = groups.reduce(0) { $0 + $1.networks.count }
        if count < 2 {
            let failed =
                failedCount == 0
                ? "" : "; \(failedCount) trial\(failedCount == 1 ? " has" : "s have") failed"
            return "there are no two trained networks to compare" + failed
        }
        if groups.allSatisfy({ $0.comparable == 0 }) {
            return "every network represents all its points alike, which leaves nothing to compare"
        }
        return "no two of these networks were trained on the same points from different weights; "
            + "points of task xor and teacher are drawn for every seed, so that only equal seeds "
            + "of two grid points are compared"
    }

    private func table(
        _ similarity: RepresentationSimilarity, _ moment: TrainedSweep.Moment
    ) -> String {
        var text = ""
        let constants = similarity.constants
        if !constants.isEmpty {
            text += constants.map { "\($0.name) = \($0.value)" }.joined(separator: ", ") + "\n\n"
        }
        for (index, group) in similarity.groups.enumerated() {
            text += "\(index + 1)  \(similarity.label(group)); layer \(group.layer), "
            text += "n = \(group.comparable)\n"
        }
        let rows = similarity.rows.map { row in
            [
                "\(row.first + 1) and \(row.second + 1)", "\(row.statistics.count)",
                Self.figure(row.statistics.mean), Self.figure(row.statistics.standardDeviation),
                Self.figure(row.least),
            ]
        }
        return text + "\n" + Terminal.table([["", "pairs", "cka", "s.d.", "least"]] + rows)
            + "\nmean and s.d. over pairs of networks, at the \(moment.rawValue) of training\n"
    }

    private static func figure(_ number: Double?) -> String {
        number.map { Numbers.shown($0, digits: 4) } ?? "-"
    }
}
