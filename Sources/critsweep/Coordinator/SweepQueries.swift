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
    static func short(_ value: some CustomStringConvertible) -> String {
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
