import SweepPhysics
import Testing

@Suite("Responses of the layers")
struct LayerResponsesTests {
    private static let covariances = [
        (1.3, 0.4, 0.8), (0.2, -0.15, 0.9), (2.5, 1.2, 0.6), (0.7, 0, 0.7),
    ]

    @Test(
        "a difference of the two-point function gives the same slopes",
        arguments: Activation.allCases)
    func slopes(activation: Activation) {
        for (c11, c12, c22) in Self.covariances {
            let step = 1e-4
            let difference =
                (activation.gaussianProduct(c11, c12 + step, c22)
                    - activation.gaussianProduct(c11, c12 - step, c22)) / (2 * step)
            let value = activation.gaussianSlopes(c11, c12, c22).mixed
            #expect(abs(value - difference) < 2e-6)
        }
        // Equal arguments: the average of the squared slope.
        let same = activation.gaussianSlopes(0.9, 0.9, 0.9).mixed
        let expected = activation.gaussianMoments(variance: 0.9).slopeSquare
        #expect(abs(same - expected) < 1e-4)
    }

    @Test("quadrature in the plane has the closed forms", arguments: Activation.allCases)
    func quadrature(activation: Activation) {
        let quadrature = PairQuadrature(activation, family: .best)
        for (c11, c12, c22) in Self.covariances + [(0.9, 0.9, 0.9), (0.5, -0.5, 0.5)] {
            let pair = quadrature.averages(c11, c12, c22)
            #expect(abs(pair.second.1 - activation.gaussianProduct(c11, c12, c22)) < 1e-6)
            let (first, second) = (
                activation.gaussianMoments(variance: c11), activation.gaussianMoments(variance: c22)
            )
            #expect(abs(pair.second.0 - first.square) < 1e-6)
            #expect(abs(pair.second.2 - second.square) < 1e-6)
            #expect(abs(pair.own.0 - first.squareDerivative) < 1e-6)
            #expect(abs(pair.own.1 - second.squareDerivative) < 1e-6)
            // d<φ_a φ_b>/dC_aa = ½ <φ''_a φ_b>.
            guard abs(c12) < 0.99 * (c11 * c22).squareRoot() else { continue }
            #expect(abs(pair.slopes - activation.gaussianSlopes(c11, c12, c22).mixed) < 2e-6)
            let step = 1e-4
            let difference =
                (activation.gaussianProduct(c11 + step, c12, c22)
                    - activation.gaussianProduct(c11 - step, c12, c22)) / (2 * step)
            #expect(abs(0.5 * pair.curvatures.0 - difference) < 2e-6)
        }
    }

    @Test("fourth moments of linear and relu are those of Isserlis and of half a normal variable")
    func fourthMoments() {
        let linear = PairQuadrature(.linear, family: .best)
        for (a, c, b) in Self.covariances {
            let pair = linear.averages(a, c, b)
            let expected = [3 * a * a, 3 * a * c, a * b + 2 * c * c, 3 * c * b, 3 * b * b]
            let f = pair.fourth
            for (value, wanted) in zip([f.0, f.1, f.2, f.3, f.4], expected) {
                #expect(abs(value - wanted) < 2e-6)
            }
        }
        let relu = PairQuadrature(.relu, family: .best).averages(0.8, 0.8, 0.8)
        #expect(abs(relu.fourth.2 - 1.5 * 0.8 * 0.8) < 2e-6)
    }

    @Test("layers of equal kernels multiply, and the response of the last to itself is 1")
    func product() {
        let kernel = Kernel(size: 3) { $0 == $1 ? 1.1 : 0.3 }
        let responses = LayerResponses(
            kernels: [kernel, kernel, kernel], gain: 1.7, activation: .erf)
        let chi = 1.7 * Activation.erf.gaussianSlopes(1.1, 0.3, 1.1).mixed
        for layer in 0..<3 {
            #expect(abs(responses.perpendicular[layer] - chi) < 1e-14)
            var power = 1.0
            for _ in (layer + 1)..<3 { power *= chi }
            #expect(abs(responses.toOutput[layer] - power) < 1e-13)
        }
        #expect(responses.toOutput[2] == 1)
        let moments = Activation.erf.gaussianMoments(variance: 1.1)
        #expect(abs(responses.parallel[0] - 1.7 * moments.squareDerivative) < 1e-14)
    }
}
