import CSweepKernels
import Foundation
import Testing

/// Philox and the normals made of it.
@Suite("Normal kernels")
struct NormalKernelTests {
    static func normals(
        _ family: KernelFamily, _ count: Int, firstBlock: UInt64 = 0,
        key: swk_random_key = swk_random_key(key0: 11, key1: 12, stream: 13)
    ) -> KernelBuffer {
        let buffer = KernelBuffer(count)
        family.table.normals(buffer.start, count, key, firstBlock)
        return buffer
    }

    /// Known answers published with Random123.
    @Test(
        "a Philox block has the published value",
        arguments: [
            (
                [0, 0, 0, 0], [0, 0], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]
            ),
            (
                [0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff], [0xffff_ffff, 0xffff_ffff],
                [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
            ),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
            ),
        ] as [([UInt32], [UInt32], [UInt32])])
    func blockIsThePublishedOne(counter: [UInt32], key: [UInt32], expected: [UInt32]) {
        var block: [UInt32] = [0, 0, 0, 0]
        swk_philox4x32_10(&block, counter, key)
        #expect(block == expected)
    }

    @Test("normals are Box-Muller pairs of the block's two uniforms")
    func normalsAreBoxMullerPairs() throws {
        let key = swk_random_key(
            key0: 0xdead_beef, key1: 0x0123_4567, stream: 0x89ab_cdef_0011_2233)
        let first: UInt64 = 0xffff_fff0
        for name in KernelFamily.available {
            let family = try #require(KernelFamily(name))
            let actual = Self.normals(family, 2_000, firstBlock: first, key: key)
            for block in 0..<1_000 {
                let number = first + UInt64(block)
                var words: [UInt32] = [0, 0, 0, 0]
                swk_philox4x32_10(
                    &words,
                    [
                        UInt32(truncatingIfNeeded: number), UInt32(number >> 32), 0x0011_2233,
                        0x89ab_cdef,
                    ], [key.key0, key.key1])
                let high = (UInt64(words[1]) << 32 | UInt64(words[0])) >> 11
                let low = (UInt64(words[3]) << 32 | UInt64(words[2])) >> 11
                let radius = (-2 * log(Double(high + 1) * 0x1p-53)).squareRoot()
                let angle = 2 * Double.pi * (Double(low) * 0x1p-53)
                //  The library's argument has an error of one part in 2^53 of up to 2 pi.
                #expect(abs(actual[2 * block] - radius * cos(angle)) < 2e-15 * radius)
                #expect(abs(actual[2 * block + 1] - radius * sin(angle)) < 2e-15 * radius)
            }
        }
    }

    @Test("all families give the same bits", arguments: KernelFamily.clever)
    func familiesGiveTheSameBits(name: String) throws {
        let family = try #require(KernelFamily(name))
        let reference = try #require(KernelFamily("reference"))
        let first = UInt64.max - 50_000
        let expected = Self.normals(reference, 300_001, firstBlock: first)
        let actual = Self.normals(family, 300_001, firstBlock: first)
        #expect(actual.bits == expected.bits)
    }

    @Test("a stream read from block b on is its tail from normal 2b on")
    func blocksAreAddressable() throws {
        for name in KernelFamily.available {
            let family = try #require(KernelFamily(name))
            //  Across the carry from the low to the high word of the counter.
            let start: UInt64 = 0xffff_ffff - 40
            let whole = Self.normals(family, 200, firstBlock: start)
            for block in 0..<90 {
                for count in [1, 2, 7, 8, 9, 15, 16, 17, 20] {
                    let part = Self.normals(family, count, firstBlock: start + UInt64(block))
                    #expect(part.bits == Array(whole.bits[2 * block..<2 * block + count]))
                }
            }
        }
    }

    @Test("odd counts write what they should, and no more")
    func oddCountsEndWhereTheyShould() throws {
        let key = swk_random_key(key0: 1, key1: 2, stream: 3)
        for name in KernelFamily.available {
            let family = try #require(KernelFamily(name))
            let whole = Self.normals(family, 80, key: key)
            for count in 0...65 {
                let buffer = KernelBuffer(80, filledWith: 9)
                family.table.normals(buffer.start, count, key, 0)
                #expect(Array(buffer.bits[..<count]) == Array(whole.bits[..<count]))
                #expect(buffer.values[count...].allSatisfy { $0 == 9 })
            }
        }
    }

    @Test("keys and streams are independent")
    func keysAndStreamsDiffer() throws {
        let family = try #require(KernelFamily("reference"))
        let n = 100_000
        let samples = [
            swk_random_key(key0: 1, key1: 0, stream: 0),
            swk_random_key(key0: 0, key1: 1, stream: 0),
            swk_random_key(key0: 0, key1: 0, stream: 1),
            swk_random_key(key0: 0, key1: 0, stream: 1 << 32),
            swk_random_key(key0: 0, key1: 0, stream: 0),
        ].map { Self.normals(family, n, key: $0) }
        for a in 0..<samples.count {
            for b in 0..<a {
                let product = family.table.dot(samples[a].start, samples[b].start, n)
                #expect(abs(product) < 4.5 * Double(n).squareRoot(), "\(a) \(b)")
            }
        }
    }

    @Test("a million normals have the moments of a normal, within 4 standard errors")
    func momentsAreNormal() throws {
        let family = try #require(KernelFamily("reference"))
        let x = Self.normals(family, 1_000_000).values
        let n = Double(x.count)
        var sums = [0.0, 0.0, 0.0, 0.0]
        var neighbours = [0.0, 0.0, 0.0]
        for index in x.indices {
            var power = 1.0
            for k in 0..<4 {
                power *= x[index]
                sums[k] += power
            }
            for lag in 1...3 where index >= lag { neighbours[lag - 1] += x[index] * x[index - lag] }
        }
        //  E x^k = 0, 1, 0, 3, with variances E x^2k - (E x^k)^2 = 1, 2, 15, 96.
        let expected = [0.0, 1, 0, 3]
        let variances = [1.0, 2, 15, 96]
        for k in 0..<4 {
            #expect(
                abs(sums[k] / n - expected[k]) < 4 * (variances[k] / n).squareRoot(), "\(k + 1)")
        }
        for product in neighbours { #expect(abs(product) < 4 * n.squareRoot()) }
    }

    @Test("a million normals pass Kolmogorov and Smirnov's test at 1 %")
    func distributionIsNormal() throws {
        let family = try #require(KernelFamily("reference"))
        let x = Self.normals(family, 1_000_000).values.sorted()
        let n = Double(x.count)
        var distance = 0.0
        for (index, value) in x.enumerated() {
            let probability = erfc(-value * 0.5.squareRoot()) / 2
            distance = max(
                distance, abs(Double(index + 1) / n - probability),
                abs(probability - Double(index) / n))
        }
        #expect(distance * n.squareRoot() < 1.63)
        //  Two normals in 10^6 lie beyond 4.9; none may be missing from the tails, nor too far out.
        #expect((4.3...6.5).contains(x[x.count - 1]) && (4.3...6.5).contains(-x[0]))
    }
}
