extension DataSet {
    /// C0 = (g/D) X Xᵀ + g_b 11ᵀ of the training points, P × P.
    ///
    /// - Parameters:
    ///   - gain: g0 ≥ 0.
    ///   - biasVariance: g_b ≥ 0.
    public func inputKernel(gain: Double, biasVariance: Double) -> Kernel {
        Self.inputKernel(inputs, dimension, gain: gain, biasVariance: biasVariance)
    }

    /// C0 of the training points followed by the held-out points, (P + T) × (P + T).
    public func jointInputKernel(gain: Double, biasVariance: Double) -> Kernel {
        Self.inputKernel(inputs + testInputs, dimension, gain: gain, biasVariance: biasVariance)
    }

    /// A lower triangular A with A Aᵀ = C0, row-major, shape (P, P), no diagonal entry negative.
    ///
    /// Found from the features [X √(g/D), 1 √g_b] by reflections, not from C0, so that the
    /// condition number is never squared. With more points than features (P > D + 1) the columns
    /// after the last feature are 0, and repeated rows leave entries at the level of rounding; both
    /// are valid factors where a Cholesky decomposition would fail.
    public func inputFactor(gain: Double, biasVariance: Double) -> [Double] {
        Self.inputFactor(inputs, dimension, gain: gain, biasVariance: biasVariance)
    }

    /// The factor of ``jointInputKernel(gain:biasVariance:)``, shape (P + T, P + T). Its first P
    /// rows are those of ``inputFactor(gain:biasVariance:)`` with zeros after them.
    public func jointInputFactor(gain: Double, biasVariance: Double) -> [Double] {
        Self.inputFactor(inputs + testInputs, dimension, gain: gain, biasVariance: biasVariance)
    }

    private static func inputKernel(
        _ inputs: [Double], _ dimension: Int, gain: Double, biasVariance: Double
    ) -> Kernel {
        let scale = gain / Double(dimension)
        return inputs.withUnsafeBufferPointer { x in
            Kernel(size: inputs.count / dimension) { row, column in
                let product = HouseholderLQ.dot(
                    x[(row * dimension)..<((row + 1) * dimension)],
                    x[(column * dimension)..<((column + 1) * dimension)])
                return scale * product + biasVariance
            }
        }
    }

    private static func inputFactor(
        _ inputs: [Double], _ dimension: Int, gain: Double, biasVariance: Double
    ) -> [Double] {
        precondition(gain >= 0 && biasVariance >= 0, "gain \(gain), bias \(biasVariance)")
        let rows = inputs.count / dimension
        let scale = (gain / Double(dimension)).squareRoot()
        let columns = dimension + 1
        var features: [Double] = []
        features.reserveCapacity(rows * columns)
        for row in 0..<rows {
            for j in 0..<dimension { features.append(scale * inputs[row * dimension + j]) }
            features.append(biasVariance.squareRoot())
        }
        return HouseholderLQ.lowerFactor(features, rows: rows, columns: columns)
    }
}

/// The decomposition A = L Q with L lower trapezoidal and Q orthogonal.
enum HouseholderLQ {
    /// L of a matrix (row-major, shape (rows, columns)), as a square matrix (rows, rows) with
    /// columns of zeros after column `columns`, and no diagonal entry negative: L Lᵀ = A Aᵀ.
    static func lowerFactor(_ matrix: [Double], rows: Int, columns: Int) -> [Double] {
        precondition(matrix.count == rows * columns, "\(matrix.count) entries")
        var reduced = matrix
        var reflector = [Double](repeating: 0, count: columns)
        reduced.withUnsafeMutableBufferPointer { a in
            reflector.withUnsafeMutableBufferPointer { mirror in
                for k in 0..<min(rows, columns) {
                    reflect(a, mirror, from: k, rows: rows, columns: columns)
                }
            }
        }
        var lower = [Double](repeating: 0, count: rows * rows)
        for row in 0..<rows {
            for column in 0..<min(row + 1, columns) {
                lower[row * rows + column] = reduced[row * columns + column]
            }
            if row < columns { lower[row * rows + row] = max(0, lower[row * rows + row]) }
        }
        return lower
    }

    /// Turns row k onto the axis k by a reflection of columns k and up, applied to all rows below.
    private static func reflect(
        _ a: UnsafeMutableBufferPointer<Double>, _ mirror: UnsafeMutableBufferPointer<Double>,
        from k: Int, rows: Int, columns: Int
    ) {
        let start = k * columns
        // Scaled by the largest entry, so that no square leaves the range.
        var largest = 0.0
        for j in k..<columns { largest = max(largest, abs(a[start + j])) }
        if largest == 0 { return }
        for j in k..<columns { mirror[j] = a[start + j] / largest }
        let tail = UnsafeBufferPointer(rebasing: mirror[k..<columns])
        let norm = dot(tail[...], tail[...]).squareRoot()
        // The sign that adds keeps the reflection stable; the diagonal is turned afterwards.
        let turned = mirror[k] > 0
        mirror[k] += turned ? norm : -norm
        let factor = 1 / (norm * abs(mirror[k]))
        for row in k..<rows {
            let offset = row * columns
            let rest = UnsafeBufferPointer(rebasing: a[(offset + k)..<(offset + columns)])
            let product = factor * dot(rest[...], tail[...])
            for j in k..<columns { a[offset + j] -= product * mirror[j] }
            if turned { a[offset + k] = -a[offset + k] }
        }
    }

    /// Σ x y as four sums of every fourth term, which a processor can add at the same time; the
    /// order never depends on the processor.
    static func dot(
        _ x: Slice<UnsafeBufferPointer<Double>>, _ y: Slice<UnsafeBufferPointer<Double>>
    ) -> Double {
        let x = UnsafeBufferPointer(rebasing: x)
        let y = UnsafeBufferPointer(rebasing: y)
        var sums = (0.0, 0.0, 0.0, 0.0)
        let whole = x.count / 4 * 4
        for j in stride(from: 0, to: whole, by: 4) {
            sums.0 += x[j] * y[j]
            sums.1 += x[j + 1] * y[j + 1]
            sums.2 += x[j + 2] * y[j + 2]
            sums.3 += x[j + 3] * y[j + 3]
        }
        for j in whole..<x.count { sums.0 += x[j] * y[j] }
        return (sums.0 + sums.1) + (sums.2 + sums.3)
    }
}
