import Foundation
import TestSupport
import Testing

/// Every line of docs/errors.md is arranged, and the program says and leaves what the line says.
@Suite("Errors")
struct ErrorTableTests {
    private static let lines = Result { () throws -> [ErrorLine] in
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return ErrorLine.read(
            try String(contentsOf: root.appending(path: "docs/errors.md"), encoding: .utf8))
    }

    /// Whether file systems can be mounted here, in a place that nobody else sees.
    private static let canMount: Bool = {
        let script = "mount -t tmpfs none /mnt"
        let result = try? Command.run("/usr/bin/unshare", ["-m", "/bin/sh", "-c", script])
        return result?.status == 0
    }()

    @Test("the tables of docs/errors.md and the tests have the same lines")
    func sameLines() throws {
        let documented = try Self.lines.get().map(\.fault)
        let tested = ErrorCases.all.map(\.fault)
        #expect(Set(documented).subtracting(tested).isEmpty, "lines without a test")
        #expect(Set(tested).subtracting(documented).isEmpty, "tests without a line")
        #expect(documented.count == Set(documented).count)
        #expect(tested.count == Set(tested).count)
    }

    @Test("one sentence, its exit code, and nothing half-written", arguments: ErrorCases.plain)
    func fault(_ fault: ErrorCase) throws { try check(fault) }

    @Test(
        "the same where a file system has to be mounted",
        .enabled(if: canMount, "mounting a file system needs an administrator"),
        arguments: ErrorCases.mounting)
    func mountedFault(_ fault: ErrorCase) throws { try check(fault) }

    private func check(_ fault: ErrorCase) throws {
        let line = try #require(try Self.lines.get().first { $0.fault == fault.fault })
        try Scratch.with { folder in
            let outcome = try ErrorOutcome.of(fault, line.command, in: folder)
            #expect(outcome.status == line.code)
            let talk = outcome.talk.split(separator: "\n").map(String.init)
            let isSilent = line.sentence.isEmpty
            #expect(talk.count == (isSilent ? 0 : 1) || fault.hasLog, "\(outcome.talk)")
            let said = ErrorScripts.portless(talk.last ?? "", of: fault)
            if isSilent {
                #expect(said.isEmpty)
            } else {
                #expect(said.hasPrefix("critsweep: "), "\(said)")
                let sentence = String(said.dropFirst("critsweep: ".count))
                #expect(line.fits(sentence), "\(sentence)")
                #expect(sentence.count <= 400)
                for word in ["Error Domain", "NSCocoa", "Optional(", "zmq_", "The operation"] {
                    #expect(!sentence.contains(word))
                }
            }
            let changed = outcome.before.symmetricDifference(outcome.after).filter { entry in
                !fault.changes.contains {
                    entry.contains(" ./\($0)") || entry.contains(" /\($0)")
                }
            }
            #expect(changed.isEmpty)
        }
    }

    @Test("a pattern fits what it says and nothing else")
    func patterns() {
        func fits(_ pattern: String, _ said: String) -> Bool {
            ErrorLine(fault: "", command: "", code: 2, sentence: pattern).fits(said)
        }
        #expect(fits("a … c", "a b c"))
        #expect(fits("a … c …", "a b c d"))
        #expect(!fits("a … c", "a b c d"))
        #expect(!fits("b", "a b"))
        #expect(fits("process …; wait", "process 12; wait"))
        #expect(ErrorLine.read("| x | `a \\| b` | 2 | `no` |").first?.command == "a | b")
    }
}
