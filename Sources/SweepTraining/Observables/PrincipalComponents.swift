import SweepPhysics

/// Points in the directions of their largest variance: classical scaling of their distances.
public struct PrincipalComponents: Hashable, Sendable {
    /// Coordinates around the mean, row-major, shape (points, components).
    public var coordinates: [Double]
    /// Variances along the components, over that of all directions; decreasing. 0 for points that
    /// are all the same.
    public var shares: [Double]

    public var count: Int { shares.count }

    public init(coordinates: [Double], shares: [Double]) {
        precondition(!shares.isEmpty && coordinates.count % shares.count == 0, "components")
        self.coordinates = coordinates
        self.shares = shares
    }

    /// By subspace iteration with two directions more than are asked for, until no variance changes
    /// by 1e-10 of the largest, in at most 500 rounds. A component points to where its largest
    /// coordinate is positive.
    ///
    /// - Parameter rows: row-major, shape (points, dimension).
    /// - Complexity: O(rounds · points · dimension · components).
    public init(of rows: [Double], points: Int, count: Int) {
        precondition(points >= 1 && rows.count % points == 0 && count >= 1, "components of nothing")
        let dimension = rows.count / points
        let centred = Self.centred(rows, points: points, dimension: dimension)
        let total = centred.reduce(0) { $0 + $1 * $1 }
        let directions = min(count + 2, dimension)
        var basis = (0..<directions).map { direction in
            // Anything that is neither parallel to another nor to an axis.
            (0..<dimension).map { place in
                let mixed = UInt64(place + 1) &* 2_654_435_761 &+ UInt64(direction + 1) &* 40_503
                return Double(mixed &* mixed % 1_000_003) / 1_000_003 - 0.5
            }
        }
        Self.orthonormalise(&basis)
        var values = [Double](repeating: 0, count: directions)
        for _ in 0..<500 where total > 0 {
            let images = basis.map { Self.covarianceTimes($0, centred, points: points) }
            let old = values
            (values, basis) = Self.ritz(basis, images)
            let largest = values.max() ?? 0
            if zip(values, old).prefix(count).allSatisfy({ abs($0 - $1) <= 1e-10 * largest }) {
                break
            }
            var next = basis.map { Self.covarianceTimes($0, centred, points: points) }
            Self.orthonormalise(&next)
            basis = next
        }
        let kept = min(count, directions)
        var coordinates = [Double](repeating: 0, count: points * count)
        for component in 0..<kept {
            var projections = (0..<points).map { point in
                Self.dot(
                    centred[point * dimension..<(point + 1) * dimension], basis[component][...])
            }
            let extreme = projections.max { abs($0) < abs($1) } ?? 0
            if extreme < 0 { projections = projections.map { -$0 } }
            for point in 0..<points { coordinates[point * count + component] = projections[point] }
        }
        self.coordinates = coordinates
        shares = (0..<count).map { $0 < kept && total > 0 ? values[$0] / total : 0 }
    }

    private static func centred(_ rows: [Double], points: Int, dimension: Int) -> [Double] {
        var mean = [Double](repeating: 0, count: dimension)
        for point in 0..<points {
            for place in 0..<dimension { mean[place] += rows[point * dimension + place] }
        }
        var centred = rows
        for point in 0..<points {
            for place in 0..<dimension {
                centred[point * dimension + place] -= mean[place] / Double(points)
            }
        }
        return centred
    }

    /// Xᵀ X v.
    private static func covarianceTimes(
        _ vector: [Double], _ rows: [Double], points: Int
    ) -> [Double] {
        let dimension = vector.count
        var result = [Double](repeating: 0, count: dimension)
        rows.withUnsafeBufferPointer { rows in
            vector.withUnsafeBufferPointer { vector in
                result.withUnsafeMutableBufferPointer { result in
                    for point in 0..<points {
                        let row = UnsafeBufferPointer(
                            rebasing: rows[point * dimension..<(point + 1) * dimension])
                        var product = 0.0
                        for place in 0..<dimension { product += row[place] * vector[place] }
                        for place in 0..<dimension { result[place] += product * row[place] }
                    }
                }
            }
        }
        return result
    }

    private static func dot(_ a: ArraySlice<Double>, _ b: ArraySlice<Double>) -> Double {
        zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    }

    /// Gram and Schmidt, twice over; a vector that depends on those before it becomes 0.
    private static func orthonormalise(_ basis: inout [[Double]]) {
        for index in basis.indices {
            let before = dot(basis[index][...], basis[index][...]).squareRoot()
            for _ in 0..<2 {
                for other in 0..<index {
                    let part = dot(basis[index][...], basis[other][...])
                    for place in basis[index].indices {
                        basis[index][place] -= part * basis[other][place]
                    }
                }
            }
            let norm = dot(basis[index][...], basis[index][...]).squareRoot()
            let scale = norm > 1e-12 * before && norm > 0 ? 1 / norm : 0
            basis[index] = basis[index].map { scale * $0 }
        }
    }

    /// Eigenvalues of the matrix within a basis, decreasing, and their vectors.
    private static func ritz(
        _ basis: [[Double]], _ images: [[Double]]
    ) -> (values: [Double], vectors: [[Double]]) {
        let size = basis.count
        let matrix = Kernel(size: size) { row, column in
            dot(basis[row][...], images[column][...])
        }
        let (values, rotation) = JacobiRotations.eigen(matrix)
        let order = values.indices.sorted { values[$0] > values[$1] }
        let vectors = order.map { column in
            var vector = [Double](repeating: 0, count: basis[0].count)
            for row in 0..<size {
                let factor = rotation[row * size + column]
                for place in vector.indices { vector[place] += factor * basis[row][place] }
            }
            return vector
        }
        return (order.map { max(0, values[$0]) }, vectors)
    }
}

/// Eigenvalues of small symmetric matrices.
enum JacobiRotations {
    /// - Returns: eigenvalues, and the eigenvectors as columns, row-major.
    static func eigen(_ matrix: Kernel) -> (values: [Double], vectors: [Double]) {
        let size = matrix.size
        var a = matrix
        var vectors = [Double](repeating: 0, count: size * size)
        for index in 0..<size { vectors[index * size + index] = 1 }
        let norm = a.values.reduce(0) { $0 + $1 * $1 }
        for _ in 0..<50 {
            var rest = 0.0
            for p in 0..<size {
                for q in 0..<p { rest += a[p, q] * a[p, q] }
            }
            if rest <= 1e-30 * norm { break }
            for p in 0..<size {
                for q in 0..<p where a[p, q] != 0 { rotate(&a, &vectors, p, q) }
            }
        }
        return ((0..<size).map { a[$0, $0] }, vectors)
    }

    private static func rotate(_ a: inout Kernel, _ vectors: inout [Double], _ p: Int, _ q: Int) {
        let size = a.size
        let theta = (a[q, q] - a[p, p]) / (2 * a[p, q])
        let t = (theta < 0 ? -1 : 1) / (abs(theta) + (theta * theta + 1).squareRoot())
        let c = 1 / (t * t + 1).squareRoot()
        let s = t * c
        for k in 0..<size {
            let (kp, kq) = (a[k, p], a[k, q])
            a[k, p] = c * kp - s * kq
            a[k, q] = s * kp + c * kq
        }
        for k in 0..<size {
            let (pk, qk) = (a[p, k], a[q, k])
            a[p, k] = c * pk - s * qk
            a[q, k] = s * pk + c * qk
            let (vp, vq) = (vectors[k * size + p], vectors[k * size + q])
            vectors[k * size + p] = c * vp - s * vq
            vectors[k * size + q] = s * vp + c * vq
        }
    }
}
