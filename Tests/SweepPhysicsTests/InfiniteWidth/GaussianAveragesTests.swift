import SweepPhysics
import Testing

@Suite("Gaussian averages")
struct GaussianAveragesTests {
    @Test("moments agree with 60-digit quadrature from K = 1e-8 to 1e6")
    func moments() throws {
        let table = try ReferenceTable("gaussian_moments.csv")
        #expect(table.rows.count == 70)
        for row in table.rows {
            let moments = row.activation.gaussianMoments(variance: row.numbers[0])
            let computed = [moments.square, moments.slopeSquare, moments.squareDerivative]
            for (value, expected) in zip(computed, row.numbers.dropFirst()) {
                #expect(abs(value - expected) <= 1e-13 * abs(expected), "\(row): \(value)")
            }
        }
    }

    @Test("products agree with 60-digit quadrature, at correlations near and at ±1 too")
    func products() throws {
        let table = try ReferenceTable("gaussian_products.csv")
        #expect(table.rows.count == 86)
        for row in table.rows {
            let (c11, c12, c22) = (row.numbers[0], row.numbers[1], row.numbers[2])
            let scale =
                (row.activation.gaussianMoments(variance: c11).square
                * row.activation.gaussianMoments(variance: c22).square).squareRoot()
            let value = row.activation.gaussianProduct(c11, c12, c22)
            let swapped = row.activation.gaussianProduct(c22, c12, c11)
            #expect(abs(value - row.numbers[3]) <= 1e-12 * scale, "\(row): \(value)")
            #expect(abs(swapped - row.numbers[3]) <= 1e-12 * scale, "\(row), swapped: \(swapped)")
        }
    }

    @Test("elu at correlations near ±1 and large variance agrees with split quadrature")
    func eluNearOne() {
        // Made by elu_products.py in double precision.
        for (c11, c12, expected) in [
            (1e4, 9999.5, 5000.243_192_822_625), (50, -49.99, -5.534_124_764_112_956),
        ] {
            let value = Activation.elu.gaussianProduct(c11, c12, c11)
            #expect(abs(value - expected) <= 1e-12 * c11, "\(value)")
        }
    }

    @Test("a pair of equal variables has the square of one", arguments: Activation.allCases)
    func diagonal(activation: Activation) {
        for variance in [1e-12, 1e-4, 0.3, 1, 25, 1e5] {
            let square = activation.gaussianMoments(variance: variance).square
            let product = activation.gaussianProduct(variance, variance, variance)
            #expect(abs(product - square) <= 1e-12 * square, "variance \(variance)")
        }
    }

    @Test("a point without variance has product 0 with any other", arguments: Activation.allCases)
    func zeroVariance(activation: Activation) {
        #expect(activation.gaussianProduct(0, 0, 3) == 0)
        #expect(activation.gaussianProduct(3, 0, 0) == 0)
        #expect(activation.gaussianProduct(0, 0, 0) == 0)
    }

    @Test("at variance 0 the moments are their limits", arguments: Activation.allCases)
    func limit(activation: Activation) {
        let atZero = activation.gaussianMoments(variance: 0)
        let nearby = activation.gaussianMoments(variance: 1e-24)
        #expect(atZero.square == 0)
        #expect(abs(atZero.slopeSquare - nearby.slopeSquare) < 1e-11)
        #expect(abs(atZero.squareDerivative - nearby.squareDerivative) < 1e-11)
    }

    @Test("d<phi²>/dK is <phi'² + phi phi''>", arguments: Activation.allCases)
    func derivative(activation: Activation) {
        for variance in [0.01, 1, 40] {
            let step = 1e-4 * variance
            let difference =
                activation.gaussianMoments(variance: variance + step).square
                - activation.gaussianMoments(variance: variance - step).square
            let expected = activation.gaussianMoments(variance: variance).squareDerivative
            // The third derivative is at most of order 1/K², so the error is of order 1e-8.
            #expect(abs(difference / (2 * step) - expected) < 1e-7 * expected)
        }
    }

    @Test("a covariance beyond the bound by rounding counts as a correlation of one")
    func rounding() {
        for activation in Activation.allCases {
            let exact = activation.gaussianProduct(2, 2, 2)
            let beyond = activation.gaussianProduct(2, 2.000_000_000_000_001, 2)
            #expect(abs(beyond - exact) < 1e-13 * 2, "\(activation)")
        }
    }
}
