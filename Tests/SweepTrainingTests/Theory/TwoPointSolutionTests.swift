import SweepTraining
import Testing

/// Reproducible numbers between bounds, for random starts.
struct Draws {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func uniform(_ from: Double, _ to: Double) -> Double {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return from + (to - from) * Double(state >> 11) * 0x1p-53
    }

    /// Ten to a power between the two.
    mutating func logarithmic(_ from: Double, _ to: Double) -> Double {
        var value = 1.0
        let power = uniform(from, to)
        // 10^power by way of square roots would be silly; 2^-k steps of the exponent are enough.
        let whole = power.rounded(.down)
        for _ in 0..<Int(abs(whole)) { value *= whole < 0 ? 0.1 : 10 }
        return value * (1 + 9 * (power - whole) * (power - whole))
    }
}

@Suite("Two-point solutions")
struct TwoPointSolutionTests {
    static let task = TwoPointTask(inputDistance: 1, targetDistance: 0.5)

    @Test("the curves of a known case to eight digits")
    func knownCurve() throws {
        let start = TwoPointState(representation: 0.05, scalarOutput: 0.05, task: Self.task)
        let solution = try #require(
            TwoPointSolution(
                from: start, task: Self.task, rates: EffectiveRates(encoder: 0.2, decoder: 0.5),
                until: 100))
        let table: [(Double, Double, Double, Double)] = [
            (0, 0.0500000000, 0.0025000000, -0.0328553391),
            (1, 0.0573005573, 0.0039108429, -0.0403093045),
            (2, 0.0661883244, 0.0059881114, -0.0487298536),
            (5, 0.1041954894, 0.0193270883, -0.0789762390),
            (10, 0.2078955180, 0.0924592022, -0.1225514978),
            (20, 0.4071573492, 0.3839059663, -0.0542184260),
            (50, 0.4623883334, 0.4998283022, -0.0000858415),
            (100, 0.4624650814, 0.4999999976, -0.0000000012),
        ]
        for (time, h, y, w) in table {
            let state = solution.state(at: time)
            #expect(abs(state.representation - h) < 1e-8, "h at \(time)")
            #expect(abs(state.output - y) < 1e-8, "y at \(time)")
            #expect(abs(state.alignment - w) < 1e-8, "w at \(time)")
        }
        let end = try #require(
            TwoPointInvariants.finalRepresentation(
                from: start, task: Self.task, rates: EffectiveRates(encoder: 0.2, decoder: 0.5)))
        #expect(abs(end - 0.462_465_082_436_6) < 1e-12)
    }

    @Test("conserved quantities and the closed form of the end, for 200 random starts")
    func invariants() throws {
        var draws = Draws(1)
        for _ in 0..<200 {
            let task = TwoPointTask(
                inputDistance: draws.uniform(0.25, 2.25), targetDistance: draws.uniform(0.05, 1))
            let ratio = draws.logarithmic(-2, 1)
            let rates = EffectiveRates(encoder: 0.3 * ratio, decoder: 0.3)
            let start = TwoPointState(
                representation: draws.logarithmic(-2, 0.4),
                scalarOutput: draws.uniform(0.01, 0.5), task: task)
            let solution = try #require(
                TwoPointSolution(from: start, task: task, rates: rates, until: 3_000))
            let balance = try #require(
                TwoPointInvariants.balance(start, task: task, rates: rates))
            for time in [1.0, 3, 10, 30, 100, 3_000] {
                let state = solution.state(at: time)
                let now = try #require(
                    TwoPointInvariants.balance(state, task: task, rates: rates))
                let scale = max(
                    state.representation / task.inputDistance,
                    ratio * state.output / state.representation)
                #expect(abs(now - balance) < 1e-7 * scale)
                #expect(abs(TwoPointInvariants.perpendicularOutput(state, task: task)) < 1e-8)
            }
            let end = try #require(
                TwoPointInvariants.finalRepresentation(from: start, task: task, rates: rates))
            #expect(abs(solution.last.representation / end - 1) < 1e-7)
        }
    }

    @Test("the one equation that is left for scalar outputs has the same solution")
    func reducedEquation() throws {
        let start = TwoPointState(representation: 0.5, scalarOutput: -0.2, task: Self.task)
        let rates = EffectiveRates(encoder: 1, decoder: 1)
        let high = start.representation - start.output / start.representation
        let root = Self.task.targetDistance.squareRoot()
        func slope(_ s: Double) -> Double {
            let h = 0.5 * high + (0.25 * high * high + s * s).squareRoot()
            return -0.5 * (s - root) * (h + s * s / h)
        }
        var s = -0.2
        let step = 1e-3
        for _ in 0..<5_000 {
            let a = slope(s)
            let b = slope(s + 0.5 * step * a)
            let c = slope(s + 0.5 * step * b)
            let d = slope(s + step * c)
            s += step * (a + 2 * b + 2 * c + d) / 6
        }
        let solution = try #require(
            TwoPointSolution(from: start, task: Self.task, rates: rates, until: 60))
        #expect(abs(solution.state(at: 5).output - s * s) < 1e-9)
        // It starts the wrong way round and passes 0 with C > 0.
        #expect(abs(solution.last.representation - 0.947_631_344_2) < 1e-9)
    }

    @Test("a start that would divide by zero has no prediction")
    func singular() {
        let start = TwoPointState(representation: 0.1, scalarOutput: -0.2, task: Self.task)
        let rates = EffectiveRates(encoder: 1, decoder: 1)
        #expect(TwoPointSolution(from: start, task: Self.task, rates: rates, until: 10) == nil)
        #expect(
            TwoPointInvariants.finalRepresentation(from: start, task: Self.task, rates: rates)
                == nil)
        let states = [
            TwoPointState(representation: 0, output: 0.1, alignment: -0.1),
            TwoPointState(representation: 0.1, output: 0, alignment: 0),
            TwoPointState(representation: .nan, output: 0.1, alignment: -0.1),
            TwoPointState(representation: 0.1, output: .infinity, alignment: -0.1),
        ]
        for state in states {
            #expect(TwoPointSolution(from: state, task: Self.task, rates: rates, until: 1) == nil)
        }
        let aligned = TwoPointState(representation: 0.1, scalarOutput: 0.2, task: Self.task)
        let none = EffectiveRates(encoder: 0, decoder: 1)
        #expect(TwoPointSolution(from: aligned, task: Self.task, rates: none, until: 1) == nil)
    }

    @Test("no start within reach of floating point gives a NaN")
    func finite() {
        var draws = Draws(2)
        for _ in 0..<200 {
            let task = TwoPointTask(
                inputDistance: draws.uniform(0, 2), targetDistance: draws.uniform(0, 1))
            let start = TwoPointState(
                representation: draws.logarithmic(-12, 3),
                output: draws.logarithmic(-14, 1), alignment: draws.uniform(-0.5, 0.5))
            let rates = EffectiveRates(
                encoder: draws.logarithmic(-4, 1), decoder: draws.logarithmic(-4, 1))
            for system in TwoPointSystem.allCases {
                guard
                    let solution = TwoPointSolution(
                        system, from: start, task: task, rates: rates, until: 1_000,
                        tolerance: .fits, stepLimit: 3_000)
                else { continue }
                for time in [0.0, 1, 10, 1_000] {
                    let state = solution.state(at: time)
                    #expect(state.representation.isFinite && state.representation >= 0)
                    #expect(state.output.isFinite && state.alignment.isFinite)
                }
            }
        }
    }

    @Test("equal targets merge when the start is small, and keep a distance when it is large")
    func equalTargets() throws {
        let task = TwoPointTask(inputDistance: 1, targetDistance: 0)
        let rates = EffectiveRates(encoder: 0.2, decoder: 0.5)
        let small = TwoPointState(representation: 0.05, scalarOutput: 0.2, task: task)
        #expect(
            TwoPointInvariants.finalRepresentation(from: small, task: task, rates: rates) == 0)
        let merged = try #require(
            TwoPointSolution(from: small, task: task, rates: rates, until: 1_000))
        #expect(merged.last.representation < 1e-9)
        let large = TwoPointState(representation: 2, scalarOutput: 0.2, task: task)
        let kept = try #require(
            TwoPointSolution(from: large, task: task, rates: rates, until: 1_000))
        let end = try #require(
            TwoPointInvariants.finalRepresentation(from: large, task: task, rates: rates))
        #expect(end > 1.9)
        #expect(abs(kept.last.representation - end) < 1e-9)
    }
}
