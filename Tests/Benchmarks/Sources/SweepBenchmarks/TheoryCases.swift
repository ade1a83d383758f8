import CSweepKernels
import SweepPhysics

/// The tilted expectations of one layer of the theory: weights exp(φᵀ T φ / N) of draws h = L z, their
/// fraction, and the weighted second moments of φ and z.
///
/// Draws come in pairs ±z. Where φ is odd both have the same terms, and the theory computes one of
/// them (`TheoryDraws`), as `tilted-pairs` does; `tilted-all` computes both.
final class TiltedExpectation {
    static let points = 12
    /// Draws, mirror images included.
    static let draws = 16_384

    private let table: swk_kernels
    private let computed: Int
    private let z, phi, weights, ones, factor, tilt, features, second: AlignedBuffer

    init(_ family: KernelFamily, pairsOnly: Bool) {
        table = family.kernels
        let pairs = Self.draws / 2
        computed = pairsOnly ? pairs : Self.draws
        let square = Self.points * Self.points
        z = AlignedBuffer(count: Self.points * computed)
        phi = AlignedBuffer(count: z.count)
        weights = AlignedBuffer(count: computed)
        ones = AlignedBuffer(count: computed)
        (factor, tilt) = (AlignedBuffer(count: square), AlignedBuffer(count: square))
        (features, second) = (AlignedBuffer(count: square), AlignedBuffer(count: square))
        let half = Self.points * pairs
        table.normals(z.base, half, swk_random_key(key0: 1, key1: 2, stream: 3), 0)
        for index in half..<max(half, z.count) { z.base[index] = -z.base[index - half] }
        for index in 0..<computed { ones.base[index] = 1 }
        for row in 0..<Self.points {
            for column in 0..<Self.points {
                factor.base[row * Self.points + column] =
                    column == row ? 0.9 : column < row ? 0.1 : 0
                tilt.base[row * Self.points + column] = column == row ? 0.02 : -0.01
            }
        }
    }

    /// - Returns: Σ w and Σ w², of the draws that were computed.
    func compute() -> (Double, Double) {
        let (tiles, points) = (computed / 8, Self.points)
        table.forward(phi.base, nil, nil, z.base, factor.base, tiles, points, SWK_ERF)
        table.quadratic_forms(weights.base, phi.base, tilt.base, tiles, points)
        var largest = -Double.infinity
        for index in 0..<computed { largest = max(largest, weights.base[index]) }
        for index in 0..<computed { weights.base[index] -= largest }
        table.exponentials(weights.base, weights.base, computed)
        let sums = (
            table.dot(weights.base, ones.base, computed),
            table.dot(weights.base, weights.base, computed)
        )
        table.weighted_products(features.base, phi.base, weights.base, tiles, points)
        table.weighted_products(second.base, z.base, weights.base, tiles, points)
        return sums
    }

    var measured: Case {
        let (P, M) = (Double(Self.points), Double(computed))
        return Case(flops: M * (P * (P + 1) * 4 + 2 * P), functions: M * P) {
            let (sum, squares) = self.compute()
            return (self.features.base[0] + self.second.base[0]) / sum + squares / (sum * sum)
        }
    }

    /// P, pairs, z (P, pairs), L (P, P), T (P, P), <φ φᵀ> and <z zᵀ> (lower triangles of (P, P)), and
    /// the fraction (Σ w)² / (M Σ w²).
    var check: [Double] {
        let (sum, squares) = compute()
        let (points, pairs) = (Self.points, Self.draws / 2)
        var numbers = [Double(points), Double(pairs)]
        for point in 0..<points {
            for draw in 0..<pairs {
                numbers.append(z.base[(draw / 8 * points + point) * 8 + draw % 8])
            }
        }
        numbers += factor.array() + tilt.array()
        for moments in [features, second] {
            for row in 0..<points {
                for column in 0..<points {
                    numbers.append(
                        column <= row ? moments.base[row * points + column] / sum : 0)
                }
            }
        }
        return numbers + [sum * sum / (Double(computed) * squares)]
    }
}

enum TheoryCases {
    static func make(_ name: String, _ family: KernelFamily) -> Case? {
        switch name {
        case "tilted-all": TiltedExpectation(family, pairsOnly: false).measured
        case "tilted-pairs": TiltedExpectation(family, pairsOnly: true).measured
        default: nil
        }
    }
}
