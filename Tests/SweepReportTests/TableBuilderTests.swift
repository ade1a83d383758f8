import Foundation
import SweepCore
import SweepLedger
import SweepReport
import Testing

@Suite("Aggregation")
struct TableBuilderTests {
    @Test("means and spreads agree with sums in another order, to rounding")
    func independent() throws {
        let plan = try Sample.plan(seeds: 7)
        let table = Sample.table(plan, Array(0..<plan.trialCount))
        for point in 0..<plan.grid.pointCount {
            var values: [String: [Double]] = [:]
            var failed = 0
            for seed in (0..<7).reversed() {
                guard case .success(let result) = Sample.outcome(point, seed) else {
                    failed += 1
                    continue
                }
                for metric in result.metrics {
                    if let value = metric.value { values[metric.name, default: []].append(value) }
                }
            }
            let row = table.rows[point]
            #expect(row.failed == failed && row.count == 7 - failed)
            for (index, name) in table.metrics.enumerated() {
                let list = values[name] ?? []
                let found = row.statistics[index]
                #expect(found.count == list.count)
                guard list.count > 1, let mean = found.mean, let sd = found.standardDeviation,
                    let sem = found.standardError
                else { continue }
                let n = Double(list.count)
                // E[x²] − E[x]² loses digits: about n ε mean² / sd² relative, far below 1e-6 here.
                let expectedMean = list.reduce(0, +) / n
                let squares = list.map { $0 * $0 }.reduce(0, +) / n
                let expectedSD = ((squares - expectedMean * expectedMean) * n / (n - 1))
                    .squareRoot()
                #expect(abs(mean - expectedMean) <= 1e-15 * abs(expectedMean) * n)
                #expect(abs(sd - expectedSD) <= 1e-6 * expectedSD)
                #expect(abs(sem * n.squareRoot() - sd) <= 1e-14 * sd)
            }
        }
    }

    @Test("every order of arrival gives the same bits in every format", arguments: 1...12)
    func anyOrder(seed: Int) throws {
        let plan = try Sample.plan(seeds: 5)
        let reference = Sample.table(plan, Array(0..<plan.trialCount))
        let order = Sample.permutation(plan.trialCount, seed: UInt64(seed))
        let table = Sample.table(plan, order)
        #expect(table == reference)
        #expect(table.csv() == reference.csv())
        #expect(table.json() == reference.json())
        #expect(try table.terminal() == reference.terminal())
    }

    @Test("through the ledger in any order: the same CSV to the byte", arguments: [3, 4])
    func throughLedger(seed: Int) throws {
        let plan = try Sample.plan(seeds: 5)
        let path = NSTemporaryDirectory() + "critsweep-report-" + UUID().uuidString
        defer {
            for suffix in ["", "-wal", ".lock"] {
                try? FileManager.default.removeItem(atPath: path + suffix)
            }
        }
        var options = Ledger.Options(softwareVersion: "0.1.0", clock: { Int64(seed) })
        options.fileSystemProbe = { _ in "ext4" }
        let ledger = try Ledger.open(writingAt: path, options)
        ledger.use(plan)
        let worker = WorkerIdentity(high: 1, low: UInt64(seed))
        for trial in Sample.permutation(plan.trialCount, seed: UInt64(seed)) {
            let (point, replicate) = plan.pointAndSeed(of: TrialID(trial))
            let lease = Lease(TrialID(trial), attempt: 0)
            _ = try ledger.commit([
                .grant(GrantRecord(lease, worker: worker)),
                .result(
                    ResultRecord(
                        lease, worker: worker, outcome: Sample.outcome(point, replicate),
                        kernelFamily: "avx2", softwareVersion: "0.1.0", wallMilliseconds: 1,
                        cpuMilliseconds: 1)),
            ])
        }
        let table = try TableBuilder(plan, readingAllOf: ledger).table(Sample.provenance)
        try ledger.close()
        let reference = Sample.table(plan, Array(0..<plan.trialCount))
        #expect(table.csv() == reference.csv())
        #expect(table == reference)
    }

    @Test("points with nothing yet have a row with n = 0 and empty cells")
    func nothingYet() throws {
        let table = Sample.table(try Sample.plan(), [])
        #expect(table.rows.count == 6 && table.metrics == [])
        #expect(
            table.csv().split(separator: "\n").prefix(2) == [
                "gain,width,activation,n,failed", "0.4,500,erf,0,0",
            ])
        let partly = Sample.table(try Sample.plan(), [2])
        let lines = partly.csv().split(separator: "\n")
        let columns = lines[0].split(separator: ",").count
        #expect(columns >= 5 + 4 * 3)
        let cells = lines[1].split(separator: ",", omittingEmptySubsequences: false)
        #expect(cells.count == columns && cells.prefix(5) == ["0.4", "500", "erf", "0", "0"])
        // What is counted is 0, all else is empty.
        for (name, cell) in zip(lines[0].split(separator: ","), cells).dropFirst(5) {
            #expect(cell == (name.hasSuffix("_n") ? "0" : ""), "\(name)")
        }
        #expect(partly.recordedCount == 1 && partly.trialCount == 18)
    }

    @Test("metrics that only some points have are columns for all")
    func mixedLayouts() throws {
        let plan = try Sample.plan()
        let table = Sample.table(plan, Array(0..<plan.trialCount))
        #expect(
            table.metrics == [
                "cka_output", "cka_output_se", "epoch_output_half", "train_mse", "dead",
            ])
        let dead = table.metrics.count - 1
        #expect(table.rows[0].statistics[dead].count == 0)
        #expect(table.rows[1].statistics[dead].count == 2)
        #expect(table.isPartial(metric: dead) && !table.isPartial(metric: 0))
    }

    @Test("an unknown metric is refused with those there are, exit code 2")
    func unknownMetric() throws {
        let table = try Sample.small([[1]])
        let error = ReportError.unknownMetric(name: "b", known: ["a"])
        #expect(throws: error) { try table.terminal(metrics: ["b"]) }
        #expect(throws: error) { try table.latex(metrics: ["a", "b"]) }
        #expect(error.exitCode == 2)
        #expect(error.description == "there is no metric \"b\"; the metrics are a")
    }
}
