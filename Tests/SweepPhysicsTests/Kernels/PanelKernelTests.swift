import CSweepKernels
import Foundation
import Testing

/// Layers forward and backward: the reference against plain Swift, the families against it.
@Suite("Panel kernels")
struct PanelKernelTests {
    static let rows = [1, 2, 3, 5, 6, 7, 12, 13, 24, 50]
    static let widths = [1, 7, 8, 9, 64, 100]

    /// One layer with everything a family makes of it.
    struct Layer {
        let P: Int
        let tiles: Int
        let xi, factor, weight: KernelBuffer
        let phi, slope, gram, gradient, projection: KernelBuffer

        init(
            _ family: KernelFamily, P: Int, width: Int, kind: swk_activation,
            xi: KernelBuffer? = nil, factor: KernelBuffer? = nil
        ) {
            self.P = P
            tiles = (width + 7) / 8
            self.xi = xi ?? KernelInput.panel(rows: P, width: width, seed: 21)
            self.factor = factor ?? KernelInput.factor(P, seed: 22)
            weight = KernelInput.symmetric(P, seed: 23)
            let size = tiles * P * 8
            (phi, slope, gradient) = (KernelBuffer(size), KernelBuffer(size), KernelBuffer(size))
            gram = KernelBuffer(P * P, filledWith: 5)
            projection = KernelBuffer(P * P, filledWith: 6)
            family.table.forward(
                phi.start, slope.start, gram.start, self.xi.start, self.factor.start, tiles, P, kind
            )
            family.table.backward(
                gradient.start, projection.start, phi.start, slope.start, self.xi.start,
                weight.start, self.factor.start, tiles, P)
        }

        /// Row a of a panel, all neurons in order.
        func row(_ panel: KernelBuffer, _ a: Int) -> [Double] {
            (0..<tiles * 8).map { panel[(($0 / 8) * P + a) * 8 + $0 % 8] }
        }

        /// U = sum over a, b of weight gram / 2, whose derivative by phi is weight phi.
        var potential: Double {
            var sum = 0.0
            for a in 0..<P {
                for b in 0...a {
                    sum += weight[a * P + b] * gram[a * P + b] * (a == b ? 0.5 : 1)
                }
            }
            return sum
        }

        func isUntouchedAbove(_ matrix: KernelBuffer, _ value: Double) -> Bool {
            (0..<P * P).allSatisfy { $0 % P <= $0 / P || matrix[$0] == value }
        }
    }

    static func dot(_ x: [Double], _ y: [Double]) -> Double {
        zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
    }

    @Test("the reference is what the equations say", arguments: [1, 2, 5, 12, 70], widths)
    func referenceIsPlain(P: Int, width: Int) throws {
        let family = try #require(KernelFamily("reference"))
        let layer = Layer(family, P: P, width: width, kind: SWK_TANH)
        let xi = (0..<P).map { layer.row(layer.xi, $0) }
        let neurons = xi[0].indices
        let h = (0..<P).map { a in
            neurons.map { i in (0...a).reduce(0) { $0 + layer.factor[a * P + $1] * xi[$1][i] } }
        }
        let phi = h.map { $0.map { tanh($0) } }
        let hbar = (0..<P).map { a in
            neurons.map { i in
                (0..<P).reduce(0) { $0 + layer.weight[a * P + $1] * phi[$1][i] }
                    / (cosh(h[a][i]) * cosh(h[a][i]))
            }
        }
        let gradient = (0..<P).map { a in
            neurons.map { i in (a..<P).reduce(0) { $0 + layer.factor[$1 * P + a] * hbar[$1][i] } }
        }
        for a in 0..<P {
            #expect(KernelInput.distance(phi[a], layer.row(layer.phi, a)) < 1e-14)
        }
        #expect(
            KernelInput.distance(
                gradient.flatMap { $0 }, (0..<P).flatMap { layer.row(layer.gradient, $0) }) < 1e-13)
        var gram: [Double] = []
        var projection: [Double] = []
        for a in 0..<P {
            for b in 0...a {
                gram.append(Self.dot(phi[a], phi[b]))
                projection.append(Self.dot(gradient[a], xi[b]))
            }
        }
        #expect(KernelInput.distance(gram, KernelInput.lower(layer.gram, P)) < 1e-13)
        #expect(KernelInput.distance(projection, KernelInput.lower(layer.projection, P)) < 1e-13)
        #expect(layer.isUntouchedAbove(layer.gram, 5))
        #expect(layer.isUntouchedAbove(layer.projection, 6))
    }

    @Test("families agree with the reference around the vector width", arguments: rows, widths)
    func agreesWithReference(P: Int, width: Int) throws {
        let reference = try #require(KernelFamily("reference"))
        for name in KernelFamily.clever {
            let family = try #require(KernelFamily(name))
            for kind in [SWK_ERF, SWK_RELU, SWK_GELU] {
                let expected = Layer(reference, P: P, width: width, kind: kind)
                let actual = Layer(family, P: P, width: width, kind: kind)
                let context: Comment = "\(name) P \(P) N \(width)"
                #expect(
                    KernelInput.distance(expected.phi.values, actual.phi.values) < 1e-14, context)
                #expect(
                    KernelInput.distance(expected.gradient.values, actual.gradient.values) < 1e-13,
                    context)
                #expect(
                    KernelInput.distance(
                        KernelInput.lower(expected.gram, P), KernelInput.lower(actual.gram, P))
                        < 1e-13, context)
                #expect(
                    KernelInput.distance(
                        KernelInput.lower(expected.projection, P),
                        KernelInput.lower(actual.projection, P)) < 1e-13, context)
                #expect(actual.isUntouchedAbove(actual.gram, 5), context)
                #expect(actual.isUntouchedAbove(actual.projection, 6), context)
            }
        }
    }

    @Test("wide and tall panels agree with the reference", arguments: [(12, 1_003), (131, 90)])
    func largePanelsAgree(P: Int, width: Int) throws {
        let reference = try #require(KernelFamily("reference"))
        let expected = Layer(reference, P: P, width: width, kind: SWK_ERF)
        for name in KernelFamily.clever {
            let family = try #require(KernelFamily(name))
            let actual = Layer(family, P: P, width: width, kind: SWK_ERF)
            #expect(KernelInput.distance(expected.gradient.values, actual.gradient.values) < 1e-13)
            #expect(
                KernelInput.distance(
                    KernelInput.lower(expected.gram, P), KernelInput.lower(actual.gram, P)) < 1e-13)
            #expect(
                KernelInput.distance(
                    KernelInput.lower(expected.projection, P),
                    KernelInput.lower(actual.projection, P)) < 1e-13)
        }
    }

    @Test("what is not asked for does not change the rest", arguments: [1, 6, 13, 65])
    func optionalResultsMayBeLeftOut(P: Int) throws {
        for name in KernelFamily.available {
            let family = try #require(KernelFamily(name))
            let layer = Layer(family, P: P, width: 41, kind: SWK_SILU)
            let phi = KernelBuffer(layer.phi.count)
            let gram = KernelBuffer(P * P, filledWith: 5)
            family.table.forward(
                phi.start, nil, gram.start, layer.xi.start, layer.factor.start, layer.tiles, P,
                SWK_SILU)
            #expect(phi.values == layer.phi.values && gram.values == layer.gram.values)
            family.table.forward(
                nil, nil, gram.start, layer.xi.start, layer.factor.start, layer.tiles, P, SWK_SILU)
            let whole = KernelInput.lower(layer.gram, P)
            #expect(KernelInput.distance(whole, KernelInput.lower(gram, P)) < 1e-13)
            let gradient = KernelBuffer(layer.gradient.count)
            family.table.backward(
                gradient.start, nil, layer.phi.start, layer.slope.start, layer.xi.start,
                layer.weight.start, layer.factor.start, layer.tiles, P)
            #expect(gradient.values == layer.gradient.values)
        }
    }

    @Test("padding lanes stay zero", arguments: [1, 7, 9, 100])
    func paddingStaysZero(width: Int) throws {
        for name in KernelFamily.available {
            let family = try #require(KernelFamily(name))
            for kind in ActivationKernelTests.all {
                let layer = Layer(family, P: 7, width: width, kind: kind)
                for a in 0..<7 {
                    #expect(layer.row(layer.phi, a)[width...].allSatisfy { $0 == 0 })
                    #expect(layer.row(layer.gradient, a)[width...].allSatisfy { $0 == 0 })
                }
            }
        }
    }

    @Test("backward is the derivative of forward")
    func backwardIsTheDerivative() throws {
        let (P, width, step) = (12, 20, 1e-5)
        let direction = KernelInput.panel(rows: P, width: width, seed: 99)
        for name in KernelFamily.available {
            let family = try #require(KernelFamily(name))
            for kind in [SWK_ERF, SWK_TANH, SWK_SILU, SWK_GELU, SWK_LINEAR] {
                let layer = Layer(family, P: P, width: width, kind: kind)
                func moved(_ amount: Double) -> Double {
                    let xi = KernelBuffer(layer.xi.values)
                    family.table.axpy(xi.start, amount, direction.start, xi.count)
                    return Layer(family, P: P, width: width, kind: kind, xi: xi).potential
                }
                let difference = (moved(step) - moved(-step)) / (2 * step)
                let derivative = Self.dot(layer.gradient.values, direction.values)
                let size = Self.dot(layer.gradient.values, layer.gradient.values).squareRoot()
                //  Truncation is of order step^2 = 1e-10, rounding 1e-16 U / step = 1e-9.
                #expect(abs(difference - derivative) < 1e-8 * size, "\(name) \(kind)")
            }
        }
    }

    @Test("a singular kernel's NaN shows in everything that depends on it")
    func poisonIsNotHidden() throws {
        for name in KernelFamily.available {
            let family = try #require(KernelFamily(name))
            let factor = KernelInput.factor(13, seed: 22)
            factor[5 * 13 + 2] = .nan
            for kind in ActivationKernelTests.all {
                let layer = Layer(family, P: 13, width: 20, kind: kind, factor: factor)
                #expect(layer.gram[5 * 13 + 5].isNaN && layer.gram[12 * 13 + 5].isNaN)
                #expect(layer.gram[4 * 13 + 4].isFinite)
                #expect(layer.gradient.values.contains { $0.isNaN })
            }
        }
    }
}
