import CSweepKernels
import Foundation
import Testing

/// The second generator and its normals: known answers, the same bits everywhere, and statistics.
@Suite("Noise kernels")
struct NoiseKernelTests {
    static func block(_ counter: [UInt32], _ key: [UInt32]) -> [UInt32] {
        var words: [UInt32] = [0, 0, 0, 0]
        swk_ars4x32_7(&words, counter, key)
        return words
    }

    /// Words of blocks 0 … `blocks` − 1 of a stream.
    static func words(_ blocks: Int, key: [UInt32] = [3, 5, 0, 0]) -> [UInt32] {
        var words: [UInt32] = []
        words.reserveCapacity(4 * blocks)
        for number in 0..<blocks { words += block([UInt32(number), 0, 11, 0], key) }
        return words
    }

    static func noise(
        _ family: KernelFamily, _ count: Int, firstGroup: UInt64 = 0,
        key: swk_random_key = swk_random_key(key0: 11, key1: 12, stream: 13)
    ) -> SingleKernelBuffer {
        let buffer = SingleKernelBuffer(count)
        family.table.noise(buffer.start, count, key, firstGroup)
        return buffer
    }

    @Test("ARS-7 has the known answers of its authors")
    func generatorHasKnownAnswers() {
        #expect(
            Self.block([1, 0, 0, 0], [1, 0, 0, 0])
                == [0x3523_162b, 0xdc14_d20c, 0x7918_4077, 0x7218_4193])
        #expect(
            Self.block([256, 0, 0, 0], [1, 0, 0, 0])
                == [0x6fb6_e62d, 0x68b6_61a4, 0x6f12_80f3, 0x22cd_b932])
    }

    @Test("a group of normals is made of the words of four blocks")
    func normalsAreOfTheWords() throws {
        let key = swk_random_key(key0: 0xdead_beef, key1: 1, stream: 0x89ab_cdef_0011_2233)
        let first: UInt64 = 0x3fff_fff0
        let family = try #require(KernelFamily("reference"))
        let actual = Self.noise(family, 16_000, firstGroup: first, key: key)
        for group in 0..<1_000 {
            var words: [UInt32] = []
            for block in 0..<4 {
                let number = 4 * (first + UInt64(group)) + UInt64(block)
                words += Self.block(
                    [
                        UInt32(truncatingIfNeeded: number), UInt32(number >> 32), 0x0011_2233,
                        0x89ab_cdef,
                    ], [key.key0, key.key1, 0, 0])
            }
            for index in 0..<8 {
                let uniform = Double(words[index] >> 1) * 0x1p-31 + 0x1p-32
                let radius = (-2 * log(uniform)).squareRoot()
                let angle = Double.pi * Double(Int32(bitPattern: words[8 + index])) * 0x1p-32
                let x = radius * cos(angle) * (words[index] & 1 == 1 ? -1 : 1)
                // Where u is next to 1, its rounding to a float shows in the small radius.
                let error = 4e-7 * radius + 1.2e-7 / max(radius, 1e-3)
                #expect(abs(Double(actual[16 * group + index]) - x) < error)
                let y = radius * sin(angle)
                #expect(abs(Double(actual[16 * group + 8 + index]) - y) < error)
            }
        }
    }

    @Test("plain code and both kinds of AES instructions give the same bits")
    func codesGiveTheSameBits() {
        let count = 300_001
        let key = swk_random_key(key0: 5, key1: 6, stream: 0x89ab_cdef_0011_2233)
        let first: UInt64 = 1 << 62 - 10_000
        func run(_ code: swk_noise_code) -> [UInt32]? {
            let buffer = SingleKernelBuffer(count)
            let isDone = swk_noise_by(code, buffer.start, count, key, first)
            return isDone == 1 ? buffer.bits : nil
        }
        let expected = run(SWK_NOISE_PLAIN)
        #expect(expected != nil)
        for code in [SWK_NOISE_AES, SWK_NOISE_VAES] {
            if let actual = run(code) { #expect(actual == expected) }
        }
        for name in KernelFamily.available {
            guard let family = KernelFamily(name) else { continue }
            #expect(Self.noise(family, count, firstGroup: first, key: key).bits == expected)
        }
    }

    @Test("a stream read from group g on is its tail from normal 16g on, and no more is written")
    func groupsAreAddressable() throws {
        for name in KernelFamily.available {
            let family = try #require(KernelFamily(name))
            let start: UInt64 = 0x3fff_ffff - 8
            let whole = Self.noise(family, 800, firstGroup: start)
            for group in 0..<20 {
                for count in [1, 7, 8, 15, 16, 17, 31, 33, 255, 256, 257, 300] {
                    let part = SingleKernelBuffer(count + 8, filledWith: 9)
                    family.table.noise(
                        part.start, count, swk_random_key(key0: 11, key1: 12, stream: 13),
                        start + UInt64(group))
                    #expect(
                        Array(part.bits[..<count])
                            == Array(whole.bits[16 * group..<16 * group + count]))
                    #expect(part.values[count...].allSatisfy { $0 == 9 })
                }
            }
        }
    }

    @Test("four million normals have the moments, counts and independence of normals")
    func batteryOfTests() throws {
        let family = try #require(KernelFamily(KernelFamily.available.last ?? "reference"))
        let normals = Self.noise(family, NormalBattery.count).values
        #expect(NormalBattery.failures(normals, places: 16) == [])
    }

    @Test("normals of neighbouring keys, streams and groups are not correlated")
    func neighboursAreIndependent() throws {
        let family = try #require(KernelFamily(KernelFamily.available.last ?? "reference"))
        let count = 1 << 18
        func draw(_ key0: UInt32, _ key1: UInt32, _ stream: UInt64, _ first: UInt64 = 0) -> [Float]
        {
            Self.noise(
                family, count, firstGroup: first,
                key: swk_random_key(key0: key0, key1: key1, stream: stream)
            ).values
        }
        let base = draw(1, 2, 3)
        let others = [
            draw(0, 2, 3), draw(1, 3, 3), draw(1, 2, 2), draw(1, 2, 3 | 1 << 63), draw(2, 1, 3),
            draw(1, 2, 3, 1 << 40), draw(1 << 31 | 1, 2, 3),
        ]
        for (index, other) in others.enumerated() {
            var (product, square) = (0.0, 0.0)
            for (x, y) in zip(base, other) {
                product += Double(x) * Double(y)
                square += (Double(x * x) - 1) * (Double(y * y) - 1)
            }
            #expect(abs(product) < 4.5 * Double(count).squareRoot(), "\(index)")
            #expect(abs(square) < 4.5 * 2 * Double(count).squareRoot(), "\(index)")
        }
    }

    // MARK: Bits

    @Test("every bit of a block is set in half of them")
    func bitsAreBalanced() {
        let blocks = 1 << 17
        let words = Self.words(blocks)
        for place in 0..<4 {
            var counts = [Int](repeating: 0, count: 32)
            for block in 0..<blocks {
                let word = words[4 * block + place]
                for bit in 0..<32 { counts[bit] += Int(word >> UInt32(bit) & 1) }
            }
            // The largest of 128 deviations is below 4.5 standard ones.
            let bound = 4.5 * Double(blocks).squareRoot() / 2
            for bit in 0..<32 {
                #expect(abs(Double(counts[bit] - blocks / 2)) < bound, "word \(place), bit \(bit)")
            }
        }
    }

    @Test("flipping a bit of counter or key flips half of a block")
    func flipsSpread() {
        var flips = [Double](repeating: 0, count: 256)
        let trials = 256
        for trial in 0..<trials {
            let counter: [UInt32] = [UInt32(trial), 0, 11, 7]
            let key: [UInt32] = [3, UInt32(trial), 0, 0]
            let base = Self.block(counter, key)
            for bit in 0..<256 {
                var (changed, changedKey) = (counter, key)
                if bit < 128 {
                    changed[bit / 32] ^= 1 << UInt32(bit % 32)
                } else {
                    changedKey[bit / 32 - 4] ^= 1 << UInt32(bit % 32)
                }
                for (x, y) in zip(base, Self.block(changed, changedKey)) {
                    flips[bit] += Double((x ^ y).nonzeroBitCount)
                }
            }
        }
        // Of 128 bits each time: mean 64, variance 32.
        let bound = 4.5 * (32 * Double(trials)).squareRoot()
        for bit in 0..<256 { #expect(abs(flips[bit] - 64 * Double(trials)) < bound, "bit \(bit)") }
    }

    @Test("neighbouring words fill the squares of a table evenly", arguments: [1, 4, 5])
    func wordsAreSeriallyIndependent(lag: Int) {
        let words = Self.words(1 << 18)
        // Lowest and highest bytes of words `lag` apart.
        for shift: UInt32 in [0, 24] {
            var counts = [Int](repeating: 0, count: 65_536)
            for index in lag..<words.count {
                let cell = words[index] >> shift & 255 | (words[index - lag] >> shift & 255) << 8
                counts[Int(cell)] += 1
            }
            let each = Double(words.count - lag) / 65_536
            let sum = counts.reduce(0.0) { $0 + (Double($1) - each) * (Double($1) - each) / each }
            #expect(abs(sum - 65_535) < 4.5 * (2 * 65_535).squareRoot(), "bits from \(shift)")
        }
    }

    /// Marsaglia's test: 1,024 birthdays in a year of 2²⁴ days have a number of equal spacings with
    /// the law of Poisson of mean 1,024³ / (4 · 2²⁴) = 16.
    @Test("birthdays have as many equal spacings as random ones", arguments: [UInt32(0), 8])
    func birthdaySpacings(shift: UInt32) {
        let years = 256
        let words = Self.words(years * 256, key: [9, 1, 0, 0])
        var equal = 0
        for year in 0..<years {
            let days = words[year * 1_024..<(year + 1) * 1_024].map { $0 >> shift & 0xff_ffff }
                .sorted()
            var spacings = zip(days.dropFirst(), days).map { $0 - $1 }
            spacings.append(days[0])
            spacings.sort()
            equal += zip(spacings.dropFirst(), spacings).count { $0 == $1 }
        }
        let mean = 16.0 * Double(years)
        #expect(abs(Double(equal) - mean) < 4.5 * mean.squareRoot())
    }
}
