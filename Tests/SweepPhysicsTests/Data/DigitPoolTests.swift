import Foundation
import SweepPhysics
import Testing

@Suite("Digits")
struct DigitPoolTests {
    func draw(
        _ points: Int, test: Int = 0, randomKey: UInt64 = 0, seed: Int = 0,
        from pool: DigitPool? = nil
    ) throws -> DataSet {
        try (pool ?? DigitFixtures.pool()).draw(
            points: points, testPoints: test, randomKey: randomKey, seed: seed)
    }

    /// Numbers of the images that points are, in a pool of ``DigitFixtures/numberedPool(_:)``.
    func numbers(_ inputs: [Double], of pool: DigitPool) -> [Int] {
        stride(from: 0, to: inputs.count, by: 2).map {
            Int((inputs[$0] * pool.deviation + pool.mean).rounded())
        }
    }

    // MARK: Against another implementation

    @Test("points are those of the reference, to the last bit")
    func reference() throws {
        let tests = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(
            contentsOf: tests.appending(path: "reference/digit_points.csv"), encoding: .utf8)
        var rows = 0
        for line in text.split(separator: "\n").dropFirst() {
            let fields = line.split(separator: ",")
            try #require(fields.count == 8)
            let key = try #require(UInt64(fields[0]))
            let seed = try #require(Int(fields[1]))
            let point = try #require(Int(fields[3]))
            let expected: [Double] = fields[4...].compactMap { Double($0) }
            let data = try draw(7, test: 5, randomKey: key, seed: seed)
            let isTest = fields[2] == "test"
            let inputs = isTest ? data.testInputs : data.inputs
            let targets = isTest ? data.testTargets : data.targets
            let start = point * 12
            let found: [Double] = [
                targets[point], inputs[start], inputs[start + 5], inputs[start + 11],
            ]
            #expect(found == expected, "\(line)")
            rows += 1
        }
        #expect(rows == 24)
    }

    // MARK: What is promised of a draw

    @Test("P points are the first P of any larger draw, and T of T, whatever the other")
    func prefix() throws {
        let pool = try DigitFixtures.numberedPool(120)
        let large = try draw(24, test: 30, from: pool)
        for (points, test) in [(12, 0), (2, 7), (23, 29), (24, 30)] {
            let small = try draw(points, test: test, from: pool)
            #expect(small.inputs == Array(large.inputs.prefix(points * 2)))
            #expect(small.targets == Array(large.targets.prefix(points)))
            #expect(small.testInputs == Array(large.testInputs.prefix(test * 2)))
            #expect(small.testTargets == Array(large.testTargets.prefix(test)))
        }
    }

    @Test("no image is drawn twice, and every one when all are asked for")
    func withoutReplacement() throws {
        let pool = try DigitFixtures.numberedPool(100)
        for seed in 0..<20 {
            let data = try draw(60, test: 40, seed: seed, from: pool)
            let all = numbers(data.inputs, of: pool) + numbers(data.testInputs, of: pool)
            #expect(all.sorted() == Array(0..<100))
            #expect(
                data.targets + data.testTargets == all.map { $0 % 2 == 0 ? 1.0 : -1.0 })
        }
    }

    @Test("points come in pairs of both labels, so that no draw has one label only")
    func balance() throws {
        var orders: Set<[Double]> = []
        for seed in 0..<40 {
            let data = try draw(6, test: 6, seed: seed)
            for targets in [data.targets, data.testTargets] {
                for pair in 0..<3 { #expect(targets[2 * pair] == -targets[2 * pair + 1]) }
                orders.insert(targets)
            }
        }
        #expect(orders.count == 8)
    }

    @Test("every image is drawn as often as any other")
    func uniformity() throws {
        let pool = try DigitFixtures.numberedPool(20)
        var counts = [Int](repeating: 0, count: 20)
        for seed in 0..<1_000 {
            for number in numbers(try draw(4, seed: seed, from: pool).inputs, of: pool) {
                counts[number] += 1
            }
        }
        // Two of ten each time: 200 expected, standard deviation √160.
        #expect(counts.allSatisfy { abs($0 - 200) < 64 }, "\(counts)")
    }

    @Test("seed, key and digits make other points; the files' names and forms do not")
    func keys() throws {
        let base = try draw(4)
        #expect(try draw(4, seed: 1).inputs != base.inputs)
        #expect(try draw(4, randomKey: 1).inputs != base.inputs)
        let turned = try DigitFixtures.pool(pair: DigitPair(3, 0))
        #expect(try draw(4, from: turned).inputs != base.inputs)
        let packed = try DigitFixtures.pool(
            images: DigitFixtures.packed(DigitFixtures.referenceImages),
            labels: DigitFixtures.packed(DigitFixtures.referenceLabels))
        #expect(try draw(4, test: 5, from: packed) == draw(4, test: 5))
    }

    @Test("all pixels of the pair together have mean 0 and variance 1")
    func scaling() throws {
        let data = try draw(10, test: 0)
        #expect(data.dimension == 12)
        // Images of other digits must not count.
        let labels = DigitFixtures.referenceLabelList
        var pixels: [Double] = []
        for image in labels.indices where labels[image] == 0 || labels[image] == 3 {
            for j in 0..<12 {
                pixels.append(Double(DigitFixtures.referenceImages[16 + image * 12 + j]))
            }
        }
        let count = Double(pixels.count)
        let mean = pixels.reduce(0, +) / count
        var square = 0.0
        for pixel in pixels { square += (pixel - mean) * (pixel - mean) }
        let variance = square / count
        let pool = try DigitFixtures.pool()
        #expect(abs(pool.mean - mean) < 1e-12 * mean)
        #expect(abs(pool.deviation - variance.squareRoot()) < 1e-12 * mean)
    }

    @Test("a cache reads files once for a pair, and again for another")
    func cache() throws {
        let cache = DigitPoolCache()
        let files = DigitFiles(images: "i", labels: "l")
        var reads: [String] = []
        func pool(_ digits: (Int, Int), _ files: DigitFiles) throws {
            let pair = try #require(DigitPair(digits.0, digits.1))
            _ = try cache.pool(files, pair) { path in
                reads.append(path)
                return path == files.images
                    ? DigitFixtures.referenceImages : DigitFixtures.referenceLabels
            }
        }
        try pool((0, 3), files)
        try pool((0, 3), files)
        #expect(reads == ["i", "l"])
        try pool((0, 4), files)
        try pool((0, 3), files)
        #expect(reads == ["i", "l", "i", "l"])
        try pool((0, 3), DigitFiles(images: "j", labels: "l"))
        #expect(reads.suffix(2) == ["j", "l"])
    }

    // MARK: What is refused

    @Test("too few images of a digit are refused for every seed alike")
    func tooFew() throws {
        #expect(try draw(30, test: 4).points == 30)
        let problem = DataProblem.tooFewImages(
            digit: 3, images: 17, points: 31, testPoints: 4)
        for seed in 0..<10 {
            #expect(throws: problem) { try draw(31, test: 4, seed: seed) }
        }
        #expect(
            problem.description
                == "there are 17 images of the digit 3, too few for its half of 31 training "
                + "points and 4 test points")
        #expect(throws: DataProblem.tooFew(points: 1)) { try draw(1) }
        #expect(DigitPair(3, 3) == nil)
        #expect(DigitPair(0, 10) == nil)
    }

    @Test("files that do not belong together, or lack a digit, are refused")
    func mismatch() {
        #expect(
            DigitFixtures.sentence(
                labels: DigitFixtures.labels(Array(DigitFixtures.referenceLabelList.dropLast())))
                == "L: it has 199 labels, but I has 200 images; both must come from the same set")
        let sevens = DigitFixtures.labels(
            DigitFixtures.referenceLabelList.map { $0 == 3 ? 7 : $0 })
        #expect(DigitFixtures.sentence(labels: sevens) == "L: no image in it is labelled 3")
        let blank = DigitFixtures.images(
            Array(repeating: Array(repeating: 9, count: 12), count: 200), rows: 3, columns: 4)
        #expect(
            DigitFixtures.sentence(images: blank)
                == "I: all pixels of the digits 0 and 3 are the same, so they cannot be scaled")
    }

    @Test("a file that is not what its name says is refused with a sentence")
    func damagedFiles() {
        let images = DigitFixtures.referenceImages
        let labels = DigitFixtures.referenceLabels
        func withHeader(_ words: [Int]) -> [UInt8] {
            var bytes = images
            let header: [UInt8] = words.flatMap { DigitFixtures.word($0) }
            bytes.replaceSubrange(0..<header.count, with: header)
            return bytes
        }
        func refusal(_ images: [UInt8]) -> String? { DigitFixtures.sentence(images: images) }
        #expect(refusal([]) == "I: it has 0 bytes, too few for the header of an IDX file of images")
        #expect(
            refusal(Array(images.prefix(15)))
                == "I: it has 15 bytes, too few for the header of an IDX file of images")
        #expect(
            refusal(labels + labels)
                == "I: it is an IDX file of labels (00000801), but a file of images begins with "
                + "00000803")
        #expect(
            DigitFixtures.sentence(labels: images)
                == "L: it is an IDX file of images (00000803), but a file of labels begins with "
                + "00000801")
        #expect(
            refusal(Array("<!DOCTYPE html><html>".utf8))
                == "I: it is no IDX file: it begins with 3c21444f, but a file of images begins with "
                + "00000803")
        #expect(
            refusal(withHeader([0xD03]))
                == "I: its numbers are of IDX type 0x0d; unsigned bytes (0x08) are wanted")
        #expect(
            refusal(Array(images.dropLast()))
                == "I: it is cut off: its header announces 200 x 3 x 4 bytes, but 2399 follow; get "
                + "the file again")
        #expect(
            refusal(images + [0])
                == "I: it is too long: its header announces 200 x 3 x 4 bytes, but 2401 follow")
        #expect(
            refusal(withHeader([0x803, 200, 0, 4]))
                == "I: its header announces 200 x 0 x 4 images")
        for sizes in [[0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF], [1 << 20, 32, 32]] {
            let shape = sizes.map(String.init).joined(separator: " x ")
            #expect(
                refusal(withHeader([0x803] + sizes))
                    == "I: its header announces \(shape) bytes; at most 512 MiB are read")
        }
        #expect(
            refusal(Array(DigitFixtures.packed(images).dropLast()))
                == "I: its gzip data are cut off; get the file again")
    }
}
