import Foundation
import SweepCore
import SweepLedger
import SweepReport

/// Plans and outcomes for the table's tests.
enum Sample {
    static func plan(seeds: Int = 3) throws -> SweepPlan {
        try SweepPlan(
            grid: Grid(axes: [
                .init(name: "gain", values: [.number(0.4), .number(1.2), .number(2)]),
                .init(name: "width", values: [.number(500)]),
                .init(name: "activation", values: [.word("erf"), .word("leaky_relu")]),
            ]), seedCount: seeds)
    }

    static let provenance = SweepTable.Provenance(
        sweep: "xor_50%", softwareVersion: "0.1.0", kernelFamilies: [],
        specDigest: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        madeAt: "2026-01-02 03:04")

    /// Numbers that need all their digits, different in every trial.
    static func outcome(_ point: Int, _ seed: Int) -> TrialOutcome {
        if point == 1, seed == 1 {
            return .failure(TrialFailure(.diverged, "at step 7"), diagnostics: [])
        }
        // Far apart for neighbouring trials, whose first draws would else be alike.
        var state = UInt64(point * 1_000 + seed + 1) &* 0x9E37_79B9_7F4A_7C15
        state = (state ^ (state >> 29)) &* 0xBF58_476D_1CE4_E5B9
        func next() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) * 0x1p-53
        }
        var metrics = [
            NamedMetric("cka_output", 0.8 + 0.05 * next()),
            NamedMetric("cka_output_se", 0.01 * next()),
            NamedMetric("epoch_output_half", next() < 0.5 ? nil : (100 * next()).rounded()),
            NamedMetric("train_mse", 1e-7 * next()),
        ]
        // One activation has a metric of its own.
        if point % 2 == 1 { metrics.append(NamedMetric("dead", next())) }
        return .success(TrialResult(metrics: metrics))
    }

    /// Trials in the order given, as a table.
    static func table(_ plan: SweepPlan, _ trials: [Int]) -> SweepTable {
        var builder = TableBuilder(plan)
        for trial in trials {
            let (point, seed) = plan.pointAndSeed(of: TrialID(trial))
            builder.add(
                point: point, seed: seed, outcome: outcome(point, seed), kernelFamily: "avx2")
        }
        return builder.table(provenance)
    }

    /// A permutation of 0 ..< count, by a seed.
    static func permutation(_ count: Int, seed: UInt64) -> [Int] {
        var state = seed
        var list = Array(0..<count)
        for place in stride(from: count - 1, to: 0, by: -1) {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            list.swapAt(place, Int((state >> 33) % UInt64(place + 1)))
        }
        return list
    }

    /// One metric "a" with these replicates at each of several points of an axis "x".
    static func small(_ points: [[Double?]]) throws -> SweepTable {
        let values = points.indices.map { ParameterValue.number(Double($0)) }
        let plan = try SweepPlan(
            grid: Grid(axes: [.init(name: "x", values: values)]),
            seedCount: max(1, points.map(\.count).max() ?? 1))
        var builder = TableBuilder(plan)
        for (point, replicates) in points.enumerated() {
            for (seed, value) in replicates.enumerated() {
                builder.add(
                    point: point, seed: seed,
                    outcome: .success(TrialResult(metrics: [NamedMetric("a", value)])),
                    kernelFamily: "avx2")
            }
        }
        return builder.table(provenance)
    }
}
