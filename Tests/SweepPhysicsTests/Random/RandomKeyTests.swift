import SweepPhysics
import Testing

@Suite("Random keys and streams")
struct RandomKeyTests {
    static let chain = RandomKey(
        randomKey: 0, purpose: .chain, seed: 3, point: "depth=3;gain=1.2;width=500")

    @Test("keys are those of the second implementation, for ever")
    func frozen() {
        let known: [(RandomKey, [UInt32])] = [
            (
                RandomKey(randomKey: 0, purpose: .data, seed: 0),
                [0x5ff7_1fc4, 0xe161_b6bd, 0x0b16_c8cc, 0xf70c_e614]
            ),
            (
                RandomKey(randomKey: 0, purpose: .data, seed: 0, point: ""),
                [0x7bac_efc1, 0xe36a_f914, 0x6765_4e2a, 0x0605_8ff2]
            ),
            (
                RandomKey(randomKey: 0, purpose: .data, seed: 1),
                [0x6be8_d283, 0xe98a_1e3f, 0x3aa3_a256, 0xe422_e694]
            ),
            (
                RandomKey(randomKey: 1, purpose: .data, seed: 0),
                [0xd495_13a7, 0x1600_0c65, 0xf2d1_bb55, 0xd28c_2dd1]
            ),
            (Self.chain, [0xe3f7_5915, 0x947b_ad9d, 0xd536_7f78, 0xf621_ac79]),
            (
                RandomKey(randomKey: .max, purpose: .testPoints, seed: -1, point: "µ"),
                [0x744f_19ed, 0xc565_e1a0, 0xad85_1403, 0xff78_e331]
            ),
        ]
        for (key, words) in known {
            #expect(key.kernelKey.key0 == words[0])
            #expect(key.kernelKey.key1 == words[1])
            #expect(key.kernelKey.stream == UInt64(words[3]) << 32 | UInt64(words[2]))
        }
    }

    @Test("normals and bits are those of the second implementation")
    func numbers() {
        let stream = RandomStream(Self.chain)
        let normals = [
            -0.354_213_764_092_783_43, 0.655_060_640_489_797, 0.503_551_148_378_798_6,
            0.438_738_193_376_496_33, -0.016_844_377_422_511_575, 1.318_004_660_856_188_2,
        ]
        for (value, expected) in zip(stream.normals(count: 6), normals) {
            #expect(abs(value - expected) < 1e-14)
        }
        #expect(stream.bits(at: 0) == 0xa985_b22a_237c_8bd7)
        #expect(stream.bits(at: 1) == 0x282e_45da_c10a_dba6)
        #expect(stream.bits(at: 1 << 40) == 0x8732_62a3_97de_e611)
        #expect(stream.uniform(at: 0) == Double(0xa985_b22a_237c_8bd7 as UInt64 >> 11) * 0x1p-53)
    }

    @Test("any part of a stream is had without the part before it")
    func addressable() {
        let stream = RandomStream(Self.chain)
        let all = stream.normals(count: 101)
        for first in 0..<20 {
            #expect(stream.normals(first: first, count: 33) == Array(all[first..<(first + 33)]))
        }
        #expect(stream.normals(count: 0).isEmpty)
    }

    @Test("every field of a key makes another key")
    func distinct() {
        var keys: Set<RandomKey> = []
        var count = 0
        for purpose in RandomKey.Purpose.allCases {
            for seed in 0..<20 {
                for randomKey in [0, 1, 1 << 63] as [UInt64] {
                    for point in [nil, "", "gain=1", "gain=1.0", "gain=1;width=5"] {
                        keys.insert(
                            RandomKey(
                                randomKey: randomKey, purpose: purpose, seed: seed, point: point))
                        count += 1
                    }
                }
            }
        }
        #expect(keys.count == count)
    }

    @Test("normals have the moments of the normal distribution, and neighbours are independent")
    func moments() {
        let count = 200_000
        let values = RandomStream(Self.chain).normals(count: count)
        let n = Double(count)
        // Six standard errors of each mean: variances 1, 2, 96 and 1.
        #expect(abs(values.reduce(0, +) / n) < 6 / n.squareRoot())
        #expect(abs(values.reduce(0) { $0 + $1 * $1 } / n - 1) < 6 * (2 / n).squareRoot())
        #expect(
            abs(values.reduce(0) { $0 + $1 * $1 * $1 * $1 } / n - 3) < 6 * (96 / n).squareRoot())
        let products = zip(values, values.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(products / n) < 6 / n.squareRoot())
    }
}
