/// Makes gzip files (RFC 1952) without a library, so that what reads them is not what wrote them.
enum GzipWriter {
    /// One member with the bytes in stored blocks, and any of the optional fields of its header.
    static func member(_ bytes: [UInt8], using choices: inout some Choices) -> [UInt8] {
        var member: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
        if choices.once(in: 4) { member[3] = UInt8(choices.below(32)) }
        let flags = member[3]
        if flags & 4 != 0 {
            let extra = (0..<choices.size(below: 40)).map { _ in choices.byte() }
            member += number(UInt64(extra.count), bytes: 2) + extra
        }
        // A name and a remark, each to its zero.
        if flags & 8 != 0 { member += (0..<choices.below(9)).map { _ in 0x61 } + [0] }
        if flags & 16 != 0 { member += (0..<choices.below(9)).map { _ in 0x62 } + [0] }
        if flags & 2 != 0 { member += number(UInt64(crc(member) & 0xFFFF), bytes: 2) }
        var rest = bytes[...]
        repeat {
            let size = min(rest.count, 1 + choices.size(below: 0xFFFF))
            let piece = rest.prefix(size)
            rest = rest.dropFirst(size)
            member.append(rest.isEmpty ? 1 : 0)
            member += number(UInt64(size), bytes: 2) + number(UInt64(~UInt16(size)), bytes: 2)
            member += piece
        } while !rest.isEmpty
        return member + number(UInt64(crc(bytes)), bytes: 4)
            + number(UInt64(bytes.count), bytes: 4)
    }

    /// Little-endian.
    private static func number(_ number: UInt64, bytes count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) }
    }

    /// CRC-32 as in ISO 3309, bit by bit.
    static func crc(_ bytes: [UInt8]) -> UInt32 {
        var crc = ~UInt32(0)
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 1 ? 0xEDB8_8320 : 0) }
        }
        return ~crc
    }
}
