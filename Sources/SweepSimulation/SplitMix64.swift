/// The generator of all chance in a simulation: small, fast, and the same on every machine.
///
/// Source: Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators".
public struct SplitMix64: Sendable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }

    /// Uniform in [0, 1).
    public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Uniform over the range, both ends included.
    public mutating func integer(in range: ClosedRange<Int>) -> Int {
        let width = UInt64(range.upperBound - range.lowerBound) + 1
        return range.lowerBound + Int(next().multipliedFullWidth(by: width).high)
    }

    /// Uniform over the range, both ends included.
    public mutating func milliseconds(in range: ClosedRange<Int>) -> UInt64 {
        UInt64(integer(in: range))
    }

    public mutating func chance(_ probability: Double) -> Bool { uniform() < probability }

    public mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[integer(in: 0...elements.count - 1)]
    }
}
