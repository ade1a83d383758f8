import SweepCore
import SweepLedger

/// Where the numbers of a sweep come from, as `NAME.provenance.json` has it.
///
/// Names are only added to; docs/export.md describes them.
public struct Provenance: Sendable {
    /// A file that trials read.
    public struct DataFile: Hashable, Sendable {
        public var path: String
        /// 64 hexadecimal digits; nil in ledgers that know its path alone.
        public var sha256: String?
        public var byteCount: Int?

        public init(path: String, sha256: String?, byteCount: Int?) {
            self.path = path
            self.sha256 = sha256
            self.byteCount = byteCount
        }
    }

    /// The program that wrote the provenance, and the machine that it ran on.
    public struct Writer: Hashable, Sendable {
        public var softwareVersion: String
        /// SHA-256 of the program's file, which tells one build from another.
        public var programDigest: String?
        /// Names and versions: swift_compiler, libzmq, libsodium, …
        public var libraries: [(name: String, version: String)] { pairs.map { ($0.name, $0.text) } }
        public var host: String
        public var cpu: String?
        /// ISO 8601.
        public var madeAt: String
        private var pairs: [Pair]

        private struct Pair: Hashable {
            var name: String
            var text: String
        }

        public init(
            softwareVersion: String, programDigest: String?,
            libraries: [(name: String, version: String)], host: String, cpu: String?,
            madeAt: String
        ) {
            self.softwareVersion = softwareVersion
            self.programDigest = programDigest
            self.host = host
            self.cpu = cpu
            self.madeAt = madeAt
            pairs = libraries.map { Pair(name: $0.name, text: $0.version) }
        }
    }

    /// A file beside which the provenance stands.
    public struct Exported: Hashable, Sendable {
        public var name: String
        public var format: String
        public var sha256: String
        public var byteCount: Int

        public init(name: String, format: String, sha256: String, byteCount: Int) {
            self.name = name
            self.format = format
            self.sha256 = sha256
            self.byteCount = byteCount
        }
    }

    public var sweep: StoredSweep
    public var plan: SweepPlan
    public var experiment: String
    public var randomKey: UInt64
    public var summary: LedgerSummary
    public var dataFiles: [DataFile]
    public var writer: Writer
    public var exported: Exported?

    public init(
        sweep: StoredSweep, plan: SweepPlan, experiment: String, randomKey: UInt64,
        summary: LedgerSummary, dataFiles: [DataFile], writer: Writer
    ) {
        self.sweep = sweep
        self.plan = plan
        self.experiment = experiment
        self.randomKey = randomKey
        self.summary = summary
        self.dataFiles = dataFiles
        self.writer = writer
    }

    /// The command that computes the same numbers again from ``StoredSweep/document``; on one
    /// kernel family to the same bits.
    private var command: String {
        let family = summary.kernelFamilies.count == 1 ? summary.kernelFamilies.first : nil
        return "critsweep run \(sweep.name).yaml" + (family.map { " --kernels \($0)" } ?? "")
    }

    /// One JSON object.
    public func json() -> String {
        func count(_ number: Int) -> JSONValue { .number(Double(number)) }
        func optional(_ text: String?) -> JSONValue { text.map(JSONValue.text) ?? .null }
        func moment(_ milliseconds: Int64?) -> JSONValue {
            optional(milliseconds.map(InstantText.of))
        }
        func texts(_ list: [String]) -> JSONValue { .array(list.map(JSONValue.text)) }
        let counts = summary.counts
        var members: [JSONValue.Member] = [
            .init("sweep", .text(sweep.name)),
            .init("experiment", .text(experiment)),
            .init("command", .text(command)),
            .init("spec_sha256", .text(sweep.digest.description)),
            .init("spec_history", texts(sweep.history.map(\.description))),
            .init("spec_text_sha256", .text(ContentDigest(of: sweep.document).description)),
            .init("spec_text", .text(sweep.document)),
            .init("spec_canonical", .text(sweep.canonical)),
            // As text: a key may be larger than what a double holds.
            .init("random_key", .text(String(randomKey))),
            .init("points", count(plan.grid.pointCount)),
            .init("seeds", count(plan.seedCount)),
            .init("trials", count(plan.trialCount)),
            .init("recorded", count(counts.recorded)),
            .init("failed", count(counts.failed)),
            .init(
                "failed_by_kind",
                .object(summary.failures.map { .init($0.kind, count($0.count)) })),
            .init("retried", count(counts.retired)),
            .init("attempts", count(counts.grants)),
            .init("lost_attempts", count(counts.losses)),
            .init("duplicates", count(counts.duplicates)),
            .init("divergent_duplicates", count(counts.divergentDuplicates)),
            .init("first_commit_at", moment(summary.firstCommitAt)),
            .init("last_commit_at", moment(summary.lastCommitAt)),
            .init("kernel_families", texts(summary.kernelFamilies)),
            .init("worker_software_versions", texts(summary.softwareVersions)),
            .init(
                "data",
                .array(
                    dataFiles.map { file in
                        .object([
                            .init("path", .text(file.path)), .init("sha256", optional(file.sha256)),
                            .init("bytes", .optional(file.byteCount.map(Double.init))),
                        ])
                    })),
            .init(
                "starts",
                .array(
                    summary.starts.map { start in
                        .object([
                            .init("host", .text(start.host)),
                            .init("software_version", .text(start.softwareVersion)),
                            .init("started_at", moment(start.startedAt)),
                            .init("ended_at", moment(start.endedAt)),
                        ])
                    })),
            .init(
                "workers",
                .array(
                    summary.workers.map { worker in
                        .object([
                            .init("identity", .text(worker.name)),
                            .init("results", count(worker.results)),
                        ])
                    })),
        ]
        if let exported {
            members.append(
                .init(
                    "file",
                    .object([
                        .init("name", .text(exported.name)),
                        .init("format", .text(exported.format)),
                        .init("bytes", count(exported.byteCount)),
                        .init("sha256", .text(exported.sha256)),
                    ])))
        }
        members += [
            .init("software_version", .text(writer.softwareVersion)),
            .init("program_sha256", optional(writer.programDigest)),
            .init(
                "libraries",
                .object(writer.libraries.map { .init($0.name, .text($0.version)) })),
            .init("host", .text(writer.host)),
            .init("cpu", optional(writer.cpu)),
            .init("made_at", .text(writer.madeAt)),
        ]
        return JSONValue.object(members).prettyText() + "\n"
    }
}
