import CSweepKernels
import Foundation
import Testing

/// phi and its slope: every family against numbers computed elsewhere, and against the reference.
@Suite("Activation kernels")
struct ActivationKernelTests {
    static let all = [
        SWK_ERF, SWK_TANH, SWK_RELU, SWK_LEAKY_RELU, SWK_LINEAR, SWK_SILU, SWK_GELU, SWK_ELU,
    ]

    /// One point with value and slope from 40-digit arithmetic.
    struct Spot {
        let kind: swk_activation
        let x, value, slope: Double
        init(_ kind: swk_activation, _ x: Double, _ value: Double, _ slope: Double) {
            (self.kind, self.x, self.value, self.slope) = (kind, x, value, slope)
        }
    }

    static let spots = [
        Spot(SWK_ERF, 1e-300, 1.1283791670955126022e-300, 1.1283791670955125739),
        Spot(SWK_ERF, -0.00390625, -0.0044077087026896622133, 1.1283619495271792998),
        Spot(SWK_ERF, 0.25, 0.27632639016823693299, 1.0600141293761142435),
        Spot(SWK_ERF, -1.0, -0.84270079294971486934, 0.41510749742059470334),
        Spot(SWK_ERF, 1.75, 0.98667167121918244377, 0.052774995930150374663),
        Spot(SWK_ERF, -3.3, -0.99999694229020356183, 0.000021037210443580335432),
        Spot(SWK_ERF, 5.99, 0.9999999999999999757, 2.9507038217521507059e-16),
        Spot(SWK_ERF, -6.01, -0.99999999999999998095, 2.3211058359458108554e-16),
        Spot(SWK_ERF, -12.5, -1.0, 1.5629398409611264509e-68),
        Spot(SWK_TANH, 1e-9, 1.0000000000000000619e-9, 0.999999999999999999),
        Spot(SWK_TANH, -0.00390625, -0.0039062301319063400811, 0.99998474136615658698),
        Spot(SWK_TANH, 0.25, 0.24491866240370912928, 0.94001484880637795628),
        Spot(SWK_TANH, -1.0, -0.76159415595576488812, 0.41997434161402606939),
        Spot(SWK_TANH, 5.99, 0.9999874634112309728, 0.000025073020371996438358),
        Spot(SWK_TANH, -6.01, -0.99998795497494725656, 0.000024089905022858352851),
        Spot(SWK_TANH, 20.0, 0.9999999999999999915, 1.6993417021166355837e-17),
        Spot(SWK_SILU, 1e-9, 5.0000000025000003114e-10, 0.5000000005),
        Spot(SWK_SILU, -1.0, -0.26894142136999512075, 0.072329488128513268211),
        Spot(SWK_SILU, -3.3, -0.11738492459969938396, -0.077638213956373171655),
        Spot(SWK_SILU, 5.99, 5.9750405058869097878, 1.01242472273125236),
        Spot(SWK_SILU, -12.5, -0.000046582991052332017326, -0.000042856178170141025408),
        Spot(SWK_GELU, -0.00390625, -0.0019470376393762043656, 0.49688327928685132143),
        Spot(SWK_GELU, 0.25, 0.14967658142073093106, 0.69537335488363602598),
        Spot(SWK_GELU, -1.0, -0.15865525393145705141, -0.083315470587686298383),
        Spot(SWK_GELU, 1.75, 1.6798964754883200918, 1.1109261510825780598),
        Spot(SWK_GELU, -6.01, -5.5749759737603691225e-9, -3.3460190310938116784e-8),
        Spot(SWK_GELU, -12.5, -4.6657053735971417215e-35, -5.8316685544801553657e-34),
        Spot(SWK_ELU, 1e-9, 1e-9, 1),
        Spot(SWK_ELU, -0.00390625, -0.0038986305298825099371, 0.99610136947011749006),
        Spot(SWK_ELU, -1.0, -0.6321205588285576784, 0.3678794411714423216),
        Spot(SWK_ELU, -12.5, -0.99999627334682792133, 3.7266531720786709929e-6),
        Spot(SWK_ELU, 1.75, 1.75, 1),
        Spot(SWK_RELU, -2, 0, 0), Spot(SWK_RELU, 2, 2, 1), Spot(SWK_RELU, 0, 0, 0),
        Spot(SWK_LEAKY_RELU, -2, -0.02, 0.01), Spot(SWK_LEAKY_RELU, 2, 2, 1),
        Spot(SWK_LINEAR, -2.5, -2.5, 1),
    ]

    /// value and slope of one family at some points.
    static func jets(
        _ family: KernelFamily, _ kind: swk_activation, _ x: [Double]
    ) -> (values: [Double], slopes: [Double]) {
        let input = KernelBuffer(x)
        let value = KernelBuffer(x.count)
        let slope = KernelBuffer(x.count)
        family.table.activate(value.start, slope.start, input.start, x.count, kind)
        return (value.values, slope.values)
    }

    static func relativeError(_ x: Double, _ truth: Double) -> Double {
        x == truth ? 0 : abs(x - truth) / max(abs(truth), 1e-290)
    }

    @Test("values and slopes are right to a few units in the last place", arguments: spots)
    func spotsAreRight(spot: Spot) throws {
        for name in KernelFamily.available {
            let family = try #require(KernelFamily(name))
            let jet = Self.jets(family, spot.kind, [spot.x])
            //  The tail of gelu is 4e-15 off at worst, and silu's and gelu's slopes are sums of
            //  terms up to ten times as large as they.
            #expect(Self.relativeError(jet.values[0], spot.value) < 2e-15, "\(name) \(spot)")
            #expect(Self.relativeError(jet.slopes[0], spot.slope) < 5e-15, "\(name) \(spot)")
        }
    }

    /// Points at all sizes and both signs, around the ends of every piece of the formulas.
    static let grid: [Double] = {
        var points: [Double] = []
        for index in 0...40_000 { points.append(Double(index - 20_000) * 0.000_511) }
        for exponent in -60...9 { points += [pow(2, Double(exponent)), -pow(2, Double(exponent))] }
        for edge in [1, 2.0.squareRoot(), 6, 6 * 2.0.squareRoot(), 19, 26, 27, 354, 708, 745] {
            points += [edge.nextDown, edge, edge.nextUp, -edge.nextDown, -edge, -edge.nextUp]
        }
        return points
    }()

    @Test("erf agrees with the C library's on a grid")
    func erfAgreesWithLibrary() throws {
        for name in KernelFamily.available {
            let family = try #require(KernelFamily(name))
            let jets = Self.jets(family, SWK_ERF, Self.grid)
            for (x, value) in zip(Self.grid, jets.values) {
                #expect(Self.relativeError(value, erf(x)) < 1e-15, "\(name) erf(\(x))")
            }
        }
    }

    @Test("zero keeps its sign where the function is odd")
    func zeroKeepsItsSign() throws {
        for name in KernelFamily.available {
            let family = try #require(KernelFamily(name))
            for kind in [SWK_ERF, SWK_TANH, SWK_LINEAR] {
                let values = Self.jets(family, kind, [0, -0.0, 0, 0, -0.0]).values
                #expect(values.map(\.sign) == [.plus, .minus, .plus, .plus, .minus], "\(name)")
                #expect(values.allSatisfy { $0 == 0 })
            }
        }
    }

    @Test("tanh, elu and their slopes agree with the C library's on a grid")
    func tanhAgreesWithLibrary() throws {
        for name in KernelFamily.available {
            let family = try #require(KernelFamily(name))
            let tanhs = Self.jets(family, SWK_TANH, Self.grid)
            let elus = Self.jets(family, SWK_ELU, Self.grid)
            for (index, x) in Self.grid.enumerated() {
                #expect(Self.relativeError(tanhs.values[index], tanh(x)) < 1.5e-15, "\(name) \(x)")
                let slope = pow(cosh(min(abs(x), 700)), -2)
                if abs(x) < 350 {
                    #expect(Self.relativeError(tanhs.slopes[index], slope) < 4e-15, "\(name) \(x)")
                }
                let elu = x < 0 ? expm1(x) : x
                #expect(Self.relativeError(elus.values[index], elu) < 1e-15, "\(name) \(x)")
            }
        }
    }

    @Test("the slopes of erf and gelu's tail keep their relative accuracy far out")
    func tailsAreRelative() throws {
        let points = Self.grid.filter { abs($0) < 26 && abs($0) > 0.5 }
        for name in KernelFamily.available {
            let family = try #require(KernelFamily(name))
            let slopes = Self.jets(family, SWK_ERF, points).slopes
            let tails = Self.jets(family, SWK_GELU, points.map { -abs($0) }).values
            for (index, x) in points.enumerated() {
                //  exp(-x²) = exp(-h²) exp(-(x - h)(x + h)), h = x to 24 bits, so that the
                //  library's rounding of x² does not count.
                let head = Double(Float(x))
                let gaussian = exp(-head * head) * exp(-(x - head) * (x + head))
                let slope = 2 / Double.pi.squareRoot() * gaussian
                #expect(Self.relativeError(slopes[index], slope) < 2e-15, "\(name) \(x)")
                //  The argument |x| / sqrt(2) is rounded here, which erfc magnifies by x².
                let tail = -abs(x) * erfc(abs(x) * 0.5.squareRoot()) / 2
                let tolerance = 6e-15 + 3e-16 * x * x
                #expect(Self.relativeError(tails[index], tail) < tolerance, "\(name) \(x)")
            }
        }
    }

    @Test("families agree with the reference on a grid", arguments: KernelFamily.clever)
    func agreesWithReference(name: String) throws {
        let family = try #require(KernelFamily(name))
        let reference = try #require(KernelFamily("reference"))
        for kind in Self.all {
            let expected = Self.jets(reference, kind, Self.grid)
            let actual = Self.jets(family, kind, Self.grid)
            for (index, x) in Self.grid.enumerated() {
                let value = expected.values[index], slope = expected.slopes[index]
                #expect(
                    abs(actual.values[index] - value) <= 6e-15 * abs(value),
                    "\(name) \(kind) value at \(x)")
                //  silu's and gelu's slopes cross zero, where only the terms' rounding is left.
                let scale = kind == SWK_GELU || kind == SWK_SILU ? min(1, exp(x)) : 0
                #expect(
                    abs(actual.slopes[index] - slope) <= 3e-15 * max(abs(slope), scale),
                    "\(name) \(kind) slope at \(x)")
            }
        }
    }

    @Test("infinite arguments give the limits, NaN gives NaN")
    func extremesAreSensible() throws {
        let limits: [(swk_activation, Double, Double)] = [
            (SWK_ERF, -1, 1), (SWK_TANH, -1, 1), (SWK_RELU, 0, .infinity),
            (SWK_LEAKY_RELU, -.infinity, .infinity), (SWK_LINEAR, -.infinity, .infinity),
            (SWK_SILU, 0, .infinity), (SWK_GELU, 0, .infinity), (SWK_ELU, -1, .infinity),
        ]
        for name in KernelFamily.available {
            let family = try #require(KernelFamily(name))
            for (kind, low, high) in limits {
                let x = [
                    -Double.infinity, .infinity, .nan, 1e300, -1e300, 0, -0.0,
                    .leastNonzeroMagnitude,
                ]
                let jets = Self.jets(family, kind, x)
                #expect(jets.values[0] == low && jets.values[1] == high, "\(name) \(kind)")
                #expect(jets.values[2].isNaN, "\(name) \(kind)")
                #expect(jets.slopes.indices.allSatisfy { $0 == 2 || jets.slopes[$0].isFinite })
                #expect(!jets.values[3].isNaN && !jets.values[4].isNaN, "\(name) \(kind)")
                #expect(jets.values[5] == 0 && jets.values[6] == 0, "\(name) \(kind)")
                if low.isFinite && kind != SWK_LINEAR { #expect(jets.slopes[0] == 0) }
            }
        }
    }

    @Test("a NaN among good arguments leaves its neighbours alone")
    func poisonStaysInItsLane() throws {
        for name in KernelFamily.available {
            let family = try #require(KernelFamily(name))
            for kind in Self.all {
                let clean = (0..<16).map { Double($0) * 0.3 - 2 }
                let expected = Self.jets(family, kind, clean)
                for place in 0..<16 {
                    var x = clean
                    x[place] = .nan
                    let actual = Self.jets(family, kind, x)
                    for lane in 0..<16 where lane != place {
                        #expect(actual.values[lane] == expected.values[lane])
                        #expect(actual.slopes[lane] == expected.slopes[lane])
                    }
                    #expect(actual.values[place].isNaN)
                }
            }
        }
    }

    @Test("at exactly 0 a kink has its slope on the left, in both precisions of every family")
    func kinksAtZero() throws {
        for name in KernelFamily.available {
            let family = try #require(KernelFamily(name))
            for (kind, left) in [(SWK_RELU, 0.0), (SWK_LEAKY_RELU, 0.01)] {
                let (values, slopes) = Self.jets(family, kind, Array(repeating: 0, count: 19))
                #expect(values.allSatisfy { $0 == 0 })
                #expect(slopes.allSatisfy { $0 == left })
                let zeros = SingleKernelBuffer(19)
                let (value, slope) = (SingleKernelBuffer(19), SingleKernelBuffer(19))
                family.table.single_activate(value.start, slope.start, zeros.start, 19, kind)
                #expect(value.values.allSatisfy { $0 == 0 })
                #expect(slope.values.allSatisfy { $0 == Float(left) })
            }
        }
    }

    @Test("counts that are no multiple of the vector width write what they should, and no more")
    func oddCountsEndWhereTheyShould() throws {
        for name in KernelFamily.available {
            let family = try #require(KernelFamily(name))
            for kind in Self.all {
                let x = KernelInput.normals(64, seed: 3)
                let whole = Self.jets(family, kind, x.values)
                for count in 0...33 {
                    let value = KernelBuffer(48, filledWith: 77)
                    let slope = KernelBuffer(48, filledWith: 78)
                    family.table.activate(value.start, slope.start, x.start, count, kind)
                    #expect(Array(value.values[..<count]) == Array(whole.values[..<count]))
                    #expect(Array(slope.values[..<count]) == Array(whole.slopes[..<count]))
                    #expect(value.values[count...].allSatisfy { $0 == 77 })
                    #expect(slope.values[count...].allSatisfy { $0 == 78 })
                    family.table.activate(value.start, nil, x.start, count, kind)
                    #expect(Array(value.values[..<count]) == Array(whole.values[..<count]))
                }
            }
        }
    }
}
