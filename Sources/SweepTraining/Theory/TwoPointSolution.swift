/// A solution of the equations of motion, to be read at any time from 0 to the end it was asked for.
///
/// Dormand and Prince's pair of orders 5 and 4 with its interpolant of order 4. Once the state has
/// stopped moving for good the rest is that state, so the end may be far away at no cost.
public struct TwoPointSolution: Sendable {
    /// Bounds of the error of a step: absolute plus relative times the size.
    public struct Tolerance: Hashable, Sendable {
        public var relative: Double
        public var absolute: Double

        public init(relative: Double, absolute: Double) {
            self.relative = relative
            self.absolute = absolute
        }

        /// For tables of curves.
        public static let tables = Self(relative: 1e-11, absolute: 1e-14)
        /// For fits, whose answers are wanted to four digits.
        public static let fits = Self(relative: 1e-7, absolute: 1e-10)
    }

    /// One accepted step with the coefficients of its interpolant.
    private struct Step: Sendable {
        let start: Double
        let length: Double
        let state: TwoPointState
        let difference: TwoPointState
        let bend: TwoPointState
        let third: TwoPointState
        let fourth: TwoPointState

        func at(_ time: Double) -> TwoPointState {
            let x = (time - start) / length
            let rest = 1 - x
            let inner = third + rest * fourth
            return state + x * (difference + rest * (bend + x * inner))
        }
    }

    private var steps: [Step] = []
    /// The state after the last step.
    public private(set) var last: TwoPointState

    /// Integrates from time 0 to `end`.
    ///
    /// - Returns: nil where there is no prediction (see
    ///   ``TwoPointInvariants/hasPrediction(from:task:rates:)``), or where a wrong system of
    ///   equations blows up or takes more than `stepLimit` steps.
    public init?(
        _ system: TwoPointSystem = .theory, from start: TwoPointState, task: TwoPointTask,
        rates: EffectiveRates, until end: Double, tolerance: Tolerance = .tables,
        stepLimit: Int = 200_000
    ) {
        precondition(end >= 0 && end.isFinite, "end \(end)")
        guard TwoPointInvariants.hasPrediction(from: start, task: task, rates: rates) else {
            return nil
        }
        last = start
        var time = 0.0
        var state = start
        var slope = system.derivative(of: state, task: task, rates: rates)
        var length = Self.firstLength(state, slope, tolerance: tolerance)
        var attempts = 0
        while time < end {
            if Self.isSettled(state, task: task) { break }
            attempts += 1
            guard attempts <= stepLimit else { return nil }
            length = min(length, end - time)
            guard time + length > time else { return nil }
            let trial = Trial(system, state, slope, length: length, task: task, rates: rates)
            let error = trial.error(tolerance, from: state)
            let isAllowed = trial.end.isFinite && trial.end.representation >= 0 && error.isFinite
            guard isAllowed else {
                length *= 0.2
                continue
            }
            if error <= 1 {
                steps.append(trial.step(from: time, state: state))
                time += length
                state = trial.end
                slope = trial.endSlope
            }
            // error^(−1/5), by way of square roots: the bits must not depend on a library.
            length *= min(5, max(0.2, 0.9 / Self.fifthRoot(max(error, 1e-10))))
        }
        last = state
    }

    /// The state at a time from 0 on.
    public func state(at time: Double) -> TwoPointState {
        guard let lastStep = steps.last, time < lastStep.start + lastStep.length else {
            return last
        }
        var low = 0
        var high = steps.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if steps[middle].start <= time { low = middle } else { high = middle - 1 }
        }
        return steps[low].at(time)
    }

    /// Calls `body` with the state at times 0, `spacing`, 2 `spacing` …, `count` of them.
    @inline(__always)
    func sample(count: Int, spacing: Double, _ body: (Int, TwoPointState) -> Void) {
        var place = 0
        for index in 0..<count {
            let time = Double(index) * spacing
            while place < steps.count, time >= steps[place].start + steps[place].length {
                place += 1
            }
            body(index, place < steps.count ? steps[place].at(time) : last)
        }
    }

    /// Whether nothing moves any more that anybody could see, and will not again: at a solution.
    private static func isSettled(_ state: TwoPointState, task: TwoPointTask) -> Bool {
        let size = max(task.targetDistance, 1e-6)
        return abs(state.alignment) < 1e-15 * size
            && abs(state.output - task.targetDistance) < 1e-14 * size
    }

    private static func firstLength(
        _ state: TwoPointState, _ slope: TwoPointState, tolerance: Tolerance
    ) -> Double {
        func ratio(_ size: Double, _ change: Double) -> Double {
            change == 0 ? .infinity : (tolerance.absolute + 1e-3 * abs(size)) / abs(change)
        }
        let smallest = min(
            ratio(state.representation, slope.representation), ratio(state.output, slope.output),
            ratio(max(abs(state.alignment), state.output), slope.alignment))
        return smallest.isFinite && smallest > 0 ? 0.1 * smallest : 1e-3
    }

    /// x^(1/5) to a few per cent or better, for 1e-10 ≤ x; from square roots and two Newton steps.
    private static func fifthRoot(_ x: Double) -> Double {
        // x^(1/4) and x^(1/8) bracket it; x^(3/16) is near.
        let quarter = x.squareRoot().squareRoot()
        let sixteenth = quarter.squareRoot().squareRoot()
        var root = sixteenth * sixteenth * sixteenth
        for _ in 0..<3 {
            let square = root * root
            root = 0.2 * (4 * root + x / (square * square))
        }
        return root
    }

    /// One attempt at a step.
    private struct Trial {
        let length: Double
        let k1, k3, k4, k5, k6: TwoPointState
        let end: TwoPointState
        let endSlope: TwoPointState

        @inline(__always)
        init(
            _ system: TwoPointSystem, _ state: TwoPointState, _ slope: TwoPointState,
            length t: Double, task: TwoPointTask, rates: EffectiveRates
        ) {
            func derivative(_ at: TwoPointState) -> TwoPointState {
                system.derivative(of: at, task: task, rates: rates)
            }
            length = t
            k1 = slope
            let k2 = derivative(state + (t / 5) * k1)
            k3 = derivative(state + t * ((3.0 / 40) * k1 + (9.0 / 40) * k2))
            let fourth = (44.0 / 45) * k1 + (-56.0 / 15) * k2 + (32.0 / 9) * k3
            k4 = derivative(state + t * fourth)
            let fifth =
                (19372.0 / 6561) * k1 + (-25360.0 / 2187) * k2 + (64448.0 / 6561) * k3
                + (-212.0 / 729) * k4
            k5 = derivative(state + t * fifth)
            let sixth =
                (9017.0 / 3168) * k1 + (-355.0 / 33) * k2 + (46732.0 / 5247) * k3
                + (49.0 / 176) * k4 + (-5103.0 / 18656) * k5
            k6 = derivative(state + t * sixth)
            let sum =
                (35.0 / 384) * k1 + (500.0 / 1113) * k3 + (125.0 / 192) * k4
                + (-2187.0 / 6784) * k5 + (11.0 / 84) * k6
            end = state + t * sum
            endSlope = derivative(end)
        }

        /// Estimated error over allowed error, the largest of the three.
        @inline(__always)
        func error(_ tolerance: Tolerance, from state: TwoPointState) -> Double {
            let sum =
                (71.0 / 57600) * k1 + (-71.0 / 16695) * k3 + (71.0 / 1920) * k4
                + (-17253.0 / 339200) * k5 + (22.0 / 525) * k6 + (-1.0 / 40) * endSlope
            let estimate = length * sum
            func ratio(_ error: Double, _ old: Double, _ new: Double) -> Double {
                abs(error) / (tolerance.absolute + tolerance.relative * max(abs(old), abs(new)))
            }
            let h = ratio(estimate.representation, state.representation, end.representation)
            let y = ratio(estimate.output, state.output, end.output)
            let w = ratio(estimate.alignment, state.alignment, end.alignment)
            // max() of a NaN and a number may be the number.
            return h.isFinite && y.isFinite && w.isFinite ? max(h, y, w) : .nan
        }

        func step(from time: Double, state: TwoPointState) -> Step {
            let difference = end + (-1) * state
            let bend = length * k1 + (-1) * difference
            let dense =
                (-12_715_105_075.0 / 11_282_082_432) * k1
                + (87_487_479_700.0 / 32_700_410_799) * k3
                + (-10_690_763_975.0 / 1_880_347_072) * k4
                + (701_980_252_875.0 / 199_316_789_632) * k5
                + (-1_453_857_185.0 / 822_651_844) * k6
                + (69_997_945.0 / 29_380_423) * endSlope
            return Step(
                start: time, length: length, state: state, difference: difference, bend: bend,
                third: difference + (-length) * endSlope + (-1) * bend, fourth: length * dense)
        }
    }
}
