/// A kernel K = φ φᵀ of some points with its mean taken out, of length 1: what is left of a
/// representation when its place, its scale and its rotation do not count.
public struct CentredKernel: Hashable, Sendable {
    /// Row-major, shape (points, points), Σ of squares 1.
    private var values: [Double]
    public let points: Int

    /// From squared distances D: H K H = −½ H D H with H = 1 − 1 1ᵀ/P.
    ///
    /// - Parameter squaredDistances: Row-major, shape (points, points), symmetric.
    /// - Returns: nil where all points lie in one place, or a number is not finite.
    public init?(squaredDistances: some Collection<Double>, points: Int) {
        precondition(squaredDistances.count == points * points, "a distance for each pair")
        var values = Array(squaredDistances)
        let means = (0..<points).map { row in
            values[(row * points)..<((row + 1) * points)].reduce(0, +) / Double(points)
        }
        let mean = means.reduce(0, +) / Double(points)
        for row in 0..<points {
            for column in 0..<points {
                values[row * points + column] -= means[row] + means[column] - mean
                values[row * points + column] *= -0.5
            }
        }
        let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        guard norm.isFinite, norm > 0 else { return nil }
        self.values = values.map { $0 / norm }
        self.points = points
    }

    /// Linear CKA, ⟨H K H, H K′ H⟩ / (‖H K H‖ ‖H K′ H‖) (Kornblith et al. 2019): from 0 to 1, and 1 for
    /// representations that are rotations and scalings of each other.
    public func alignment(with other: CentredKernel) -> Double {
        precondition(points == other.points, "kernels of the same points")
        var sum = 0.0
        for place in values.indices { sum += values[place] * other.values[place] }
        return min(1, max(0, sum))
    }
}
