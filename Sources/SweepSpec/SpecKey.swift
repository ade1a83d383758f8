import SweepCore

/// One key of a spec, declared once: parsing, sentences and the reference of keys come from here.
public struct SpecKey: Hashable, Sendable {
    /// Where a key is written.
    public enum Section: String, CaseIterable, Hashable, Sendable {
        /// Not in a section.
        case top
        case data, network, inference, theory, training, calibration
        /// Only in `grid`: it has no value outside of it.
        case grid
    }

    /// What a value of this key is.
    public enum Kind: Hashable, Sendable {
        /// A whole number in a range.
        case whole(ClosedRange<Int>)
        /// A number from `from`, or above it when `isOpen`, to `to`.
        case number(from: Double, isOpen: Bool, to: Double)
        /// One word of an enumeration.
        case word([String])
        /// Free text; `noun` is what it is, for a sentence.
        case text(noun: String)
        /// A list of words of an enumeration.
        case words([String])
        /// A list of whole numbers in a range.
        case wholes(ClosedRange<Int>)
    }

    public let section: Section
    public let name: String
    public let kind: Kind
    /// The value that a spec without this key has, as it would be written; nil for none.
    public let standard: String?
    /// Experiments whose specs must have this key (where the task knows it).
    public let required: Set<ExperimentKind>
    public let experiments: Set<ExperimentKind>
    /// The tasks (`data.task`) with which it makes sense; nil for all.
    public let tasks: Set<String>?
    /// Words of the enumeration that this version does not run yet.
    public let unavailable: Set<String>
    /// One sentence for the reference.
    public let summary: String

    init(
        _ section: Section, _ name: String, _ kind: Kind, standard: String? = nil,
        requiredIn required: Set<ExperimentKind> = [], in experiments: Set<ExperimentKind>,
        tasks: Set<String>? = nil, unavailable: Set<String> = [], _ summary: String
    ) {
        self.section = section
        self.name = name
        self.kind = kind
        self.standard = standard
        self.required = required
        self.experiments = experiments
        self.tasks = tasks
        self.unavailable = unavailable
        self.summary = summary
    }

    /// The key as sentences call it: `network.activation`, `seeds`.
    public var fullName: String { section == .top ? name : "\(section.rawValue).\(name)" }

    /// Any numeric or enumerated key of a section may be swept.
    public var isSweepable: Bool {
        guard section != .top else { return false }
        switch kind {
        case .whole, .number, .word: return true
        case .text, .words, .wholes: return false
        }
    }

    /// What a value must be, to follow the words "must be".
    public var expectation: String {
        switch kind {
        case .whole(let range):
            "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .number(let from, let isOpen, let to):
            isOpen
                ? "a number above \(Self.text(from)) and at most \(Self.text(to))"
                : "a number from \(Self.text(from)) to \(Self.text(to))"
        case .word(let words): "one of \(available(words))"
        case .text(let noun): noun
        case .words(let words): "a list of words among \(available(words))"
        case .wholes(let range):
            "a list of whole numbers from \(range.lowerBound) to \(range.upperBound)"
        }
    }

    private func available(_ words: [String]) -> String {
        words.filter { !unavailable.contains($0) }.joined(separator: ", ")
    }

    private static func text(_ number: Double) -> String {
        ParameterValue.canonicalText(of: number)
    }
}
