/// The reference of all keys, made from the table that the parser reads by.
public enum KeyReference {
    /// A Markdown table for each section, in the order of ``SpecKeys/all``.
    public static var markdown: String {
        var text = ""
        for section in SpecKey.Section.allCases {
            let keys = SpecKeys.all.filter { $0.section == section }
            if keys.isEmpty { continue }
            text += text.isEmpty ? "" : "\n"
            text += "### \(title(section))\n\n| Key | Must be | Default | Experiments | Meaning |\n"
            text += "|---|---|---|---|---|\n"
            for key in keys { text += row(key) }
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
        let experiments =
            key.experiments.count == ExperimentKind.allCases.count
            ? "all"
            : ExperimentKind.allCases.filter(key.experiments.contains).map(\.rawValue)
                .joined(separator: ", ")
        let tasks = key.tasks.map { " (task \($0.sorted().joined(separator: ", ")))" } ?? ""
        let standard = key.standard.map { "`\($0)`" } ?? (key.required.isEmpty ? "—" : "required")
        var meaning = key.summary
        if !key.unavailable.isEmpty {
            let words = key.unavailable.sorted().joined(separator: ", ")
            meaning += " Not available in this version: \(words)."
        }
        return "| `\(key.name)` | \(key.expectation) | \(standard) | \(experiments)\(tasks) "
            + "| \(meaning) |\n"
    }
}
