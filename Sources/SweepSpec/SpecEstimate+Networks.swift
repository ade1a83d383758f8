extension SweepSpecification {
    /// Langevin dynamics: a step costs six operations for each weight and point, and an iteration is
    /// many steps.
    func langevinCost(_ number: (String) -> Double?, rows: Double) -> Cost {
        let width = number("width") ?? 1
        let depth = number("depth") ?? 1
        let points = number("points") ?? rows
        let both = points + (number("test_points") ?? 0)
        let chains = number("chains") ?? 1
        let longest = number("max_iterations") ?? 1
        let inputs = min(number("dimension") ?? both, both)
        let weights = width * inputs + (depth - 1) * width * width + (depth + 1) * width + 1
        let burnIn = number("burn_in") ?? CostModel.burnInIterations
        let kept =
            (number("effective_samples") ?? 1) * CostModel.langevinIterationsPerEffectiveSample
        let iterations = min(burnIn + kept / chains, longest) * chains
        let step =
            weights * (3 * points * CostModel.secondsPerProduct + CostModel.secondsPerWeight)
            + depth * width * points * CostModel.secondsPerPreactivation
        let panels = 2 * depth * width * both + 2 * width * points
        let matrices = (3 * depth + CostModel.matricesPerTrial) * both * both
        let traces = 2 * chains * longest * (depth + 2)
        let state = points * (points + 3) / 2
        let batches = chains * min(64 * state, max(4_194_304, 16 * state))
        let data = both * ((number("dimension") ?? 0) + 1)
        let kernels = keep.contains("mean_kernels") ? depth * points * points : 0
        return Cost(
            seconds: iterations * CostModel.langevinStepsPerIteration * step
                + CostModel.secondsPerTrial,
            bytes: CostModel.bytesPerProcess
                + 8
                * (chains * (CostModel.weightArrays * weights + panels)
                    + matrices + traces + batches + data),
            resultBytes: CostModel.bytesPerResult
                + 8 * (kernels + depth * Double(keep.count) + 7 * both))
    }

    /// Draws of the prior: one forward pass each, and the quadratures of the first order in 1/N.
    func priorCost(_ number: (String) -> Double?, rows: Double) -> Cost {
        let width = number("width") ?? 1
        let depth = number("depth") ?? 1
        let points = number("points") ?? rows
        let draws = number("effective_samples") ?? 1
        let padded = (width / 8).rounded(.up) * 8
        let draw =
            depth
            * (CostModel.secondsPerNeuronPair * width * points * points
                + CostModel.secondsPerPreactivation * width * points
                + CostModel.secondsPerCube * points * points * points / 3)
        let pairs = points * (points + 1) / 2
        return Cost(
            seconds: draws * draw
                + depth * pairs * (CostModel.secondsPerPair + CostModel.secondsPerKernelEntry)
                + CostModel.secondsPerTrial,
            bytes: CostModel.bytesPerProcess
                + 8
                * (padded * points + (4 * depth + 6) * points * points + 4 * draws * depth
                    + points * ((number("dimension") ?? 0) + 1)),
            resultBytes: CostModel.bytesPerResult + 8 * 8 * depth)
    }
}
