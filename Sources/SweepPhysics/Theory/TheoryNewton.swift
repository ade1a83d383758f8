/// Newton's method on all kernels and conjugate kernels at once.
///
/// The linear equations of a step are solved by GMRES, with products of the Jacobian taken as
/// differences of the equations themselves, and ``TheoryPreconditioner`` to steer it: a handful of
/// products a step.
struct TheoryNewton {
    let equations: TheoryEquations
    /// Newton steps made so far.
    private(set) var iterations = 0

    /// Steps before a start is given up.
    static let stepLimit = 16
    private static let productLimit = 30
    private static let smallestStep = 1.0 / 32

    init(_ equations: TheoryEquations) { self.equations = equations }

    /// - Parameter tolerance: of ``TheoryEquations/Evaluation/residual``.
    /// - Returns: nil when no solution was found from here.
    mutating func solve(
        from state: TheoryState, tolerance: Double
    ) -> TheoryEquations.Evaluation? {
        guard var here = equations.evaluate(state, wantsCross: true) else { return nil }
        for _ in 0..<Self.stepLimit {
            if here.residual < tolerance { return here }
            guard let next = step(from: here) else { return nil }
            iterations += 1
            here = next
        }
        return here.residual < tolerance ? here : nil
    }

    private func step(
        from here: TheoryEquations.Evaluation
    ) -> TheoryEquations.Evaluation? {
        let residual = here.vector(in: here.frame)
        let size = residual.norm
        guard size.isFinite, let preconditioner = TheoryPreconditioner(equations, here) else {
            return nil
        }
        let outcome = GMRES.solve(
            residual, tolerance: min(0.1, max(0.003, size)), limit: Self.productLimit,
            operation: { product($0, at: here, residual) },
            precondition: preconditioner.solve)
        var step = 1.0
        while step >= Self.smallestStep {
            if let state = here.state.moved(
                outcome.solution, by: step, in: here.frame, equations.family),
                let next = equations.evaluate(state, wantsCross: true)
            {
                let norm = next.vector(in: here.frame).norm
                // Close to the solution only rounding is left, which need not decrease.
                if norm.isFinite, norm < size * (1 - 0.1 * step) || next.residual < 1e-9 {
                    return next
                }
            }
            step /= 2
        }
        return nil
    }

    /// Minus the derivative of the equations' residual along x.
    private func product(
        _ x: TheoryVector, at here: TheoryEquations.Evaluation, _ residual: TheoryVector
    ) -> TheoryVector? {
        let length = 1e-6 / max(x.norm, 1e-300)
        guard
            let state = here.state.moved(x, by: length, in: here.frame, equations.family),
            let there = equations.evaluate(state)
        else { return nil }
        var result = there.vector(in: here.frame)
        for index in result.values.indices {
            result.values[index] = (residual.values[index] - result.values[index]) / length
        }
        return result
    }
}
