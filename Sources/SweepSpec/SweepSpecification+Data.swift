import SweepCore

extension SweepSpecification {
    /// Tasks whose training points are drawn for every seed.
    private static let drawnTasks: Set = ["xor", "teacher", "csv"]

    /// Whether the trials of different seeds have different training points at this grid point.
    public func hasDataOfSeeds(at point: GridPoint) -> Bool {
        Self.drawnTasks.contains(dataWord("task", at: point))
    }

    /// What the training points at a grid point depend on, but for the contents of files: where two
    /// texts are equal the points are, of the same seed where every seed has its own.
    public func dataText(at point: GridPoint) -> String {
        let tested = ["path", "test_points", "test_path"]
        var parts = SpecKeys.all.filter { $0.section == .data && !tested.contains($0.name) }
            .map { "\($0.name)=\(dataWord($0.name, at: point))" }
        if hasDataOfSeeds(at: point) { parts.append("random_key=\(randomKey)") }
        return parts.joined(separator: ";")
    }

    private func dataWord(_ name: String, at point: GridPoint) -> String {
        if let value = point[name] { return value.canonicalText }
        return values[name]?.canonicalText ?? ""
    }
}
