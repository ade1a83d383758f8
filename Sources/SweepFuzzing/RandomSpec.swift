import SweepSpec

/// Specs drawn from the table of keys: mostly good ones, in every spelling that YAML has.
enum RandomSpec {
    private static let names = ["a", "xor-critical-gain", "\"b.1\"", "'c'", "9", "no"]
    /// Keys that go together with few values of others.
    private static let particular: Set = [
        "metropolis", "evidence", "architecture", "observed_layer", "layers", "pair",
    ]

    static func bytes(using choices: inout some Choices) -> [UInt8] {
        let experiment = choices.pick(
            choices.once(in: 30) ? ExperimentKind.allCases : ExperimentKind.available)
        let task = choices.pick(SpecKeys.tasks(of: experiment))
        let hasData = SpecKeys.all.contains {
            $0.name == "task" && $0.experiments.contains(experiment)
        }
        var swept: [SpecKey] = []
        var fixed: [SpecKey] = []
        for key in SpecKeys.all.map({ SpecKeys.form(of: $0, in: experiment) })
        where key.experiments.contains(experiment) && key.tasks?.contains(task) != false {
            if key.name == "sweep" || key.name == "experiment" || key.name == "task" { continue }
            let isWanted =
                key.required.contains(experiment) || key.name == "milliseconds"
                || choices.once(in: particular.contains(key.name) ? 40 : 3)
            // Sparse mistakes, so that most specs are good.
            guard isWanted != choices.once(in: 200) else { continue }
            if key.section == .grid || (key.isSweepable && choices.once(in: 4)) {
                swept.append(key)
            } else {
                fixed.append(key)
            }
        }
        var lines = [
            "sweep: \(choices.once(in: 60) ? "~x" : choices.pick(names))",
            "experiment: \(experiment.rawValue)",
        ]
        for section in SpecKey.Section.allCases where section != .grid {
            var pairs = fixed.filter { $0.section == section }.map { key in
                "\(key.name): \(value(of: key, using: &choices))"
            }
            if section == .data, hasData { pairs.append("task: \(task)") }
            lines += write(pairs, as: section, using: &choices)
        }
        shuffle(&swept, using: &choices)
        let axes = swept.map { "\($0.name): \(axis(of: $0, using: &choices))" }
        lines += write(axes, as: .grid, using: &choices)
        let end = choices.once(in: 8) ? "\r\n" : "\n"
        return Array((lines.joined(separator: end) + end).utf8)
    }

    private static func write(
        _ pairs: [String], as section: SpecKey.Section, using choices: inout some Choices
    ) -> [String] {
        if section == .top || pairs.isEmpty { return pairs }
        if choices.once(in: 2) {
            return ["\(section.rawValue): {\(pairs.joined(separator: ", "))}"]
        }
        let indentation = String(repeating: " ", count: choices.pick([1, 2, 2, 4]))
        return ["\(section.rawValue):" + choices.pick(["", "  # why", " "])]
            + pairs.map { indentation + $0 }
    }

    /// A value of a key, one in 60 outside of what it may be.
    static func value(of key: SpecKey, using choices: inout some Choices) -> String {
        if choices.once(in: 60) { return choices.pick(SpecMutation.values) }
        switch key.kind {
        case .whole, .number: return number(of: key, using: &choices)
        case .word(let words):
            let word = choices.pick(words.filter { !key.unavailable.contains($0) })
            return choices.pick([word, word, "\"\(word)\"", "'\(word)'"])
        case .text:
            return choices.pick([
                "data.csv", "\"a b.csv\"", "'it''s.csv'", "\"\\u00e9\\n\\x00.csv\"", "/x/y.csv",
                "\"\\U0010FFFF\\uFFFE\\e\\_\\L\"", "é.csv", "C:\\x",
            ])
        case .words(let words):
            let few = words.filter { _ in choices.once(in: 2) }
                .filter { !key.unavailable.contains($0) }
            return "[\(few.joined(separator: ", "))]"
        case .wholes(let range): return "[\(range.lowerBound), \(range.upperBound)]"
        }
    }

    private static func number(of key: SpecKey, using choices: inout some Choices) -> String {
        switch key.kind {
        case .whole(let range):
            let span = UInt64(range.upperBound - range.lowerBound)
            let number = range.lowerBound + Int(choices.number(upTo: min(span, 200)))
            let extreme = choices.once(in: 10) ? choices.pick([range.upperBound, number]) : number
            return choices.pick(["\(extreme)", "\(extreme)", "+\(extreme)", "\(extreme).0"])
        case .number(let from, let isOpen, let to):
            let part = Double(1 + choices.below(1_000_000)) / 1_000_000
            let scale = choices.pick([1.0, 1, 1e-3, 1e-12, 1e-300, to - from])
            let number = min(to, from + part * min(scale, to - from))
            let shown = "\(isOpen && number <= from ? to : number)"
            return choices.pick([shown, shown, "+" + shown, ".5", "1.e-3", "1E-3", "1"])
        case .word, .text, .words, .wholes: return "1"
        }
    }

    private static func axis(of key: SpecKey, using choices: inout some Choices) -> String {
        if case .word = key.kind { return "[\(value(of: key, using: &choices))]" }
        switch choices.below(6) {
        case 0: return number(of: key, using: &choices)
        case 1:
            // Large counts are rare: each costs as much as thousands of other inputs.
            let count = choices.once(in: 200) ? choices.pick([1_000, 100_000, 1_000_000]) : 12
            if case .whole(let range) = key.kind, !choices.once(in: 20) {
                let (steps, step) = (choices.below(count), 1 + choices.below(4))
                let from = range.lowerBound + choices.below(9)
                return "{from: \(from), to: \(from + steps * step), count: \(steps + 1)}"
            }
            let prefix = choices.once(in: 2) ? "log_" : ""
            let (from, to) = (number(of: key, using: &choices), number(of: key, using: &choices))
            return
                "{\(prefix)from: \(from), \(prefix)to: \(to), count: \(1 + choices.below(count))}"
        case 2:
            if case .whole(let range) = key.kind {
                return "{from: \(range.lowerBound), to: \(range.lowerBound + 3), count: 2}"
            }
            return "{from: 1, to: \(2 + choices.below(9)), count: 2}"
        default:
            var values: [String] = []
            for _ in 0...choices.below(5) {
                let value = number(of: key, using: &choices)
                let isNew = !values.contains { Double($0) == Double(value) }
                if isNew || choices.once(in: 60) { values.append(value) }
            }
            return "[\(values.joined(separator: choices.pick([", ", ",  ", " , "])))]"
        }
    }

    static func shuffle(_ list: inout [some Any], using choices: inout some Choices) {
        for index in list.indices.dropFirst() { list.swapAt(index, choices.below(index + 1)) }
    }
}
