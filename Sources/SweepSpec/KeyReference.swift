/// The reference of keys, made from the table that the parser reads by.
public enum KeyReference {
    /// The keys of the experiments and data sets that this version has.
    public static let keys: [SpecKey] = SpecKeys.all.filter { key in
        !experiments(of: key).isEmpty && tasks(of: key).map { !$0.isEmpty } ?? true
    }

    /// A Markdown table for each section, in the order of ``SpecKeys/all``.
    public static var markdown: String {
        var text = ""
        for section in SpecKey.Section.allCases {
            let keys = self.keys.filter { $0.section == section }
            if keys.isEmpty { continue }
            text += text.isEmpty ? "" : "\n"
            text += "### \(title(section))\n\n| Key | Must be | Default | Experiments | Meaning |\n"
            text += "|---|---|---|---|---|\n"
            for key in keys {
                text += row(key)
                // What is another key in a training.
                let other = SpecKeys.form(of: key, in: .training)
                if other != key { text += row(other) }
            }
        }
        return text
    }

    private static func title(_ section: SpecKey.Section) -> String {
        switch section {
        case .top: "At the top"
        case .grid: "`grid` only"
        default: "`\(section.rawValue)`"
        }
    }

    private static func row(_ key: SpecKey) -> String {
        let available = experiments(of: key)
        let experiments =
            available.count == ExperimentKind.available.count
            ? "all" : available.map(\.rawValue).joined(separator: ", ")
        let tasks = tasks(of: key).map { " (task \($0.joined(separator: ", ")))" } ?? ""
        let standard = key.standard.map { "`\($0)`" } ?? (key.required.isEmpty ? "—" : "required")
        var meaning = key.summary
        if !key.unavailable.isEmpty {
            let words = key.unavailable.sorted().joined(separator: ", ")
            meaning += " Not available in this version: \(words)."
        }
        return "| `\(key.name)` | \(key.expectation) | \(standard) | \(experiments)\(tasks) "
            + "| \(meaning) |\n"
    }

    private static func experiments(of key: SpecKey) -> [ExperimentKind] {
        ExperimentKind.allCases.filter {
            ExperimentKind.available.contains($0) && key.experiments.contains($0)
        }
    }

    /// nil for a key that goes with every task.
    private static func tasks(of key: SpecKey) -> [String]? {
        guard let tasks = key.tasks else { return nil }
        let unavailable = SpecKeys.key(.data, "task")?.unavailable ?? []
        return tasks.subtracting(unavailable).sorted()
    }
}
