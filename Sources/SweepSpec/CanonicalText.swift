import SweepCore

extension SweepSpecification {
    /// One spelling of everything that decides a number of this sweep: the text for the ledger.
    ///
    /// It is itself a spec, without comments, with every default written out, sections and keys in
    /// a fixed order, and only the grid in the order of the file (which numbers the points). Data
    /// paths stand as the file has them.
    public var canonicalText: String { text(of: values) }

    /// The canonical text for workers, who may be in another folder: data paths are absolute.
    ///
    /// - Parameter directory: The working directory that the spec's own path starts from.
    public func canonicalText(resolvingPathsIn directory: String) -> String {
        var values = values
        for (key, place) in [("path", dataPlace), ("test_path", testPlace)] {
            guard let place else { continue }
            values[key] = .text(place.hasPrefix("/") ? place : "\(directory)/\(place)")
        }
        return text(of: values)
    }

    private func text(of values: [String: SpecValue]) -> String {
        var lines = [
            "sweep: \(Quotation.yaml(name))",
            "experiment: \(experimentKind.rawValue)",
        ]
        for key in SpecKeys.all where key.section == .top {
            guard key.name != "sweep", key.name != "experiment", let value = values[key.name] else {
                continue
            }
            lines.append("\(key.name): \(value.canonicalText)")
        }
        for section in SpecKey.Section.allCases where section != .top && section != .grid {
            let pairs = SpecKeys.all.filter { $0.section == section }
                .sorted { $0.name < $1.name }
                .compactMap { key in values[key.name].map { "\(key.name): \($0.canonicalText)" } }
            if !pairs.isEmpty {
                lines.append("\(section.rawValue): {\(pairs.joined(separator: ", "))}")
            }
        }
        if !axes.isEmpty {
            lines.append("grid:")
            lines += axes.map { "  \($0.canonicalText)" }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
