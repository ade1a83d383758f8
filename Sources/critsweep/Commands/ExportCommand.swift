import ArgumentParser
import Foundation
import SweepLedger
import SweepReport

/// Every recorded trial in a file for other programs.
struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write every trial as csv, JSON lines, NumPy arrays or an SQLite copy.",
        discussion: """
            Works while the sweep runs. The file appears when it is complete, and where its \
            numbers come from stands beside it in FILE.provenance.json. Without --details, csv, \
            jsonl and npz have nothing that differs between two runs of a spec on one kernel \
            family.

            Example: critsweep export smoke.sweep --out smoke.npz
            """)

    @Argument(help: "The folder of the sweep, or its ledger.")
    var sweep: String
    @Option(help: "csv, jsonl, npz or sqlite (default: what the file's name ends in).")
    var format: String?
    @Option(help: "The file; csv and jsonl go to standard output without it.")
    var out: String?
    @Flag(help: "In csv and jsonl also what differs from run to run: times, worker, attempt.")
    var details = false

    func run() throws {
        let format = try ExportFormat.resolve(format, out)
        do {
            try write(format)
        } catch {
            throw CommandError(describing: error)
        }
    }

    private func write(_ format: ExportFormat) throws {
        // Where it cannot be written nothing is read.
        let file = try ExportFormat.target(out).map { try ExportFile(replacing: $0) }
        let source = try ExportSource(sweep)
        let index = try source.ledger.trialIndex()
        guard let file else {
            try print(source, index, format)
            return
        }
        let beside = try ExportFile(replacing: "\(file.path).provenance.json")
        // SQLite keeps a journal beside a file while it fills it.
        for path in [file.partialPath, "\(file.partialPath)-journal", beside.partialPath] {
            PartialFiles.remember(path)
        }
        try fill(file, format, source, index)
        let written = try file.digest()
        try file.finish()

        var provenance = try ProvenanceFacts.gather(source.ledger, source.spec)
        provenance.exported = .init(
            name: file.path.split(separator: "/").last.map(String.init) ?? file.path,
            format: format.rawValue, sha256: written.sha256, byteCount: written.byteCount)
        try beside.open()
        try beside.write(provenance.json())
        try beside.finish()
        try file.commit()
        try beside.commit()
        try source.ledger.close()
        Terminal.complain(
            "\(file.path): \(index.entries.count) of \(source.spec.plan.trialCount) trials, "
                + Numbers.size(bytes: Double(written.byteCount)), prefix: "")
        if let note = source.note { Terminal.complain(note, prefix: "") }
    }

    private func fill(
        _ file: ExportFile, _ format: ExportFormat, _ source: ExportSource, _ index: TrialIndex
    ) throws {
        let plan = source.spec.plan
        switch format {
        case .csv:
            try file.open()
            try TrialCSV(plan, index, hasRunColumns: details)
                .write(source.ledger) { try file.write($0) }
        case .jsonl:
            try file.open()
            try TrialLines(plan, index, hasTimes: details)
                .write(source.ledger) { try file.write($0) }
        case .npz:
            try file.open()
            try NumPyExport(plan, index).write(source.ledger, to: file)
        case .sqlite:
            let digest = try source.ledger.sweep()?.digest.description ?? ""
            do throws(LedgerError) {
                try source.ledger.export(
                    index, to: file.partialPath,
                    note: [
                        ("format", "1"), ("sweep", source.spec.name), ("spec_sha256", digest),
                        ("software_version", Version.text),
                        (
                            "note",
                            "made by critsweep export; to be looked at, not to be gone on with"
                        ),
                    ])
            } catch {
                throw Self.renamed(error, file)
            }
            try file.adopt()
        }
    }

    /// Trouble with the file that is being made, under the name that the user gave.
    private static func renamed(_ error: LedgerError, _ file: ExportFile) -> any Error {
        switch error {
        case .diskFull(file.partialPath):
            ExportError.notWritable(path: file.path, why: "no space is left")
        case .notWritable(file.partialPath, let why), .inputOutput(file.partialPath, let why):
            ExportError.notWritable(path: file.path, why: why)
        default: error
        }
    }

    /// To standard output, after a look at every result: nothing is printed of a damaged ledger.
    private func print(
        _ source: ExportSource, _ index: TrialIndex, _ format: ExportFormat
    ) throws {
        let plan = source.spec.plan
        let hasArrays = format == .jsonl
        try source.ledger.forEachTrial(of: index, withArrays: hasArrays) { _, _ in }
        var text = ""
        func sink(_ line: String) throws {
            text += line
            guard text.utf8.count >= 1 << 16 else { return }
            try Terminal.output(text)
            guard Terminal.hasReader else { throw Enough() }
            text = ""
        }
        do {
            if format == .csv {
                try TrialCSV(plan, index, hasRunColumns: details).write(source.ledger, to: sink)
            } else {
                try TrialLines(plan, index, hasTimes: details).write(source.ledger, to: sink)
            }
            try Terminal.output(text)
        } catch is Enough {
            // As `head` does, and no error.
        }
        try source.ledger.close()
    }

    /// Whoever reads standard output has seen enough.
    private struct Enough: Error {}
}

/// What an export can be written as.
enum ExportFormat: String, CaseIterable {
    case csv
    case jsonl
    case npz
    case sqlite

    private static let suffixes: [String: ExportFormat] = [
        "csv": .csv, "jsonl": .jsonl, "ndjson": .jsonl, "npz": .npz, "sqlite": .sqlite,
        "sqlite3": .sqlite, "db": .sqlite,
    ]

    /// The path of the file; nil for standard output.
    static func target(_ out: String?) -> String? {
        out.flatMap { ["-", "/dev/stdout"].contains($0) ? nil : $0 }
    }

    /// The format that was named, else the one that the file's name ends in.
    ///
    /// - Throws: ``CommandError`` (2).
    static func resolve(_ name: String?, _ out: String?) throws -> ExportFormat {
        let target = target(out)
        var format: ExportFormat?
        if let name {
            guard let named = ExportFormat(rawValue: name) else {
                throw CommandError(
                    .usage, "--format must be csv, jsonl, npz or sqlite, but is \"\(name)\"")
            }
            format = named
        } else if let target {
            let base = target.split(separator: "/").last.map(String.init) ?? target
            let suffix = base.split(separator: ".").dropFirst().last.map { $0.lowercased() }
            format = suffix.flatMap { suffixes[$0] }
        }
        guard let format else {
            throw CommandError(
                .usage,
                target == nil
                    ? "say which --format (csv or jsonl), or --out FILE with a name that ends in "
                        + ".csv, .jsonl, .npz or .sqlite"
                    : "the name of --out ends in none of .csv, .jsonl, .npz and .sqlite; say which "
                        + "--format it is")
        }
        if target == nil, format == .npz || format == .sqlite {
            throw CommandError(
                .usage, "\(format.rawValue) cannot go to standard output; name a file with --out")
        }
        return format
    }
}
