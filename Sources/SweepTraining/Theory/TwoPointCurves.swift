/// h, y and w of a network along its training, measured before the updates of every `interval`-th
/// epoch; entry 0 is the initialisation.
public struct TwoPointCurves: Hashable, Sendable {
    public var representation: [Double]
    public var output: [Double]
    public var alignment: [Double]
    /// Epochs between two entries.
    public var interval: Int

    public init(
        representation: [Double], output: [Double], alignment: [Double], interval: Int = 1
    ) {
        precondition(
            representation.count == output.count && output.count == alignment.count,
            "curves of different lengths")
        precondition(interval >= 1, "interval \(interval)")
        self.representation = representation
        self.output = output
        self.alignment = alignment
        self.interval = interval
    }

    public var count: Int { output.count }

    public subscript(index: Int) -> TwoPointState {
        TwoPointState(
            representation: representation[index], output: output[index],
            alignment: alignment[index])
    }

    /// Time between two entries. With n epochs entry k stands for the time k n/(n − 1): what the
    /// paper's code does, an offset of one epoch over the whole run.
    public var spacing: Double {
        let epochs = Double(count * interval)
        return epochs > 1 ? Double(interval) * epochs / (epochs - 1) : Double(interval)
    }

    /// Time of the last entry.
    var end: Double { Double(max(0, count - 1)) * spacing }

    /// Σ (h − ĥ)² + (y − ŷ)² + (w − ŵ)², unweighted, over all entries; each model sample at
    /// `timeScale` times its time.
    func squaredDistance(to solution: TwoPointSolution, timeScale: Double = 1) -> Double {
        var sum = 0.0
        representation.withUnsafeBufferPointer { h in
            output.withUnsafeBufferPointer { y in
                alignment.withUnsafeBufferPointer { w in
                    solution.sample(count: h.count, spacing: spacing * timeScale) { index, state in
                        let dh = h[index] - state.representation
                        let dy = y[index] - state.output
                        let dw = w[index] - state.alignment
                        sum += dh * dh + dy * dy + dw * dw
                    }
                }
            }
        }
        return sum
    }
}
