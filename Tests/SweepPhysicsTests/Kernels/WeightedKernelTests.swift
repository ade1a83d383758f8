import CSweepKernels
import Foundation
import Testing

/// What tilted expectations are made of: quadratic forms, exponentials, weighted second moments.
@Suite("Weighted kernels")
struct WeightedKernelTests {
    /// Column i of a panel.
    private static func column(_ panel: KernelBuffer, _ i: Int, _ P: Int) -> [Double] {
        (0..<P).map { panel[(i / 8 * P + $0) * 8 + i % 8] }
    }

    @Test(
        "quadratic forms and weighted products are what the equations say",
        arguments: [1, 2, 5, 6, 12, 13, 40, 65], [1, 3, 16, 17])
    func formsAndProducts(P: Int, tiles: Int) throws {
        let x = KernelInput.normals(P * tiles * 8, seed: 1)
        // Not negative, so that no sum is a small rest of large terms.
        let weights = KernelInput.normals(tiles * 8, seed: 2)
        for index in 0..<weights.count { weights[index] *= weights[index] }
        let matrix = KernelInput.symmetric(P, seed: 3)
        var forms: [Double] = []
        var products = [Double](repeating: 0, count: P * P)
        for i in 0..<tiles * 8 {
            let column = Self.column(x, i, P)
            var form = 0.0
            for a in 0..<P {
                for b in 0..<P {
                    form += column[a] * matrix[a * P + b] * column[b]
                    products[a * P + b] += weights[i] * column[a] * column[b]
                }
            }
            forms.append(form)
        }
        for name in KernelFamily.available {
            let table = try #require(KernelFamily(name)).table
            let out = KernelBuffer(tiles * 8)
            table.quadratic_forms(out.start, x.start, matrix.start, tiles, P)
            #expect(KernelInput.distance(out.values, forms) < 1e-13, "\(name)")
            let lower = KernelBuffer(P * P, filledWith: 5)
            table.weighted_products(lower.start, x.start, weights.start, tiles, P)
            #expect(
                KernelInput.distance(
                    KernelInput.lower(lower, P), KernelInput.lower(KernelBuffer(products), P))
                    < 1e-12, "\(name)")
            #expect((0..<P * P).allSatisfy { $0 % P <= $0 / P || lower[$0] == 5 })
        }
    }

    @Test("panels too large for the stack are done all the same")
    func hugePanels() throws {
        let (P, tiles) = (2_100, 1)
        let x = KernelInput.normals(P * tiles * 8, seed: 1)
        let weights = KernelBuffer(tiles * 8, filledWith: 1)
        let one = KernelBuffer(P * P)
        for a in 0..<P { one[a * P + a] = 1 }
        for name in KernelFamily.available {
            let table = try #require(KernelFamily(name)).table
            let out = KernelBuffer(tiles * 8)
            table.quadratic_forms(out.start, x.start, one.start, tiles, P)
            let lower = KernelBuffer(P * P)
            table.weighted_products(lower.start, x.start, weights.start, tiles, P)
            let trace = (0..<P).reduce(0) { $0 + lower[$1 * P + $1] }
            #expect(abs(trace / out.values.reduce(0, +) - 1) < 1e-12)
        }
    }

    @Test("exponentials of what is not positive are accurate")
    func exponentialsAreAccurate() throws {
        let x = KernelBuffer((0..<2_001).map { -Double($0) * 0.3537 } + [-1e4, -.infinity, -0.0])
        for name in KernelFamily.available {
            let table = try #require(KernelFamily(name)).table
            for count in [1, 3, 4, 7, x.count] {
                let out = KernelBuffer(x.count, filledWith: 9)
                table.exponentials(out.start, x.start, count)
                for index in 0..<count {
                    let exact = x[index] < -708 ? 0 : exp(x[index])
                    #expect(abs(out[index] - exact) <= 4e-16 * exact, "\(name) \(x[index])")
                }
                #expect(out.values[count...].allSatisfy { $0 == 9 })
            }
        }
    }

    @Test("the gram matrix may be left out")
    func gramMayBeLeftOut() throws {
        for name in KernelFamily.available {
            let family = try #require(KernelFamily(name))
            let layer = PanelKernelTests.Layer(family, P: 13, width: 41, kind: SWK_ERF)
            let phi = KernelBuffer(layer.phi.count)
            family.table.forward(
                phi.start, nil, nil, layer.xi.start, layer.factor.start, layer.tiles, 13, SWK_ERF)
            #expect(phi.values == layer.phi.values)
        }
    }
}
