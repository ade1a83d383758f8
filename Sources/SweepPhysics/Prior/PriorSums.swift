import SweepCore

/// Sums over draws of the prior, of deviations from infinite width so that nothing cancels.
struct PriorSums {
    private let infinite: [Kernel]
    private let points: Int
    private var count = 0
    /// Σ (C_l − NNGP_l), (L, P, P).
    private var deviations: [Double]
    /// Of each draw and layer: the mean over all entries of (C_l − NNGP_l)².
    private var squares: [[Double]]
    /// Of each draw and layer, where the kernel is not constant up to rounding.
    private var alignments: [[Double]]

    init(_ infinite: [Kernel]) {
        self.infinite = infinite
        points = infinite.first?.size ?? 0
        deviations = Array(repeating: 0, count: infinite.count * points * points)
        squares = infinite.map { _ in [] }
        alignments = infinite.map { _ in [] }
    }

    mutating func add(_ kernels: AlignedBuffer, _ target: CentredTarget) {
        count += 1
        let square = points * points
        for layer in infinite.indices {
            var sum = 0.0
            let offset = layer * square
            for index in 0..<square {
                let deviation = kernels.base[offset + index] - infinite[layer].values[index]
                deviations[offset + index] += deviation
                sum += deviation * deviation
            }
            squares[layer].append(sum / Double(square))
            if let alignment = target.alignment(of: kernels.base + offset) {
                alignments[layer].append(alignment)
            }
        }
    }

    private static func mean(_ values: [Double]) -> Double {
        values.reduce(0, +) / Double(values.count)
    }

    private static func standardError(_ values: [Double]) -> Double? {
        guard values.count > 1 else { return nil }
        let centre = mean(values)
        let sum = values.reduce(0) { $0 + ($1 - centre) * ($1 - centre) }
        return (sum / Double(values.count - 1) / Double(values.count)).squareRoot()
    }

    /// - Parameter theory: variances to first order in 1/N.
    func result(theory: [Kernel], target: [Double]) -> TrialResult {
        let square = points * points
        let number = Double(count)
        var (means, relative, variances, predicted) = (
            [Double](), [Double](), [Double](), [Double]()
        )
        for layer in infinite.indices {
            let part = deviations[(layer * square)..<((layer + 1) * square)].map { $0 / number }
            let shift = part.reduce(0) { $0 + $1 * $1 }
            let norm = infinite[layer].values.reduce(0) { $0 + $1 * $1 }
            relative.append(norm > 0 ? (shift / norm).squareRoot() : 0)
            let diagonal = (0..<points).reduce(0.0) {
                $0 + infinite[layer][$1, $1] + part[$1 * points + $1]
            }
            means.append(diagonal / Double(points))
            // Unbiased, as far as draws go.
            let second = Self.mean(squares[layer]) - shift / Double(square)
            variances.append(count > 1 ? max(second, 0) * number / (number - 1) : 0)
            predicted.append(Self.mean(theory[layer].values))
        }
        let errors = squares.compactMap(Self.standardError)
        let targets = Kernel(outerProductOf: target)
        let infiniteAlignment = infinite.map { $0.alignment(with: targets) }
        // A draw with a constant kernel has no alignment; one such draw and there is no mean.
        let alignment = alignments.map { $0.count == count ? Self.mean($0) : nil }
        let last = infinite.count - 1
        var result = TrialResult(metrics: [
            NamedMetric("kernel_mean_output", means[last]),
            NamedMetric("kernel_mean_output_nngp", diagonalMean(infinite[last])),
            NamedMetric("kernel_deviation_output", relative[last]),
            NamedMetric("kernel_variance_output", count > 1 ? variances[last] : nil),
            NamedMetric("kernel_variance_output_se", errors.count > last ? errors[last] : nil),
            NamedMetric("kernel_variance_output_linear", predicted[last]),
            NamedMetric(
                "kernel_variance_ratio",
                count > 1 && predicted[last] > 0 ? variances[last] / predicted[last] : nil),
            NamedMetric("cka_output", alignment[last]),
            NamedMetric("cka_output_se", Self.standardError(alignments[last])),
            NamedMetric("cka_output_nngp", infiniteAlignment[last]),
        ])
        func layers(_ name: String, _ values: [Double?]) {
            let present = values.compactMap { $0 }
            guard present.count == infinite.count else { return }
            result.arrays.append(NamedArray(name, shape: [present.count], present))
        }
        layers("kernel_mean_layer", means)
        layers("kernel_mean_layer_nngp", infinite.map(diagonalMean))
        layers("kernel_deviation_layer", relative)
        if count > 1 { layers("kernel_variance_layer", variances) }
        layers("kernel_variance_layer_se", errors)
        layers("kernel_variance_layer_linear", predicted)
        layers("cka_layer", alignment)
        layers("cka_layer_nngp", infiniteAlignment)
        return result
    }

    private func diagonalMean(_ kernel: Kernel) -> Double {
        (0..<points).reduce(0) { $0 + kernel[$1, $1] } / Double(points)
    }
}
