/// A symmetric P × P matrix over data points, row-major, both triangles stored.
public struct Kernel: Hashable, Sendable {
    /// P, the number of data points.
    public let size: Int
    /// Entries, row-major, shape (P, P).
    public var values: [Double]

    /// - Parameter values: size × size entries, row-major.
    public init(size: Int, values: [Double]) {
        precondition(values.count == size * size, "\(values.count) entries for size \(size)")
        self.size = size
        self.values = values
    }

    /// A kernel of zeros.
    public init(size: Int) {
        self.init(size: size, values: Array(repeating: 0, count: size * size))
    }

    /// A kernel whose lower triangle is computed entry by entry and mirrored.
    public init(size: Int, lower entry: (_ row: Int, _ column: Int) -> Double) {
        self.init(size: size)
        for row in 0..<size {
            for column in 0...row {
                let value = entry(row, column)
                values[row * size + column] = value
                values[column * size + row] = value
            }
        }
    }

    /// y yᵀ, the kernel of the targets.
    public init(outerProductOf targets: [Double]) {
        self.init(size: targets.count) { targets[$0] * targets[$1] }
    }

    public subscript(row: Int, column: Int) -> Double {
        get { values[row * size + column] }
        set { values[row * size + column] = newValue }
    }

    /// Rows and columns with these indices, in this order.
    public func block(rows: Range<Int>, columns: Range<Int>) -> [Double] {
        rows.flatMap { row in columns.map { self[row, $0] } }
    }
}
