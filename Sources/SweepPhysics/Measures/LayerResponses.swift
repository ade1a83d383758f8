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
                            kernel[row, row], kernel[row, column], kernel[column, column])
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

extension Activation {
    /// <φ'(h1) φ'(h2)> over a pair of normal variables with this covariance, of mean 0: by Price's
    /// theorem the derivative of ``gaussianProduct(_:_:_:)`` with respect to C12.
    ///
    /// Closed forms for erf, tanh, relu, leaky_relu and linear; a difference quotient for the other
    /// ones, good to about 1e-6 (1e-5 at correlation ±1).
    public func gaussianSlopes(_ c11: Double, _ c12: Double, _ c22: Double) -> Double {
        precondition(c11 >= 0 && c22 >= 0, "variances \(c11) and \(c22)")
        switch self {
        case .linear: return 1
        case .erf: return ScaleMixture.erf.signSlopes(c11, c12, c22)
        case .tanh: return ScaleMixture.tanh.signSlopes(c11, c12, c22)
        case .relu, .leakyRelu:
            let scale = c11.squareRoot() * c22.squareRoot()
            let r = scale > 0 ? max(-1, min(1, c12 / scale)) : 0
            let root = ((1 - r) * (1 + r)).squareRoot()
            let both =
                (0.5 * PortableMath.pi + PortableMath.atan(r, over: root)) / (2 * PortableMath.pi)
            // φ' = a + (1 − a) [h > 0], and each sign has probability ½.
            let a = self == .relu ? 0 : Self.leakySlope
            return a * a + a * (1 - a) + (1 - a) * (1 - a) * both
        case .gelu, .silu, .elu:
            let scale = c11.squareRoot() * c22.squareRoot()
            if scale == 0 { return self == .elu ? 1 : 0.25 }
            let middle = max(-1, min(1, c12 / scale))
            let low = max(-1, middle - 1e-4)
            let high = min(1, middle + 1e-4)
            return
                (gaussianProduct(c11, high * scale, c22)
                - gaussianProduct(c11, low * scale, c22)) / ((high - low) * scale)
        }
    }
}

extension ScaleMixture {
    /// Sign family: <phi'(h1) phi'(h2)> = (2/π) <1/√Δ>.
    func signSlopes(_ c11: Double, _ c12: Double, _ c22: Double) -> Double {
        let determinant = max(0, c11 * c22 - c12 * c12)
        return 2 / PortableMath.pi
            * average { s1, s2 in
                1 / (determinant + s1 * c22 + s2 * c11 + s1 * s2).squareRoot()
            }
    }
}
