import SweepCoordinator
import SweepCore
import SweepReport
import SweepTraining

extension RepresentationSimilarity {
    /// Parameters with one value in all groups: (name, value).
    var constants: [(name: String, value: String)] {
        guard groups.count > 1, let first = groups.first else { return [] }
        return first.parameters.filter { parameter in
            groups.allSatisfy { $0.parameters.contains(parameter) }
        }.map { ($0.name, $0.value.canonicalText) }
    }

    /// "rich.sweep: gain=0.85", without what is the same in all groups.
    func label(_ group: Group) -> String {
        let constant = Set(constants.map(\.name))
        let list = group.parameters.filter { !constant.contains($0.name) }
            .map { "\($0.name)=\($0.value.canonicalText)" }
        return escaped(group.sweep + (list.isEmpty ? "" : ": \(list.joined(separator: ", "))"))
    }

    /// A row for each pair of groups, with the spread over its pairs of networks.
    ///
    /// - Parameter moment: When the networks were looked at.
    func csv(at moment: String) -> String {
        let sides = ["a", "b"].flatMap {
            ["sweep_\($0)", "point_\($0)", "layer_\($0)", "networks_\($0)"]
        }
        let head = ["at"] + sides + ["pairs", "cka_mean", "cka_sd", "cka_min"]
        return rows.reduce(head.joined(separator: ",") + "\n") { text, row in
            let sides = [row.first, row.second].flatMap { place in
                let group = groups[place]
                return [
                    SweepTable.quoted(escaped(group.sweep)),
                    SweepTable.quoted(GridPoint(group.parameters).canonicalText),
                    String(group.layer), String(group.comparable),
                ]
            }
            let numbers = [row.statistics.mean, row.statistics.standardDeviation, row.least].map {
                $0.map { JSONValue.number($0).prettyText() } ?? ""
            }
            let cells = [moment] + sides + [String(row.statistics.count)] + numbers
            return text + cells.joined(separator: ",") + "\n"
        }
    }

    /// The rows of ``csv(at:)`` as objects.
    func json(at moment: String) -> JSONValue {
        .array(
            rows.map { row in
                .object([
                    .init("at", .text(moment)), .init("a", groups[row.first].json()),
                    .init("b", groups[row.second].json()),
                    .init("pairs", .number(Double(row.statistics.count))),
                    .init("cka_mean", .optional(row.statistics.mean)),
                    .init("cka_sd", .optional(row.statistics.standardDeviation)),
                    .init("cka_min", .number(row.least)),
                ])
            })
    }
}

extension RepresentationSimilarity.Group {
    fileprivate func json() -> JSONValue {
        let members = parameters.map { JSONValue.Member($0.name, .parameter($0.value)) }
        return .object([
            .init("sweep", .text(sweep)), .init("parameters", .object(members)),
            .init("layer", .number(Double(layer))),
            .init("networks", .number(Double(comparable))),
        ])
    }
}
