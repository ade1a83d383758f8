import SweepCore
import SweepPhysics
import SweepTraining
import Testing

@Suite("Similarity of representations")
struct RepresentationSimilarityTests {
    /// Activities of four points in three neurons.
    static let one: [[Double]] = [[1, 0, 2], [0.5, -1, 0], [3, 1, 1], [-2, 0.25, 4]]
    static let other: [[Double]] = [[0.1, 2, 0], [1.5, -1, 3], [0, 0, 1], [1, 0.75, -2]]

    static func kernel(_ activities: [[Double]]) -> Kernel {
        let distances = activities.flatMap { row in
            activities.map { column in
                zip(row, column).reduce(0.0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            }
        }
        return Representation.kernel(squaredDistances: distances, points: activities.count)
    }

    /// ‖Yᵀ X‖² / (‖Xᵀ X‖ ‖Yᵀ Y‖) for activities whose mean over the points is taken out.
    static func alignment(_ first: [[Double]], _ second: [[Double]]) -> Double {
        func centred(_ rows: [[Double]]) -> [[Double]] {
            let means = rows[0].indices.map { unit in
                rows.reduce(0) { $0 + $1[unit] } / Double(rows.count)
            }
            return rows.map { row in zip(row, means).map { $0 - $1 } }
        }
        func product(_ first: [[Double]], _ second: [[Double]]) -> Double {
            var sum = 0.0
            for i in first[0].indices {
                for j in second[0].indices {
                    let entry = first.indices.reduce(0.0) { $0 + first[$1][i] * second[$1][j] }
                    sum += entry * entry
                }
            }
            return sum
        }
        let x = centred(first)
        let y = centred(second)
        return product(x, y) / (product(x, x) * product(y, y)).squareRoot()
    }

    @Test("the alignment from distances is that of the activities")
    func definition() throws {
        let first = Self.kernel(Self.one)
        let second = Self.kernel(Self.other)
        let found = try #require(first.alignment(with: second))
        #expect(abs(found - Self.alignment(Self.one, Self.other)) < 1e-12)
        #expect(found > 0.01 && found < 0.99)
        #expect(abs(try #require(second.alignment(with: first)) - found) < 1e-15)
    }

    @Test("places, scales, rotations and the number of neurons do not count")
    func invariance() throws {
        let first = Self.kernel(Self.one)
        // Turned by 3-4-5 in the first two neurons, five times as large, moved, with one more neuron.
        let turned = Self.one.map { row in
            [3 * row[0] - 4 * row[1] + 7, 4 * row[0] + 3 * row[1] - 2, 5 * row[2], 11]
        }
        let second = Self.kernel(turned)
        #expect(abs(try #require(first.alignment(with: second)) - 1) < 1e-12)
        #expect(abs(try #require(first.alignment(with: first)) - 1) < 1e-12)
    }

    @Test("points in one place, and numbers that are none, cannot be compared")
    func nothing() {
        let flat = Self.kernel([[1, 2], [1, 2], [1, 2]])
        #expect(flat.alignment(with: flat) == nil)
        for distance in [Double.nan, .infinity] {
            let wrong = Representation.kernel(
                squaredDistances: [0, distance, distance, 0], points: 2)
            #expect(wrong.alignment(with: wrong) == nil)
        }
    }

    static func group(
        _ name: String, seeds: [Int], data: String = "d", drawn: Bool = false, flat: Bool = false,
        weights: String? = nil
    ) -> RepresentationSimilarity.Group {
        RepresentationSimilarity.Group(
            sweep: name, parameters: [.init(name: "gain", value: .number(1.5))], layer: 2,
            data: data, hasDataOfSeeds: drawn, weights: weights ?? name,
            networks: seeds.map { seed in
                let activities = seed.isMultiple(of: 2) ? one : other
                return .init(
                    seed: seed, kernel: kernel(flat ? Array(repeating: [1], count: 4) : activities))
            })
    }

    @Test("each pair of different networks counts once")
    func pairs() throws {
        let similarity = RepresentationSimilarity([
            Self.group("a", seeds: [0, 1, 2]), Self.group("b", seeds: [0, 1]),
        ])
        #expect(similarity.rows.map { [$0.first, $0.second] } == [[0, 0], [0, 1], [1, 1]])
        #expect(similarity.rows.map(\.statistics.count) == [3, 6, 1])
        let unlike = Self.alignment(Self.one, Self.other)
        let mean = try #require(similarity.rows[0].statistics.mean)
        #expect(abs(mean - (1 + 2 * unlike) / 3) < 1e-12)
        #expect(abs(similarity.rows[0].least - unlike) < 1e-12)
        #expect(abs(similarity.rows[2].least - unlike) < 1e-12)
    }

    @Test("networks of other data are not compared, of drawn data only those of one seed")
    func data() {
        let strangers = RepresentationSimilarity([
            Self.group("a", seeds: [0, 1]), Self.group("b", seeds: [0, 1], data: "other"),
        ])
        #expect(strangers.rows.map { [$0.first, $0.second] } == [[0, 0], [1, 1]])
        let drawn = RepresentationSimilarity([
            Self.group("a", seeds: [0, 1, 2], drawn: true),
            Self.group("b", seeds: [1, 2, 3], drawn: true),
        ])
        #expect(drawn.rows.map { [$0.first, $0.second] } == [[0, 1]])
        #expect(drawn.rows.map(\.statistics.count) == [2])
        #expect(drawn.rows.allSatisfy { $0.least > 1 - 1e-12 })
        let flat = RepresentationSimilarity([Self.group("a", seeds: [0, 1, 2], flat: true)])
        #expect(flat.rows.isEmpty)
        #expect(flat.groups.map(\.comparable) == [0])
        #expect(drawn.groups.map(\.comparable) == [3, 3])
    }

    @Test("networks of one seed that began with the same weights are not compared")
    func twins() {
        let similarity = RepresentationSimilarity([
            Self.group("a", seeds: [0, 1, 2], weights: "w"),
            Self.group("b", seeds: [1, 2, 3], weights: "w"),
        ])
        #expect(similarity.rows.map(\.statistics.count) == [3, 7, 3])
        #expect(similarity.hasTwins && !similarity.hasStrangers)
        let others = RepresentationSimilarity([
            Self.group("a", seeds: [0, 1]), Self.group("b", seeds: [0, 1], data: "other"),
        ])
        #expect(!others.hasTwins && others.hasStrangers)
    }
}
