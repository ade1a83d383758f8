/// How the kernels of neighbouring layers answer to each other, averaged over the data.
///
/// With C = C_{l−1}, two responses of layer l = 1 … L:
///
///     perp_l = mean over a < b of g <φ'(h_a) φ'(h_b)>_C          = dC_l[ab] / dC_{l−1}[ab]
///     par_l  = mean over a of g <φ'² + φ φ''>_{C[aa]}            = dC_l[aa] / dC_{l−1}[aa]
///
/// at infinite width around these kernels. At the fixed point of a single input they are chi_perp
/// and chi_par of ``Criticality``.
public struct LayerResponses: Hashable, Sendable {
    /// perp_l, l = 1 … L.
    public let perpendicular: [Double]
    /// par_l, l = 1 … L.
    public let parallel: [Double]
    /// Mean over a < b of the product of g <φ'(h_a) φ'(h_b)> over the layers after l: what is left
    /// of a change of C_l[ab] in the output kernel. 1 for l = L.
    public let toOutput: [Double]

    /// - Parameter kernels: C_0 … C_{L−1}, at least one, of at least two points.
    public init(kernels: [Kernel], gain: Double, activation: Activation) {
        let size = kernels.first?.size ?? 0
        precondition(size >= 2, "kernels of \(size) points")
        let pairs = size * (size - 1) / 2
        var perpendicular: [Double] = []
        var parallel: [Double] = []
        var toOutput: [Double] = []
        var product = [Double](repeating: 1, count: pairs)
        for kernel in kernels.reversed() {
            toOutput.append(product.reduce(0, +) / Double(pairs))
            var (sum, place) = (0.0, 0)
            for row in 1..<size {
                for column in 0..<row {
                    let slope =
                        gain
                        * activation.gaussianSlopes(
                            kernel[row, row], kernel[row, column], kernel[column, column]
                        ).mixed
                    sum += slope
                    product[place] *= slope
                    place += 1
                }
            }
            perpendicular.append(sum / Double(pairs))
            parallel.append(
                gain / Double(size)
                    * (0..<size).reduce(0) {
                        $0 + activation.gaussianMoments(variance: kernel[$1, $1]).squareDerivative
                    })
        }
        self.perpendicular = perpendicular.reversed()
        self.parallel = parallel.reversed()
        self.toOutput = toOutput.reversed()
    }
}
