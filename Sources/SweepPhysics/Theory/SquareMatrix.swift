/// A dense n × n matrix of doubles, row-major: the algebra of the theory's solver.
///
/// Plain loops in a fixed order, so that results have the same bits on every CPU.
struct SquareMatrix: Hashable, Sendable {
    let size: Int
    var values: [Double]

    init(size: Int) {
        self.size = size
        values = Array(repeating: 0, count: size * size)
    }

    init(size: Int, values: [Double]) {
        precondition(values.count == size * size, "\(values.count) entries for size \(size)")
        self.size = size
        self.values = values
    }

    static func identity(_ size: Int) -> SquareMatrix {
        var matrix = SquareMatrix(size: size)
        for index in 0..<size { matrix[index, index] = 1 }
        return matrix
    }

    subscript(row: Int, column: Int) -> Double {
        get { values[row * size + column] }
        set { values[row * size + column] = newValue }
    }

    // MARK: Sums

    static func + (left: Self, right: Self) -> Self { left.adding(1, right) }
    static func - (left: Self, right: Self) -> Self { left.adding(-1, right) }
    static func * (factor: Double, matrix: Self) -> Self {
        Self(size: matrix.size, values: matrix.values.map { factor * $0 })
    }

    /// self + factor × other.
    func adding(_ factor: Double, _ other: Self) -> Self {
        var result = self
        result.values.withUnsafeMutableBufferPointer { out in
            other.values.withUnsafeBufferPointer { rest in
                for index in out.indices { out[index] += factor * rest[index] }
            }
        }
        return result
    }

    /// Σ of squares, rooted.
    var norm: Double { SquareMatrix.dot(values, values).squareRoot() }

    static func dot(_ left: [Double], _ right: [Double]) -> Double {
        left.withUnsafeBufferPointer { x in
            right.withUnsafeBufferPointer { y in
                HouseholderLQ.dot(x[...], y[...])
            }
        }
    }

    // MARK: Products

    static func * (left: Self, right: Self) -> Self {
        let n = left.size
        var result = Self(size: n)
        result.values.withUnsafeMutableBufferPointer { out in
            left.values.withUnsafeBufferPointer { a in
                right.values.withUnsafeBufferPointer { b in
                    guard let out = out.baseAddress, let a = a.baseAddress, let b = b.baseAddress
                    else { return }
                    var row = 0
                    while row + 4 <= n {
                        multiplyRows4(out, a, b, row, n)
                        row += 4
                    }
                    for row in row..<n { multiplyRow(out, a, b, row, from: 0, n) }
                }
            }
        }
        return result
    }

    private typealias Out = UnsafeMutablePointer<Double>
    private typealias In = UnsafePointer<Double>

    /// Four rows of a product, four columns at a time.
    @inline(__always)
    private static func multiplyRows4(_ out: Out, _ a: In, _ b: In, _ row: Int, _ n: Int) {
        let (a0, a1, a2, a3) = (
            a + row * n, a + (row + 1) * n, a + (row + 2) * n, a + (row + 3) * n
        )
        var column = 0
        while column + 4 <= n {
            var (s0, s1) = (SIMD4<Double>.zero, SIMD4<Double>.zero)
            var (s2, s3) = (SIMD4<Double>.zero, SIMD4<Double>.zero)
            var place = b + column
            for k in 0..<n {
                let x = UnsafeRawPointer(place).loadUnaligned(as: SIMD4<Double>.self)
                s0 += a0[k] * x
                s1 += a1[k] * x
                s2 += a2[k] * x
                s3 += a3[k] * x
                place += n
            }
            for (index, sum) in [s0, s1, s2, s3].enumerated() {
                let start = out + (row + index) * n + column
                for lane in 0..<4 { start[lane] = sum[lane] }
            }
            column += 4
        }
        for index in 0..<4 { multiplyRow(out, a, b, row + index, from: column, n) }
    }

    /// What is left of a row of a product.
    private static func multiplyRow(
        _ out: Out, _ a: In, _ b: In, _ row: Int, from start: Int, _ n: Int
    ) {
        for column in start..<n {
            var sum = 0.0
            for k in 0..<n { sum += a[row * n + k] * b[k * n + column] }
            out[row * n + column] = sum
        }
    }

    var transposed: Self {
        var result = Self(size: size)
        for row in 0..<size {
            for column in 0..<size { result[column, row] = self[row, column] }
        }
        return result
    }

    /// (M + Mᵀ) / 2.
    var symmetrised: Self {
        var result = self
        for row in 0..<size {
            for column in 0..<row {
                let mean = 0.5 * (self[row, column] + self[column, row])
                result[row, column] = mean
                result[column, row] = mean
            }
        }
        return result
    }

    /// B M Bᵀ of a symmetric M.
    func congruent(by factor: Self) -> Self { (factor * self * factor.transposed).symmetrised }

    var isFinite: Bool { values.allSatisfy(\.isFinite) }
}

/// M = A Aᵀ with A lower triangular, and A⁻¹.
struct CholeskyFactor: Sendable {
    let factor: SquareMatrix
    let inverse: SquareMatrix
    /// The smallest ratio of a pivot to the diagonal entry of its row.
    let pivotRatio: Double

    /// - Returns: nil when the matrix is not positive definite or not finite.
    init?(_ matrix: SquareMatrix, _ family: KernelFamily) {
        var factor = SquareMatrix(size: matrix.size)
        var inverse = SquareMatrix(size: matrix.size)
        let ratio = family.table.pointee.cholesky(
            &factor.values, &inverse.values, matrix.values, matrix.size)
        guard ratio > 0, factor.isFinite, inverse.isFinite else { return nil }
        self.factor = factor
        self.inverse = inverse
        pivotRatio = ratio
    }

    /// A lower triangular A that is given, possibly singular, and that nobody inverts.
    init(given factor: SquareMatrix) {
        self.factor = factor
        inverse = SquareMatrix(size: factor.size)
        pivotRatio = 1
    }

    /// M⁻¹.
    var inverseMatrix: SquareMatrix { (inverse.transposed * inverse).symmetrised }
}

/// P M = L U of a general matrix, for the small blocks of the preconditioner.
struct LUFactor: Sendable {
    private let size: Int
    private var entries: [Double]
    private var order: [Int]

    /// - Returns: nil for a singular matrix.
    init?(_ matrix: SquareMatrix) {
        let n = matrix.size
        size = n
        entries = matrix.values
        order = Array(0..<n)
        for k in 0..<n {
            var best = k
            for row in k..<n where abs(entries[row * n + k]) > abs(entries[best * n + k]) {
                best = row
            }
            let pivot = entries[best * n + k]
            guard pivot != 0, pivot.isFinite else { return nil }
            if best != k {
                for column in 0..<n { entries.swapAt(k * n + column, best * n + column) }
                order.swapAt(k, best)
            }
            entries.withUnsafeMutableBufferPointer { a in
                for row in (k + 1)..<max(n, k + 1) {
                    let factor = a[row * n + k] / pivot
                    a[row * n + k] = factor
                    if factor == 0 { continue }
                    for column in (k + 1)..<n {
                        a[row * n + column] -= factor * a[k * n + column]
                    }
                }
            }
        }
    }

    /// M⁻¹ B, B with `columns` columns, row-major.
    func solve(_ right: [Double], columns: Int) -> [Double] {
        let n = size
        var x = [Double](repeating: 0, count: n * columns)
        for row in 0..<n {
            for column in 0..<columns {
                x[row * columns + column] = right[order[row] * columns + column]
            }
        }
        x.withUnsafeMutableBufferPointer { x in
            entries.withUnsafeBufferPointer { a in
                for row in 0..<n {
                    for k in 0..<row {
                        let factor = a[row * n + k]
                        if factor == 0 { continue }
                        for column in 0..<columns {
                            x[row * columns + column] -= factor * x[k * columns + column]
                        }
                    }
                }
                for row in (0..<n).reversed() {
                    for k in (row + 1)..<max(n, row + 1) {
                        let factor = a[row * n + k]
                        if factor == 0 { continue }
                        for column in 0..<columns {
                            x[row * columns + column] -= factor * x[k * columns + column]
                        }
                    }
                    let scale = 1 / a[row * n + row]
                    for column in 0..<columns { x[row * columns + column] *= scale }
                }
            }
        }
        return x
    }
}
