import SweepCore

extension SweepSpecification {
    /// Tasks whose training points are drawn for every seed.
    private static let drawnTasks: Set = ["xor", "teacher"]

    /// Whether the trials of different seeds have different training points at this grid point.
    public func hasDataOfSeeds(at point: GridPoint) -> Bool {
        Self.drawnTasks.contains(dataWord("task", at: point))
    }

    /// What the training points at a grid point depend on, but for the contents of files: where two
    /// texts are equal the points are, of the same seed where every seed has its own.
    ///
    /// Texts may differ for equal points, as where a spec writes out how many there are.
    public func dataText(at point: GridPoint) -> String {
        // Points that are held out are left out of training where all others are taken.
        let isHeldOut =
            dataWord("points", at: point).isEmpty && dataWord("test_path", at: point).isEmpty
        let skipped = ["path", "test_path"] + (isHeldOut ? [] : ["test_points"])
        var parts = SpecKeys.all.filter { $0.section == .data && !skipped.contains($0.name) }
            .map { "\($0.name)=\(dataWord($0.name, at: point))" }
        if hasDataOfSeeds(at: point) { parts.append("random_key=\(randomKey)") }
        return parts.joined(separator: ";")
    }

    /// What the weights of a network at initialisation depend on beside its seed: where two texts
    /// are equal, networks of one seed begin as one, in shapes that agree.
    public func weightsText(at point: GridPoint) -> String {
        "random_key=\(randomKey);\(point.canonicalText)"
    }

    private func dataWord(_ name: String, at point: GridPoint) -> String {
        if let value = point[name] { return value.canonicalText }
        return values[name]?.canonicalText ?? ""
    }
}
