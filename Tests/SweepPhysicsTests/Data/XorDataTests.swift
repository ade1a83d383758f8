import SweepPhysics
import Testing

@Suite("xor data")
struct XorDataTests {
    func draw(
        _ points: Int, dimension: Int = 100, noise: Double = 0.4, signal: SignalToNoise = .high,
        test: Int = 0, randomKey: UInt64 = 0, seed: Int = 0
    ) throws -> DataSet {
        try XorData.draw(
            points: points, dimension: dimension, noiseVariance: noise, signal: signal,
            testPoints: test, randomKey: randomKey, seed: seed)
    }

    @Test("P points are the first P of any larger draw, whatever the test points")
    func prefix() throws {
        let large = try draw(50, dimension: 7, test: 9)
        for points in [2, 3, 4, 12, 49] {
            let small = try draw(points, dimension: 7, test: 3)
            #expect(small.inputs == Array(large.inputs.prefix(points * 7)))
            #expect(small.targets == Array(large.targets.prefix(points)))
            #expect(small.testInputs == Array(large.testInputs.prefix(21)))
        }
    }

    @Test("without noise the points are the four clusters, each once a block of four")
    func clusters() throws {
        for dimension in [2, 3, 7, 100] {
            for (signal, length) in [(SignalToNoise.high, Double(dimension)), (.low, 1)] {
                let data = try draw(40, dimension: dimension, noise: 0, signal: signal)
                for block in 0..<10 {
                    let rows = (0..<4).map { row in
                        Array(data.inputs[((block * 4 + row) * dimension)...].prefix(dimension))
                    }
                    for i in 0..<4 {
                        for j in 0..<4 {
                            let product = zip(rows[i], rows[j]).reduce(0) { $0 + $1.0 * $1.1 }
                            let same =
                                data.targets[block * 4 + i] == data.targets[block * 4 + j]
                            let expected = i == j ? length : same ? -length : 0
                            #expect(abs(product - expected) < 1e-13 * length)
                        }
                    }
                    // The clusters labelled +1 are along (1, …, 1).
                    let plus = try #require((0..<4).first { data.targets[block * 4 + $0] == 1 })
                    #expect(rows[plus].allSatisfy { $0 == rows[plus][0] })
                }
            }
        }
    }

    @Test("all eight orders of a block occur, and targets alternate")
    func orders() throws {
        let data = try draw(4 * 200, dimension: 2, noise: 0)
        var orders: Set<[Double]> = []
        for block in 0..<200 {
            orders.insert(Array(data.inputs[(block * 8)..<(block * 8 + 8)]))
            #expect(data.targets[block * 4] == -data.targets[block * 4 + 1])
            #expect(data.targets[block * 4 + 2] == -data.targets[block * 4 + 3])
        }
        #expect(orders.count == 8)
    }

    @Test("the noise has the variance asked for")
    func noise() throws {
        let clean = try draw(400, dimension: 100, noise: 0)
        let noisy = try draw(400, dimension: 100, noise: 0.4)
        // The key has the noise in it, so clusters differ: compare with the nearest cluster.
        var square = 0.0
        for row in 0..<400 {
            let x = noisy.inputs[(row * 100)..<(row * 100 + 100)]
            let distances = (0..<4).map { centre in
                zip(x, clean.inputs[(centre * 100)..<(centre * 100 + 100)]).reduce(0) {
                    $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
                }
            }
            square += distances.min() ?? 0
        }
        // 40,000 squares of variance 2 · 0.4².
        #expect(abs(square / 40_000 - 0.4) < 6 * 0.4 * (2.0 / 40_000).squareRoot())
    }

    @Test("seed, key and every data field make other points")
    func keys() throws {
        let base = try draw(4, dimension: 10)
        #expect(try draw(4, dimension: 10) == base)
        #expect(try draw(4, dimension: 10, seed: 1) != base)
        #expect(try draw(4, dimension: 10, randomKey: 1) != base)
        let shared = try draw(4, dimension: 10, test: 4)
        #expect(shared.testInputs != shared.inputs)
        #expect(try draw(4, dimension: 10, signal: .low).inputs != base.inputs)
    }

    @Test("what cannot be drawn is refused with a sentence")
    func refused() {
        #expect(throws: DataProblem.dimensionTooSmall(1)) { try draw(4, dimension: 1) }
        #expect(throws: DataProblem.tooFew(points: 1)) { try draw(1) }
        #expect(throws: DataProblem.tooFew(points: 0)) { try draw(0) }
        #expect(
            DataProblem.dimensionTooSmall(1).description
                == "dimension is 1; the xor task needs at least 2")
    }
}
