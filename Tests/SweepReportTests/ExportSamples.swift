import Foundation
import SweepCore
import SweepLedger
import SweepReport

/// Ledgers for the tests of exports.
final class ExportSample {
    let folder: String
    let plan: SweepPlan
    private(set) var ledger: Ledger

    /// Two gains × two activations at three seeds; trial 4 failed, trials 9 and 11 are missing.
    ///
    /// - Parameters:
    ///   - order: In which the trials were recorded.
    ///   - attempts: Every trial took so many.
    ///   - isRagged: Whether the array `layers` has shapes of its own at the second gain.
    init(order: [Int]? = nil, attempts: Int = 1, isRagged: Bool = false) throws {
        folder = NSTemporaryDirectory() + "critsweep-export-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        plan = try SweepPlan(
            grid: Grid(axes: [
                .init(name: "gain", values: [.number(0.4), .number(1.2)]),
                .init(name: "activation", values: [.word("erf"), .word("größe")]),
            ]), seedCount: 3)
        var options = Ledger.Options(
            softwareVersion: "1.2.3", host: "node",
            clock: { 1_700_000_000_007 + Int64(attempts) })
        options.fileSystemProbe = { _ in "ext4" }
        ledger = try Ledger.open(writingAt: "\(folder)/ledger.sqlite", options)
        ledger.use(plan)
        let worker = WorkerIdentity(high: 1, low: UInt64(attempts))
        for trial in order ?? Self.recorded {
            var writes: [LedgerWrite] = []
            for attempt in 0..<attempts {
                writes.append(
                    .grant(
                        GrantRecord(Lease(TrialID(trial), attempt: attempt), worker: worker)))
            }
            let record = ResultRecord(
                Lease(TrialID(trial), attempt: attempts - 1), worker: worker,
                outcome: Self.outcome(trial, isRagged: isRagged), kernelFamily: "avx2",
                softwareVersion: "1.2.3", wallMilliseconds: Int64(12 * attempts),
                cpuMilliseconds: Int64(11 * attempts))
            _ = try ledger.commit(writes + [.result(record)])
        }
        try reopen()
    }

    deinit {
        try? ledger.close()
        try? FileManager.default.removeItem(atPath: folder)
    }

    static let recorded = [0, 1, 2, 3, 4, 5, 6, 7, 8, 10]

    /// Closed, and opened as a command that looks at it would.
    private func reopen() throws {
        try ledger.close()
        ledger = try Ledger.open(readingAt: "\(folder)/ledger.sqlite")
        ledger.use(plan)
    }

    /// Trial 4 · seed + point: failed; metrics otherwise, one of them unreached in places.
    static func outcome(_ trial: Int, isRagged: Bool = false) -> TrialOutcome {
        if trial == 4 {
            return .failure(
                TrialFailure(.notConverged, "7 of 100, \"split R-hat\" 1.2\nraise it"),
                diagnostics: [NamedDiagnostic("burn_in", 50)])
        }
        let value = Double(trial) / 7
        let isLong = isRagged && (trial % 4) >= 2
        return .success(
            TrialResult(
                metrics: [
                    NamedMetric("cka_output", value),
                    NamedMetric("epoch", trial % 3 == 0 ? nil : Double(trial)),
                    NamedMetric("gain", -0.0), NamedMetric("tiny", .leastNonzeroMagnitude),
                ],
                arrays: [
                    NamedArray(
                        "layers", shape: isLong ? [3] : [2],
                        isLong ? [value, 1, 2] : [value, -value]),
                    NamedArray("kernels", shape: [1, 2, 2], [1, value, value, .pi]),
                ],
                diagnostics: [
                    NamedDiagnostic("acceptance", 0.8 + value / 100),
                    NamedDiagnostic("note", text: "a,b"),
                    NamedDiagnostic("kernel_family", text: "avx2"),
                ]))
    }

    func csv(hasRunColumns: Bool = false) throws -> String {
        var text = ""
        try TrialCSV(plan, ledger.trialIndex(), hasRunColumns: hasRunColumns)
            .write(ledger) { text += $0 }
        return text
    }

    func lines(hasTimes: Bool = false) throws -> String {
        var text = ""
        try TrialLines(plan, ledger.trialIndex(), hasTimes: hasTimes)
            .write(ledger) { text += $0 }
        return text
    }

    func archive(zip64From: UInt64 = 0xFFFF_FFFF) throws -> [UInt8] {
        let path = "\(folder)/export.npz"
        let file = try ExportFile(replacing: path)
        try file.open()
        try NumPyExport(plan, ledger.trialIndex(), zip64From: zip64From)
            .write(ledger, to: file)
        try file.finish()
        try file.commit()
        return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    }
}
