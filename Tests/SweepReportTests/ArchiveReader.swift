import Testing

/// Reads a zip file of .npy arrays by its bytes, knowing nothing of the writer.
struct ArchiveReader {
    struct Array {
        var type: String
        var shape: [Int]
        var bytes: ArraySlice<UInt8>

        var doubles: [Double] {
            words.map { Double(bitPattern: $0) }
        }

        var integers: [Int] { words.map { Int(truncatingIfNeeded: $0) } }

        private var words: [UInt64] {
            stride(from: bytes.startIndex, to: bytes.endIndex, by: 8).map { start in
                (0..<8).reduce(0) { $0 | UInt64(bytes[start + $1]) << (8 * UInt64($1)) }
            }
        }

        /// Texts of UTF-32, zeros at the end left out.
        func texts(length: Int) -> [String] {
            stride(from: bytes.startIndex, to: bytes.endIndex, by: 4 * length).map { start in
                var text = ""
                for place in 0..<length {
                    let code = (0..<4).reduce(UInt32(0)) {
                        $0 | UInt32(bytes[start + 4 * place + $1]) << (8 * UInt32($1))
                    }
                    if code != 0, let scalar = Unicode.Scalar(code) {
                        text.unicodeScalars.append(scalar)
                    }
                }
                return text
            }
        }
    }

    private(set) var names: [String] = []
    private(set) var arrays: [String: Array] = [:]
    /// How many entries have their size in 64 bits.
    private(set) var wideCount = 0

    private let file: [UInt8]

    private func number(_ place: Int, _ count: Int) -> Int {
        (0..<count).reduce(0) { $0 | Int(file[place + $1]) << (8 * $1) }
    }

    /// The sum that zip uses, bit by bit from its definition (polynomial 0xEDB88320 reflected).
    private static func checksum(_ bytes: ArraySlice<UInt8>) -> Int {
        var sum: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
        }
        return Int(sum ^ 0xFFFF_FFFF)
    }

    init(_ file: [UInt8]) throws {
        self.file = file
        let end = file.count - 22
        try #require(end >= 0 && number(end, 4) == 0x0605_4B50)
        var (count, start) = (number(end + 10, 2), number(end + 16, 4))
        var size = number(end + 12, 4)
        if start == 0xFFFF_FFFF {
            let locator = end - 20
            try #require(number(locator, 4) == 0x0706_4B50)
            let record = number(locator + 8, 8)
            try #require(number(record, 4) == 0x0606_4B50 && record + 56 == locator)
            count = number(record + 32, 8)
            size = number(record + 40, 8)
            start = number(record + 48, 8)
            try #require(start + size == record)
        } else {
            try #require(start + size == end)
        }
        var place = start
        var expected = 0
        for _ in 0..<count { try readEntry(&place, &expected) }
        try #require(place == start + size)
        try #require(expected == start, "bytes that belong to nothing")
    }

    private mutating func readEntry(_ place: inout Int, _ expected: inout Int) throws {
        try #require(number(place, 4) == 0x0201_4B50)
        try #require(number(place + 10, 2) == 0, "compressed")
        let sum = number(place + 16, 4)
        var (stored, plain) = (number(place + 20, 4), number(place + 24, 4))
        let nameCount = number(place + 28, 2)
        let extraCount = number(place + 30, 2)
        var offset = number(place + 42, 4)
        let name = String(decoding: file[place + 46..<place + 46 + nameCount], as: UTF8.self)
        var extra = place + 46 + nameCount + 4
        if plain == 0xFFFF_FFFF {
            wideCount += 1
            (plain, stored) = (number(extra, 8), number(extra + 8, 8))
            extra += 16
        }
        if offset == 0xFFFF_FFFF { offset = number(extra, 8) }
        place += 46 + nameCount + extraCount
        try #require(plain == stored && offset == expected)

        try #require(number(offset, 4) == 0x0403_4B50 && number(offset + 14, 4) == sum)
        let localExtra = number(offset + 28, 2)
        let local = offset + 30 + nameCount
        try #require(file[offset + 30..<local].elementsEqual(name.utf8))
        let localSize =
            number(offset + 22, 4) == 0xFFFF_FFFF
            ? number(local + 4, 8) : number(offset + 22, 4)
        try #require(localSize == plain)
        let body = file[local + localExtra..<local + localExtra + plain]
        expected = body.endIndex
        try #require(Self.checksum(body) == sum)
        try #require(name.hasSuffix(".npy"))
        names.append(String(name.dropLast(4)))
        arrays[String(name.dropLast(4))] = try Self.array(body)
    }

    /// The fields of a version 1.0 head, read by their quotes and brackets.
    private static func array(_ body: ArraySlice<UInt8>) throws -> Array {
        let start = body.startIndex
        try #require(body.prefix(8).elementsEqual([0x93] + "NUMPY".utf8 + [1, 0]))
        let length = Int(body[start + 8]) | Int(body[start + 9]) << 8
        try #require((10 + length) % 64 == 0)
        let head = String(decoding: body[start + 10..<start + 10 + length], as: UTF8.self)
        try #require(head.hasSuffix("\n") && head.contains("'fortran_order': False"))
        let type = try #require(head.split(separator: "'").dropFirst(3).first)
        let open = try #require(head.firstIndex(of: "("))
        let close = try #require(head.firstIndex(of: ")"))
        let shape = head[head.index(after: open)..<close].split(separator: ",").compactMap {
            Int($0.filter { $0 != " " })
        }
        let width = type == "|b1" ? 1 : type.hasPrefix("<U") ? 4 * (Int(type.dropFirst(2)) ?? 0) : 8
        let bytes = body[(start + 10 + length)...]
        try #require(bytes.count == width * shape.reduce(1, *))
        return Array(type: String(type), shape: shape, bytes: bytes)
    }
}
