import SweepCore
import SweepPhysics

/// A validated spec: which trials there are, and what each of them computes.
///
/// Points are resolved one at a time by ``experiment(at:)``; the grid is never expanded.
public struct SweepSpecification: Hashable, Sendable {
    /// At most 128 letters, digits, points, hyphens and underscores, not beginning with a point, so
    /// that it can be the name of a file.
    public let name: String
    public let experimentKind: ExperimentKind
    public let plan: SweepPlan
    /// Another number gives other random numbers everywhere.
    public let randomKey: UInt64
    /// Names of the arrays that are stored with each result.
    public let keep: [String]
    /// The file as it was read.
    public let sourceText: String
    /// The file as the user named it; relative data paths start from its folder.
    public let path: String

    /// Every value outside the grid, defaults included, under the bare name of its key.
    let values: [String: SpecValue]
    let axes: [SweptAxis]

    public var seedCount: Int { plan.seedCount }

    /// A spec longer than this is refused.
    public static let byteLimit = 1 << 20

    /// Reads a spec from its text.
    ///
    /// - Parameters:
    ///   - path: What errors call the file; relative data paths start from its folder.
    ///   - checkingFiles: Whether data files must be readable now. False for the spec of a ledger
    ///     that is only looked at.
    /// - Throws: ``SpecError``, the first thing that is wrong.
    public init(text: String, path: String, checkingFiles: Bool = true) throws(SpecError) {
        if text.utf8.count > Self.byteLimit { throw SpecFile.tooLong(path) }
        try self.init(trustedText: text, path: path, checkingFiles: checkingFiles)
    }

    /// Reads a spec from the bytes of a file, whatever they are.
    ///
    /// - Throws: ``SpecError``, the first thing that is wrong.
    public init(bytes: [UInt8], path: String, checkingFiles: Bool = true) throws(SpecError) {
        try self.init(
            text: try SpecFile.text(of: bytes, path: path), path: path,
            checkingFiles: checkingFiles)
    }

    /// Reads back ``canonicalText`` that was stored; data files are not looked for.
    ///
    /// - Parameter path: The file that the spec came from; relative data paths start from its
    ///   folder.
    /// - Throws: ``SpecError`` when another version wrote what this one does not read.
    public init(canonicalText: String, path: String) throws(SpecError) {
        // Numbers may be longer there than in the file, so the limit of files is not asked for.
        try self.init(trustedText: canonicalText, path: path, checkingFiles: false)
    }

    private init(trustedText text: String, path: String, checkingFiles: Bool) throws(SpecError) {
        let reader = SpecReader(file: path)
        let contents = try reader.contents(of: try SpecNodeReader.read(text, file: path))
        self.path = path
        sourceText = text
        experimentKind = contents.experiment
        axes = contents.axes
        values = Self.withDefaults(contents)
        name = try Self.checkedName(contents, path: path)
        plan = try Self.plan(contents, seedCount: Self.whole("seeds", in: values), path: path)
        randomKey = UInt64(Self.whole("random_key", in: values))
        if case .words(let arrays) = values["keep"] { keep = arrays } else { keep = [] }
        try checkBurnIn(contents.lines)
        try checkNetworks(contents.lines)
        if checkingFiles {
            try checkDataFiles(contents.lines)
        }
    }

    /// Reads a spec from a file.
    ///
    /// - Throws: ``SpecError`` when it cannot be read, or the first thing that is wrong in it.
    public init(contentsOf path: String) throws(SpecError) {
        try self.init(bytes: try SpecFile.bytes(of: path), path: path)
    }

    private static func withDefaults(_ contents: SpecReader.Contents) -> [String: SpecValue] {
        var values = contents.values
        let tasks = Self.tasks(values, contents.axes)
        let keys = SpecKeys.all.map { SpecKeys.form(of: $0, in: contents.experiment) }
        for key in keys where key.experiments.contains(contents.experiment) {
            if values[key.name] != nil || contents.axes.contains(where: { $0.name == key.name }) {
                continue
            }
            if let owners = key.tasks, owners.isDisjoint(with: tasks) { continue }
            if let standard = key.standardValue { values[key.name] = standard }
        }
        return values
    }

    private static func whole(_ name: String, in values: [String: SpecValue]) -> Int {
        guard case .number(let number) = values[name] else {
            preconditionFailure("\(name) has neither value nor default")
        }
        return Int(number)
    }

    private static func checkedName(
        _ contents: SpecReader.Contents, path: String
    ) throws(SpecError) -> String {
        guard case .text(let name) = contents.values["sweep"] else {
            preconditionFailure("sweep is required and a text")
        }
        let isGood =
            name.utf8.count <= 128 && !name.hasPrefix(".")
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
                    UInt8(ascii: "-"):
                    true
                default: false
                }
            }
        if isGood { return name }
        throw SpecError(
            file: path, line: contents.lines["sweep"], key: "sweep",
            "sweep must be a name of at most 128 letters (a to z), digits, points, hyphens and "
                + "underscores that does not begin with a point, but is \(Quotation.quoted(name))")
    }

    private static func plan(
        _ contents: SpecReader.Contents, seedCount: Int, path: String
    ) throws(SpecError) -> SweepPlan {
        let grid: Grid
        do throws(Grid.GridError) {
            grid = try Grid(axes: contents.axes.map { .init(name: $0.name, values: $0.values) })
        } catch {
            // Empty and double axes were refused where they are written.
            let counts = contents.axes.map { "\($0.values.count)" }.joined(separator: " × ")
            throw SpecError(
                file: path, line: contents.lines["grid.\(contents.axes[0].name)"], key: "grid",
                "grid must have at most \(Grid.pointLimit) points, but has \(counts); "
                    + "give fewer values")
        }
        do throws(Grid.GridError) {
            return try SweepPlan(grid: grid, seedCount: seedCount)
        } catch {
            throw SpecError(
                file: path, line: contents.lines["seeds"], key: "seeds",
                "seeds must leave at most \(SweepPlan.trialLimit) trials, but is \(seedCount) "
                    + "for \(grid.pointCount) points; give fewer seeds or points")
        }
    }

    private func checkBurnIn(_ lines: [String: Int]) throws(SpecError) {
        guard let longest = extreme("burn_in", max), let shortest = extreme("max_iterations", min),
            longest >= shortest
        else { return }
        throw SpecError(
            file: path, line: lines["burn_in"] ?? lines["grid.burn_in"], key: "inference.burn_in",
            "inference.burn_in must be below max_iterations "
                + "(\(ParameterValue.canonicalText(of: shortest))), but is "
                + ParameterValue.canonicalText(of: longest))
    }

    /// The largest or smallest value of a numeric key, over the grid when it is swept; nil when it
    /// has no value.
    func extreme(_ name: String, _ choose: (Double, Double) -> Double) -> Double? {
        if let axis = axes.first(where: { $0.name == name }) {
            let numbers = axis.values.compactMap(\.number)
            guard let first = numbers.first else { return nil }
            return numbers.reduce(first, choose)
        }
        if case .number(let number) = values[name] { return number }
        return nil
    }
}

// MARK: - Data files

extension SweepSpecification {
    /// Paths of the data files that trials read, absolute or relative to the working directory.
    ///
    /// For `mnist` those that are there now, images before labels, or the usual names where there
    /// are none.
    public var dataFiles: [String] {
        guard let place = dataPlace else { return [] }
        var files: [String] = []
        let tasks = Self.tasks(values, axes)
        if tasks.contains("csv") { files.append(place) }
        if tasks.contains("mnist") {
            let found = DigitFolder(place).filesOrUsual
            files += [found.images, found.labels]
            if let test = testPlace.map({ DigitFolder($0).filesOrUsual }) {
                files += [test.images, test.labels]
            }
        }
        return files
    }

    /// `data.path`, absolute or relative to the working directory; nil for data that are drawn.
    var dataPlace: String? {
        guard case .text(let file) = values["path"] else { return nil }
        return SpecFile.resolved(file, beside: path)
    }

    /// `data.test_path`, absolute or relative to the working directory.
    var testPlace: String? {
        guard case .text(let file) = values["test_path"] else { return nil }
        return SpecFile.resolved(file, beside: path)
    }

    /// Every task (`data.task`) that some point has; empty for an experiment without data.
    static func tasks(_ values: [String: SpecValue], _ axes: [SweptAxis]) -> Set<String> {
        var tasks = Set(axes.first { $0.name == "task" }?.values.map(\.canonicalText) ?? [])
        if case .word(let task) = values["task"] { tasks.insert(task) }
        return tasks
    }

    /// Points that together have every data set of the grid, seeds apart: all values of keys of
    /// `data`, the first value of every other key.
    ///
    /// - Parameter limit: So many at most, the last one among them.
    public func pointsOfDifferentData(atMost limit: Int) -> [GridPoint] {
        let axes = axes.map { axis in
            Grid.Axis(
                name: axis.name,
                values: SpecKeys.key(named: axis.name)?.section == .data
                    ? axis.values : Array(axis.values.prefix(1)))
        }
        // A part of a grid that is small enough is a grid that is small enough.
        guard let grid = try? Grid(axes: axes) else { return [] }
        let count = min(limit, grid.pointCount)
        return (0..<count).map { grid.point(at: $0 == count - 1 ? grid.pointCount - 1 : $0) }
    }

    /// Looks whether the data files are regular files that can be opened.
    private func checkDataFiles(_ lines: [String: Int]) throws(SpecError) {
        guard let place = dataPlace else { return }
        let tasks = Self.tasks(values, axes)
        if tasks.contains("mnist") {
            for (key, place) in [("path", place), ("test_path", testPlace)] {
                guard let place else { continue }
                do throws(DigitFolder.Problem) {
                    _ = try DigitFolder(place).files()
                } catch {
                    throw SpecError(
                        file: path, line: lines[key], key: "data.\(key)",
                        "data.\(key) \(error.description)")
                }
            }
        }
        for file in dataFiles { try SpecFile.checkData(file, of: self, line: lines["path"]) }
    }
}

extension SpecKey {
    /// The default as a value.
    var standardValue: SpecValue? {
        guard let standard else { return nil }
        switch kind {
        case .whole, .number:
            guard case .number(let number) = NumberText.read(standard) else { return nil }
            return .number(number)
        case .word: return .word(standard)
        case .text: return .text(standard)
        case .words: return .words(Self.items(of: standard))
        case .wholes: return .numbers(Self.items(of: standard).compactMap(Double.init))
        }
    }

    /// The items of `[a, b]`.
    private static func items(of list: String) -> [String] {
        list.dropFirst().dropLast().split(separator: ",").map { item in
            String(item.drop { $0 == " " })
        }
    }
}
