import SweepPhysics
import SweepTraining
import Testing

@Suite("Digits to train on")
struct DigitTaskTests {
    /// Images of 2 × 3 pixels; every pixel of image i is i, but for the first, which is 200.
    static func images(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = [0, 0, 8, 3]
        for size in [count, 2, 3] { bytes += word(size) }
        for image in 0..<count {
            bytes.append(200)
            bytes += [UInt8](repeating: UInt8(image), count: 5)
        }
        return bytes
    }

    static func labels(_ labels: [UInt8]) -> [UInt8] {
        [0, 0, 8, 1] + word(labels.count) + labels
    }

    private static func word(_ number: Int) -> [UInt8] {
        let shifts: [Int] = [24, 16, 8, 0]
        return shifts.map { (shift: Int) -> UInt8 in UInt8(truncatingIfNeeded: number >> shift) }
    }

    static let order: [UInt8] = [7, 1, 4, 7, 7, 1, 4, 1, 7, 4, 9]
    static let files = DigitFiles(images: "I", labels: "L")

    static func read(_ path: String) throws -> [UInt8] {
        switch path {
        case "I": images(order.count)
        case "L": labels(order)
        case "TI": images(4)
        case "TL": labels([4, 7, 7, 1])
        case "short": labels([1, 7])
        default: throw DataProblem.tooFew(points: 0)
        }
    }

    static func data(
        _ digits: [Int], points: Int? = nil, test: Int = 0, testFiles: DigitFiles? = nil,
        seed: Int = 0
    ) throws -> TrainingData {
        try TrainingTask.digits(
            DigitTask(
                files: files, testFiles: testFiles, digits: digits, points: points,
                testPoints: test)
        ).data(seed: seed, randomKey: 0, readFile: read)
    }

    /// Numbers of the images, from their second pixel.
    static func numbers(_ part: TrainingData.Points?) -> [Int] {
        guard let part else { return [] }
        let pixels = part.inputs[0..<part.inputs.count]
        var numbers: [Int] = []
        for place in stride(from: 1, to: pixels.count, by: 6) {
            let pixel: Double = 255 * (pixels[place] * 0.3081 + 0.1307)
            numbers.append(Int(pixel.rounded()))
        }
        return numbers
    }

    @Test("all images of the digits, in blocks, with one output for each")
    func all() throws {
        let data = try Self.data([7, 1, 4])
        #expect(data.dimension == 6 && data.outputs == 3 && data.points == 10)
        #expect(Self.numbers(data.training) == [0, 3, 4, 8, 1, 5, 7, 2, 6, 9])
        var targets: [Double] = []
        for (output, count) in [4, 3, 3].enumerated() {
            for _ in 0..<count {
                var target: [Double] = [0, 0, 0]
                target[output] = 1
                targets += target
            }
        }
        #expect(data.targets == targets)
        let bright: Double = (200.0 / 255 - 0.1307) / 0.3081
        #expect(abs(data.input(0)[0] - bright) < 1e-15)
        #expect(data.test == nil)
        #expect(data.tracked == Array(0..<10))
        #expect(data.isClassification)
        #expect(data.task(data.pair.first, data.pair.second).targetDistance == 2)
    }

    @Test("training takes the first images of each digit, testing the last")
    func split() throws {
        let data = try Self.data([7, 1, 4], points: 4, test: 4)
        #expect(Self.numbers(data.training) == [0, 3, 1, 2])
        #expect(Self.numbers(data.test) == [4, 8, 7, 9])
        let rest = try Self.data([7, 1, 4], test: 3)
        #expect(Self.numbers(rest.training) == [0, 3, 4, 1, 5, 2, 6])
        #expect(Self.numbers(rest.test) == [8, 7, 9])
    }

    @Test("files of their own are tested on whole, or as far as is asked")
    func official() throws {
        let official = DigitFiles(images: "TI", labels: "TL")
        #expect(
            Self.numbers(try Self.data([1, 4, 7], testFiles: official).test) == [3, 0, 1, 2])
        let part = try Self.data([1, 4, 7], test: 3, testFiles: official)
        #expect(Self.numbers(part.test) == [3, 0, 1])
        #expect(part.points == 10)
    }

    @Test("the pair is one image of each of the first two digits, another for other seeds")
    func pair() throws {
        var pairs: Set<PointPair> = []
        for seed in 0..<40 {
            let data = try Self.data([7, 1, 4], seed: seed)
            #expect((0..<4).contains(data.pair.first) && (4..<7).contains(data.pair.second))
            #expect(data.training == (try Self.data([7, 1, 4])).training)
            pairs.insert(data.pair)
        }
        #expect(pairs.count == 12)
    }

    @Test("what cannot be is told with the file and the digit")
    func refusals() {
        func sentence(_ body: () throws -> TrainingData) -> String {
            do {
                _ = try body()
                return ""
            } catch {
                return "\(error)"
            }
        }
        #expect(
            sentence { try Self.data([7, 1, 4], points: 6, test: 6) }
                == "I: there are 3 images of the digit 1, too few for 2 to train on and 2 to test "
                + "on")
        #expect(
            sentence { try Self.data([3, 1]) }
                == "I: there are 0 images of the digit 3, too few for 1 to train on and 0 to test "
                + "on")
        #expect(
            sentence {
                try Self.data([1, 4], testFiles: DigitFiles(images: "TI", labels: "short"))
            }
                == "short: it has 2 labels, but TI has 4 images; both must come from the same set")
        #expect(
            sentence {
                try Self.data([1, 4], test: 6, testFiles: DigitFiles(images: "TI", labels: "TL"))
            } == "TI: there are 1 images of the digit 1, too few for 3 to test on")
    }

    @Test("data of the posterior family keep their draws")
    func drawn() throws {
        let task = DataTask.teacher(kind: .erf, points: 5, dimension: 3, noiseVariance: 0.1)
        let data = try TrainingTask.drawn(task, testPoints: 2)
            .data(seed: 3, randomKey: 1, readFile: Self.read)
        let set = try task.dataSet(testPoints: 2, seed: 3, randomKey: 1, readFile: Self.read)
        #expect(data.inputs == set.inputs && data.targets == set.targets)
        #expect(data.test?.inputs == .numbers(set.testInputs))
        #expect(data.test?.targets == set.testTargets)
        #expect(!data.isClassification)
    }
}
