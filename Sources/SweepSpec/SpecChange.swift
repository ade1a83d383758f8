import SweepCore

/// How a spec differs from an earlier one of the same sweep.
public enum SpecChange: Hashable, Sendable {
    /// The same trials in the same order; only comments, spelling and formatting may differ.
    case same
    /// Every trial of the earlier spec is a trial of this one, with the same numbers.
    ///
    /// Seeds or grid values were added, or grid values stand in another order.
    case extended(addedTrials: Int)
    /// Recorded results would not be results of this spec. `key` is what changed; nil stands for
    /// a key that is not there.
    case changed(key: String, old: String?, new: String?)
}

extension SpecChange: CustomStringConvertible {
    public var description: String {
        switch self {
        case .same: "the spec is the same"
        case .extended(let count): "the spec was extended by \(count) trials"
        case .changed(let key, .some(let old), .some(let new)):
            "\(key) was changed from \(old) to \(new)"
        case .changed(let key, .none, let new):
            "\(key) was added" + (new.map { " (\($0))" } ?? "")
        case .changed(let key, let old, .none):
            "\(key) was removed" + (old.map { " (\($0))" } ?? "")
        }
    }
}

extension SweepSpecification {
    /// Compares this spec with an earlier one, defaults included.
    ///
    /// Only more seeds, more values of a swept key and another order in the grid are an extension.
    /// The first key that forbids it is named, in the order of the reference.
    public func change(from old: SweepSpecification) -> SpecChange {
        if name != old.name { return .changed(key: "sweep", old: old.name, new: name) }
        if experimentKind != old.experimentKind {
            return .changed(
                key: "experiment", old: old.experimentKind.rawValue, new: experimentKind.rawValue)
        }
        for key in SpecKeys.all where key.name != "seeds" {
            let (before, after) = (old.values[key.name], values[key.name])
            if before != after {
                return .changed(
                    key: key.fullName, old: before.map(Self.shown), new: after.map(Self.shown))
            }
        }
        if let change = removedValues(from: old) { return change }
        if seedCount < old.seedCount {
            return .changed(key: "seeds", old: "\(old.seedCount)", new: "\(seedCount)")
        }
        if plan == old.plan { return .same }
        return .extended(addedTrials: plan.trialCount - old.plan.trialCount)
    }

    /// The first swept key that was added, removed, or has lost a value.
    private func removedValues(from old: SweepSpecification) -> SpecChange? {
        for axis in old.axes {
            guard let now = axes.first(where: { $0.name == axis.name }) else {
                return .changed(key: "grid.\(axis.name)", old: Self.shown(axis), new: nil)
            }
            if now.values == axis.values { continue }
            let values = Set(now.values)
            if let lost = axis.values.first(where: { !values.contains($0) }) {
                return .changed(
                    key: "grid.\(axis.name)", old: Self.shown(axis),
                    new: "\(Self.shown(now)), without \(lost.canonicalText)")
            }
        }
        for axis in axes where !old.axes.contains(where: { $0.name == axis.name }) {
            return .changed(key: "grid.\(axis.name)", old: nil, new: Self.shown(axis))
        }
        return nil
    }

    private static func shown(_ value: SpecValue) -> String { clipped(value.canonicalText) }

    private static func shown(_ axis: SweptAxis) -> String {
        clipped(String(axis.canonicalText.dropFirst(axis.name.count + 2)))
    }

    private static func clipped(_ text: String) -> String {
        text.count <= 80 ? text : "\(text.prefix(79))…"
    }
}
