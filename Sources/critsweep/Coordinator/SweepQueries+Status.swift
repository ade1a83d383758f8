import SweepCoordinator
import SweepCore
import SweepLedger
import SweepReport
import SweepSpec

// What a sweep has done, and what stands in its way.

extension SweepQueries {
    /// What is counted, by a ledger or by the coordinator that runs.
    struct Counts {
        var recorded: Int
        var failed: Int
        var quarantined: Int
        /// Attempts without a result, late results, and those of them with other numbers: of the
        /// whole sweep in a ledger, of this start in a coordinator.
        var losses: Int
        var duplicates: Int
        var divergent: Int
        var starts: Int
        var quarantinedTrials: [CoordinatorStatus.QuarantinedTrial]
    }

    func statusAnswer(_ request: QueryRequest, _ ledger: Ledger) throws -> QueryResponse {
        let counts = try ledger.counts()
        let contents = try ledger.contents()
        return QueryResponse(
            text: Self.text(
                of: facts(
                    Counts(
                        recorded: contents.recorded.count, failed: contents.failed.count,
                        quarantined: contents.quarantined.count, losses: counts.losses,
                        duplicates: counts.duplicates, divergent: counts.divergentDuplicates,
                        starts: counts.epochs,
                        quarantinedTrials: try Self.quarantinedTrials(ledger, spec.plan))),
                format: request.format))
    }

    /// Trials that are quarantined, as far as they are listed.
    static func quarantinedTrials(
        _ ledger: Ledger, _ plan: SweepPlan
    ) throws(LedgerError) -> [CoordinatorStatus.QuarantinedTrial] {
        try ledger.quarantined(atMost: CoordinatorStatus.quarantinedTrialLimit).map { found in
            let (point, seed) = plan.pointAndSeed(of: found.trial)
            return .init(trial: found.trial, point: point, seed: seed, reason: found.reason)
        }
    }

    /// The status from what the loop shows, without the ledger: there whatever the disk does.
    static func liveStatus(
        _ spec: SweepSpecification, _ status: CoordinatorStatus, epoch: Int, format: String?
    ) -> QueryResponse {
        let scheduler = status.scheduler
        let facts = SweepQueries(spec: spec, status: status).facts(
            Counts(
                recorded: scheduler.recordedCount, failed: scheduler.failedCount,
                quarantined: scheduler.quarantinedCount, losses: status.counters.losses,
                duplicates: scheduler.counters.duplicates,
                divergent: status.counters.divergentResults, starts: epoch,
                quarantinedTrials: status.quarantinedTrials))
        return QueryResponse(text: text(of: facts, format: format))
    }

    /// The status as a list of names and values, in the order in which it is shown.
    private func facts(_ counts: Counts) -> [JSONValue.Member] {
        let total = spec.plan.trialCount
        let done = counts.recorded + counts.failed + counts.quarantined
        var state = done == total ? "done" : "stopped"
        if isRunElsewhere { state = "running" }
        if let status { state = status.scheduler.isStopping ? "stopping" : "running" }
        func number(_ count: Int) -> JSONValue { .number(Double(count)) }
        var members: [JSONValue.Member] = [
            .init("sweep", .text(spec.name)),
            .init("experiment", .text(spec.experimentKind.rawValue)),
            .init("state", .text(state)),
            .init("trials", number(total)),
            .init("recorded", number(counts.recorded)),
            .init("failed", number(counts.failed)),
            .init("quarantined", number(counts.quarantined)),
            .init("remaining", number(total - done)),
            .init("losses", number(counts.losses)),
            .init("duplicates", number(counts.duplicates)),
            .init("divergent", number(counts.divergent)),
            .init("starts", number(counts.starts)),
        ]
        let trials = JSONValue.Member(
            "quarantined_trials", .array(counts.quarantinedTrials.map(json)))
        guard let status else { return members + [trials] }
        let scheduler = status.scheduler
        members += [
            .init("running", .number(Double(scheduler.runningCount))),
            .init("committing", .number(Double(scheduler.committingCount))),
            .init("pending", .number(Double(scheduler.pendingCount + scheduler.suspectCount))),
            .init("elapsed_seconds", .number(Double(status.elapsedMilliseconds) / 1_000)),
            .init("disk_full", .bool(status.isDiskFull)),
            .init("breaches", .number(Double(status.counters.breaches))),
            .init("worker_deaths", .number(Double(status.counters.workerDeaths))),
            .init(
                "workers",
                .array(
                    status.workers.map { worker in
                        .object([
                            .init("identity", .text(worker.identity.description)),
                            .init("host", .text(worker.host)),
                            .init("process", .number(Double(worker.process))),
                            .init("kernel_family", .text(worker.kernelFamily)),
                            .init("software_version", .text(worker.softwareVersion)),
                            .init("slots", .number(Double(worker.slotCount))),
                            .init("running", .number(Double(worker.runningCount))),
                            .init("held", .number(Double(worker.heldCount))),
                            .init("leaving", .bool(worker.isLeaving)),
                            .init("quarantined", .bool(worker.quarantine != nil)),
                        ])
                    })),
            trials, .init("quarantined_workers", .array(status.workers.compactMap(json))),
        ]
        return members
    }

    private func json(_ trial: CoordinatorStatus.QuarantinedTrial) -> JSONValue {
        .object([
            .init("point", .number(Double(trial.point))),
            .init("seed", .number(Double(trial.seed))),
            .init("parameters", .text(spec.plan.grid.point(at: trial.point).canonicalText)),
            .init("reason", .text(trial.reason)),
        ])
    }

    private func json(_ worker: CoordinatorStatus.Worker) -> JSONValue? {
        guard let quarantine = worker.quarantine else { return nil }
        return .object([
            .init("identity", .text(worker.identity.description)),
            .init("host", .text(worker.host)),
            .init("process", .number(Double(worker.process))),
            .init("reason", .text(quarantine.reason)),
            .init("seconds_left", .number((Double(quarantine.millisecondsLeft) / 1_000).rounded())),
        ])
    }

    private static func text(of facts: [JSONValue.Member], format: String?) -> String {
        if format == "json" { return JSONValue.object(facts).prettyText() + "\n" }
        var plain: [(String, String)] = []
        var workers: [[String]] = []
        var sentences = ""
        for fact in facts {
            guard case .array(let list) = fact.value else {
                plain.append((fact.key, shown(fact.value)))
                continue
            }
            plain.append((fact.key, "\(list.count)"))
            for case .object(let members) in list {
                if fact.key == "workers" {
                    if workers.isEmpty { workers.append(workerColumns.map(\.title)) }
                    workers.append(line(of: members))
                } else {
                    sentences += sentence(of: fact.key, members)
                }
            }
        }
        if format == "csv" {
            return plain.map(\.0).joined(separator: ",") + "\n"
                + plain.map(\.1).joined(separator: ",") + "\n"
        }
        var text = Terminal.table(plain.map { [$0.0, $0.1] })
        if !workers.isEmpty { text += "\n" + Terminal.table(workers) }
        return sentences.isEmpty ? text : text + "\n" + sentences
    }

    /// What a line of 80 columns has of a worker; the JSON has all of it.
    private static let workerColumns: [(title: String, key: String)] = [
        ("worker", "identity"), ("host", "host"), ("process", "process"),
        ("kernels", "kernel_family"), ("version", "software_version"), ("slots", "slots"),
        ("running", "running"), ("held", "held"), ("state", "state"),
    ]

    private static func line(of worker: [JSONValue.Member]) -> [String] {
        func value(_ key: String) -> JSONValue? { worker.first { $0.key == key }?.value }
        return workerColumns.map { column in
            switch column.key {
            case "identity": StoryText.short(value("identity").map(shown) ?? "")
            case "state":
                value("quarantined") == .bool(true)
                    ? "quarantined" : value("leaving") == .bool(true) ? "leaving" : "here"
            default: value(column.key).map(shown) ?? ""
            }
        }
    }

    /// One line of why a trial or a worker is quarantined, and what lets it back in.
    private static func sentence(of list: String, _ members: [JSONValue.Member]) -> String {
        func text(_ key: String) -> String {
            guard let value = members.first(where: { $0.key == key })?.value else { return "" }
            if case .text(let text) = value { return escaped(text, limit: 2_048) }
            return value.prettyText()
        }
        if list == "quarantined_trials" {
            return "quarantined: point \(text("point")) (\(text("parameters"))), seed "
                + "\(text("seed")): \(text("reason"))\n  `critsweep retry` tries it again\n"
        }
        return
            "quarantined: worker \(StoryText.short(text("identity"))), process \(text("process")) on "
            + "\(text("host")): \(text("reason"))\n  it gets trials again in "
            + "\(text("seconds_left")) s, or when it is started again\n"
    }

    private static func shown(_ value: JSONValue) -> String {
        if case .text(let text) = value { escaped(text, limit: 128) } else { value.prettyText() }
    }
}
