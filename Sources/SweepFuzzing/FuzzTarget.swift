/// What a target said of one input.
public enum Verdict: Hashable, Sendable {
    /// The input was read as something. `units` counts what it rightly asks memory for beside its
    /// own length: values of a grid that it writes as a range, bytes that a result announces.
    case read(units: Int)
    /// It was refused, as it should be.
    case refused
    /// A promise was broken: one sentence.
    case broken(String)
}

/// How much heap one input may take at a time: `base + perByte · length + perUnit · units`.
public struct MemoryAllowance: Hashable, Sendable {
    public var base: Int
    public var perByte: Int
    public var perUnit: Int

    public init(base: Int, perByte: Int, perUnit: Int = 0) {
        self.base = base
        self.perByte = perByte
        self.perUnit = perUnit
    }

    /// Bytes for an input of `byteCount` bytes with this verdict.
    public func bytes(byteCount: Int, verdict: Verdict) -> Int {
        let units = if case .read(let units) = verdict { units } else { 0 }
        return base + perByte * byteCount + perUnit * units
    }
}

/// One decoder or parser under test: it makes inputs, and judges what became of one.
///
/// Both are pure: an input depends on the samples and the choices, a verdict on the input.
public protocol FuzzTarget: Sendable {
    /// As in `--target` and the folders of the corpus.
    var name: String { get }
    /// Valid inputs to start from.
    var samples: [[UInt8]] { get }
    var allowance: MemoryAllowance { get }

    /// A new input.
    ///
    /// - Parameter seeds: ``samples`` and the corpus, not empty.
    func input(from seeds: [[UInt8]], using choices: inout SeededChoices) -> [UInt8]

    /// Gives the input to the code under test, and checks what must hold of the answer.
    func verdict(on input: [UInt8]) -> Verdict
}

/// All targets.
public enum FuzzTargets {
    /// In the order in which they run.
    public static let all: [any FuzzTarget] = [
        WireTarget(), ValueTarget(), OutcomeTarget(), IntakeTarget(), PipeTarget(), QueryTarget(),
        SpecTarget(), DigitsTarget(), GunzipTarget(), CSVTarget(),
    ]

    /// The target of this name, or nil.
    public static func named(_ name: String) -> (any FuzzTarget)? {
        all.first { $0.name == name }
    }
}

extension FuzzTarget {
    /// One of the seeds; a long one rarely, because it takes the time of a hundred others.
    func seed(from seeds: [[UInt8]], using choices: inout some Choices) -> [UInt8] {
        let seed = choices.pick(seeds)
        return seed.count < 4_096 || choices.once(in: 64) ? seed : samples[0]
    }

    /// Input number `index` of a run.
    public func input(seed: UInt64, index: UInt64, seeds: [[UInt8]]) -> [UInt8] {
        var choices = SeededChoices(seed: seed, target: name, index: index)
        return input(from: seeds, using: &choices)
    }
}
