extension Kernel {
    /// Centred kernel alignment, CKA(K, M) = tr(K H M H) / √(tr(K H K H) tr(M H M H)) with
    /// H = I - 11ᵀ/P: 1 when the centred kernels are proportional, 0 when they share nothing.
    ///
    /// - Returns: nil where the quotient is 0/0, that is when one of the kernels is constant after
    ///   centring up to rounding (targets that are all the same, or a single point).
    public func alignment(with other: Kernel) -> Double? {
        precondition(size == other.size, "kernels of \(size) and \(other.size) points")
        // Scaled, so that no square leaves the range; the alignment does not see it.
        guard let left = normalised, let right = other.normalised else { return nil }
        let mine = left.centred
        let theirs = right.centred
        var product = 0.0
        var mineSquare = 0.0
        var theirsSquare = 0.0
        for i in mine.values.indices {
            product += mine.values[i] * theirs.values[i]
            mineSquare += mine.values[i] * mine.values[i]
            theirsSquare += theirs.values[i] * theirs.values[i]
        }
        // Centring a constant leaves only rounding: P ulps of the largest entry, in each entry.
        if mineSquare.squareRoot() <= left.roundingFloor
            || theirsSquare.squareRoot() <= right.roundingFloor
        {
            return nil
        }
        let quotient = product / (mineSquare.squareRoot() * theirsSquare.squareRoot())
        return quotient.isFinite ? quotient : nil
    }

    /// Kernel adaptation, ||K - R||_F / ||R||_F.
    ///
    /// - Parameter reference: R, the kernel at infinite width.
    /// - Returns: nil when the reference is zero or the quotient is not finite.
    public func adaptation(from reference: Kernel) -> Double? {
        precondition(size == reference.size, "kernels of \(size) and \(reference.size) points")
        var difference = 0.0
        var norm = 0.0
        for (value, expected) in zip(values, reference.values) {
            difference += (value - expected) * (value - expected)
            norm += expected * expected
        }
        let quotient = difference.squareRoot() / norm.squareRoot()
        return quotient.isFinite ? quotient : nil
    }

    /// H K H.
    public var centred: Kernel {
        guard size > 0 else { return self }
        let count = Double(size)
        var means: [Double] = []
        var total = 0.0
        for row in 0..<size {
            var sum = 0.0
            for column in 0..<size { sum += self[row, column] }
            means.append(sum / count)
            total += sum / count
        }
        let mean = total / count
        return Kernel(size: size) { self[$0, $1] - means[$0] - means[$1] + mean }
    }

    /// The kernel divided by its largest entry; nil when that is 0, not finite or has no inverse.
    private var normalised: Kernel? {
        var largest = 0.0
        for value in values { largest = max(largest, abs(value)) }
        guard largest > 0, largest.isFinite, (1 / largest).isFinite else { return nil }
        return Kernel(size: size, values: values.map { $0 / largest })
    }

    /// The Frobenius norm below which a centred kernel is nothing but rounding.
    private var roundingFloor: Double {
        var largest = 0.0
        for value in values { largest = max(largest, abs(value)) }
        return Double(size) * 4 * Double(size) * 0x1p-53 * largest
    }
}
