import Foundation
import GRDB
import SweepCore
import SweepLedger

/// A directory of its own for one test, removed with it.
final class Scratch {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "critsweep-ledger-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var ledger: String { path + "/ledger.sqlite" }
}

/// Small plans, records and readings that every suite uses.
enum Fixture {
    static let ann = WorkerIdentity(high: 1, low: 2)
    static let bob = WorkerIdentity(high: 0xFFFF_FFFF_FFFF_FFFF, low: 3)

    /// Three gains × two depths, `seeds` seeds: points 0 … 5.
    static func plan(gains: [Double] = [0.5, 1, 1.5], seeds: Int = 3) throws -> SweepPlan {
        let grid = try Grid(axes: [
            .init(name: "gain", values: gains.map { .number($0) }),
            .init(name: "depth", values: [.number(3), .number(4)]),
        ])
        return try SweepPlan(grid: grid, seedCount: seeds)
    }

    static func options(_ change: (inout Ledger.Options) -> Void = { _ in }) -> Ledger.Options {
        var options = Ledger.Options(
            softwareVersion: "1.2.3", host: "node", clock: { 1_700_000_000_000 })
        options.fileSystemProbe = { _ in "ext4" }
        change(&options)
        return options
    }

    /// An open ledger that knows `plan`.
    static func ledger(
        at path: String, _ plan: SweepPlan, _ change: (inout Ledger.Options) -> Void = { _ in }
    ) throws -> Ledger {
        let ledger = try Ledger.open(writingAt: path, options(change))
        ledger.use(plan)
        return ledger
    }

    static let dataFile = StoredDataFile(
        path: "/data/é 1.csv", digest: ContentDigest(of: "a"), byteCount: 1)

    static func grant(_ trial: Int, _ attempt: Int = 0, _ worker: WorkerIdentity = ann)
        -> LedgerWrite
    {
        .grant(GrantRecord(Lease(TrialID(trial), attempt: attempt), worker: worker))
    }

    /// A result whose numbers depend on the trial, not on attempt or worker.
    static func outcome(_ trial: Int, shift: Double = 0) -> TrialOutcome {
        let value = Double(trial) * 0.1 + shift
        return .success(
            TrialResult(
                metrics: [
                    NamedMetric("cka_output", value), NamedMetric("epoch", nil),
                    NamedMetric("tiny", .leastNonzeroMagnitude),
                ],
                arrays: [
                    NamedArray(
                        "layers", shape: [2, 2], [value, -0.0, .pi, .greatestFiniteMagnitude])
                ],
                diagnostics: [
                    NamedDiagnostic("acceptance", 0.8), NamedDiagnostic("burn_in", nil),
                    NamedDiagnostic("kernel_family", text: "avx2 – ü"),
                ]))
    }

    static func record(
        _ trial: Int, _ attempt: Int = 0, _ worker: WorkerIdentity? = ann,
        outcome: TrialOutcome? = nil, kernels: String = "avx2"
    ) -> ResultRecord {
        ResultRecord(
            Lease(TrialID(trial), attempt: attempt), worker: worker,
            outcome: outcome ?? self.outcome(trial), kernelFamily: kernels,
            softwareVersion: "1.2.3", wallMilliseconds: 12, cpuMilliseconds: 11)
    }

    static func result(_ trial: Int, _ attempt: Int = 0, _ worker: WorkerIdentity = ann)
        -> LedgerWrite
    {
        .result(record(trial, attempt, worker))
    }

    static func failure(
        _ trial: Int, _ kind: TrialFailure.Kind = .diverged, _ attempt: Int = 0
    ) -> LedgerWrite {
        .result(
            record(
                trial, attempt,
                outcome: .failure(
                    TrialFailure(kind, "it grew past 1e12 at step 7"),
                    diagnostics: [NamedDiagnostic("burn_in", 100)])))
    }

    static func verdicts(_ receipts: [LedgerReceipt]) -> [LedgerReceipt.Verdict] {
        receipts.map(\.verdict)
    }

    /// All results of a ledger, arrays included.
    static func results(_ ledger: Ledger) throws -> [StoredResult] {
        var list: [StoredResult] = []
        try ledger.forEachResult(withArrays: true) { list.append($0) }
        return list
    }

    /// Changes a closed ledger as no critsweep would.
    static func tamper(_ path: String, _ statements: String) throws {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.writeWithoutTransaction { try $0.execute(sql: statements) }
        try queue.close()
    }

    /// Runs `body` and returns the ledger's error it threw, nil when it threw none.
    static func error(_ body: () throws -> Void) -> LedgerError? {
        do {
            try body()
            return nil
        } catch { return error as? LedgerError }
    }
}
