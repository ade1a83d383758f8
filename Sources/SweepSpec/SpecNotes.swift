import SweepPhysics

extension SweepSpecification {
    /// What a user wants to know before a sweep begins although the spec is valid: a sentence for
    /// each part of the grid in which every trial will fail.
    public var notes: [String] {
        guard experimentKind == .posterior,
            let width = extreme("width", min), let points = extreme("points", max) ?? drawnPoints,
            width < points, extreme("depth", max) ?? 1 > 1
        else { return [] }
        let samplers = words("sampler").filter { $0 != Sampler.langevin.rawValue }
        guard words("activation").contains(where: { $0 != Activation.linear.rawValue }),
            let sampler = samplers.first
        else { return [] }
        return [
            "width \(Int(width)) is below points \(Int(points)): kernels there are singular, and "
                + "trials with sampler \(sampler) fail; sampler langevin has no such limit"
        ]
    }

    /// P when no key says it, nil when a file does.
    private var drawnPoints: Double? {
        Self.tasks(values, axes).contains("csv") ? nil : Double(ResolvedValues.drawnPoints)
    }

    /// All words that a key takes in the sweep; its default when the spec has none.
    private func words(_ name: String) -> [String] {
        if let axis = axes.first(where: { $0.name == name }) {
            return axis.values.map(\.canonicalText)
        }
        if case .word(let word) = values[name] { return [word] }
        return [SpecKeys.key(named: name)?.standard].compactMap { $0 }
    }
}
