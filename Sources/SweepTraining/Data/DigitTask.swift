import SweepCore
import SweepPhysics

/// Handwritten digits to be told apart: pixels (p/255 − 0.1307)/0.3081, one output for each digit, 1
/// for the right one and 0 for the others.
///
/// Images are taken in the order of their file, as many of each digit, so every seed and every
/// network sees the same ones: the first for training, the last of the same file, or the first of a
/// file of their own, for testing. Of `points` that are no multiple of the digits the first digits
/// have one more.
public struct DigitTask: Hashable, Sendable {
    public var files: DigitFiles
    /// Where held-out images are; nil for the training files.
    public var testFiles: DigitFiles?
    /// Different digits, in the order of the outputs.
    public var digits: [Int]
    /// Training images; nil for all that are not held out.
    public var points: Int?
    /// Held-out images; with files of their own 0 stands for all in them.
    public var testPoints: Int

    public init(
        files: DigitFiles, testFiles: DigitFiles? = nil, digits: [Int], points: Int? = nil,
        testPoints: Int = 0
    ) {
        precondition(digits.count >= 2 && Set(digits).count == digits.count, "digits \(digits)")
        self.files = files
        self.testFiles = testFiles
        self.digits = digits
        self.points = points
        self.testPoints = testPoints
    }

    /// Mean and deviation of all pixels of MNIST's training images.
    static let mean = 0.1307
    static let deviation = 0.3081

    static let pixelValues = (0...255).map { (Double($0) / 255 - mean) / deviation }

    /// Reads the images. The pair of the theory is one image each of the first two digits, drawn
    /// for the seed.
    func data(
        seed: Int, randomKey: UInt64, readFile: DataFileReader
    ) throws -> TrainingData {
        let pool = try Pool(files, digits: digits, readFile: readFile)
        let heldOut = testFiles == nil ? shares(of: testPoints) : digits.map { _ in 0 }
        let wanted = points.map(shares)
        var training: [[Int]] = []
        var test: [[Int]] = []
        for (place, digit) in digits.enumerated() {
            let images = pool.places[place]
            let count = wanted?[place] ?? images.count - heldOut[place]
            guard count >= 1, count + heldOut[place] <= images.count else {
                throw DataProblem.file(
                    name: files.images,
                    reason: "there are \(images.count) images of the digit \(digit), too few for "
                        + "\(max(1, count)) to train on and \(heldOut[place]) to test on")
            }
            training.append(Array(images.prefix(count)))
            test.append(Array(images.suffix(heldOut[place])))
        }
        var testPart = pool.points(test)
        if let testFiles {
            testPart = try held(in: testFiles, dimension: pool.dimension, readFile: readFile)
        }
        // Blocks of one digit after another: batches are shuffled, and matrices want it so.
        let starts = training.indices.map { training[..<$0].reduce(0) { $0 + $1.count } }
        let tracked = zip(starts, training).flatMap { start, images in
            start..<start + min(images.count, TrainingData.trackedLimit / digits.count)
        }
        let stream = RandomStream(
            RandomKey(
                randomKey: randomKey, purpose: .data, seed: seed,
                point: GridPoint([.init(name: "task", value: .word("mnist_pair"))]).canonicalText))
        func draw(_ place: Int) -> Int {
            starts[place] + Int(stream.bits(at: UInt64(place)) % UInt64(training[place].count))
        }
        guard let part = pool.points(training) else {
            throw DataProblem.tooFew(points: 0)
        }
        return TrainingData(
            dimension: pool.dimension, outputs: digits.count, training: part, test: testPart,
            pair: PointPair(draw(0), draw(1)), tracked: Array(tracked))
    }

    private func held(
        in files: DigitFiles, dimension: Int, readFile: DataFileReader
    ) throws -> TrainingData.Points? {
        let pool = try Pool(files, digits: digits, readFile: readFile)
        guard pool.dimension == dimension else {
            throw DataProblem.file(
                name: files.images,
                reason: "its images have \(pool.dimension) pixels, those to train on \(dimension)")
        }
        let wanted = testPoints > 0 ? shares(of: testPoints) : pool.places.map(\.count)
        for (place, digit) in digits.enumerated() where wanted[place] > pool.places[place].count {
            throw DataProblem.file(
                name: files.images,
                reason: "there are \(pool.places[place].count) images of the digit \(digit), too "
                    + "few for \(wanted[place]) to test on")
        }
        return pool.points(zip(pool.places, wanted).map { Array($0.prefix($1)) })
    }

    /// So many of each digit.
    private func shares(of count: Int) -> [Int] {
        digits.indices.map { (count + digits.count - 1 - $0) / digits.count }
    }

    /// A file of images and where the digits are in it.
    private struct Pool {
        let images: IDXFile.Images
        /// Of each digit, in the order of the file.
        let places: [[Int]]
        var dimension: Int { images.rows * images.columns }

        init(_ files: DigitFiles, digits: [Int], readFile: DataFileReader) throws {
            images = try IDXFile.images(readFile(files.images), name: files.images)
            let labels = try IDXFile.labels(readFile(files.labels), name: files.labels)
            guard images.count == labels.count else {
                throw DataProblem.file(
                    name: files.labels,
                    reason: "it has \(labels.count) labels, but \(files.images) has "
                        + "\(images.count) images; both must come from the same set")
            }
            var places: [[Int]] = digits.map { _ in [] }
            var outputs: [Int?] = Array(repeating: nil, count: 256)
            for (place, digit) in digits.enumerated() { outputs[digit] = place }
            for (place, label) in labels.enumerated() {
                if let output = outputs[Int(label)] { places[output].append(place) }
            }
            self.places = places
        }

        /// Images of each digit with their targets; nil for none.
        func points(_ chosen: [[Int]]) -> TrainingData.Points? {
            let count = chosen.reduce(0) { $0 + $1.count }
            guard count > 0 else { return nil }
            var bytes: [UInt8] = []
            bytes.reserveCapacity(count * dimension)
            var targets: [Double] = []
            for (output, images) in chosen.enumerated() {
                for image in images {
                    let start = self.images.pixels.startIndex + image * dimension
                    bytes += self.images.pixels[start..<start + dimension]
                    targets += chosen.indices.map { $0 == output ? 1 : 0 }
                }
            }
            return .init(
                inputs: .bytes(bytes, values: DigitTask.pixelValues), targets: targets)
        }
    }
}
