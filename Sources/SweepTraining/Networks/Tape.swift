/// What a network computed for some points on the way forward, and room for the way back.
///
/// Values of a layer: one row per point, `pointStride` apart, zero beyond the layer's size.
final class Tape<Scalar: TrainingScalar> {
    /// The most points that fit.
    let capacity: Int
    /// Inputs of the network.
    let input: ScalarBuffer<Scalar>
    /// a_k of each layer, skips included; the last are the outputs.
    let values: [ScalarBuffer<Scalar>]
    /// f′(z_k).
    let slopes: [ScalarBuffer<Scalar>]
    /// ∂L/∂a_k.
    let gradients: [ScalarBuffer<Scalar>]
    /// Inputs of each layer after dropout, and the factors that made them: 0 or 1/(1 − p).
    let dropped: [ScalarBuffer<Scalar>]
    let factors: [ScalarBuffer<Scalar>]
    /// z_k before the nonlinearity, and later ∂L/∂z_k.
    let scratch: ScalarBuffer<Scalar>
    /// Windows of a convolution, one row per point and position; and their gradients.
    let windows: ScalarBuffer<Scalar>
    let windowGradients: ScalarBuffer<Scalar>

    init(_ plan: NetworkPlan, capacity: Int, isForTraining: Bool = true) {
        self.capacity = capacity
        func buffers(_ sizes: [Int]) -> [ScalarBuffer<Scalar>] {
            sizes.map { ScalarBuffer(capacity * $0) }
        }
        let sizes = plan.layers.map(\.pointStride)
        let windowSize = plan.layers.filter(\.isConvolution).map { $0.positions * $0.stride }.max()
        input = ScalarBuffer(capacity * plan.inputStride)
        values = buffers(sizes)
        slopes = buffers(sizes)
        gradients = isForTraining ? buffers(sizes) : []
        let inputs = isForTraining && plan.hasDropout ? plan.layers.map(\.stride) : []
        dropped = buffers(inputs)
        factors = buffers(inputs)
        scratch = ScalarBuffer(capacity * (sizes.max() ?? 0))
        windows = ScalarBuffer(capacity * (windowSize ?? 0))
        windowGradients = ScalarBuffer(isForTraining ? capacity * (windowSize ?? 0) : 0)
    }
}
