import Foundation
import SweepCoordinator
import SweepCore
import SweepLedger
import SweepReport
import SweepSpec

/// Answers questions from a ledger, whoever holds it: the coordinator that runs, or the command
/// that asks when nobody does.
struct SweepQueries: Sendable {
    let spec: SweepSpecification
    /// The state of the coordinator; nil when none runs.
    var status: CoordinatorStatus?
    /// Whether a coordinator on another machine runs the sweep, and the ledger is its copy.
    var isRunElsewhere = false

    /// - Throws: ``LedgerError``, ``ReportError``.
    func answer(_ request: QueryRequest, _ ledger: Ledger) throws -> QueryResponse {
        switch request.query {
        case "table": return try table(request, ledger)
        case "plot": return try plot(request, ledger)
        case "status": return try statusAnswer(request, ledger)
        case "story": return try story(request, ledger)
        case "verify": return try verify(request, ledger)
        default:
            return QueryResponse(
                failure: "there is no query \(escaped(request.query, limit: 40))", exitCode: 2)
        }
    }

    // MARK: Table

    /// The table of a ledger that has been told the plan.
    func table(of ledger: Ledger) throws -> SweepTable {
        let stored = try ledger.sweep()
        return try TableBuilder(spec.plan, readingAllOf: ledger).table(
            .init(
                sweep: spec.name, softwareVersion: Version.text, kernelFamilies: [],
                specDigest: stored?.digest.description ?? "",
                madeAt: Date().formatted(.iso8601)))
    }

    /// A table in one of the formats of the documentation.
    static func text(
        of table: SweepTable, format: String, metrics: [String]?, width: Int,
        withSpread: Bool = false
    ) throws -> String {
        switch withSpread ? "spread \(format)" : format {
        case "spread csv": try table.csvWithSpread(metrics: metrics)
        case "spread json": try table.jsonWithSpread(metrics: metrics)
        case "spread markdown": try table.spreadMarkdown(metrics: metrics)
        case "spread latex": try table.spreadLatex(metrics: metrics)
        case "spread table": try table.spreadTerminal(metrics: metrics, width: width)
        case "csv": try (metrics.map { try table.selecting($0) } ?? table).csv()
        case "json": try (metrics.map { try table.selecting($0) } ?? table).json()
        case "markdown": try table.markdown(metrics: metrics)
        case "latex": try table.latex(metrics: metrics)
        case "table": try table.terminal(metrics: metrics, width: width)
        default:
            throw CommandError(
                .usage,
                "--format must be table, csv, json, markdown or latex, but is \(escaped(format))")
        }
    }

    private func table(_ request: QueryRequest, _ ledger: Ledger) throws -> QueryResponse {
        var table = try table(of: ledger)
        if request.byLayer ?? false {
            guard
                let layers = try LayerTable.read(
                    spec.plan, ledger, names: LayerTable.isLayered, provenance: table.provenance)
            else {
                throw CommandError(
                    .usage, "no trial recorded so far has an array with a number for each layer")
            }
            table = layers
        }
        return QueryResponse(
            text: try Self.text(
                of: table, format: request.format ?? "table", metrics: request.names,
                width: min(max(request.width ?? 80, 40), 1_000),
                withSpread: request.withSpread ?? false))
    }

    // MARK: Status

    /// What is counted, by a ledger or by the coordinator that runs.
    private struct Counts {
        var recorded: Int
        var failed: Int
        var quarantined: Int
        /// Attempts without a result, late results, and those of them with other numbers: of the
        /// whole sweep in a ledger, of this start in a coordinator.
        var losses: Int
        var duplicates: Int
        var divergent: Int
        var starts: Int
    }

    private func statusAnswer(_ request: QueryRequest, _ ledger: Ledger) throws -> QueryResponse {
        let counts = try ledger.counts()
        let contents = try ledger.contents()
        return QueryResponse(
            text: Self.text(
                of: facts(
                    Counts(
                        recorded: contents.recorded.count, failed: contents.failed.count,
                        quarantined: contents.quarantined.count, losses: counts.losses,
                        duplicates: counts.duplicates, divergent: counts.divergentDuplicates,
                        starts: counts.epochs)), format: request.format))
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
                divergent: status.counters.divergentResults, starts: epoch))
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
        guard let status else { return members }
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
                        ])
                    })),
        ]
        return members
    }

    private static func text(of facts: [JSONValue.Member], format: String?) -> String {
        if format == "json" { return JSONValue.object(facts).prettyText() + "\n" }
        var plain: [(String, String)] = []
        var workers: [[String]] = []
        for fact in facts {
            guard case .array(let list) = fact.value else {
                plain.append((fact.key, shown(fact.value)))
                continue
            }
            plain.append((fact.key, "\(list.count)"))
            for case .object(let members) in list {
                if workers.isEmpty { workers.append(members.map(\.key)) }
                workers.append(members.map { shown($0.value) })
            }
        }
        if format == "csv" {
            return plain.map(\.0).joined(separator: ",") + "\n"
                + plain.map(\.1).joined(separator: ",") + "\n"
        }
        let table = Terminal.table(plain.map { [$0.0, $0.1] })
        return workers.isEmpty ? table : table + "\n" + Terminal.table(workers)
    }

    private static func shown(_ value: JSONValue) -> String {
        if case .text(let text) = value { escaped(text, limit: 128) } else { value.prettyText() }
    }

    // MARK: Verify

    private func verify(_ request: QueryRequest, _ ledger: Ledger) throws -> QueryResponse {
        let report = try ledger.verify()
        let exitCode: Int32 = report.isSound ? 0 : 66
        let message =
            report.isSound ? nil : "the ledger breaks \(report.findings.count) promises"
        if request.format == "json" {
            let json = JSONValue.object([
                .init("sound", .bool(report.isSound)),
                .init("recorded", .number(Double(report.counts.recorded))),
                .init("failed", .number(Double(report.counts.failed))),
                .init("grants", .number(Double(report.counts.grants))),
                .init("duplicates", .number(Double(report.counts.duplicates))),
                .init("divergent", .number(Double(report.counts.divergentDuplicates))),
                .init("findings", .array(report.findings.map { .text($0) })),
            ])
            return QueryResponse(
                text: json.prettyText() + "\n", exitCode: exitCode, message: message)
        }
        var text =
            "\(report.counts.recorded) results, \(report.counts.failed) failures, "
            + "\(report.counts.grants) grants, \(report.counts.duplicates) duplicates\n"
        text +=
            report.isSound
            ? "sound: nothing is missing, altered, or counted twice\n"
            : report.findings.map { "- \($0)\n" }.joined()
        return QueryResponse(text: text, exitCode: exitCode, message: message)
    }

    // MARK: Story

    private func story(_ request: QueryRequest, _ ledger: Ledger) throws -> QueryResponse {
        let point = request.point ?? 0
        let seed = request.seed ?? 0
        guard (0..<spec.plan.grid.pointCount).contains(point),
            (0..<spec.plan.seedCount).contains(seed)
        else {
            return QueryResponse(
                failure: "--point must be from 0 to \(spec.plan.grid.pointCount - 1) and --seed "
                    + "from 0 to \(spec.plan.seedCount - 1)", exitCode: 2)
        }
        let gridPoint = spec.plan.grid.point(at: point)
        let events = try ledger.story(ofPoint: gridPoint.canonicalText, seed: seed)
        if request.format == "json" {
            let json = JSONValue.array(events.map(StoryText.json))
            return QueryResponse(text: json.prettyText() + "\n")
        }
        var text = "point \(point) (\(gridPoint.canonicalText)), seed \(seed)\n"
        if events.isEmpty { text += "nothing has happened yet\n" }
        for event in events { text += StoryText.line(event) + "\n" }
        return QueryResponse(text: text)
    }
}

/// The story of a trial in words.
enum StoryText {
    static func line(_ event: StoryEvent) -> String {
        "\(time(event.at))  attempt \(event.attempt)  \(words(event.kind))"
    }

    static func json(_ event: StoryEvent) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init("attempt", .number(Double(event.attempt))),
            .init("at", .text(time(event.at))),
            .init("event", .text(name(event.kind))),
            .init("detail", .text(words(event.kind))),
        ]
        switch event.kind {
        case .continued(let step): members.append(.init("iteration", .number(Double(step))))
        case .checkpoint(let step, let byteCount, let times):
            members += [
                .init("iteration", .number(Double(step))), .init("times", .number(Double(times))),
                .init("bytes", .number(Double(byteCount))),
            ]
        case .granted, .lost, .recorded, .failed, .duplicate, .retired: break
        }
        return .object(members)
    }

    private static func time(_ milliseconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(milliseconds) / 1_000)
            .formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true))
    }

    private static func name(_ kind: StoryEvent.Kind) -> String {
        switch kind {
        case .granted: "granted"
        case .lost(_, let isCrash): isCrash ? "crashed" : "lost"
        case .recorded: "recorded"
        case .failed: "failed"
        case .duplicate: "duplicate"
        case .retired: "retired"
        case .continued: "continued"
        case .checkpoint: "checkpoint"
        }
    }

    /// The first digits of an identity or digest, so that a line fits 80 columns.
    private static func short(_ value: some CustomStringConvertible) -> String {
        String(value.description.prefix(8))
    }

    private static func words(_ kind: StoryEvent.Kind) -> String {
        switch kind {
        case .granted(let worker, let epoch): "granted to worker \(short(worker)) in start \(epoch)"
        case .lost(let reason, _): "lost: \(escaped(reason))"
        case .recorded(let digest, let family, let wall):
            "recorded after \(wall) ms on \(escaped(family)) (\(short(digest)))"
        case .failed(let failure):
            "failed: \(failure.kind.rawValue): \(escaped(failure.message))"
        case .duplicate(let kind, let worker, let digest, let times):
            "again from \(short(worker)), \(kind), \(times) times (\(short(digest)))"
        case .continued(let step): "goes on after iteration \(step)"
        case .checkpoint(let step, _, let times):
            "\(times) \(times == 1 ? "checkpoint" : "checkpoints"), to iteration \(step)"
        case .retired(let failure, let reason):
            "set aside (\(escaped(reason))): \(failure.kind.rawValue)"
        }
    }
}
