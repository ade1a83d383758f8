import SweepPhysics

/// Files in the IDX format, made here byte by byte.
enum DigitFixtures {
    static let pair = DigitPair(0, 3)

    /// A big-endian number of 4 bytes.
    static func word(_ number: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }

    static func images(_ pixels: [[UInt8]], rows: Int, columns: Int) -> [UInt8] {
        let header: [UInt8] = [0x803, pixels.count, rows, columns].flatMap { word($0) }
        return header + pixels.flatMap { $0 }
    }

    static func labels(_ labels: [UInt8]) -> [UInt8] {
        let header: [UInt8] = word(0x801) + word(labels.count)
        return header + labels
    }

    /// The images of `Tests/reference/digit_points.py`: 200 of 3 × 4 pixels.
    static let referenceImages = images(
        (0..<200).map { image in (0..<12).map { referencePixel(image, $0) } }, rows: 3, columns: 4)
    static let referenceLabelList: [UInt8] = (0..<200).map { image in
        let number: Int = 7 * image + image / 9
        return UInt8(number % 10)
    }
    static let referenceLabels = labels(referenceLabelList)

    private static func referencePixel(_ image: Int, _ j: Int) -> UInt8 {
        let number: Int = 37 * image + 11 * j * j + image * j * j
        return UInt8(number % 256)
    }

    /// A pool whose images show where they stand in the file: pixel 0 is their number.
    static func numberedPool(_ count: Int) throws -> DigitPool {
        try pool(
            images: images((0..<count).map { [UInt8($0), 200] }, rows: 1, columns: 2),
            labels: labels((0..<count).map { $0 % 2 == 0 ? 0 : 3 }))
    }

    static func pool(
        images: [UInt8] = referenceImages, labels: [UInt8] = referenceLabels,
        pair: DigitPair? = pair
    ) throws -> DigitPool {
        guard let pair else { throw DataProblem.tooFew(points: 0) }
        return try DigitPool(
            images: images, labels: labels, imagesName: "I", labelsName: "L", pair: pair)
    }

    /// The sentence that files are refused with; nil when they are not.
    static func sentence(images: [UInt8] = referenceImages, labels: [UInt8] = referenceLabels)
        -> String?
    {
        do {
            _ = try pool(images: images, labels: labels)
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// gzip in its plainest form: one stored block of at most 65,535 bytes.
    static func packed(_ bytes: [UInt8]) -> [UInt8] {
        func littleEndian(_ number: Int, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
        }
        var file: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1]
        file += littleEndian(bytes.count, 2)
        file += littleEndian(~bytes.count, 2)
        file += bytes
        file += littleEndian(Int(checksum(bytes)), 4)
        file += littleEndian(bytes.count, 4)
        return file
    }

    /// CRC-32, bit by bit.
    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var sum = UInt32.max
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 {
                let rest: UInt32 = sum >> 1
                sum = sum & 1 == 1 ? rest ^ 0xEDB8_8320 : rest
            }
        }
        return ~sum
    }
}
