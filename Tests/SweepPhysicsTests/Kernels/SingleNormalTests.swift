import CSweepKernels
import Foundation
import Testing

/// Normals in single precision, four to a Philox block.
@Suite("Single-precision normals")
struct SingleNormalTests {
    static func normals(
        _ family: KernelFamily, _ count: Int, firstBlock: UInt64 = 0,
        key: swk_random_key = swk_random_key(key0: 11, key1: 12, stream: 13)
    ) -> SingleKernelBuffer {
        let buffer = SingleKernelBuffer(count)
        family.table.single_normals(buffer.start, count, key, firstBlock)
        return buffer
    }

    @Test("normals are two Box-Muller pairs of the block's words")
    func normalsAreBoxMullerPairs() throws {
        let key = swk_random_key(key0: 0xdead_beef, key1: 1, stream: 0x89ab_cdef_0011_2233)
        let first: UInt64 = 0xffff_fff0
        let family = try #require(KernelFamily("reference"))
        let actual = Self.normals(family, 4_000, firstBlock: first, key: key)
        for block in 0..<1_000 {
            let number = first + UInt64(block)
            var words: [UInt32] = [0, 0, 0, 0]
            swk_philox4x32_10(
                &words,
                [
                    UInt32(truncatingIfNeeded: number), UInt32(number >> 32), 0x0011_2233,
                    0x89ab_cdef,
                ], [key.key0, key.key1])
            for pair in 0..<2 {
                let uniform = (Double(words[2 * pair] >> 1) * 2 + 1) * 0x1p-32
                let radius = (-2 * log(uniform)).squareRoot()
                let angle = 2 * Double.pi * Double(words[2 * pair + 1]) * 0x1p-32
                let at = 4 * block + 2 * pair
                // Where u is next to 1, its rounding to a float shows in the small radius.
                let error = 4e-7 * radius + 1.2e-7 / max(radius, 1e-3)
                #expect(abs(Double(actual[at]) - radius * cos(angle)) < error)
                #expect(abs(Double(actual[at + 1]) - radius * sin(angle)) < error)
            }
        }
    }

    @Test("all families give the same bits", arguments: KernelFamily.clever)
    func familiesGiveTheSameBits(name: String) throws {
        let family = try #require(KernelFamily(name))
        let reference = try #require(KernelFamily("reference"))
        let first = UInt64.max - 50_000
        let expected = Self.normals(reference, 300_001, firstBlock: first)
        #expect(Self.normals(family, 300_001, firstBlock: first).bits == expected.bits)
    }

    @Test("a stream read from block b on is its tail from normal 4b on, and no more is written")
    func blocksAreAddressable() throws {
        for name in KernelFamily.available {
            let family = try #require(KernelFamily(name))
            let start: UInt64 = 0xffff_ffff - 40
            let whole = Self.normals(family, 800, firstBlock: start)
            for block in 0..<90 {
                for count in [1, 3, 4, 5, 31, 32, 33, 64, 65] {
                    let part = SingleKernelBuffer(count + 8, filledWith: 9)
                    family.table.single_normals(
                        part.start, count, swk_random_key(key0: 11, key1: 12, stream: 13),
                        start + UInt64(block))
                    #expect(
                        Array(part.bits[..<count])
                            == Array(whole.bits[4 * block..<4 * block + count]))
                    #expect(part.values[count...].allSatisfy { $0 == 9 })
                }
            }
        }
    }

    /// A statistical battery on four million normals: moments, neighbours, and the counts of a fine
    /// histogram of every one of the four places in a block, of pairs, and of the tails.
    @Test("four million normals have the moments, counts and independence of normals")
    func batteryOfTests() throws {
        let family = try #require(KernelFamily(KernelFamily.available.last ?? "reference"))
        let count = 4_000_000
        let x = Self.normals(family, count).values
        let n = Double(count)
        var moments = [Double](repeating: 0, count: 7)
        var lags = [Double](repeating: 0, count: 9)
        var squares = [Double](repeating: 0, count: 9)
        // 64 cells of equal probability at every place of a block, and 16 × 16 of neighbours.
        var places = [[Int]](repeating: [Int](repeating: 0, count: 64), count: 4)
        var pairs = [Int](repeating: 0, count: 256)
        var beyond4 = 0
        var beyond5 = 0
        for index in x.indices {
            let value = Double(x[index])
            var power = 1.0
            for k in 1...6 {
                power *= value
                moments[k] += power
            }
            for lag in 1...8 where index >= lag {
                let other = Double(x[index - lag])
                lags[lag] += value * other
                squares[lag] += (value * value - 1) * (other * other - 1)
            }
            let cell = min(Int(32 * erfc(-value * 0.5.squareRoot())), 63)
            places[index % 4][cell] += 1
            if index % 2 == 1 {
                let other = erfc(-Double(x[index - 1]) * 0.5.squareRoot())
                pairs[cell / 4 * 16 + min(Int(8 * other), 15)] += 1
            }
            if abs(value) > 4 { beyond4 += 1 }
            if abs(value) > 5 { beyond5 += 1 }
        }
        // E x^k and the variance of x^k, k = 1 … 6.
        let expected = [0.0, 0, 1, 0, 3, 0, 15]
        let variances = [0.0, 1, 2, 15, 96, 945, 10170]
        for k in 1...6 {
            let error = (variances[k] / n).squareRoot()
            #expect(abs(moments[k] / n - expected[k]) < 4 * error, "moment \(k)")
        }
        for lag in 1...8 {
            #expect(abs(lags[lag]) < 4 * n.squareRoot(), "lag \(lag)")
            #expect(abs(squares[lag]) < 4 * 2 * n.squareRoot(), "squares at lag \(lag)")
        }
        func chiSquared(_ counts: [Int], _ total: Double) -> Double {
            let each = total / Double(counts.count)
            return counts.reduce(0) { $0 + (Double($1) - each) * (Double($1) - each) / each }
        }
        // Mean k − 1, standard deviation √(2(k − 1)).
        for place in places { #expect(abs(chiSquared(place, n / 4) - 63) < 4 * 126.0.squareRoot()) }
        #expect(abs(chiSquared(pairs, n / 2) - 255) < 4 * 510.0.squareRoot())
        // Two-sided tails: 6.334e-5 and 5.733e-7.
        #expect(abs(Double(beyond4) - n * 6.334e-5) < 4 * (n * 6.334e-5).squareRoot())
        #expect(abs(Double(beyond5) - n * 5.733e-7) < 4 * (n * 5.733e-7).squareRoot() + 1)
    }
}
