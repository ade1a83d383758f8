/// Points of a Sobol sequence, scrambled: evenly spread over a cube of any dimension.
///
/// Dimension j ≥ 2 has the j-th primitive polynomial over GF(2) (by degree, then by value) and
/// initial direction numbers that are odd and otherwise drawn once and for all. Each coordinate is
/// scrambled by a random nested permutation (Owen 1995) in the hashed form of Laine and Karras
/// (2011), so that every point is uniform and an average over points has no bias.
package struct ScrambledSobol: Sendable {
    /// Bits of a coordinate; so many points can differ.
    static let bits = 32

    private let directions: [[UInt32]]
    private let scrambles: [UInt32]

    /// - Parameter stream: Gives the scrambling; one number a dimension.
    package init(dimension: Int, stream: RandomStream) {
        var generator = DirectionNumbers()
        directions = (0..<dimension).map { _ in generator.next() }
        scrambles = (0..<dimension).map { UInt32(truncatingIfNeeded: stream.bits(at: UInt64($0))) }
    }

    /// Coordinate j of the first `count` points, in (0, 1).
    package func coordinates(_ j: Int, count: Int) -> [Double] {
        let direction = directions[j]
        let seed = scrambles[j]
        var state: UInt32 = 0
        return (0..<count).map { index in
            // Gray code: one direction number a point. Point 0 is scrambled as any other.
            if index > 0 { state ^= direction[index.trailingZeroBitCount] }
            return (Double(Self.scramble(state, seed)) + 0.5) * 0x1p-32
        }
    }

    /// A permutation of [0, 1) in which a bit depends on itself and the bits before it only.
    private static func scramble(_ value: UInt32, _ seed: UInt32) -> UInt32 {
        var x = value.reversed
        x = x &+ seed
        x ^= x &* 0x6c50_b47c
        x ^= x &* 0xb82f_1e52
        x ^= x &* 0xc7af_e638
        x ^= x &* 0x8d22_f6e6
        return x.reversed
    }
}

extension UInt32 {
    /// The bits in the opposite order.
    fileprivate var reversed: UInt32 {
        var x = self
        x = (x >> 1) & 0x5555_5555 | (x & 0x5555_5555) << 1
        x = (x >> 2) & 0x3333_3333 | (x & 0x3333_3333) << 2
        x = (x >> 4) & 0x0f0f_0f0f | (x & 0x0f0f_0f0f) << 4
        return x.byteSwapped
    }
}

/// Direction numbers of one dimension after the other.
private struct DirectionNumbers {
    private var isFirst = true
    /// The polynomial looked at next, as bits; x + 1 is the first primitive one.
    private var candidate: UInt64 = 3
    private var draws = RandomStream(
        RandomKey(randomKey: 0, purpose: .theory, seed: 0, point: "direction numbers"))
    private var drawn: UInt64 = 0

    mutating func next() -> [UInt32] {
        let bits = ScrambledSobol.bits
        if isFirst {
            // Van der Corput.
            isFirst = false
            return (0..<bits).map { 1 << UInt32(bits - 1 - $0) }
        }
        while !Self.isPrimitive(candidate) { candidate += 2 }
        let polynomial = candidate
        candidate += 2
        let degree = 63 - polynomial.leadingZeroBitCount
        var numbers: [UInt32] = []
        for k in 0..<min(degree, bits) {
            let odd = UInt32(truncatingIfNeeded: draws.bits(at: drawn)) & ((1 << UInt32(k + 1)) - 1)
            drawn += 1
            numbers.append((odd | 1) << UInt32(bits - 1 - k))
        }
        for k in numbers.count..<bits {
            var value = numbers[k - degree] ^ (numbers[k - degree] >> UInt32(degree))
            for i in 1..<max(degree, 1) where polynomial >> UInt64(degree - i) & 1 == 1 {
                value ^= numbers[k - i]
            }
            numbers.append(value)
        }
        return numbers
    }

    /// Whether x generates all nonzero residues modulo the polynomial.
    private static func isPrimitive(_ polynomial: UInt64) -> Bool {
        let degree = 63 - polynomial.leadingZeroBitCount
        let order = (UInt64(1) << UInt64(degree)) - 1
        guard polynomial & 1 == 1 else { return false }
        if degree == 1 { return true }
        guard power(order, polynomial, degree) == 1 else { return false }
        var rest = order
        var prime: UInt64 = 2
        while prime * prime <= rest {
            if rest % prime == 0 {
                if power(order / prime, polynomial, degree) == 1 { return false }
                while rest % prime == 0 { rest /= prime }
            }
            prime += 1
        }
        return rest == 1 || rest == order || power(order / rest, polynomial, degree) != 1
    }

    /// x^exponent modulo the polynomial.
    private static func power(_ exponent: UInt64, _ polynomial: UInt64, _ degree: Int) -> UInt64 {
        var result: UInt64 = 1
        var base: UInt64 = 2
        if degree == 1 { base = 1 }
        var left = exponent
        while left > 0 {
            if left & 1 == 1 { result = product(result, base, polynomial, degree) }
            base = product(base, base, polynomial, degree)
            left >>= 1
        }
        return result
    }

    private static func product(
        _ left: UInt64, _ right: UInt64, _ polynomial: UInt64, _ degree: Int
    ) -> UInt64 {
        var (a, b, result) = (left, right, UInt64(0))
        while b > 0 {
            if b & 1 == 1 { result ^= a }
            a <<= 1
            if a >> UInt64(degree) & 1 == 1 { a ^= polynomial }
            b >>= 1
        }
        return result
    }
}
