/// The range of the input features of a linear network, in which all of its kernels live.
///
/// Every C_l of a linear network is F M_l Fᵀ with the features F = [X √(g/D), 1 √g_b], so with more
/// points than features no C_l has a Cholesky factor. With an orthonormal basis Q (P × r) of the
/// range of F, everything that the sampler does happens in r dimensions instead of P:
///
///     C̃_l = Qᵀ C_l Q,   ỹ = Qᵀ y,   1̃ = Qᵀ 1,
///     U = ½ ỹᵀ (C̃_L + κ)⁻¹ ỹ + ½ ln det(C̃_L + κ) + |y − Q ỹ|² / 2κ + ½ (P − r) ln κ
struct LinearRange {
    let points: Int
    /// r, the rank of the features.
    let rank: Int
    /// Q, row-major, shape (P, r).
    private let basis: [Double]

    /// Directions in which the features are smaller than this, relative to the largest, are none.
    private static let tolerance = 1e-10

    /// - Parameter factor: A with A Aᵀ = C_0, shape (P, P).
    init(factor: [Double], points: Int) {
        var columns = (0..<points).map { column in
            (0..<points).map { factor[$0 * points + column] }
        }
        var directions: [[Double]] = []
        var largest = 0.0
        // Gram–Schmidt with the largest remaining column first, each made orthogonal twice.
        while directions.count < points {
            let norms = columns.map { Self.dot($0, $0).squareRoot() }
            guard let pivot = norms.indices.max(by: { norms[$0] < norms[$1] }) else { break }
            if directions.isEmpty { largest = norms[pivot] }
            guard norms[pivot] > Self.tolerance * largest else { break }
            var direction = columns[pivot].map { $0 / norms[pivot] }
            for earlier in directions { Self.remove(earlier, from: &direction) }
            let length = Self.dot(direction, direction).squareRoot()
            direction = direction.map { $0 / length }
            for index in columns.indices { Self.remove(direction, from: &columns[index]) }
            directions.append(direction)
        }
        self.points = points
        rank = directions.count
        basis = (0..<points).flatMap { row in directions.map { $0[row] } }
    }

    private static func dot(_ left: [Double], _ right: [Double]) -> Double {
        var sum = 0.0
        for index in left.indices { sum += left[index] * right[index] }
        return sum
    }

    private static func remove(_ direction: [Double], from vector: inout [Double]) {
        let projection = dot(direction, vector)
        for index in vector.indices { vector[index] -= projection * direction[index] }
    }

    /// Qᵀ M of a matrix with P rows and `columns` columns.
    func reduce(_ matrix: [Double], columns: Int) -> [Double] {
        var result = [Double](repeating: 0, count: rank * columns)
        for row in 0..<points {
            for direction in 0..<rank {
                let weight = basis[row * rank + direction]
                for column in 0..<columns {
                    result[direction * columns + column] += weight * matrix[row * columns + column]
                }
            }
        }
        return result
    }

    /// Q v.
    func lift(_ vector: UnsafePointer<Double>) -> [Double] {
        (0..<points).map { row in
            (0..<rank).reduce(0) { $0 + basis[row * rank + $1] * vector[$1] }
        }
    }

    /// Q K Qᵀ of a symmetric kernel (r, r).
    func lift(kernel: UnsafePointer<Double>) -> [Double] {
        let half = (0..<rank).flatMap { lift(kernel + $0 * rank) }
        var result = [Double](repeating: 0, count: points * points)
        for row in 0..<points {
            for direction in 0..<rank {
                let weight = basis[row * rank + direction]
                for column in 0..<points {
                    result[row * points + column] += weight * half[direction * points + column]
                }
            }
        }
        return result
    }
}
