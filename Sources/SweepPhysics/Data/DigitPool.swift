import SweepCore

/// Two digits whose images are told apart: the first is labelled +1, the second -1.
public struct DigitPair: Hashable, Sendable {
    public let first: Int
    public let second: Int

    /// nil unless the digits are two different ones from 0 to 9.
    public init?(_ first: Int, _ second: Int) {
        guard first != second, 0...9 ~= first, 0...9 ~= second else { return nil }
        self.first = first
        self.second = second
    }
}

/// All images of a pair of digits in a file: what the data sets of `mnist` are drawn from.
public struct DigitPool: Sendable {
    /// D, pixels of an image.
    public let dimension: Int
    /// Mean of all pixels of all images of the pair.
    public let mean: Double
    /// Standard deviation of all pixels of all images of the pair, divided by their number.
    public let deviation: Double

    private let pair: DigitPair
    /// Of the images of each digit: where it stands in the file.
    private let places: (first: [Int], second: [Int])
    /// Row-major, shape (images of the first and then of the second digit, D).
    private let pixels: [UInt8]

    /// Takes the images of a pair out of an IDX file of images and one of their labels.
    ///
    /// - Parameters:
    ///   - imagesName: What sentences call the file of images.
    ///   - labelsName: What sentences call the file of labels.
    /// - Throws: ``DataProblem`` that names the file.
    public init(
        images imageBytes: [UInt8], labels labelBytes: [UInt8], imagesName: String,
        labelsName: String, pair: DigitPair
    ) throws(DataProblem) {
        let images = try IDXFile.images(imageBytes, name: imagesName)
        let labels = try IDXFile.labels(labelBytes, name: labelsName)
        guard images.count == labels.count else {
            throw .file(
                name: labelsName,
                reason: "it has \(labels.count) labels, but \(imagesName) has \(images.count) "
                    + "images; both must come from the same set")
        }
        func places(of digit: Int) throws(DataProblem) -> [Int] {
            let places = labels.indices.filter { Int(labels[$0]) == digit }
                .map { $0 - labels.startIndex }
            if places.isEmpty {
                throw .file(name: labelsName, reason: "no image in it is labelled \(digit)")
            }
            return places
        }
        let dimension = images.rows * images.columns
        let found = (first: try places(of: pair.first), second: try places(of: pair.second))
        var pixels: [UInt8] = []
        pixels.reserveCapacity((found.first.count + found.second.count) * dimension)
        for place in found.first + found.second {
            let start = images.pixels.startIndex + place * dimension
            pixels += images.pixels[start..<(start + dimension)]
        }
        (mean, deviation) = Self.moments(pixels)
        guard deviation > 0 else {
            throw .file(
                name: imagesName,
                reason: "all pixels of the digits \(pair.first) and \(pair.second) are the same, "
                    + "so they cannot be scaled")
        }
        self.pair = pair
        self.dimension = dimension
        self.places = found
        self.pixels = pixels
    }

    /// Mean and standard deviation, from how often each of the 256 values occurs.
    private static func moments(_ pixels: [UInt8]) -> (mean: Double, deviation: Double) {
        var counts = [Int](repeating: 0, count: 256)
        for pixel in pixels { counts[Int(pixel)] += 1 }
        let total = Double(pixels.count)
        // A whole number below 2⁵³, so the sum is exact.
        let mean = Double(counts.indices.reduce(0) { $0 + $1 * counts[$1] }) / total
        var square = 0.0
        for value in counts.indices {
            let distance = Double(value) - mean
            square += Double(counts[value]) * (distance * distance)
        }
        return (mean, (square / total).squareRoot())
    }
}

// MARK: - Drawing

extension DigitPool {
    /// Draws P training points and T held-out points without replacement.
    ///
    /// Every image has its own random number, which depends on the random key, the seed, the pair
    /// and its place in the file. Training points are the images with the smallest numbers of their
    /// digit, held-out points those with the largest. Both come in pairs of one image of each digit,
    /// the order in a pair drawn. So P points are the first P of any larger draw, whatever T, and
    /// the other way round; no image is in both; and any two points have both labels.
    ///
    /// - Parameter randomKey: the spec's `random_key`.
    /// - Throws: ``DataProblem`` for fewer than 2 points, or for more than there are images.
    public func draw(
        points: Int, testPoints: Int = 0, randomKey: UInt64, seed: Int
    ) throws(DataProblem) -> DataSet {
        precondition(testPoints >= 0, "\(testPoints) test points")
        if points < 2 { throw .tooFew(points: max(0, points)) }
        // The same for every seed, whichever digit an odd number of points has one more of.
        let needed = (points + 1) / 2 + (testPoints + 1) / 2
        for (digit, places) in [(pair.first, places.first), (pair.second, places.second)]
        where places.count < needed {
            throw .tooFewImages(
                digit: digit, images: places.count, points: points, testPoints: testPoints)
        }
        let fields = GridPoint([
            .init(name: "task", value: .word("mnist")),
            .init(name: "first_digit", value: .number(Double(pair.first))),
            .init(name: "second_digit", value: .number(Double(pair.second))),
        ]).canonicalText
        let stream = RandomStream(
            RandomKey(randomKey: randomKey, purpose: .data, seed: seed, point: fields))
        let testStream = RandomStream(
            RandomKey(randomKey: randomKey, purpose: .testPoints, seed: seed, point: fields))
        let order = (
            first: Self.order(places.first, stream, offset: 0),
            second: Self.order(places.second, stream, offset: places.first.count)
        )
        let (inputs, targets) = take(points, order, stream)
        let (testInputs, testTargets) = take(
            testPoints, (order.first.reversed(), order.second.reversed()), testStream)
        return try DataSet(
            dimension: dimension, inputs: inputs, targets: targets, testInputs: testInputs,
            testTargets: testTargets)
    }

    /// Numbers of the rows of `pixels` of one digit, by the random numbers of their images.
    private static func order(_ places: [Int], _ stream: RandomStream, offset: Int) -> [Int] {
        places.indices.map { (number: stream.bits(at: UInt64(places[$0])), row: offset + $0) }
            .sorted { $0 < $1 }
            .map(\.row)
    }

    /// The first `count` of two lists in pairs, with their labels.
    ///
    /// - Parameter stream: Which of the two comes first in pair k is bit 0 of number 2³² + k, out of
    ///   the reach of images.
    private func take(
        _ count: Int, _ order: (first: [Int], second: [Int]), _ stream: RandomStream
    ) -> (inputs: [Double], targets: [Double]) {
        var inputs: [Double] = []
        inputs.reserveCapacity(count * dimension)
        var targets: [Double] = []
        for point in 0..<count {
            let number = point / 2
            let coin = Int(stream.bits(at: UInt64(1) << 32 + UInt64(number)) & 1)
            let isFirst = point % 2 == coin
            let start = (isFirst ? order.first : order.second)[number] * dimension
            for pixel in pixels[start..<(start + dimension)] {
                inputs.append((Double(pixel) - mean) / deviation)
            }
            targets.append(isFirst ? 1 : -1)
        }
        return (inputs, targets)
    }
}

/// Pools that were made in the life of a process, so that a file is parsed once and not for every
/// trial. Holds the last ``limit`` of them; not for several threads.
public final class DigitPoolCache {
    /// Pools that are kept: more than any sweep of today has.
    public static let limit = 2

    private struct Entry {
        var files: DigitFiles
        var pair: DigitPair
        var pool: DigitPool
    }

    private var entries: [Entry] = []

    public init() {}

    /// The pool of these files and digits, read when it is not there.
    ///
    /// - Throws: ``DataProblem``, or what `readFile` throws.
    public func pool(
        _ files: DigitFiles, _ pair: DigitPair, readFile: DataFileReader
    ) throws -> DigitPool {
        if let known = entries.first(where: { $0.files == files && $0.pair == pair }) {
            return known.pool
        }
        let pool = try files.pool(pair, readFile: readFile)
        if entries.count == Self.limit { entries.removeFirst() }
        entries.append(Entry(files: files, pair: pair, pool: pool))
        return pool
    }
}

/// A file of images and the file of their labels.
public struct DigitFiles: Hashable, Sendable {
    public var images: String
    public var labels: String

    public init(images: String, labels: String) {
        self.images = images
        self.labels = labels
    }

    /// Reads both files and takes the images of a pair out.
    func pool(_ pair: DigitPair, readFile: DataFileReader) throws -> DigitPool {
        try DigitPool(
            images: readFile(images), labels: readFile(labels), imagesName: images,
            labelsName: labels, pair: pair)
    }
}
