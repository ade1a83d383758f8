import SweepPhysics

/// Where the theory of two points says that every pair of points ends, each pair on its own.
public enum PairwisePrediction {
    /// Squared hidden distances: h_inf of ``TwoPointInvariants`` with each pair's own h0, y0, dx2 and
    /// dy2, and one ratio of rates for all; 0 on the diagonal.
    ///
    /// It is the closed form alone, as in the paper: also of pairs whose outputs start the wrong way
    /// round, which a network passes with dh changing its sign. Pairs whose activities are the same
    /// at the start are taken in the rich limit.
    ///
    /// - Parameters:
    ///   - hidden: h0 of all pairs.
    ///   - outputs: y0 of all pairs.
    ///   - inputs: dx2 of all pairs.
    ///   - targets: dy2 of all pairs.
    ///   - ratio: eta_h/eta_y.
    public static func squaredDistances(
        hidden: Kernel, outputs: Kernel, inputs: Kernel, targets: Kernel, ratio: Double
    ) -> Kernel {
        Kernel(size: hidden.size) { row, column in
            if row == column { return 0 }
            let h0 = hidden[row, column]
            return TwoPointInvariants.closedForm(
                h0: h0, decoded: h0 > 0 ? outputs[row, column] / h0 : 0,
                task: TwoPointTask(
                    inputDistance: inputs[row, column], targetDistance: targets[row, column]),
                ratio: ratio)
        }
    }

    /// √(Σ (d̂ − d)² / Σ d²) over pairs of points, d = √h the distance itself.
    ///
    /// - Returns: nil where all distances are 0.
    public static func error(of predicted: Kernel, measured: Kernel) -> Double? {
        var difference = 0.0
        var sum = 0.0
        for (prediction, measurement) in pairs(predicted, measured) {
            let distance = measurement.squareRoot()
            let miss = prediction.squareRoot() - distance
            difference += miss * miss
            sum += distance * distance
        }
        return sum > 0 ? (difference / sum).squareRoot() : nil
    }

    /// The largest |d/d0 − 1| over pairs of points; nil where some pair starts at distance 0.
    public static func largestChange(from initial: Kernel, to final: Kernel) -> Double? {
        var largest = 0.0
        for (start, end) in pairs(initial, final) {
            guard start > 0 else { return nil }
            largest = max(largest, abs((end / start).squareRoot() - 1))
        }
        return largest
    }

    /// Pearson's correlation of the entries of two matrices, over pairs of points that `isCounted`.
    ///
    /// - Returns: nil where one of them does not vary.
    public static func correlation(
        _ left: Kernel, _ right: Kernel, where isCounted: (Int, Int) -> Bool = { _, _ in true }
    ) -> Double? {
        var (count, x, y) = (0.0, 0.0, 0.0)
        forEachPair(left.size, isCounted) {
            count += 1
            x += left[$0, $1]
            y += right[$0, $1]
        }
        var (xx, yy, xy) = (0.0, 0.0, 0.0)
        forEachPair(left.size, isCounted) {
            let dx = left[$0, $1] - x / count
            let dy = right[$0, $1] - y / count
            xx += dx * dx
            yy += dy * dy
            xy += dx * dy
        }
        let quotient = xy / (xx.squareRoot() * yy.squareRoot())
        return quotient.isFinite ? quotient : nil
    }

    private static func forEachPair(
        _ size: Int, _ isCounted: (Int, Int) -> Bool, _ body: (Int, Int) -> Void
    ) {
        for row in 0..<size {
            for column in 0..<row where isCounted(row, column) { body(row, column) }
        }
    }

    private static func pairs(_ left: Kernel, _ right: Kernel) -> [(Double, Double)] {
        var pairs: [(Double, Double)] = []
        forEachPair(left.size, { _, _ in true }) { pairs.append((left[$0, $1], right[$0, $1])) }
        return pairs
    }
}

/// The rich limit of classes: h ∝ dx dy, averaged over all points of two classes.
public enum ClassPrediction {
    /// Points that are looked at, as many of each class.
    public static let pointLimit = 1_000

    /// For tracked points i and j the mean of dx dy (distances, not squared) over a point of the
    /// class of i and one of the class of j: what h is proportional to when networks start small and
    /// points of a class are one. 0 within a class.
    ///
    /// Source: the "smoothed" prediction of van Rossem and Saxe 2024, whose code sums where we
    /// average; of classes of one size it is the same but for a factor.
    public static func distances(_ data: TrainingData) -> (values: Kernel, classes: [Int]) {
        var targets: [ArraySlice<Double>] = []
        var members: [[Int]] = []
        var classes: [Int] = []
        for point in 0..<data.points {
            let target = data.target(point)
            let known = targets.firstIndex { $0.elementsEqual(target) }
            classes.append(known ?? targets.count)
            if let known {
                members[known].append(point)
            } else {
                targets.append(target)
                members.append([point])
            }
        }
        let limit = max(1, pointLimit / targets.count)
        let inputs = members.map { $0.prefix(limit).map { data.input($0) } }
        let means = Kernel(size: targets.count) { a, b in
            if a == b { return 0 }
            var sum = 0.0
            for x in inputs[a] {
                for y in inputs[b] { sum += distance(x, y) }
            }
            let dy = zip(targets[a], targets[b]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            return sum / Double(inputs[a].count * inputs[b].count) * dy.squareRoot()
        }
        let tracked = data.tracked.map { classes[$0] }
        return (Kernel(size: tracked.count) { means[tracked[$0], tracked[$1]] }, tracked)
    }

    private static func distance(_ x: [Double], _ y: [Double]) -> Double {
        x.withUnsafeBufferPointer { x in
            y.withUnsafeBufferPointer { y in
                // Eight sums, which a processor can add at the same time.
                var sums = SIMD8<Double>.zero
                let whole = x.count / 8 * 8
                for start in stride(from: 0, to: whole, by: 8) {
                    var difference = SIMD8<Double>.zero
                    for lane in 0..<8 { difference[lane] = x[start + lane] - y[start + lane] }
                    sums += difference * difference
                }
                var sum = sums.sum()
                for place in whole..<x.count {
                    sum += (x[place] - y[place]) * (x[place] - y[place])
                }
                return sum.squareRoot()
            }
        }
    }
}
