import CFloors
import CSweepKernels
import SweepPhysics

/// One thing that is measured: what it does, and how much that is.
struct Case {
    /// Floating-point operations of one repetition that the mathematics asks for; a multiply-add is
    /// two, an activation none.
    var flops = 0.0
    /// Bytes that must come from or go to memory beyond the second-level cache, once each.
    var bytes = 0.0
    /// Activations, normals or the like of one repetition.
    var functions = 0.0
    /// How many times the body does it.
    var repeats = 1
    /// Does it `repeats` times; the number returned depends on all that was computed.
    let body: () -> Double
}

/// Numbers, operations and memory of the kernels below the samplers.
enum FloorCases {
    static func make(_ name: String, _ family: KernelFamily) -> Case? {
        let table = family.kernels
        let key = swk_random_key(key0: 1, key1: 2, stream: 3)
        switch name {
        case "fma-double":
            return Case(flops: floor_fma_double(family.name, 1) * 2000) {
                floor_fma_double(family.name, 2000)
            }
        case "fma-single":
            return Case(flops: floor_fma_single(family.name, 1) * 2000) {
                floor_fma_single(family.name, 2000)
            }
        case "erf-double":
            let (x, value, slope) = (
                AlignedBuffer(count: 1024), AlignedBuffer(count: 1024), AlignedBuffer(count: 1024)
            )
            table.normals(x.base, 1024, key, 0)
            return Case(functions: 1024) {
                table.activate(value.base, slope.base, x.base, 1024, SWK_ERF)
                return value.base[0] + slope.base[1023]
            }
        case "erf-single":
            let (x, value, slope) = (
                SingleBuffer(count: 1024), SingleBuffer(count: 1024), SingleBuffer(count: 1024)
            )
            table.single_normals(x.base, 1024, key, 0)
            return Case(functions: 1024) {
                table.single_activate(value.base, slope.base, x.base, 1024, SWK_ERF)
                return Double(value.base[0] + slope.base[1023])
            }
        case "normals-double":
            let out = AlignedBuffer(count: 1024)
            return Case(functions: 1024) {
                table.normals(out.base, 1024, key, 0)
                return out.base[1023]
            }
        case "normals-single":
            let out = SingleBuffer(count: 1024)
            return Case(functions: 1024) {
                table.single_normals(out.base, 1024, key, 0)
                return Double(out.base[1023])
            }
        case "noise":
            let out = SingleBuffer(count: 1024)
            return Case(functions: 1024) {
                table.noise(out.base, 1024, key, 0)
                return Double(out.base[1023])
            }
        case "read":
            // As large as the weights of the training row.
            let out = SingleBuffer(count: 20 * 500 * 512)
            return Case(bytes: Double(out.count) * 4) {
                table.single_dot(out.base, out.base, out.count)
            }
        case "read-write":
            let out = SingleBuffer(count: 20 * 500 * 512)
            return Case(bytes: Double(out.count) * 8) {
                table.single_axpy(out.base, 0.5, out.base, out.count)
                return Double(out.base[0])
            }
        default:
            return nil
        }
    }
}

/// Dense layers in single precision: training and Langevin dynamics of the weights.
enum DenseCases {
    /// A network of `depth` dense layers of 500 with erf, or of 500 × 100 first where `inputs` say so.
    static func step(
        _ family: KernelFamily, points: Int, depth: Int, inputs: Int, noise: Float
    ) -> Case {
        let table = family.kernels
        let width = 500
        // Odd multiples of a cache line: the points' rows do not meet in the same places of the cache.
        let stride = ((width + 15) / 16 | 1) * 16
        let inputStride = ((inputs + 15) / 16 | 1) * 16
        let key = swk_random_key(key0: 1, key1: 2, stream: 3)
        let first = SingleBuffer(count: width * inputStride)
        let weights = SingleBuffer(count: max(depth - 1, 1) * width * stride)
        let readout = SingleBuffer(count: stride)
        let x = SingleBuffer(count: points * inputStride)
        let h = SingleBuffer(count: depth * points * stride)
        let phi = SingleBuffer(count: depth * points * stride)
        let slope = SingleBuffer(count: depth * points * stride)
        let delta = SingleBuffer(count: points * stride)
        let below = SingleBuffer(count: points * stride)
        let one = SingleBuffer(count: 2 * points)
        table.single_normals(x.base, x.count, key, 0)
        table.single_normals(first.base, first.count, key, 1 << 20)
        table.single_normals(weights.base, weights.count, key, 1 << 21)
        table.single_normals(readout.base, readout.count, key, 1 << 22)
        for index in 0..<first.count {
            first.base[index] *= Float(1.2 / Double(inputs)).squareRoot()
        }
        let scale = Float(1.2 / Double(width)).squareRoot()
        for index in 0..<weights.count { weights.base[index] *= scale }
        for index in 0..<readout.count { readout.base[index] *= scale }
        for row in 0..<width {
            for column in inputs..<max(inputs, inputStride) {
                first.base[row * inputStride + column] = 0
            }
        }
        for row in 0..<weights.count / stride {
            for column in width..<stride { weights.base[row * stride + column] = 0 }
        }
        for column in width..<stride { readout.base[column] = 0 }
        for row in 0..<points {
            for column in inputs..<max(inputs, inputStride) {
                x.base[row * inputStride + column] = 0
            }
        }
        var iteration: UInt64 = 0
        let panel = points * stride
        let parameters = Double(width * inputs + (depth - 1) * width * width + width)
        return Case(
            flops: parameters * Double(points) * 6, bytes: parameters * 12,
            functions: Double(depth * points * width)
        ) {
            iteration += 1
            // Forward.
            for layer in 0..<depth {
                let out = h.base + layer * panel
                if layer == 0 {
                    table.dense_forward(
                        out, stride, first.base, nil, x.base, points, width, inputStride)
                } else {
                    table.dense_forward(
                        out, stride, weights.base + (layer - 1) * width * stride, nil,
                        phi.base + (layer - 1) * panel, points, width, stride)
                }
                table.single_activate(
                    phi.base + layer * panel, slope.base + layer * panel, out, panel, SWK_ERF)
            }
            table.dense_forward(
                one.base, 1, readout.base, nil, phi.base + (depth - 1) * panel, points, 1, stride)
            for point in 0..<points {
                one.base[point] -= point % 2 == 0 ? 1 : -1
            }
            // Backward: the readout, then layer by layer.
            var step = swk_dense_step(
                decay: noise == 0 ? 1 : 0.99999, rate: 1e-4, noise: noise, key: key,
                first_group: iteration << 32)
            table.dense_backward(
                readout.base, below.base, one.base, 1, phi.base + (depth - 1) * panel, &step,
                points,
                1, stride)
            for layer in (0..<depth).reversed() {
                for index in 0..<panel {
                    delta.base[index] = below.base[index] * (slope.base + layer * panel)[index]
                }
                step.first_group += 1 << 24
                if layer > 0 {
                    table.dense_backward(
                        weights.base + (layer - 1) * width * stride, below.base, delta.base, stride,
                        phi.base + (layer - 1) * panel, &step, points, width, stride)
                } else {
                    table.dense_backward(
                        first.base, nil, delta.base, stride, x.base, &step, points, width,
                        inputStride)
                }
            }
            return Double(one.base[0])
        }
    }

    static func make(_ name: String, _ family: KernelFamily) -> Case? {
        switch name {
        case "langevin-single":
            step(family, points: 12, depth: 3, inputs: 100, noise: 1e-4)
        default: nil
        }
    }
}
