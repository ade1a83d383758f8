/// Order and chaos in networks of infinite width: fixed points of the variance map
/// K → g <phi²>_K + g_b, the responses there, and the gains at which chi_perp = g <phi'²>_K* is 1.
public enum Criticality {
    /// Every gain at which chi_perp = 1 at a fixed point, by increasing gain.
    ///
    /// With g = 1/<phi'²>_K put in, the fixed-point equation K = <phi²>_K/<phi'²>_K + g_b has one
    /// unknown, and each of its roots is a critical point. Without biases K = 0 is always one. A
    /// homogeneous activation has one critical gain, 1/<phi'²>, whatever the variance.
    ///
    /// - Throws: ``CriticalityProblem`` for a bias variance that is negative, not finite or huge.
    public static func criticalPoints(
        activation: Activation, biasVariance: Double
    ) throws(CriticalityProblem) -> [CriticalPoint] {
        try check(biasVariance: biasVariance)
        let atZero = activation.gaussianMoments(variance: 0)
        if activation.isHomogeneous {
            return [
                CriticalPoint(
                    gain: 1 / atZero.slopeSquare, variance: biasVariance == 0 ? 0 : nil)
            ]
        }
        let scan = RootScan(
            valueAtZero: biasVariance, offset: biasVariance,
            largest: largest(biasVariance, 0)
        ) { variance in
            let moments = activation.gaussianMoments(variance: variance)
            return moments.squareExcess / moments.slopeSquare + biasVariance
        }
        let variances = (biasVariance == 0 ? [0] : []) + scan.roots()
        return
            variances.map { variance in
                let moments = activation.gaussianMoments(variance: variance)
                return CriticalPoint(gain: 1 / moments.slopeSquare, variance: variance)
            }
            .filter { $0.gain.isFinite }
            .sorted { $0.gain < $1.gain }
    }

    /// Every fixed point at a gain, by increasing variance.
    ///
    /// - Throws: ``CriticalityProblem`` for arguments that are negative, not finite or huge.
    public static func fixedPoints(
        activation: Activation, biasVariance: Double, gain: Double
    ) throws(CriticalityProblem) -> [FixedPoint] {
        try check(biasVariance: biasVariance)
        try check(gain: gain)
        let variances =
            activation.isHomogeneous
            ? homogeneousFixedPoints(activation, biasVariance, gain)
            : (biasVariance == 0 ? [0] : [])
                + RootScan(
                    valueAtZero: biasVariance, offset: biasVariance,
                    largest: largest(biasVariance, gain)
                ) { variance in
                    let moments = activation.gaussianMoments(variance: variance)
                    return gain * moments.square + biasVariance - variance
                }.roots()
        return variances.map { response(activation, gain: gain, variance: $0) }
    }

    /// Critical points, fixed points and responses.
    ///
    /// - Parameter gain: where fixed points and responses are wanted; nil for the first critical
    ///   gain and its own fixed point.
    /// - Throws: ``CriticalityProblem`` for arguments that are negative, not finite or huge.
    public static func report(
        activation: Activation, biasVariance: Double, gain: Double? = nil
    ) throws(CriticalityProblem) -> CriticalityReport {
        let critical = try criticalPoints(activation: activation, biasVariance: biasVariance)
        var report = CriticalityReport(
            activation: activation, biasVariance: biasVariance, criticalPoints: critical,
            gain: gain ?? critical.first?.gain, fixedPoints: [], fixedPoint: nil, chiPerp: nil,
            chiPar: nil)
        guard let evaluated = report.gain else { return report }
        report.fixedPoints = try fixedPoints(
            activation: activation, biasVariance: biasVariance, gain: evaluated)
        var chosen =
            report.fixedPoints.first { $0.stability == .stable }
            ?? report.fixedPoints.first { $0.stability == .marginal } ?? report.fixedPoints.first
        if gain == nil, let variance = critical.first?.variance {
            let point = response(activation, gain: evaluated, variance: variance)
            report.fixedPoints = merging(point, into: report.fixedPoints)
            chosen = point
        }
        report.fixedPoint = chosen?.variance
        if chosen == nil && activation.isHomogeneous {
            chosen = response(activation, gain: evaluated, variance: 0)
        }
        report.chiPerp = chosen?.chiPerp
        report.chiPar = chosen?.chiPar
        return report
    }

    private static func response(
        _ activation: Activation, gain: Double, variance: Double
    ) -> FixedPoint {
        let moments = activation.gaussianMoments(variance: variance)
        return FixedPoint(
            variance: variance, chiPerp: gain * moments.slopeSquare,
            chiPar: gain * moments.squareDerivative)
    }

    /// K = m K + g_b with m = g <phi'²>. At m = 1 without biases every variance is a fixed point,
    /// of which 0 is named; with biases there is none.
    private static func homogeneousFixedPoints(
        _ activation: Activation, _ biasVariance: Double, _ gain: Double
    ) -> [Double] {
        if biasVariance == 0 { return [0] }
        let growth = gain * activation.gaussianMoments(variance: 0).slopeSquare
        // Closer to 1 than the gain can be written, the quotient would be noise.
        if growth > 1 - 1e-12 { return [] }
        return [biasVariance / (1 - growth)]
    }

    /// Puts the critical point in the place of the nearest fixed point that the scan found, unless
    /// that one is further away than the rounding of the scan can explain.
    private static func merging(_ point: FixedPoint, into list: [FixedPoint]) -> [FixedPoint] {
        var merged = list
        func distance(_ other: FixedPoint) -> Double { abs(other.variance - point.variance) }
        let nearest = merged.indices.min { distance(merged[$0]) < distance(merged[$1]) }
        if let nearest, distance(merged[nearest]) <= 1e-3 * point.variance {
            merged.remove(at: nearest)
        }
        return (merged + [point]).sorted { $0.variance < $1.variance }
    }

    /// Fixed points above this are not looked for; near g = 2 those of gelu and silu grow as
    /// 1/g_b².
    private static func largest(_ biasVariance: Double, _ gain: Double) -> Double {
        1e6 * max(1e18, biasVariance, gain)
    }

    private static func check(biasVariance: Double) throws(CriticalityProblem) {
        if !(biasVariance >= 0 && biasVariance <= CriticalityProblem.limit) {
            throw .biasVarianceOutOfRange(biasVariance)
        }
    }

    private static func check(gain: Double) throws(CriticalityProblem) {
        if !(gain >= 0 && gain <= CriticalityProblem.limit) { throw .gainOutOfRange(gain) }
    }
}
