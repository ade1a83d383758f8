/// Matrices of the tests, in the plainest way: nothing is shared with the solver under test.
struct PlainMatrix {
    var rows: [[Double]]
    var size: Int { rows.count }

    init(_ rows: [[Double]]) { self.rows = rows }

    init(size: Int, _ values: [Double]) {
        rows = (0..<size).map { Array(values[($0 * size)..<(($0 + 1) * size)]) }
    }

    static func identity(_ size: Int) -> PlainMatrix {
        PlainMatrix((0..<size).map { row in (0..<size).map { $0 == row ? 1 : 0 } })
    }

    subscript(row: Int, column: Int) -> Double {
        get { rows[row][column] }
        set { rows[row][column] = newValue }
    }

    static func * (left: Self, right: Self) -> Self {
        PlainMatrix(
            (0..<left.size).map { i in
                (0..<left.size).map { j in
                    (0..<left.size).reduce(0) { $0 + left[i, $1] * right[$1, j] }
                }
            })
    }

    static func + (left: Self, right: Self) -> Self {
        PlainMatrix(zip(left.rows, right.rows).map { zip($0, $1).map { $0 + $1 } })
    }

    static func * (factor: Double, matrix: Self) -> Self {
        PlainMatrix(matrix.rows.map { $0.map { factor * $0 } })
    }

    static func - (left: Self, right: Self) -> Self { left + -1 * right }

    var norm: Double { rows.joined().reduce(0) { $0 + $1 * $1 }.squareRoot() }

    /// By Gauss and Jordan with pivots.
    var inverse: PlainMatrix {
        var left = self
        var right = PlainMatrix.identity(size)
        for k in 0..<size {
            let best = (k..<size).max { abs(left[$0, k]) < abs(left[$1, k]) } ?? k
            left.rows.swapAt(k, best)
            right.rows.swapAt(k, best)
            let scale = 1 / left[k, k]
            left.rows[k] = left.rows[k].map { $0 * scale }
            right.rows[k] = right.rows[k].map { $0 * scale }
            for row in 0..<size where row != k {
                let factor = left[row, k]
                for column in 0..<size {
                    left[row, column] -= factor * left[k, column]
                    right[row, column] -= factor * right[k, column]
                }
            }
        }
        return right
    }

    /// A lower triangular root.
    var root: PlainMatrix {
        var lower = 0 * self
        for i in 0..<size {
            for j in 0...i {
                var sum = self[i, j]
                for k in 0..<j { sum -= lower[i, k] * lower[j, k] }
                lower[i, j] = i == j ? sum.squareRoot() : sum / lower[j, j]
            }
        }
        return lower
    }
}
