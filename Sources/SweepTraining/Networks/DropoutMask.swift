import CSweepKernels
import SweepPhysics

/// Which units one training step of a dropout network keeps.
///
/// Unit j of point p before layer k has its own random word, addressed by step, layer, point and
/// unit, so that a resumed run drops the same units and no order of drawing matters.
struct DropoutMask {
    let key: swk_random_key
    let rate: Double
    /// Number of the training step from 0.
    let step: Int

    init(key: RandomKey, rate: Double, step: Int) {
        self.key = key.kernelKey
        self.rate = rate
        self.step = step
    }

    /// factors[p][j] = 0 with probability `rate`, else 1 / (1 − rate); 0 beyond `size`.
    func fill<Scalar: TrainingScalar>(
        _ factors: UnsafeMutablePointer<Scalar>, layer: Int, points: Int, size: Int, stride: Int
    ) {
        // A unit is dropped when its 32 random bits are below this.
        let bound = UInt32(min(4_294_967_295, (rate * 4_294_967_296).rounded()))
        let kept = Scalar(1 / (1 - rate))
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 10) { words in
            guard let base = words.baseAddress else { return }
            let (out, counter, keys) = (base, base + 4, base + 8)
            keys[0] = key.key0
            keys[1] = key.key1
            for point in 0..<points {
                let row = factors + point * stride
                for first in Swift.stride(from: 0, to: size, by: 4) {
                    // Words: unit / 4 and layer; point; step; the stream's own bits on top.
                    counter[0] = UInt32(truncatingIfNeeded: first / 4 | layer << 20)
                    counter[1] =
                        UInt32(truncatingIfNeeded: point) ^ UInt32(truncatingIfNeeded: key.stream)
                    counter[2] = UInt32(truncatingIfNeeded: step)
                    counter[3] =
                        UInt32(truncatingIfNeeded: step >> 32)
                        ^ UInt32(truncatingIfNeeded: key.stream >> 32)
                    swk_philox4x32_10(out, counter, keys)
                    for lane in 0..<min(4, size - first) {
                        row[first + lane] = out[lane] < bound ? 0 : kept
                    }
                }
                (row + size).update(repeating: 0, count: stride - size)
            }
        }
    }
}
