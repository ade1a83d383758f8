import SweepCore

/// One trial of the experiment `criticality`. Nothing in it is random: every seed agrees.
public enum CriticalityTrial {
    /// Metrics `critical_gain fixed_point chi_perp chi_par xi_perp xi_par`, nil where there is
    /// none, as ``CriticalityReport`` has them.
    public static func run(_ settings: CriticalitySettings) -> TrialOutcome {
        do throws(CriticalityProblem) {
            let report = try Criticality.report(
                activation: settings.activation, biasVariance: settings.biasVariance,
                gain: settings.gain)
            return .success(
                TrialResult(
                    metrics: [
                        NamedMetric("critical_gain", report.criticalGain),
                        NamedMetric("fixed_point", report.fixedPoint),
                        NamedMetric("chi_perp", report.chiPerp),
                        NamedMetric("chi_par", report.chiPar),
                        NamedMetric("xi_perp", report.xiPerp),
                        NamedMetric("xi_par", report.xiPar),
                    ],
                    arrays: [
                        NamedArray(
                            "critical_gains", shape: [report.criticalPoints.count],
                            report.criticalPoints.map(\.gain)),
                        NamedArray(
                            "fixed_points", shape: [report.fixedPoints.count],
                            report.fixedPoints.map(\.variance)),
                    ]))
        } catch {
            return .failure(TrialFailure(.nonFinite, "\(error)"), diagnostics: [])
        }
    }
}
