import CSweepKernels
import Testing

/// P × P algebra and the vector operations of the chain.
@Suite("Matrix kernels")
struct MatrixKernelTests {
    static let sizes = [1, 2, 3, 5, 6, 7, 8, 12, 13, 24, 31, 32, 33, 50, 65, 100, 141]

    /// Factor and inverse by one family.
    struct Factored {
        let factor, inverse: KernelBuffer
        let ratio: Double

        init(_ family: KernelFamily, _ matrix: KernelBuffer, _ P: Int) {
            factor = KernelBuffer(P * P, filledWith: .nan)
            inverse = KernelBuffer(P * P, filledWith: .nan)
            ratio = family.table.cholesky(factor.start, inverse.start, matrix.start, P)
        }
    }

    /// A B, both P × P, entry by entry; with the first transposed if wished.
    static func product(
        _ a: KernelBuffer, _ b: KernelBuffer, _ P: Int, transposed: Bool = false,
        second: Bool = false
    ) -> [Double] {
        var result = [Double](repeating: 0, count: P * P)
        for i in 0..<P {
            for j in 0..<P {
                for k in 0..<P {
                    result[i * P + j] +=
                        a[transposed ? k * P + i : i * P + k] * b[second ? j * P + k : k * P + j]
                }
            }
        }
        return result
    }

    static func identity(_ P: Int) -> [Double] {
        (0..<P * P).map { $0 / P == $0 % P ? 1 : 0 }
    }

    static func full(_ matrix: KernelBuffer, _ P: Int) -> [Double] {
        (0..<P * P).map { matrix[max($0 / P, $0 % P) * P + min($0 / P, $0 % P)] }
    }

    @Test("the factor's square is the matrix, and its inverse is its inverse", arguments: sizes)
    func choleskyFactors(P: Int) throws {
        let matrix = KernelInput.positiveDefinite(P, seed: UInt32(P))
        for name in KernelFamily.available {
            let family = try #require(KernelFamily(name))
            let result = Factored(family, matrix, P)
            let square = Self.product(result.factor, result.factor, P, second: true)
            //  Backward error of order P rounding units; condition numbers here are below 10.
            #expect(KernelInput.distance(Self.full(matrix, P), square) < 1e-14, "\(name)")
            let unit = Self.product(result.factor, result.inverse, P)
            #expect(KernelInput.distance(Self.identity(P), unit) < 1e-13, "\(name)")
            for index in 0..<P * P where index % P > index / P {
                #expect(result.factor[index] == 0 && result.inverse[index] == 0)
            }
            let ratio = (0..<P).map {
                result.factor[$0 * P + $0] * result.factor[$0 * P + $0] / matrix[$0 * P + $0]
            }.min()
            #expect(abs(result.ratio - (try #require(ratio))) < 1e-14, "\(name)")
            let alone = KernelBuffer(P * P, filledWith: .nan)
            #expect(family.table.cholesky(alone.start, nil, matrix.start, P) == result.ratio)
            #expect(alone.values == result.factor.values, "\(name)")
        }
    }

    @Test("an ill-conditioned matrix keeps a small backward error")
    func illConditionedMatrixFactors() throws {
        //  Rows of 1 / (i + j + 1) have pivots down to 1e-12 of the diagonal at P = 8.
        let P = 8
        let matrix = KernelBuffer(P * P)
        for index in 0..<P * P { matrix[index] = 1 / Double(index / P + index % P + 1) }
        for name in KernelFamily.available {
            let family = try #require(KernelFamily(name))
            let result = Factored(family, matrix, P)
            let square = Self.product(result.factor, result.factor, P, second: true)
            #expect(KernelInput.distance(matrix.values, square) < 1e-15, "\(name)")
            #expect((1e-10...1e-6).contains(result.ratio), "\(name)")
        }
    }

    @Test(
        "a pivot that is not positive and finite stops the factorisation",
        arguments: [0, -1, -Double.infinity, .infinity, .nan])
    func badPivotsAreRefused(pivot: Double) throws {
        for name in KernelFamily.available {
            let family = try #require(KernelFamily(name))
            for P in [1, 2, 12, 13, 33, 70] {
                for place in Set([0, P / 2, P - 1]) {
                    let matrix = KernelInput.positiveDefinite(P, seed: 5)
                    matrix[place * P + place] = pivot
                    #expect(Factored(family, matrix, P).ratio == 0, "\(name) \(P) \(place)")
                }
            }
        }
    }

    @Test("a matrix of rank one is refused, or its pivot ratio is of the order of rounding")
    func singularMatrixIsNoticed() throws {
        for name in KernelFamily.available {
            let family = try #require(KernelFamily(name))
            let matrix = KernelBuffer(144)
            for index in 0..<144 { matrix[index] = Double((index / 12 + 1) * (index % 12 + 1)) }
            #expect(Factored(family, matrix, 12).ratio < 1e-14, "\(name)")
        }
    }

    @Test("inverse^T inverse is the inverse of the matrix", arguments: sizes)
    func inverseIsTheInverse(P: Int) throws {
        let matrix = KernelInput.positiveDefinite(P, seed: UInt32(P + 1_000))
        for name in KernelFamily.available {
            let family = try #require(KernelFamily(name))
            let result = Factored(family, matrix, P)
            for index in 0..<P * P where index % P > index / P { result.inverse[index] = .nan }
            let inverse = KernelBuffer(P * P, filledWith: .nan)
            family.table.inverse_from_factor(inverse.start, result.inverse.start, P)
            let unit = Self.product(KernelBuffer(Self.full(matrix, P)), inverse, P)
            #expect(KernelInput.distance(Self.identity(P), unit) < 1e-13, "\(name)")
            for i in 0..<P {
                for j in 0..<i { #expect(inverse[i * P + j] == inverse[j * P + i]) }
            }
        }
    }

    @Test("the adjoint is what its equation says", arguments: sizes)
    func adjointFollowsItsEquation(P: Int) throws {
        let matrix = KernelInput.positiveDefinite(P, seed: 8)
        let projection = KernelInput.normals(P * P, seed: 9)
        let half = KernelBuffer(P * P)
        for index in 0..<P * P {
            let (i, j) = (index / P, index % P)
            half[index] = j < i ? projection[index] : (i == j ? projection[index] / 2 : 0)
            if j > i { projection[index] = .nan }
        }
        for name in KernelFamily.available {
            let family = try #require(KernelFamily(name))
            let inverse = Factored(family, matrix, P).inverse
            let middle = KernelBuffer(Self.product(inverse, half, P, transposed: true))
            let whole = Self.product(middle, inverse, P)
            let expected = (0..<P * P).map { (whole[$0] + whole[$0 % P * P + $0 / P]) / 2 }
            for index in 0..<P * P where index % P > index / P { inverse[index] = .nan }
            let out = KernelBuffer(P * P, filledWith: .nan)
            let scratch = KernelBuffer(2 * P * P, filledWith: .nan)
            family.table.cholesky_adjoint(
                out.start, projection.start, inverse.start, scratch.start, P)
            #expect(KernelInput.distance(expected, out.values) < 1e-13, "\(name)")
        }
    }

    @Test("factor, layer, backward and adjoint together are the derivative by the kernel")
    func adjointIsTheDerivative() throws {
        let (P, width, step) = (12, 16, 1e-5)
        let matrix = KernelInput.positiveDefinite(P, seed: 31)
        let direction = KernelInput.symmetric(P, seed: 32)
        for name in KernelFamily.available {
            let family = try #require(KernelFamily(name))
            func layer(_ amount: Double) -> (PanelKernelTests.Layer, KernelBuffer) {
                let moved = KernelBuffer(matrix.values)
                family.table.axpy(moved.start, amount, direction.start, P * P)
                let result = Factored(family, moved, P)
                let layer = PanelKernelTests.Layer(
                    family, P: P, width: width, kind: SWK_ERF, factor: result.factor)
                return (layer, result.inverse)
            }
            let (middle, inverse) = layer(0)
            let out = KernelBuffer(P * P)
            let scratch = KernelBuffer(2 * P * P)
            family.table.cholesky_adjoint(
                out.start, middle.projection.start, inverse.start, scratch.start, P)
            let derivative = PanelKernelTests.dot(out.values, direction.values)
            let difference = (layer(step).0.potential - layer(-step).0.potential) / (2 * step)
            let size = PanelKernelTests.dot(out.values, out.values).squareRoot()
            #expect(abs(difference - derivative) < 1e-8 * size, "\(name)")
        }
    }

    @Test("rotation, axpy and dot are what they say, for every count", arguments: 0...70)
    func vectorOperationsArePlain(count: Int) throws {
        let x = KernelInput.normals(80, seed: 41), y = KernelInput.normals(80, seed: 42)
        for name in KernelFamily.available {
            let family = try #require(KernelFamily(name))
            let (c, s) = (0.8, 0.6)
            let a = KernelBuffer(x.values), b = KernelBuffer(y.values)
            family.table.rotate(a.start, b.start, c, s, count)
            var sum = 0.0
            var size = 0.0
            for i in 0..<80 {
                let inside = i < count
                #expect(abs(a[i] - (inside ? c * x[i] + s * y[i] : x[i])) < 1e-15)
                #expect(abs(b[i] - (inside ? c * y[i] - s * x[i] : y[i])) < 1e-15)
                sum += inside ? x[i] * y[i] : 0
                size += inside ? abs(x[i] * y[i]) : 0
            }
            let z = KernelBuffer(y.values)
            family.table.axpy(z.start, -0.7, x.start, count)
            for i in 0..<80 { #expect(abs(z[i] - (i < count ? y[i] - 0.7 * x[i] : y[i])) < 1e-15) }
            #expect(abs(family.table.dot(x.start, y.start, count) - sum) <= 1e-15 * size)
            #expect(family.table.dot(x.start, x.start, count) >= 0)
        }
    }
}
