import CSweepKernels
import Foundation
import Testing

/// Floats at a 64-byte boundary, filled with one value.
final class SingleKernelBuffer {
    let start: UnsafeMutablePointer<Float>
    let count: Int

    init(_ count: Int, filledWith value: Float = 0) {
        self.count = count
        start = UnsafeMutableRawPointer.allocate(
            byteCount: max(count, 1) * MemoryLayout<Float>.stride, alignment: 64
        ).bindMemory(to: Float.self, capacity: max(count, 1))
        start.initialize(repeating: value, count: max(count, 1))
    }

    convenience init(_ values: [Float]) {
        self.init(values.count)
        for (index, value) in values.enumerated() { start[index] = value }
    }

    deinit { start.deallocate() }

    subscript(index: Int) -> Float {
        get { start[index] }
        set { start[index] = newValue }
    }

    var values: [Float] { Array(UnsafeBufferPointer(start: start, count: count)) }
    var doubles: [Double] { values.map(Double.init) }
    var bits: [UInt32] { values.map(\.bitPattern) }

    /// Normals of the reference family.
    static func normals(_ count: Int, seed: UInt32, scale: Float = 1) -> SingleKernelBuffer {
        let buffer = SingleKernelBuffer(count)
        let key = swk_random_key(key0: seed, key1: 0, stream: 7)
        swk_kernels_named("reference")?.pointee.single_normals(buffer.start, count, key, 0)
        for index in 0..<count { buffer[index] *= scale }
        return buffer
    }
}

/// Single precision: activations, panels and the vector operations of the chain.
@Suite("Single-precision kernels")
struct SingleKernelTests {
    static let kinds = [
        SWK_ERF, SWK_TANH, SWK_RELU, SWK_LEAKY_RELU, SWK_LINEAR, SWK_SILU, SWK_GELU, SWK_ELU,
    ]

    struct Layer {
        let P: Int
        let tiles: Int
        let xi, factor, weight: SingleKernelBuffer
        let phi, slope, gradient: SingleKernelBuffer
        let gram, projection: KernelBuffer

        init(
            _ family: KernelFamily, P: Int, width: Int, kind: swk_activation, poison: Bool = false
        ) {
            self.P = P
            tiles = (width + 15) / 16
            let size = tiles * P * 16
            xi = SingleKernelBuffer.normals(size, seed: 21)
            for index in 0..<size where index / (16 * P) * 16 + index % 16 >= width {
                xi[index] = 0
            }
            factor = SingleKernelBuffer.normals(P * P, seed: 22, scale: 1 / Float(P).squareRoot())
            for index in 0..<P * P where index % P > index / P { factor[index] = .nan }
            if poison { factor[P * P - P] = .nan }
            weight = SingleKernelBuffer.normals(P * P, seed: 23)
            for row in 0..<P {
                for column in 0..<row { weight[column * P + row] = weight[row * P + column] }
            }
            (phi, slope) = (SingleKernelBuffer(size), SingleKernelBuffer(size))
            gradient = SingleKernelBuffer(size)
            gram = KernelBuffer(P * P, filledWith: 5)
            projection = KernelBuffer(P * P, filledWith: 6)
            family.table.single_forward(
                phi.start, slope.start, gram.start, xi.start, factor.start, tiles, P, kind)
            family.table.single_backward(
                gradient.start, projection.start, phi.start, slope.start, xi.start, weight.start,
                factor.start, tiles, P)
        }
    }

    @Test(
        "families agree with the reference to the rounding of floats",
        arguments: [1, 2, 5, 6, 7, 12, 13, 24, 50], [1, 15, 16, 17, 100])
    func agreesWithReference(P: Int, width: Int) throws {
        let reference = try #require(KernelFamily("reference"))
        for name in KernelFamily.clever {
            let family = try #require(KernelFamily(name))
            for kind in [SWK_ERF, SWK_RELU, SWK_GELU] {
                let expected = Layer(reference, P: P, width: width, kind: kind)
                let actual = Layer(family, P: P, width: width, kind: kind)
                let context: Comment = "\(name) P \(P) N \(width)"
                // Rounding of sums of P products: 6e-8 √P in the typical case.
                for (a, b) in [
                    (expected.phi.doubles, actual.phi.doubles),
                    (expected.gradient.doubles, actual.gradient.doubles),
                    (
                        KernelInput.lower(expected.gram, P), KernelInput.lower(actual.gram, P)
                    ),
                    (
                        KernelInput.lower(expected.projection, P),
                        KernelInput.lower(actual.projection, P)
                    ),
                ] { #expect(KernelInput.distance(a, b) < 2e-6, context) }
                #expect(actual.gram[P - 1] == (P == 1 ? actual.gram[0] : 5), context)
            }
        }
    }

    @Test("single precision agrees with double", arguments: kinds)
    func agreesWithDouble(kind: swk_activation) throws {
        let (P, width) = (12, 48)
        for name in KernelFamily.available {
            let family = try #require(KernelFamily(name))
            let single = Layer(family, P: P, width: width, kind: kind)
            // Tiles of 8 of the same neurons.
            let xi = KernelBuffer(single.xi.count)
            for neuron in 0..<width {
                for row in 0..<P {
                    xi[(neuron / 8 * P + row) * 8 + neuron % 8] =
                        Double(single.xi[(neuron / 16 * P + row) * 16 + neuron % 16])
                }
            }
            let layer = PanelKernelTests.Layer(
                family, P: P, width: width, kind: kind, xi: xi,
                factor: KernelBuffer(single.factor.doubles))
            let difference = KernelInput.distance(
                KernelInput.lower(layer.gram, P), KernelInput.lower(single.gram, P))
            #expect(difference < 1e-6, "\(name)")
        }
    }

    @Test("erf and its slope have the relative error of floats")
    func erfIsAccurate() throws {
        var x: [Float] = []
        for index in 0..<20_000 { x.append(Float(index - 10_000) / 1600) }
        for index in 0..<20_000 {
            let exponent = -Double(index) / 700
            x.append(Float(exp(exponent)))
        }
        for name in KernelFamily.available {
            let family = try #require(KernelFamily(name))
            let input = SingleKernelBuffer(x)
            let (value, slope) = (SingleKernelBuffer(x.count), SingleKernelBuffer(x.count))
            family.table.single_activate(value.start, slope.start, input.start, x.count, SWK_ERF)
            for index in x.indices {
                let argument = Double(x[index])
                let exact = erf(argument)
                let gaussian = 2 / Double.pi.squareRoot() * exp(-argument * argument)
                let valueError = abs(Double(value[index]) - exact)
                let slopeError = abs(Double(slope[index]) - gaussian)
                #expect(valueError <= 3e-7 * abs(exact), "\(name) \(argument)")
                #expect(slopeError <= 3e-7 * gaussian, "\(name) \(argument)")
            }
        }
    }

    @Test("infinity has its limits and NaN stays, in every activation")
    func extremesArePropagated() throws {
        for name in KernelFamily.available {
            let family = try #require(KernelFamily(name))
            let x = SingleKernelBuffer([.infinity, -.infinity, .nan, 1e30, -1e30])
            let (value, slope) = (SingleKernelBuffer(5), SingleKernelBuffer(5))
            family.table.single_activate(value.start, slope.start, x.start, 5, SWK_ERF)
            #expect(value[0] == 1 && value[1] == -1 && value[3] == 1 && value[4] == -1)
            #expect(slope.values[0] < 1e-30 && slope.values[4] < 1e-30)
            for kind in Self.kinds {
                family.table.single_activate(value.start, slope.start, x.start, 5, kind)
                #expect(value[2].isNaN, "\(name) \(kind)")
            }
            let layer = Layer(family, P: 13, width: 20, kind: SWK_ERF, poison: true)
            #expect(layer.gram[12 * 13 + 12].isNaN && layer.gram[11 * 13 + 11].isFinite)
        }
    }

    @Test("a kick and a rotation in one are the two in turn, bit by bit")
    func kickAndRotation() throws {
        for name in KernelFamily.available {
            let table = try #require(KernelFamily(name)).table
            for count in [1, 3, 8, 31, 100] {
                let x = KernelInput.normals(count, seed: 1)
                let v = KernelInput.normals(count, seed: 2)
                let g = KernelInput.normals(count, seed: 3)
                let (y, w) = (KernelBuffer(x.values), KernelBuffer(v.values))
                table.kick_rotate(x.start, v.start, 0.3, g.start, 0.8, 0.6, count)
                table.axpy(w.start, 0.3, g.start, count)
                table.rotate(y.start, w.start, 0.8, 0.6, count)
                #expect(x.bits == y.bits && v.bits == w.bits)
                let single = SingleKernelBuffer(y.values.map(Float.init))
                let velocity = SingleKernelBuffer(w.values.map(Float.init))
                let force = SingleKernelBuffer(g.values.map(Float.init))
                let squares =
                    table.single_dot(single.start, single.start, count)
                    + table.single_dot(velocity.start, velocity.start, count)
                table.single_kick_rotate(
                    single.start, velocity.start, 0, force.start, 0.8, 0.6, count)
                let after =
                    table.single_dot(single.start, single.start, count)
                    + table.single_dot(velocity.start, velocity.start, count)
                // A rotation keeps the length.
                #expect(abs(after / squares - 1) < 1e-6)
            }
        }
    }
}
