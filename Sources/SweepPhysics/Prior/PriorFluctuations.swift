/// The variance of the layer kernels of networks without data, to first order in 1/N.
///
/// With V_l[ab,cd] = Cov(C_l[ab], C_l[cd]), V_0 = 0, and C_l at infinite width,
///
///     V_{l+1}[ab,cd] = (g²/N) ( <φ_a φ_b φ_c φ_d> − <φ_a φ_b><φ_c φ_d> )
///                      + Cov( dC_{l+1}[ab], dC_{l+1}[cd] )
///     dC_{l+1}[ab]   = g <φ'_a φ'_b> dC_l[ab] + (g/2) <φ''_a φ_b> dC_l[aa] + (g/2) <φ_a φ''_b> dC_l[bb]
///
/// An entry ab depends on the entries aa, ab and bb alone, so a pair is a problem of 3 × 3.
public enum PriorFluctuations {
    /// Var(C_l[ab]) for l = 1 … L.
    ///
    /// - Parameter kernels: C_0 … C_{L−1} at infinite width.
    /// - Returns: L kernels of variances.
    public static func variances(
        kernels: [Kernel], gain: Double, width: Int, activation: Activation, family: KernelFamily
    ) -> [Kernel] {
        let size = kernels.first?.size ?? 0
        let quadrature = PairQuadrature(activation, family: family)
        var result = kernels.map { _ in Kernel(size: size) }
        for row in 0..<size {
            for column in 0...row {
                var covariance = Matrix3()
                for (layer, kernel) in kernels.enumerated() {
                    let pair = quadrature.averages(
                        kernel[row, row], kernel[row, column], kernel[column, column])
                    covariance = next(covariance, pair, gain: gain, width: width)
                    result[layer][row, column] = covariance[1, 1]
                    result[layer][column, row] = covariance[1, 1]
                }
            }
        }
        return result
    }

    /// Covariance of (C[aa], C[ab], C[bb]).
    struct Matrix3 {
        private var entries = Array(repeating: 0.0, count: 9)

        subscript(row: Int, column: Int) -> Double {
            get { entries[3 * row + column] }
            set { entries[3 * row + column] = newValue }
        }
    }

    private static func next(
        _ covariance: Matrix3, _ pair: PairAverages, gain: Double, width: Int
    ) -> Matrix3 {
        let f = pair.fourth
        let m = [pair.second.0, pair.second.1, pair.second.2]
        let fourth = [[f.0, f.1, f.2], [f.1, f.2, f.3], [f.2, f.3, f.4]]
        let response = [
            [pair.own.0, 0, 0],
            [0.5 * pair.curvatures.0, pair.slopes, 0.5 * pair.curvatures.1],
            [0, 0, pair.own.1],
        ]
        var result = Matrix3()
        for i in 0..<3 {
            for j in 0..<3 {
                var value = gain * gain / Double(width) * (fourth[i][j] - m[i] * m[j])
                for k in 0..<3 {
                    for l in 0..<3 {
                        value +=
                            gain * gain * response[i][k] * covariance[k, l] * response[j][l]
                    }
                }
                result[i, j] = value
            }
        }
        return result
    }
}
