/// The kernels of an infinitely wide network, which are those of a Gaussian process.
public enum NNGP {
    /// Why there are no kernels.
    public enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        /// An entry of this layer's kernel is not a finite number; layer 0 is the input.
        case nonFinite(layer: Int)
        /// A diagonal entry of the input kernel is negative.
        case negativeVariance(point: Int)

        public var description: String {
            switch self {
            case .nonFinite(let layer):
                "the infinite-width kernel of layer \(layer) has an entry that is not finite"
            case .negativeVariance(let point):
                "the input kernel has a negative variance at point \(point)"
            }
        }
    }

    /// C1 … CL from C0: C_l = g <phi phi^T>_{h ~ N(0, C_{l-1})} + g_b 11^T.
    ///
    /// - Parameters:
    ///   - input: C0, P × P; not part of the answer.
    ///   - gain: g ≥ 0, the same in every layer, readout included.
    ///   - biasVariance: g_b ≥ 0.
    ///   - depth: L ≥ 0.
    /// - Returns: L kernels, layer 1 first.
    /// - Throws: ``Failure`` naming the first layer whose kernel cannot be computed.
    public static func kernels(
        input: Kernel, gain: Double, biasVariance: Double, depth: Int, activation: Activation
    ) throws(Failure) -> [Kernel] {
        precondition(depth >= 0, "depth \(depth)")
        if !input.values.allSatisfy(\.isFinite) { throw .nonFinite(layer: 0) }
        for point in 0..<input.size where input[point, point] < 0 {
            throw .negativeVariance(point: point)
        }
        var layers: [Kernel] = []
        var last = input
        for layer in 0..<depth {
            last = next(after: last, gain: gain, biasVariance: biasVariance, activation: activation)
            if !last.values.allSatisfy(\.isFinite) { throw .nonFinite(layer: layer + 1) }
            layers.append(last)
        }
        return layers
    }

    /// One layer of the recursion.
    private static func next(
        after kernel: Kernel, gain: Double, biasVariance: Double, activation: Activation
    ) -> Kernel {
        Kernel(size: kernel.size) { row, column in
            let product =
                row == column
                ? activation.gaussianMoments(variance: kernel[row, row]).square
                : activation.gaussianProduct(
                    kernel[row, row], kernel[row, column], kernel[column, column])
            return gain * product + biasVariance
        }
    }
}
