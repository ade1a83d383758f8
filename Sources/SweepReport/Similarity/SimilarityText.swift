import SweepCore

extension RepresentationSimilarity.Group {
    /// "xor-corners-rich: gain=0.85, width=500".
    public var label: String {
        let list = parameters.map { "\($0.name)=\($0.value.canonicalText)" }
        return ReadableTable.clean("\(sweep): \(list.joined(separator: ", "))")
    }
}

extension RepresentationSimilarity {
    /// A row for each pair of groups, with the spread over its pairs of networks.
    public func csv() -> String {
        let head = "sweep_a,point_a,layer_a,sweep_b,point_b,layer_b,pairs,cka_mean,cka_sd,cka_min"
        return rows.reduce(head + "\n") { text, row in
            let sides = [row.first, row.second].flatMap { place in
                let group = groups[place]
                return [
                    ReadableTable.clean(group.sweep), group.point, String(group.layer),
                ]
            }
            let numbers = [row.statistics.mean, row.statistics.standardDeviation, row.least].map {
                $0.map { JSONValue.number($0).prettyText() } ?? ""
            }
            let cells = sides + [String(row.statistics.count)] + numbers
            return text + cells.joined(separator: ",") + "\n"
        }
    }

    public func json() -> JSONValue {
        .array(
            rows.map { row in
                .object([
                    .init("a", groups[row.first].json()), .init("b", groups[row.second].json()),
                    .init("pairs", .number(Double(row.statistics.count))),
                    .init("cka_mean", .optional(row.statistics.mean)),
                    .init("cka_sd", .optional(row.statistics.standardDeviation)),
                    .init("cka_min", .number(row.least)),
                ])
            })
    }
}

extension RepresentationSimilarity.Group {
    fileprivate var point: String {
        ReadableTable.clean(GridPoint(parameters).canonicalText)
    }

    fileprivate func json() -> JSONValue {
        .object([
            .init("sweep", .text(sweep)),
            .init(
                "parameters",
                .object(
                    parameters.map { parameter in
                        .init(
                            parameter.name,
                            parameter.value.number.map { .number($0) }
                                ?? .text(parameter.value.canonicalText))
                    })),
            .init("layer", .number(Double(layer))),
            .init("networks", .number(Double(networks.count))),
        ])
    }
}
