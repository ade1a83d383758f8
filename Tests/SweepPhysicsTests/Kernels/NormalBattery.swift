import Foundation

/// A statistical battery on four million normals: moments, neighbours, and the counts of a fine
/// histogram of every place in a block, of pairs, and of the tails. Bounds are four standard
/// deviations of what independent normals give.
enum NormalBattery {
    static let count = 4_000_000

    /// Names of what is out of bounds.
    ///
    /// - Parameter places: normals of a block.
    static func failures(_ x: [Float], places: Int) -> [String] {
        var failures: [String] = []
        func check(_ value: Double, _ bound: Double, _ name: String) {
            if !(abs(value) < bound) { failures.append("\(name): \(value), bound \(bound)") }
        }
        let n = Double(x.count)
        let lags = max(8, places)
        var moments = [Double](repeating: 0, count: 7)
        var products = [Double](repeating: 0, count: lags + 1)
        var squares = [Double](repeating: 0, count: lags + 1)
        // 64 cells of equal probability at every place of a block, and 16 × 16 of neighbours.
        var cells = [[Int]](repeating: [Int](repeating: 0, count: 64), count: places)
        var pairs = [Int](repeating: 0, count: 256)
        var halves = pairs
        var cellOf = [UInt8](repeating: 0, count: x.count)
        var beyond4 = 0
        var beyond5 = 0
        for index in x.indices {
            let value = Double(x[index])
            var power = 1.0
            for k in 1...6 {
                power *= value
                moments[k] += power
            }
            for lag in 1...lags where index >= lag {
                let other = Double(x[index - lag])
                products[lag] += value * other
                squares[lag] += (value * value - 1) * (other * other - 1)
            }
            let cell = min(Int(32 * erfc(-value * 0.5.squareRoot())), 63)
            cellOf[index] = UInt8(cell)
            cells[index % places][cell] += 1
            if index % 2 == 1 { pairs[cell / 4 * 16 + Int(cellOf[index - 1]) / 4] += 1 }
            if index % places >= places / 2 {
                halves[cell / 4 * 16 + Int(cellOf[index - places / 2]) / 4] += 1
            }
            if abs(value) > 4 { beyond4 += 1 }
            if abs(value) > 5 { beyond5 += 1 }
        }
        // E x^k and the variance of x^k, k = 1 … 6.
        let expected = [0.0, 0, 1, 0, 3, 0, 15]
        let variances = [0.0, 1, 2, 15, 96, 945, 10170]
        for k in 1...6 {
            check(moments[k] / n - expected[k], 4 * (variances[k] / n).squareRoot(), "moment \(k)")
        }
        for lag in 1...lags {
            check(products[lag], 4 * n.squareRoot(), "lag \(lag)")
            check(squares[lag], 4 * 2 * n.squareRoot(), "squares at lag \(lag)")
        }
        // Mean k − 1, standard deviation √(2(k − 1)).
        func checkCounts(_ counts: [Int], _ total: Double, _ name: String) {
            let each = total / Double(counts.count)
            let sum = counts.reduce(0) { $0 + (Double($1) - each) * (Double($1) - each) / each }
            let freedom = Double(counts.count - 1)
            check(sum - freedom, 4 * (2 * freedom).squareRoot(), name)
        }
        for place in 0..<places { checkCounts(cells[place], n / Double(places), "place \(place)") }
        checkCounts(pairs, n / 2, "pairs")
        checkCounts(halves, n / 2, "halves of a block")
        // Two-sided tails: 6.334e-5 and 5.733e-7.
        check(Double(beyond4) - n * 6.334e-5, 4 * (n * 6.334e-5).squareRoot(), "beyond 4")
        check(Double(beyond5) - n * 5.733e-7, 4 * (n * 5.733e-7).squareRoot() + 1, "beyond 5")
        return failures
    }
}
