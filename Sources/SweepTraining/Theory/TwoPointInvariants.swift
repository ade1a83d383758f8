/// What the equations of motion keep, and where they end.
public enum TwoPointInvariants {
    /// C = h/dx2 − (eta_h/eta_y) y/h, the same at all times: d(y/h)/dt = −eta_y w and
    /// dh/dt = −eta_h dx2 w. The analogue of the balance of two layers' weights.
    ///
    /// - Returns: nil where h or dx2 is 0.
    public static func balance(
        _ state: TwoPointState, task: TwoPointTask, rates: EffectiveRates
    ) -> Double? {
        guard state.representation > 0, task.inputDistance > 0, rates.decoder > 0 else {
            return nil
        }
        return state.representation / task.inputDistance
            - rates.encoder / rates.decoder * state.output / state.representation
    }

    /// (y − w)² − y dy2, 0 at all times for scalar outputs; negative where part of dŷ is
    /// perpendicular to dt.
    public static func perpendicularOutput(_ state: TwoPointState, task: TwoPointTask) -> Double {
        state.overlap * state.overlap - state.output * task.targetDistance
    }

    /// Where h ends: the positive root of h² − A_high h − A_low² = 0,
    ///
    ///     A_high = h0 − (eta_h/eta_y) dx2 y0/h0,   A_low² = (eta_h/eta_y) dx2 dy2
    ///     h_inf = ½ A_high + √(¼ A_high² + A_low²)
    ///
    /// It depends on the ratio of the two rates alone.
    ///
    /// - Returns: nil where there is no prediction (``hasPrediction(from:task:rates:)``).
    public static func finalRepresentation(
        from start: TwoPointState, task: TwoPointTask, rates: EffectiveRates
    ) -> Double? {
        guard hasPrediction(from: start, task: task, rates: rates) else { return nil }
        let h0 = start.representation
        return closedForm(
            h0: h0, decoded: start.output / h0, task: task,
            ratio: rates.encoder / rates.decoder)
    }

    /// The positive root for any start.
    ///
    /// - Parameter decoded: y0/h0.
    static func closedForm(
        h0: Double, decoded: Double, task: TwoPointTask, ratio: Double
    ) -> Double {
        let high = h0 - ratio * task.inputDistance * decoded
        let lowSquare = ratio * task.inputDistance * task.targetDistance
        let root = (0.25 * high * high + lowSquare).squareRoot()
        // Where A_high is negative the sum cancels, and the other form of the root does not.
        guard high < 0 else { return 0.5 * high + root }
        return lowSquare == 0 ? 0 : lowSquare / (root - 0.5 * high)
    }

    /// Whether the theory says anything from this start.
    ///
    /// It does not where a number is missing or h is 0, nor at the saddle y = w = 0 of a task that
    /// is not solved there. And not where scalar outputs start the wrong way round (y − w < 0) with
    /// C ≤ 0: then s has to pass 0 where h is 0 too, and the equations divide by 0. A real network
    /// passes there, with dh changing its sign.
    public static func hasPrediction(
        from start: TwoPointState, task: TwoPointTask, rates: EffectiveRates
    ) -> Bool {
        guard start.isFinite, start.representation > 0, start.output >= 0,
            rates.encoder > 0, rates.decoder > 0, rates.encoder.isFinite, rates.decoder.isFinite,
            (rates.encoder / rates.decoder).isFinite
        else { return false }
        if start.output == 0 && task.targetDistance > 0 { return false }
        guard task.inputDistance > 0, task.targetDistance > 0, start.overlap < 0 else {
            return true
        }
        guard let balance = balance(start, task: task, rates: rates), balance <= 0 else {
            return true
        }
        // A part of dŷ perpendicular to dt keeps y, and with it h, away from 0.
        let square = start.output * task.targetDistance
        return perpendicularOutput(start, task: task) < -1e-9 * square
    }
}
