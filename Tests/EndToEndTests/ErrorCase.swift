import Foundation
import TestSupport
import Testing

/// One fault that a user can meet: a line of docs/errors.md, and how the fault comes about.
struct ErrorCase: Sendable, CustomTestStringConvertible {
    /// What a machine must have for the fault to be made.
    enum Need { case nothing, mounts }

    /// The first column of its line.
    let fault: String
    /// Shell commands that bring the fault about, in the folder where the command then runs.
    let arrangement: String
    var need = Need.nothing
    /// Paths below which files may appear or change: the log of a sweep that was running, say.
    var changes: [String] = []
    /// Whether the command logs on standard error before its sentence, as a worker does.
    var hasLog = false

    init(
        _ fault: String, _ arrangement: String = "", need: Need = .nothing, changes: [String] = [],
        hasLog: Bool = false
    ) {
        self.fault = fault
        self.arrangement = arrangement
        self.need = need
        self.changes = changes
        self.hasLog = hasLog
    }

    var testDescription: String { fault }
}

/// A line of a table of docs/errors.md: fault, command, exit code, sentence.
struct ErrorLine: Equatable {
    var fault: String
    var command: String
    var code: Int32
    var sentence: String

    /// All lines of the tables that have these four columns.
    static func read(_ document: String) -> [ErrorLine] {
        document.split(separator: "\n").compactMap { line in
            let cells = line.replacing("\\|", with: "\u{0}")
                .split(separator: "|", omittingEmptySubsequences: false)
                .map { cell in
                    cell.trimmingCharacters(in: CharacterSet(charactersIn: " `"))
                        .replacing("\u{0}", with: "|")
                }
            guard cells.count == 6, let code = Int32(cells[3]) else { return nil }
            return ErrorLine(
                fault: cells[1], command: cells[2], code: code, sentence: cells[4])
        }
    }

    /// Whether a sentence is this line's, in which `…` stands for anything.
    func fits(_ said: String) -> Bool {
        let parts = sentence.split(
            separator: "…", omittingEmptySubsequences: false
        ).map(String.init)
        guard let first = parts.first, let last = parts.last, said.hasPrefix(first) else {
            return false
        }
        if parts.count == 1 { return said == first }
        var rest = said.dropFirst(first.count)
        for part in parts.dropFirst().dropLast() {
            guard let place = rest.range(of: part) else { return false }
            rest = rest[place.upperBound...]
        }
        return rest.hasSuffix(last)
    }
}

/// A fault that could not be brought about.
struct ArrangementTrouble: Error, CustomStringConvertible {
    var description: String
}

/// What a fault did: how the command ended, and the folder before and after it.
struct ErrorOutcome {
    var status: Int32
    var talk: String
    var before: Set<String>
    var after: Set<String>

    /// Runs a command in a fresh folder after the fault was arranged there.
    static func of(_ fault: ErrorCase, _ command: String, in folder: URL) throws -> ErrorOutcome {
        let script = try ErrorScripts.script(fault, command, in: folder)
        let result =
            fault.need == .mounts
            ? try Command.run("/usr/bin/unshare", ["-m", "/bin/sh", "-c", script])
            : try Command.run("/bin/sh", ["-c", script])
        func lines(_ name: String) throws -> [String] {
            try String(contentsOf: folder.appending(path: name), encoding: .utf8)
                .split(separator: "\n").map(String.init)
        }
        guard let code = try? lines("code").first.flatMap({ Int32($0) }) else {
            throw ArrangementTrouble(description: "the arrangement failed: \(result.talk)")
        }
        return ErrorOutcome(
            status: code, talk: try lines("err").joined(separator: "\n"),
            before: Set(try lines("before")), after: Set(try lines("after")))
    }
}

/// The shell scripts that faults are made with.
enum ErrorScripts {
    /// A finished sweep, made once, and its spec: faults are arranged in copies of it.
    private static let finished = Result { () throws -> URL in
        let folder = try Scratch.make()
        let spec = try Scratch.write(specs["smoke.yaml"] ?? "", "smoke.yaml", in: folder)
        let result = try Program.run(
            ["run", spec, "--workers", "1", "--out", "smoke.sweep", "--quiet"], in: folder)
        guard result.status == 0 else { throw ArrangementTrouble(description: result.talk) }
        return folder.appending(path: "smoke.sweep")
    }

    /// Specs that are there in every folder.
    private static let specs = [
        "smoke.yaml": """
        sweep: smoke
        experiment: calibration
        calibration: {kind: none}
        grid:
          gain: [1, 2]
        seeds: 2

        """,
        "long.yaml": """
        sweep: long
        experiment: calibration
        calibration: {kind: sleep, milliseconds: 40}
        grid:
          gain: {from: 1, to: 200, count: 200}
        seeds: 10

        """,
        "train.yaml": """
        sweep: train
        experiment: training
        data: {task: two-point}
        network: {observed_layer: 1}
        training: {learning_rate: 0.01, epochs: 20}
        grid:
          gain: [1]
          width: [16]
          depth: [3]
        seeds: 1

        """,
        "csv.yaml": """
        sweep: table
        experiment: posterior
        data: {task: csv, path: data.csv}
        inference: {effective_samples: 30}
        grid:
          gain: [1]
          width: [24]
          depth: [1]
        seeds: 1

        """,
    ]

    static func script(_ fault: ErrorCase, _ command: String, in folder: URL) throws -> String {
        let work = folder.appending(path: "work")
        try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
        for (name, text) in specs { _ = try Scratch.write(text, name, in: work) }
        let port = 20_000 + abs(fault.fault.hashValue) % 12_000
        func ported(_ text: String) -> String { text.replacing("21500", with: "\(port)") }
        return """
            umask 022
            PROGRAM='\(try Command.executable("critsweep"))'
            FINISHED='\(try finished.get().path())'
            OUT='\(folder.path())'
            cd "$OUT/work" || exit
            unset XDG_STATE_HOME
            export HOME="$OUT/home"
            PIDS=
            trap 'kill -CONT $PIDS; kill $PIDS; wait' EXIT
            # Commands that set another PATH still begin with these.
            SETPRIV=$(command -v setpriv) TIMEOUT=$(command -v timeout)
            # The administrator may write everywhere; without these two powers, permissions count.
            if [ "$(id -u)" = 0 ]; then
                plain() { "$SETPRIV" --bounding-set -dac_override,-dac_read_search "$@"; }
            else
                plain() { "$@"; }
            fi
            critsweep() { plain "$TIMEOUT" -k 1 30 "$PROGRAM" "$@"; }
            finished() { cp -r "$FINISHED" smoke.sweep; }
            background() { "$PROGRAM" "$@" >>"$OUT/background" 2>&1 & PIDS="$PIDS $!"; }
            running() {
                background coordinator long.yaml --ledger long/ledger.sqlite --bind "$1" --quiet
                until [ -e long/query.sock ]; do sleep 0.02; done
            }
            \(ported(fault.arrangement))
            list() { find \(fault.need == .mounts ? ". /mnt" : ".") -type f -exec sha256sum {} + -o -printf '%y %p\\n' | sort; }
            list >"$OUT/before"
            (\(ported(command))
            ) >"$OUT/out" 2>"$OUT/err" </dev/null
            echo $? >"$OUT/code"
            list >"$OUT/after"
            """
    }

    /// What a sentence says after ports were put in the place of the document's.
    static func portless(_ text: String, of fault: ErrorCase) -> String {
        text.replacing("\(20_000 + abs(fault.fault.hashValue) % 12_000)", with: "21500")
    }
}
