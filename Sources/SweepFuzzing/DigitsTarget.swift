import SweepPhysics

/// Files of digits in the IDX format, plain or packed: two bytes with the length of the labels' file,
/// that file, and the images' file.
public struct DigitsTarget: FuzzTarget {
    public let name = "digits"
    public let allowance = MemoryAllowance(base: 1 << 20, perByte: 4_000)
    public let samples: [[UInt8]]

    public init() {
        samples = (0..<UInt64(24)).map { index in
            var choices = SeededChoices(seed: 6, target: "digits", index: index)
            return Self.files(using: &choices)
        }
    }

    private static func header(_ sizes: [Int]) -> [UInt8] {
        [0, 0, 8, UInt8(sizes.count)]
            + sizes.flatMap { size in
                (0..<4).reversed().map { UInt8(truncatingIfNeeded: size >> (8 * $0)) }
            }
    }

    /// A good pair of files.
    private static func files(using choices: inout SeededChoices) -> [UInt8] {
        let count = 4 + choices.below(20)
        let sizes = [count, 1 + choices.below(4), 1 + choices.below(4)]
        var labels = header([count]) + (0..<count).map { UInt8($0 % (2 + choices.below(3))) }
        var images = header(sizes)
        images += (0..<sizes.reduce(1, *)).map { _ in choices.byte() }
        if choices.once(in: 4) { labels = GzipWriter.member(labels, using: &choices) }
        if choices.once(in: 4) { images = GzipWriter.member(images, using: &choices) }
        return joined(labels, images)
    }

    private static func joined(_ labels: [UInt8], _ images: [UInt8]) -> [UInt8] {
        [UInt8(truncatingIfNeeded: labels.count), UInt8(truncatingIfNeeded: labels.count >> 8)]
            + labels + images
    }

    private static func parted(_ input: [UInt8]) -> (labels: [UInt8], images: [UInt8]) {
        let length = input.prefix(2).reversed().reduce(0) { $0 << 8 | Int($1) }
        let rest = input.dropFirst(2)
        return (Array(rest.prefix(length)), Array(rest.dropFirst(length)))
    }

    public func input(from seeds: [[UInt8]], using choices: inout SeededChoices) -> [UInt8] {
        let bytes =
            choices.once(in: 3) ? Self.files(using: &choices) : seed(from: seeds, using: &choices)
        var (labels, images) = Self.parted(bytes)
        for _ in 0..<choices.below(4) {
            if choices.once(in: 2) {
                ByteMutation.mutate(&labels, others: seeds, using: &choices)
            } else {
                ByteMutation.mutate(&images, others: seeds, using: &choices)
            }
        }
        return Self.joined(labels, images)
    }

    public func verdict(on input: [UInt8]) -> Verdict {
        guard let pair = DigitPair(0, 1) else { return .refused }
        let (labels, images) = Self.parted(input)
        let pool: DigitPool
        do throws(DataProblem) {
            pool = try DigitPool(
                images: images, labels: labels, imagesName: "images", labelsName: "labels",
                pair: pair)
        } catch {
            let sentence = error.description
            guard sentence.hasPrefix("images: ") || sentence.hasPrefix("labels: ") else {
                return .broken("a refusal does not name its file: \(sentence)")
            }
            return DataTargets.complaint(about: sentence).map(Verdict.broken) ?? .refused
        }
        guard pool.dimension > 0, (0.0...255).contains(pool.mean),
            pool.deviation > 0, pool.deviation < 256
        else { return .broken("the moments of pixels are none of bytes") }
        do throws(DataProblem) {
            let data = try pool.draw(points: 2, testPoints: 0, randomKey: 1, seed: 0)
            guard data.dimension == pool.dimension, data.inputs.allSatisfy(\.isFinite),
                Set(data.targets) == [1, -1]
            else { return .broken("two points are not one of each digit") }
        } catch {
            return .broken("two points cannot be drawn: \(error.description)")
        }
        return .read(units: 0)
    }
}
