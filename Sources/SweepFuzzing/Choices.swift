/// Where a generator of inputs takes its decisions from.
public protocol Choices {
    /// The next 64 bits.
    mutating func next() -> UInt64
}

extension Choices {
    /// A number from 0 to `bound` - 1; 0 when `bound` is not above 0.
    public mutating func below(_ bound: Int) -> Int {
        bound > 0 ? Int(next() % UInt64(bound)) : 0
    }

    /// Yes, once in `count` times.
    public mutating func once(in count: Int) -> Bool { below(count) == 0 }

    /// One of a list that is not empty.
    public mutating func pick<Element>(_ list: [Element]) -> Element { list[below(list.count)] }

    /// A byte.
    public mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: next()) }

    /// A size that is mostly small and sometimes as large as `bound` - 1.
    public mutating func size(below bound: Int) -> Int {
        let small = [4, 16, 64, bound][below(4)]
        return below(min(small, bound))
    }

    /// A number of which the ends of its ranges are likelier than the middle.
    public mutating func number(upTo bound: UInt64) -> UInt64 {
        let special: [UInt64] = [
            0, 1, 2, 127, 128, 255, 256, 65_535, 65_536, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF,
            0x1_0000_0000, 1 << 53, 1 << 63, .max, bound, bound &- 1,
        ]
        let number = once(in: 2) ? pick(special) : next()
        if number <= bound { return number }
        return bound == .max ? number : number % (bound + 1)
    }
}

/// SplitMix64: input `index` of a target and a seed is always the same bytes, whatever was made
/// before it.
///
/// Source: Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators".
public struct SeededChoices: Choices, Sendable {
    private var state: UInt64

    public init(seed: UInt64, target: String, index: UInt64) {
        // FNV-1a of the name, so that two targets never see the same numbers.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in target.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        state = seed
        state = next() ^ hash
        state = next() ^ index
        state = next()
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}

/// Decisions read from the bytes of an input, so that a file replays them; zeros after its end.
public struct ByteChoices: Choices, Sendable {
    private var rest: ArraySlice<UInt8>

    public init(_ bytes: [UInt8]) { rest = bytes[...] }

    /// Whether all bytes were used.
    public var isAtEnd: Bool { rest.isEmpty }

    public mutating func next() -> UInt64 {
        // One byte says how many follow, so that small decisions cost few bytes.
        guard let first = rest.popFirst() else { return 0 }
        if first < 0xF0 { return UInt64(first) }
        var word: UInt64 = 0
        for _ in 0..<(first & 7) + 1 { word = word << 8 | UInt64(rest.popFirst() ?? 0) }
        return word
    }
}
