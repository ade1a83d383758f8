import SweepTraining
import Testing

@Suite("Geometry of features")
struct FeatureGeometryTests {
    /// Activities a x, b y and c x y of centred features, turned into four units by orthogonal
    /// vectors; in the second context other a, b and c.
    static func activities(_ weights: [(Double, Double, Double)], side: Int) -> [Double] {
        let middle = 0.5 * Double(side - 1)
        var rows: [Double] = []
        for (a, b, c) in weights {
            for row in 0..<side {
                for column in 0..<side {
                    let x = Double(row) - middle
                    let y = Double(column) - middle
                    let u: Double = 0.5 * a * x
                    let v: Double = 0.5 * b * y
                    let w: Double = 0.5 * c * x * y
                    rows += [u + v + w + 3, u - v + w, u + v - w, u - v - w]
                }
            }
        }
        return rows
    }

    @Test("shares of variance of a sum of x, y and x y")
    func shares() throws {
        let side = 5
        let variance = 2.0
        let weights = [(1.0, 2.0, 0.5), (0.3, 0.0, 1.0)]
        let geometry = FeatureGeometry(
            of: Self.activities(weights, side: side), grid: FeatureGrid(side: side))
        for (context, (a, b, c)) in weights.enumerated() {
            let both: Double = c * c * variance * variance
            let total: Double = (a * a + b * b) * variance + both
            let x = a * a * variance / total
            let y = b * b * variance / total
            #expect(abs(try #require(geometry.relevant[context]) - (context == 0 ? x : y)) < 1e-12)
            #expect(
                abs(try #require(geometry.irrelevant[context]) - (context == 0 ? y : x)) < 1e-12)
        }
    }

    @Test("activities that do not vary have no shares")
    func constant() {
        let geometry = FeatureGeometry(
            of: Array(repeating: 0.25, count: 2 * 9 * 3), grid: FeatureGrid(side: 3))
        #expect(geometry.relevant == [nil, nil] && geometry.irrelevant == [nil, nil])
        #expect(geometry.components.shares.allSatisfy { $0 == 0 })
        #expect(geometry.components.coordinates.allSatisfy { $0 == 0 })
    }

    @Test("components are the directions of a sum of orthogonal ones, largest first")
    func components() {
        // Variances along three directions: a² v, b² v and c² v².
        let rows = Self.activities([(1.0, 2.0, 0.5)], side: 7)
        let components = PrincipalComponents(of: rows, points: 49, count: 5)
        let variances = [4.0 * 4, 1.0 * 4, 0.25 * 16]
        let total = variances.reduce(0, +)
        #expect(abs(components.shares[0] - 16 / total) < 1e-9)
        #expect(abs(components.shares[1] + components.shares[2] - 8 / total) < 1e-9)
        #expect(components.shares[3] < 1e-9 && components.shares[4] < 1e-9)
        // The first coordinate is 2 y, with some sign.
        for point in 0..<49 {
            let y = Double(point % 7) - 3
            #expect(abs(abs(components.coordinates[point * 5]) - abs(2 * y)) < 1e-6)
        }
    }

    @Test("distances between coordinates are those between points")
    func distances() {
        var draws = Draws(3)
        // Twenty points in three of six dimensions.
        let axes = (0..<18).map { _ in draws.uniform(-1, 1) }
        var rows: [Double] = []
        for _ in 0..<20 {
            let place = (0..<3).map { _ in draws.uniform(-1, 1) }
            for unit in 0..<6 {
                var value = 0.7
                for axis in 0..<3 { value += place[axis] * axes[axis * 6 + unit] }
                rows.append(value)
            }
        }
        let components = PrincipalComponents(of: rows, points: 20, count: 3)
        #expect(abs(components.shares.reduce(0, +) - 1) < 1e-9)
        func distance(_ values: [Double], _ a: Int, _ b: Int, _ size: Int) -> Double {
            var sum = 0.0
            for place in 0..<size {
                let difference = values[a * size + place] - values[b * size + place]
                sum += difference * difference
            }
            return sum
        }
        for a in 0..<20 {
            for b in 0..<a {
                let expected = distance(rows, a, b, 6)
                #expect(abs(distance(components.coordinates, a, b, 3) - expected) < 1e-6)
            }
        }
    }

    @Test("the blobs themselves have both features alike")
    func blobs() throws {
        let data = TrainingTask.orthogonal.data
        let grid = try #require(data.features)
        let geometry = FeatureGeometry(of: data.inputs, grid: grid)
        for context in 0..<2 {
            let relevant = try #require(geometry.relevant[context])
            let irrelevant = try #require(geometry.irrelevant[context])
            #expect(abs(relevant - irrelevant) < 1e-9)
            #expect(relevant > 0.4 && relevant < 0.5)
        }
        // Contexts are two units apart in two pixels of 1: most of all variance.
        #expect(geometry.components.shares[0] > 0.9)
    }
}
