/// 128 bits that tell values apart; quick, and no defence against somebody who wants two alike.
///
/// Two lanes, each h ← rotate(h ⊕ w, r) · odd for every word w of eight bytes: each step can be
/// undone, so one changed word always changes the end.
package struct Fingerprint: Hashable, Sendable {
    package private(set) var high: UInt64 = 0x6A09_E667_F3BC_C908
    package private(set) var low: UInt64 = 0xBB67_AE85_84CA_A73B

    package init() {}

    /// Of bytes, their number included.
    package init(of bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBytes { raw in
            var index = 0
            while index + 8 <= raw.count {
                add(UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)))
                index += 8
            }
            var last: UInt64 = 0
            while index < raw.count {
                last = last << 8 | UInt64(raw[index])
                index += 1
            }
            add(last)
        }
        add(UInt64(bytes.count))
    }

    package mutating func add(_ word: UInt64) {
        high = Self.step(high, word, 29, 0x9E37_79B9_7F4A_7C15)
        low = Self.step(low, word, 41, 0xD6E8_FEB8_6659_FD93)
    }

    package mutating func add(_ number: Int) { add(UInt64(bitPattern: Int64(number))) }
    package mutating func add(_ number: Double) { add(number.bitPattern) }

    package mutating func add(_ text: String) {
        add(text.utf8.count)
        for byte in text.utf8 { add(UInt64(byte)) }
    }

    package mutating func add(_ values: [Double]) {
        add(values.count)
        for value in values { add(value) }
    }

    package mutating func add(_ buffer: AlignedBuffer) {
        add(buffer.count)
        for index in 0..<buffer.count { add(buffer.base[index]) }
    }

    private static func step(
        _ state: UInt64, _ word: UInt64, _ turn: UInt64, _ factor: UInt64
    ) -> UInt64 {
        let mixed = state ^ word
        return (mixed << turn | mixed >> (64 - turn)) &* factor
    }
}
