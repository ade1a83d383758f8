/// The generalised minimal residual method with a preconditioner on the right that may change.
///
/// Source: Saad, "A flexible inner-outer preconditioned GMRES algorithm", SIAM J. Sci. Comput. 14
/// (1993).
enum GMRES {
    struct Outcome {
        var solution: TheoryVector
        /// |b - A x| / |b|, by the recursion.
        var residual: Double
        var iterations: Int
    }

    /// - Parameters:
    ///   - operation: A x; nil where it cannot be had, which ends the search early.
    ///   - precondition: about A⁻¹ x.
    static func solve(
        _ right: TheoryVector, tolerance: Double, limit: Int,
        operation: (TheoryVector) -> TheoryVector?,
        precondition: (TheoryVector) -> TheoryVector
    ) -> Outcome {
        let size = right.norm
        var zero = right
        zero.values = Array(repeating: 0, count: right.values.count)
        guard size > 0, size.isFinite else {
            return Outcome(solution: zero, residual: size == 0 ? 0 : 1, iterations: 0)
        }
        var basis = [right.values.map { $0 / size }]
        var images: [[Double]] = []
        // Columns of the Hessenberg matrix after rotations, the rotations, and the right side.
        var columns: [[Double]] = []
        var rotations: [(cosine: Double, sine: Double)] = []
        var projected = [size]
        var residual = 1.0
        for step in 0..<limit {
            var direction = right
            direction.values = basis[step]
            let image = precondition(direction)
            guard let product = operation(image), product.norm.isFinite else { break }
            var vector = product.values
            var column: [Double] = []
            for earlier in basis {
                let overlap = SquareMatrix.dot(vector, earlier)
                column.append(overlap)
                for index in vector.indices { vector[index] -= overlap * earlier[index] }
            }
            let rest = SquareMatrix.dot(vector, vector).squareRoot()
            for (index, rotation) in rotations.enumerated() {
                let upper = column[index]
                let lower = column[index + 1]
                column[index] = rotation.cosine * upper + rotation.sine * lower
                column[index + 1] = rotation.cosine * lower - rotation.sine * upper
            }
            let diagonal = column[step]
            let length = (diagonal * diagonal + rest * rest).squareRoot()
            guard length > 0 else { break }
            rotations.append((diagonal / length, rest / length))
            column[step] = length
            columns.append(column)
            images.append(image.values)
            projected.append(-rest / length * projected[step])
            projected[step] *= diagonal / length
            residual = abs(projected[step + 1]) / size
            if residual <= tolerance || rest == 0 { break }
            basis.append(vector.map { $0 / rest })
        }
        var weights = [Double](repeating: 0, count: columns.count)
        for row in columns.indices.reversed() {
            var sum = projected[row]
            for column in (row + 1)..<max(columns.count, row + 1) {
                sum -= columns[column][row] * weights[column]
            }
            weights[row] = sum / columns[row][row]
        }
        var solution = zero
        for (weight, image) in zip(weights, images) {
            for index in image.indices { solution.values[index] += weight * image[index] }
        }
        return Outcome(solution: solution, residual: residual, iterations: columns.count)
    }
}
