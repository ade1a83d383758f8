import Foundation
import SweepPhysics
import Testing

@Suite("Elementary functions of the chain")
struct KernelMathTests {
    @Test("the logarithm agrees with the system's to 2 ulp")
    func logarithm() {
        for exponent in -300...300 {
            for fraction in [1.0, 1.1, 1.414, 1.415, 1.7, 1.999] {
                let x = fraction * Foundation.pow(2, Double(exponent))
                let expected = Foundation.log(x)
                #expect(abs(KernelMath.logarithm(x) - expected) <= 2 * max(expected.ulp, 1e-16))
            }
        }
        #expect(KernelMath.logarithm(0) == -.infinity)
        #expect(KernelMath.logarithm(-1).isNaN)
        #expect(KernelMath.logarithm(.infinity) == .infinity)
    }

    @Test("the exponential agrees with the system's to 2 ulp")
    func exponential() {
        for x in stride(from: -700.0, through: 700.0, by: 0.37) {
            let expected = Foundation.exp(x)
            #expect(abs(KernelMath.exponential(x) - expected) <= 2 * expected.ulp)
        }
        #expect(KernelMath.exponential(-1e9) == 0)
        #expect(KernelMath.exponential(1e9) == .infinity)
        #expect(KernelMath.exponential(.nan).isNaN)
    }

    @Test("cosine and sine agree with the system's and lie on the circle")
    func cosineAndSine() {
        for x in stride(from: -6.3, through: 6.3, by: 0.01) {
            let (cosine, sine) = KernelMath.cosineAndSine(x)
            #expect(abs(cosine - Foundation.cos(x)) < 1e-14)
            #expect(abs(sine - Foundation.sin(x)) < 1e-14)
            #expect(abs(cosine * cosine + sine * sine - 1) < 1e-14)
        }
    }
}
