import SweepPhysics
import Testing

@Suite("Activations")
struct ActivationTests {
    @Test("known values to 15 digits")
    func values() {
        let known: [(Activation, Double, Double)] = [
            (.erf, 0.5, 0.520_499_877_813_046_5), (.tanh, -2, -0.964_027_580_075_816_9),
            (.relu, -3, 0), (.relu, 3, 3), (.leakyRelu, -3, -0.03), (.leakyRelu, 3, 3),
            (.silu, 1, 0.731_058_578_630_004_9), (.gelu, 1, 0.841_344_746_068_542_9),
            (.elu, -1, -0.632_120_558_828_557_7), (.elu, 2, 2), (.linear, -4, -4),
            (.gelu, -10, -7.619_853_024_160_527e-23),
            (.silu, -700, -700 * 9.859_676_543_759_77e-305),
        ]
        for (activation, x, expected) in known {
            #expect(abs(activation.value(x) - expected) <= 1e-14 * abs(expected), "\(activation)")
        }
    }

    @Test("slope and curvature are the derivatives of value and slope")
    func derivatives() {
        let step = 1e-5
        for activation in Activation.allCases {
            for x in [-3, -1.1, -0.2, 0.3, 1, 2.7] {
                let slope = (activation.value(x + step) - activation.value(x - step)) / (2 * step)
                let curvature =
                    (activation.slope(x + step) - activation.slope(x - step)) / (2 * step)
                // Third and fourth derivatives are below 10; rounding gives 1e-16/1e-5.
                #expect(abs(slope - activation.slope(x)) < 1e-9, "\(activation) \(x)")
                #expect(abs(curvature - activation.curvature(x)) < 1e-9, "\(activation) \(x)")
            }
        }
    }

    @Test("every activation is 0 at 0, and has the slope on the left there")
    func origin() {
        let slopes: [Activation: Double] = [
            .erf: 1.128_379_167_095_512_6, .tanh: 1, .relu: 0, .leakyRelu: 0.01, .silu: 0.5,
            .gelu: 0.5, .elu: 1, .linear: 1,
        ]
        for activation in Activation.allCases {
            #expect(activation.value(0) == 0)
            #expect(activation.slope(0) == slopes[activation])
        }
    }

    @Test("far from the origin nothing overflows or becomes undefined")
    func tails() {
        for activation in Activation.allCases {
            for x in [-1e308, -1e200, -800, -40.5, 40.5, 800, 1e200, 1e308] {
                #expect(activation.value(x).isFinite, "\(activation) \(x)")
                #expect(activation.slope(x).isFinite, "\(activation) \(x)")
                #expect(activation.curvature(x).isFinite, "\(activation) \(x)")
            }
        }
    }

    @Test("homogeneous activations scale")
    func homogeneity() {
        for activation in Activation.allCases {
            let scales = [-1.5, 0.4].allSatisfy {
                abs(activation.value(4 * $0) - 4 * activation.value($0)) < 1e-15
            }
            #expect(scales == activation.isHomogeneous, "\(activation)")
        }
    }
}
