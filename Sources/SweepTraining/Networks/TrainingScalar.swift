import CSweepKernels
import SweepPhysics

/// The precision of a network: `Float` runs on the kernels of its family, `Double` on plain loops.
protocol TrainingScalar: BinaryFloatingPoint & Sendable {
    typealias Table = UnsafePointer<swk_kernels>
    typealias Values = UnsafeMutablePointer<Self>

    /// out[p][i] = bias[i] + Σ_j weights[i][j] input[p][j]; shapes as `dense_forward` in
    /// CSweepKernels.h.
    static func forward(
        _ table: Table, out: Values, outStride: Int, weights: Values, bias: Values, input: Values,
        points: Int, rows: Int, stride: Int)

    /// below[p][j] = Σ_i delta[p][i] weights[i][j] unless it is nil, and then
    /// weights ← decay weights − rate Σ_p delta[p][i] input[p][j].
    static func backward(
        _ table: Table, weights: Values, below: Values?, delta: Values, deltaStride: Int,
        input: Values, decay: Self, rate: Self, points: Int, rows: Int, stride: Int)

    /// value = f(x), slope = f′(x); the three do not overlap.
    static func activate(
        _ table: Table, value: Values, slope: Values, x: Values, count: Int, _ kind: swk_activation)

    /// y ← y + a x.
    static func add(_ table: Table, _ y: Values, _ a: Self, _ x: Values, count: Int)

    /// Its four or eight bytes, for checkpoints.
    var pattern: UInt64 { get }
    init(pattern: UInt64)
}

extension Float: TrainingScalar {
    static func forward(
        _ table: Table, out: Values, outStride: Int, weights: Values, bias: Values, input: Values,
        points: Int, rows: Int, stride: Int
    ) {
        table.pointee.dense_forward(
            out, outStride, weights, bias, input, points, rows, stride)
    }

    static func backward(
        _ table: Table, weights: Values, below: Values?, delta: Values, deltaStride: Int,
        input: Values, decay: Float, rate: Float, points: Int, rows: Int, stride: Int
    ) {
        var step = swk_dense_step()
        step.decay = decay
        step.rate = rate
        table.pointee.dense_backward(
            weights, below, delta, deltaStride, input, &step, points, rows, stride)
    }

    static func activate(
        _ table: Table, value: Values, slope: Values, x: Values, count: Int, _ kind: swk_activation
    ) {
        table.pointee.single_activate(value, slope, x, count, kind)
    }

    static func add(_ table: Table, _ y: Values, _ a: Float, _ x: Values, count: Int) {
        table.pointee.single_axpy(y, a, x, count)
    }

    var pattern: UInt64 { UInt64(bitPattern) }
    init(pattern: UInt64) { self.init(bitPattern: UInt32(truncatingIfNeeded: pattern)) }
}

extension Double: TrainingScalar {
    static func forward(
        _ table: Table, out: Values, outStride: Int, weights: Values, bias: Values, input: Values,
        points: Int, rows: Int, stride: Int
    ) {
        for p in 0..<points {
            let entries = input + p * stride
            for i in 0..<rows {
                out[p * outStride + i] =
                    table.pointee.dot(weights + i * stride, entries, stride) + bias[i]
            }
        }
    }

    static func backward(
        _ table: Table, weights: Values, below: Values?, delta: Values, deltaStride: Int,
        input: Values, decay: Double, rate: Double, points: Int, rows: Int, stride: Int
    ) {
        if let below { below.update(repeating: 0, count: points * stride) }
        for i in 0..<rows {
            let row = weights + i * stride
            if let below {
                for p in 0..<points {
                    table.pointee.axpy(below + p * stride, delta[p * deltaStride + i], row, stride)
                }
            }
            if decay != 1 {
                for j in 0..<stride { row[j] *= decay }
            }
            if rate == 0 { continue }
            for p in 0..<points {
                let factor = -rate * delta[p * deltaStride + i]
                table.pointee.axpy(row, factor, input + p * stride, stride)
            }
        }
    }

    static func activate(
        _ table: Table, value: Values, slope: Values, x: Values, count: Int, _ kind: swk_activation
    ) {
        table.pointee.activate(value, slope, x, count, kind)
    }

    static func add(_ table: Table, _ y: Values, _ a: Double, _ x: Values, count: Int) {
        table.pointee.axpy(y, a, x, count)
    }

    var pattern: UInt64 { bitPattern }
    init(pattern: UInt64) { self.init(bitPattern: pattern) }
}

/// Numbers of one precision aligned to a cache line, zero at the start; in large pages where there are
/// megabytes of them.
final class ScalarBuffer<Scalar: TrainingScalar> {
    let count: Int
    let base: UnsafeMutablePointer<Scalar>

    init(_ count: Int) {
        self.count = count
        let raw = NumberMemory.allocate(
            byteCount: max(count, 1) * MemoryLayout<Scalar>.stride)
        base = raw.bindMemory(to: Scalar.self, capacity: max(count, 1))
        base.initialize(repeating: 0, count: max(count, 1))
    }

    deinit { base.deallocate() }
}
