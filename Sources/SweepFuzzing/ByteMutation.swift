/// Damage that knows nothing of what the bytes mean.
enum ByteMutation {
    /// Changes `bytes` in one way.
    ///
    /// - Parameter others: Inputs to splice pieces from.
    static func mutate(
        _ bytes: inout [UInt8], others: [[UInt8]], using choices: inout some Choices
    ) {
        let count = bytes.count
        let place = choices.below(count)
        switch choices.below(12) {
        case 0 where count > 0: bytes[place] ^= 1 << UInt8(choices.below(8))
        case 1 where count > 0: bytes[place] = choices.byte()
        case 2 where count > 0:
            bytes[place] = choices.pick([0, 1, 0x0A, 0x20, 0x7F, 0x80, 0xC0, 0xF5, 0xFE, 0xFF])
        case 3: bytes.removeLast(choices.below(count + 1))
        case 4 where count > 0:
            bytes.removeSubrange(place..<min(count, place + 1 + choices.size(below: 256)))
        case 5:
            let more = (0...choices.size(below: 64)).map { _ in choices.byte() }
            bytes.insert(contentsOf: more, at: place)
        case 6 where count > 0:
            // A piece again, once or many times.
            let piece = bytes[place..<min(count, place + 1 + choices.size(below: 64))]
            let times = choices.once(in: 16) ? choices.below(300) : 1
            for _ in 0..<times { bytes.insert(contentsOf: piece, at: place) }
        case 7 where count > 0:
            let other = choices.pick(others)
            let start = choices.below(other.count)
            let piece = other[start..<min(other.count, start + 1 + choices.size(below: 512))]
            bytes.replaceSubrange(
                place..<min(count, place + choices.size(below: 64)), with: piece)
        case 8 where count > 0:
            // Bytes after each other as a number of 2, 4 or 8 bytes, in either order.
            let number = choices.number(upTo: .max)
            let size = choices.pick([2, 4, 8])
            let isBig = choices.once(in: 2)
            for index in 0..<size where place + index < count {
                let shift = 8 * (isBig ? size - 1 - index : index)
                bytes[place + index] = UInt8(truncatingIfNeeded: number >> UInt64(shift))
            }
        case 9 where count > 0:
            // The longest varint, and one that is too long.
            let length = choices.pick([9, 10, 11])
            bytes.replaceSubrange(
                place..<min(count, place + length),
                with: [UInt8](repeating: 0xFF, count: length - 1) + [choices.pick([0, 1, 0x7F])])
        case 10 where count > 0:
            bytes.replaceSubrange(
                place..<min(count, place + 1), with: choices.pick(Self.badUTF8))
        default:
            let other = choices.below(count)
            if count > 0 { bytes.swapAt(place, other) }
        }
    }

    /// Overlong, cut, out of range, surrogates, a byte-order mark, a non-character.
    static let badUTF8: [[UInt8]] = [
        [0x80], [0xC0, 0xAF], [0xC3], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF0, 0x9F, 0x98],
        [0xF4, 0x90, 0x80, 0x80], [0xFF, 0xFE], [0xEF, 0xBB, 0xBF], [0xEF, 0xBF, 0xBF],
        [0xE2, 0x80, 0xA8], [0xC2, 0x85], [0x00],
    ]
}
