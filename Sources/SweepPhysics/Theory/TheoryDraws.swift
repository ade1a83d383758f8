/// Quasi-random standard normal vectors, the draws of all expectations of one theory.
///
/// Their mean is 0 and their second moment Σ z zᵀ / M is the identity, both to rounding. Where phi
/// is odd every integrand is even, ±z give the same value, and no draw is spent on a mirror image;
/// elsewhere the second half mirrors the first.
struct TheoryDraws: @unchecked Sendable {
    // Safe to share: written once, before anyone else has it.
    /// M draws of P numbers as a panel (see CSweepKernels.h), with no padding.
    let panel: AlignedBuffer
    let points: Int
    /// M, a multiple of 16.
    let count: Int
    var tiles: Int { count / 8 }

    /// - Parameters:
    ///   - count: draws wanted; rounded up to a multiple of 16.
    ///   - stream: gives the scrambling.
    /// - Returns: nil when there are too few draws for a second moment of full rank.
    init?(points: Int, count: Int, isOdd: Bool, stream: RandomStream, family: KernelFamily) {
        let count = (count + 15) / 16 * 16
        self.points = points
        self.count = count
        let fresh = isOdd ? count : count / 2
        guard fresh >= 2 * points else { return nil }
        let sobol = ScrambledSobol(dimension: points, stream: stream)
        var vectors = [Double](repeating: 0, count: points * fresh)
        for j in 0..<points {
            let uniforms = sobol.coordinates(j, count: fresh)
            for i in 0..<fresh { vectors[j * fresh + i] = NormalQuantile.value(uniforms[i]) }
        }
        guard
            let whitening = CholeskyFactor(
                Self.secondMoment(vectors, points: points, count: fresh), family)
        else { return nil }
        panel = AlignedBuffer(count: points * count)
        for i in 0..<fresh {
            for a in 0..<points {
                var sum = 0.0
                for b in 0...a { sum += whitening.inverse[a, b] * vectors[b * fresh + i] }
                panel.base[Self.place(i, a, points)] = sum
                if !isOdd { panel.base[Self.place(fresh + i, a, points)] = -sum }
            }
        }
    }

    private static func place(_ draw: Int, _ point: Int, _ points: Int) -> Int {
        (draw / 8 * points + point) * 8 + draw % 8
    }

    private static func secondMoment(
        _ vectors: [Double], points: Int, count: Int
    ) -> SquareMatrix {
        var moment = SquareMatrix(size: points)
        vectors.withUnsafeBufferPointer { z in
            for a in 0..<points {
                for b in 0...a {
                    let sum =
                        HouseholderLQ.dot(
                            z[(a * count)..<((a + 1) * count)], z[(b * count)..<((b + 1) * count)])
                        / Double(count)
                    moment[a, b] = sum
                    moment[b, a] = sum
                }
            }
        }
        return moment
    }
}

extension Activation {
    /// phi(-x) = -phi(x).
    var isOdd: Bool {
        switch self {
        case .erf, .tanh, .linear: true
        case .relu, .leakyRelu, .silu, .gelu, .elu: false
        }
    }
}
