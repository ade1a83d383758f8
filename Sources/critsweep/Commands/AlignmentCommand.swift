import ArgumentParser
import SweepReport

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
            that were trained on other points are not compared.

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
            throw CommandError(.usage, "--at must be start or end, but is \"\(at)\"")
        }
        let similarity: RepresentationSimilarity
        do {
            similarity = try compare(at: moment)
        } catch {
            throw CommandError(describing: error)
        }
        switch format {
        case .table: try Terminal.output(table(similarity, moment))
        case .csv: try Terminal.output(similarity.csv())
        case .json: try Terminal.output(similarity.json().prettyText() + "\n")
        }
    }

    private func compare(at moment: TrainedSweep.Moment) throws -> RepresentationSimilarity {
        var groups: [RepresentationSimilarity.Group] = []
        var chosen = 0
        for name in sweeps {
            let sweep = try TrainedSweep(name)
            let points = try sweep.points(where: conditions)
            let count = points.count * sweep.spec.seedCount
            chosen += points.count
            guard count <= Self.networkLimit else {
                throw CommandError(
                    .usage,
                    "\(name) has \(count) networks, too many to compare each with each "
                        + "(\(Self.networkLimit) at most); choose some with --where")
            }
            groups += try sweep.groups(points: points, layer: layer, at: moment)
            if let note = sweep.note { Terminal.complain(note, prefix: "") }
        }
        guard chosen > 0 else {
            let list = conditions.joined(separator: " and ")
            throw CommandError(
                .usage, "no grid point has \(list); `critsweep table` shows which there are")
        }
        let similarity = RepresentationSimilarity(groups)
        guard !similarity.rows.isEmpty else {
            throw CommandError(.unavailable, Self.nothing(groups))
        }
        return similarity
    }

    /// Why there is no pair.
    private static func nothing(_ groups: [RepresentationSimilarity.Group]) -> String {
        let count = groups.reduce(0) { $0 + $1.networks.count }
        if count < 2 { return "there are no two trained networks to compare yet" }
        if groups.allSatisfy({ $0.networks.allSatisfy { $0.kernel == nil } }) {
            return "every network represents all its points alike, which leaves nothing to compare"
        }
        return "no two of these networks were trained on the same points; those of task xor, "
            + "teacher and csv are drawn for every seed, so that only equal seeds are compared"
    }

    private func table(
        _ similarity: RepresentationSimilarity, _ moment: TrainedSweep.Moment
    ) -> String {
        let legend = similarity.groups.enumerated().map { index, group in
            ["\(index + 1)", group.label, "\(group.layer)", "\(group.networks.count)"]
        }
        let rows = similarity.rows.map { row in
            [
                "\(row.first + 1) and \(row.second + 1)", "\(row.statistics.count)",
                Self.figure(row.statistics.mean), Self.figure(row.statistics.standardDeviation),
                Self.figure(row.least),
            ]
        }
        return Terminal.table([["", "networks", "layer", "n"]] + legend) + "\n"
            + Terminal.table([["", "pairs", "cka", "s.d.", "least"]] + rows)
            + "\nmean and s.d. over pairs of networks, at the \(moment.rawValue) of training\n"
    }

    private static func figure(_ number: Double?) -> String {
        number.map { Numbers.shown($0, digits: 4) } ?? "-"
    }
}
