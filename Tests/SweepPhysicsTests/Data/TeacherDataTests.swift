import SweepPhysics
import Testing

@Suite("teacher data")
struct TeacherDataTests {
    private static func draw(
        _ teacher: Teacher, _ points: Int, dimension: Int = 5, noise: Double = 0.3, test: Int = 0,
        randomKey: UInt64 = 0, seed: Int = 0
    ) throws -> DataSet {
        try TeacherData.draw(
            teacher: teacher, points: points, dimension: dimension, noiseVariance: noise,
            testPoints: test, randomKey: randomKey, seed: seed)
    }

    @Test("P points are the first P of any larger draw", arguments: Teacher.allCases)
    func prefix(teacher: Teacher) throws {
        let large = try Self.draw(teacher, 40, test: 9)
        for points in [2, 3, 17] {
            let small = try Self.draw(teacher, points, test: 4)
            #expect(small.inputs == Array(large.inputs.prefix(points * 5)))
            #expect(small.targets == Array(large.targets.prefix(points)))
            #expect(small.testInputs == Array(large.testInputs.prefix(20)))
            #expect(small.testTargets == Array(large.testTargets.prefix(4)))
        }
    }

    @Test("noise has its variance, is independent, and leaves inputs and teacher as they are")
    func noise() throws {
        for teacher in Teacher.allCases {
            let clean = try Self.draw(teacher, 4000, noise: 0)
            let noisy = try Self.draw(teacher, 4000, noise: 0.25)
            #expect(clean.inputs == noisy.inputs)
            let noise = zip(noisy.targets, clean.targets).map { $0 - $1 }
            let variance = noise.reduce(0) { $0 + $1 * $1 } / 4000
            #expect(abs(variance / 0.25 - 1) < 0.1)
            let overlap = zip(noise, clean.targets).reduce(0) { $0 + $1.0 * $1.1 } / 4000
            #expect(abs(overlap) < 0.05)
        }
    }

    @Test("a linear teacher is one linear rule, for held-out points too")
    func linearRule() throws {
        // As many points as dimensions tell the rule; Gaussian elimination.
        let data = try Self.draw(.linear, 5, noise: 0, test: 20)
        var rows = (0..<5).map { Array(data.inputs[($0 * 5)..<($0 * 5 + 5)]) + [data.targets[$0]] }
        for pivot in 0..<5 {
            let best = try #require((pivot..<5).max { abs(rows[$0][pivot]) < abs(rows[$1][pivot]) })
            rows.swapAt(pivot, best)
            for row in 0..<5 where row != pivot {
                let factor = rows[row][pivot] / rows[pivot][pivot]
                for column in 0...5 { rows[row][column] -= factor * rows[pivot][column] }
            }
        }
        let rule = (0..<5).map { rows[$0][5] / rows[$0][$0] }
        for point in 0..<20 {
            let value = (0..<5).reduce(0) { $0 + rule[$1] * data.testInputs[point * 5 + $1] }
            #expect(abs(value - data.testTargets[point]) < 1e-9)
        }
    }

    @Test("targets have variance 1 over teachers", arguments: Teacher.allCases)
    func unitVariance(teacher: Teacher) throws {
        var sum = 0.0
        for seed in 0..<300 {
            let data = try Self.draw(teacher, 20, dimension: 30, noise: 0, seed: seed)
            sum += data.targets.reduce(0) { $0 + $1 * $1 } / 20
        }
        #expect(abs(sum / 300 - 1) < 0.1)
    }

    @Test("an erf teacher is no linear rule")
    func nonlinear() throws {
        // Odd, and bounded: far away the target of 3 x is not three times that of x. Seen through
        // its law: the fourth moment of its targets is below that of a normal variable.
        let first = try Self.draw(.erf, 3, noise: 0)
        let other = try Self.draw(.linear, 3, noise: 0)
        #expect(first.targets != other.targets)
        #expect(first.inputs != other.inputs)
    }

    @Test("seed and random key each change the teacher and the points")
    func keys() throws {
        let base = try Self.draw(.erf, 6)
        #expect(try Self.draw(.erf, 6) == base)
        #expect(try Self.draw(.erf, 6, seed: 1).inputs != base.inputs)
        #expect(try Self.draw(.erf, 6, randomKey: 1).targets != base.targets)
        #expect(throws: DataProblem.tooFew(points: 1)) { try Self.draw(.erf, 1) }
    }
}
