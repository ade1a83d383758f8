import SweepCore
import SweepPhysics

/// Reads the tree of a spec into checked values, one section after the other.
struct SpecReader {
    /// What a spec says, without defaults.
    struct Contents {
        var experiment: ExperimentKind
        var values: [String: SpecValue]
        /// Lines for later sentences: `kappa` of the keys in `values`, `grid.gain` of the axes,
        /// `section data` of the sections.
        var lines: [String: Int]
        var axes: [SweptAxis]
    }

    let file: String
    private var values: ValueReader { ValueReader(file: file) }

    init(file: String) { self.file = file }

    /// Reads the root of a document; nil is a document that is not there.
    func contents(of root: SpecNode?) throws(SpecError) -> Contents {
        if let root, case .scalar(let scalar) = root.content, scalar.isAbsent {
            throw empty
        }
        guard let root else { throw empty }
        guard case .mapping(let pairs) = root.content, !pairs.isEmpty else {
            throw values.error(
                root.line, nil,
                "a spec is made of lines \"key: value\", but here is \(root.noun)")
        }
        let experiment = try experiment(in: pairs)
        var contents = Contents(experiment: experiment, values: [:], lines: [:], axes: [])
        for pair in pairs { try read(pair, into: &contents) }
        try checkSweptOnce(contents)
        try checkTasks(contents)
        try checkDigits(contents)
        try checkPair(contents)
        try checkSampler(contents)
        try checkRequired(contents)
        return contents
    }

    private var empty: SpecError {
        values.error(
            nil, nil, "the file is empty; \"critsweep init smoke\" prints a spec to start from")
    }

    /// The experiment is read first: it decides which keys make sense.
    private func experiment(in pairs: [SpecPair]) throws(SpecError) -> ExperimentKind {
        guard let key = SpecKeys.key(.top, "experiment") else {
            preconditionFailure("the table of keys has no experiment")
        }
        guard let pair = pairs.first(where: { $0.key == key.name }) else {
            // A typing slip in the key itself is the likelier story.
            if let slip = pairs.prefix(64).first(where: {
                SpecKeys.key(.top, $0.key) == nil && !Self.isSection($0.key)
                    && Suggestion.nearest(to: $0.key, among: Self.topNames) == key.name
            }) {
                throw unknown(slip.key, in: .top, of: nil, line: slip.line)
            }
            throw missing(key, line: pairs[0].line)
        }
        guard case .word(let word) = try values.value(of: key, in: pair.value, line: pair.line),
            let kind = ExperimentKind(rawValue: word)
        else { preconditionFailure("an experiment of the table that is no experiment") }
        return kind
    }

    private func read(_ pair: SpecPair, into contents: inout Contents) throws(SpecError) {
        if let key = SpecKeys.key(.top, pair.key) {
            try read(pair, as: key, into: &contents)
            return
        }
        guard let section = SpecKey.Section(rawValue: pair.key), section != .top else {
            throw unknown(pair.key, in: .top, of: contents.experiment, line: pair.line)
        }
        let pairs = try keys(of: pair)
        contents.lines["section \(pair.key)"] = pair.line
        try checkBelongs(section, line: pair.line, to: contents.experiment)
        if section == .grid {
            let reader = GridReader(values: values, experiment: contents.experiment)
            contents.axes = try reader.axes(of: pairs)
            for pair in pairs { contents.lines["grid.\(pair.key)"] = pair.line }
            return
        }
        for pair in pairs {
            guard let key = SpecKeys.key(section, pair.key) else {
                throw unknown(
                    pair.key, in: section, of: contents.experiment, line: pair.line)
            }
            try read(pair, as: key, into: &contents)
        }
    }

    /// The keys of a section, at least one.
    private func keys(of pair: SpecPair) throws(SpecError) -> [SpecPair] {
        let what: String
        switch pair.value.content {
        case .mapping(let pairs):
            if !pairs.isEmpty { return pairs }
            what = "empty"
        case .scalar(let scalar) where scalar.isAbsent: what = "empty"
        case .scalar, .sequence: what = pair.value.noun
        }
        throw values.error(
            what == "empty" ? pair.line : pair.value.line, pair.key,
            "section \(pair.key) must have keys in it, but is \(what); give keys or remove it")
    }

    private func read(
        _ pair: SpecPair, as key: SpecKey, into contents: inout Contents
    ) throws(SpecError) {
        let key = SpecKeys.form(of: key, in: contents.experiment)
        guard key.experiments.contains(contents.experiment) else {
            throw values.error(
                pair.line, key.fullName,
                Self.misplaced(key, as: key.fullName, in: contents.experiment))
        }
        contents.values[key.name] = try values.value(of: key, in: pair.value, line: pair.line)
        contents.lines[key.name] = pair.line
    }
}

// MARK: - What is not there, or should not be

extension SpecReader {
    /// A key that exists, but not for this experiment.
    static func misplaced(
        _ key: SpecKey, as name: String, in experiment: ExperimentKind
    ) -> String {
        let owners = ExperimentKind.allCases.filter {
            SpecKeys.form(of: key, in: $0).experiments.contains($0)
        }.map(\.rawValue)
        return "\(name) is a key of experiment \(owners.joined(separator: ", ")), "
            + "but this is \(experiment.rawValue); remove it"
    }

    private static let sections = SpecKey.Section.allCases.filter { $0 != .top }.map(\.rawValue)
    private static var topNames: [String] {
        SpecKeys.all.filter { $0.section == .top }.map(\.name) + sections
    }
    private static func isSection(_ name: String) -> Bool { sections.contains(name) }

    private func checkBelongs(
        _ section: SpecKey.Section, line: Int, to experiment: ExperimentKind
    ) throws(SpecError) {
        let keys = SpecKeys.all.filter { $0.section == section }
        if section == .grid || keys.contains(where: { $0.experiments.contains(experiment) }) {
            return
        }
        let owners = ExperimentKind.allCases.filter { owner in
            keys.contains { $0.experiments.contains(owner) }
        }
        throw values.error(
            line, section.rawValue,
            "section \(section.rawValue) belongs to experiment "
                + "\(owners.map(\.rawValue).joined(separator: ", ")), but this is "
                + "\(experiment.rawValue); remove it")
    }

    /// - Parameter experiment: Only its keys are suggested; nil where it is not known yet.
    private func unknown(
        _ name: String, in section: SpecKey.Section, of experiment: ExperimentKind?, line: Int
    ) -> SpecError {
        let word = Quotation.word(name)
        let shown = section == .top ? word : "\(section.rawValue).\(word)"
        let keys = SpecKeys.all.filter { key in
            experiment.map(key.experiments.contains) ?? true
        }
        let names =
            section == .top
            ? keys.filter { $0.section == .top }.map(\.name)
                + Self.sections.filter { name in keys.contains { $0.section.rawValue == name } }
            : keys.filter { $0.section == section }.map(\.name)
        let remedy: String
        if let key = SpecKeys.key(named: name) {
            remedy =
                key.section == .top
                ? "\(name) stands at the top, outside any section"
                : "it belongs in section \(key.section.rawValue)"
        } else if let nearest = Suggestion.nearest(to: name, among: names) {
            remedy = "did you mean \(section == .top ? "" : "\(section.rawValue).")\(nearest)?"
        } else {
            remedy =
                (section == .top ? "keys and sections are " : "keys of this section are ")
                + names.joined(separator: ", ")
        }
        return values.error(line, shown, "\(shown) is not a key of a spec; \(remedy)")
    }

    /// - Parameter line: Where the key would have to be added.
    private func missing(_ key: SpecKey, line: Int?) -> SpecError {
        let expectation: String
        switch (key.section, key.name) {
        case (.top, "sweep"): expectation = "name the sweep, for example \"sweep: my-sweep\""
        case (.grid, _):
            expectation = "give at least one value, for example \(key.name): [\(Self.example(key))]"
        default: expectation = "it must be \(key.expectation)"
        }
        return values.error(line, key.fullName, "\(key.fullName) is missing; \(expectation)")
    }

    private static func example(_ key: SpecKey) -> String {
        switch key.name {
        case "width": "500"
        case "depth": "3"
        default: "1.2"
        }
    }

    private func checkSweptOnce(_ contents: Contents) throws(SpecError) {
        for axis in contents.axes {
            guard let line = contents.lines[axis.name], let key = SpecKeys.key(named: axis.name)
            else { continue }
            throw values.error(
                contents.lines["grid.\(axis.name)"], "grid.\(axis.name)",
                "grid.\(axis.name) is swept, but \(key.fullName) is given in line \(line) too; "
                    + "remove one of them")
        }
    }

    /// Every task that some point has; empty for an experiment without data.
    private func tasks(_ contents: Contents) -> Set<String> {
        if case .word(let task) = contents.values["task"] { return [task] }
        guard let axis = contents.axes.first(where: { $0.name == "task" }) else { return [] }
        return Set(axis.values.map(\.canonicalText))
    }

    private func checkTasks(_ contents: Contents) throws(SpecError) {
        let tasks = tasks(contents)
        guard !tasks.isEmpty else { return }
        if let foreign = tasks.sorted().first(where: {
            !SpecKeys.tasks(of: contents.experiment).contains($0)
        }) {
            let isSwept = contents.axes.contains { $0.name == "task" }
            let name = isSwept ? "grid.task" : "data.task"
            throw values.error(
                contents.lines[isSwept ? name : "task"], name,
                "\(name) must be one of "
                    + SpecKeys.tasks(of: contents.experiment).joined(separator: ", ")
                    + " for experiment \(contents.experiment.rawValue), but is \(foreign)")
        }
        for key in SpecKeys.all {
            guard let owners = key.tasks, owners.isDisjoint(with: tasks) else { continue }
            let isSwept = contents.axes.contains { $0.name == key.name }
            guard isSwept || contents.values[key.name] != nil else { continue }
            let name = isSwept ? "grid.\(key.name)" : key.fullName
            throw values.error(
                contents.lines[isSwept ? name : key.name], name,
                "\(name) is a key of data.task \(owners.sorted().joined(separator: ", ")), but the "
                    + "task is \(tasks.sorted().joined(separator: ", ")); remove it")
        }
    }

    private func checkRequired(_ contents: Contents) throws(SpecError) {
        let tasks = tasks(contents)
        for key in SpecKeys.all where key.required.contains(contents.experiment) {
            if let owners = key.tasks, owners.isDisjoint(with: tasks) { continue }
            let isSwept = contents.axes.contains { $0.name == key.name }
            if !isSwept, contents.values[key.name] == nil {
                throw missing(
                    key,
                    line: contents.lines["section \(key.section.rawValue)"]
                        ?? contents.lines["experiment"])
            }
        }
        try checkCalibration(contents)
    }

    private func checkDigits(_ contents: Contents) throws(SpecError) {
        guard let digits = contents.values["digits"] else { return }
        if contents.experiment == .training {
            if case .numbers(let numbers) = digits, numbers.count >= 2,
                Set(numbers).count == numbers.count
            {
                return
            }
            throw values.error(
                contents.lines["digits"], "data.digits",
                "data.digits must be two or more different digits, such as [0, 1, 2], but is "
                    + digits.canonicalText)
        }
        if digits.digitPair != nil { return }
        throw values.error(
            contents.lines["digits"], "data.digits",
            "data.digits must be two different digits, such as [0, 3], but is "
                + digits.canonicalText)
    }

    private func checkPair(_ contents: Contents) throws(SpecError) {
        guard let pair = contents.values["pair"], pair.pointPair == nil else { return }
        throw values.error(
            contents.lines["pair"], "training.pair",
            "training.pair must be two different points, such as [0, 1], but is "
                + pair.canonicalText)
    }

    /// What only some samplers can do.
    private func checkSampler(_ contents: Contents) throws(SpecError) {
        let langevin = Sampler.langevin.rawValue
        func words(_ name: String) -> [String] {
            if case .word(let word) = contents.values[name] { return [word] }
            return contents.axes.first { $0.name == name }?.values.map(\.canonicalText) ?? []
        }
        let samplers = words("sampler")
        if words("metropolis").contains("true"), !samplers.contains(langevin) {
            throw values.error(
                contents.lines["metropolis"] ?? contents.lines["grid.metropolis"],
                "inference.metropolis",
                "inference.metropolis is for inference.sampler langevin, the others have such a "
                    + "test anyway; remove it")
        }
        if words("precision").contains(ChainPrecision.single.rawValue),
            let other = samplers.first(where: { $0 != Sampler.functionSpace.rawValue })
        {
            throw values.error(
                contents.lines["precision"] ?? contents.lines["grid.precision"],
                "inference.precision",
                "inference.precision single needs inference.sampler function-space, but the sampler "
                    + "is \(other); change the sampler or remove precision")
        }
        if words("evidence").contains("true"), samplers.contains(langevin) {
            throw values.error(
                contents.lines["evidence"] ?? contents.lines["grid.evidence"],
                "inference.evidence",
                "inference.evidence needs inference.sampler function-space or elliptical-slice, "
                    + "but the sampler is langevin; change the sampler or remove evidence")
        }
    }

    private func checkCalibration(_ contents: Contents) throws(SpecError) {
        guard contents.experiment == .calibration, contents.values["milliseconds"] == nil,
            !contents.axes.contains(where: { $0.name == "milliseconds" })
        else { return }
        var kinds = contents.axes.first { $0.name == "kind" }?.values.map(\.canonicalText) ?? []
        if case .word(let kind) = contents.values["kind"] { kinds.append(kind) }
        if let kind = kinds.first(where: { $0 != "none" }) {
            throw values.error(
                contents.lines["kind"] ?? contents.lines["grid.kind"], "calibration.milliseconds",
                "calibration.milliseconds is missing; kind \(kind) needs it, "
                    + "a number from 0 to 86400000")
        }
    }
}
