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

    @Test("four million normals have the moments, counts and independence of normals")
    func batteryOfTests() throws {
        let family = try #require(KernelFamily(KernelFamily.available.last ?? "reference"))
        let normals = Self.normals(family, NormalBattery.count).values
        #expect(NormalBattery.failures(normals, places: 4) == [])
    }
}
