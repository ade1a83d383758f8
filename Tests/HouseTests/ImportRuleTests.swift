import Testing

/// Who may import whom: the table of the rooms, held against every file of Sources.
@Suite("Imports")
struct ImportRuleTests {
    /// One sentence for each import of a Swift file that the table does not allow.
    static func violations(in file: SourceTree.File) -> [String] {
        guard let room = Rooms.table.first(where: { $0.name == file.target }) else {
            return ["\(file.path): the room \(file.target) is not in the table of the rooms"]
        }
        let allowed = Rooms.platformModules(of: room.name).union(room.mayImport)
        return file.source.imports.filter { !allowed.contains($0.module) }.map {
            "\(file.path):\($0.line): \(room.name) may not import \($0.module)"
        }
    }

    /// One sentence for each header that the kernels may not include.
    static func kernelViolations(in file: SourceTree.File) -> [String] {
        SourceText.includes(of: file.text).filter {
            !$0.text.hasPrefix("\"") && !Rooms.kernelHeaders.contains($0.text)
        }.map { "\(file.path):\($0.line): a kernel may not include \($0.text)" }
    }

    @Test("every arrow is in the table")
    func everyArrowIsInTheTable() throws {
        let files = try SourceTree.swiftSources()
        #expect(!files.isEmpty)
        #expect(files.flatMap(Self.violations) == [])
    }

    @Test("kernels include types, mathematics and intrinsics only")
    func kernelsIncludeLittle() throws {
        let files = try SourceTree.files(
            under: "Sources/CSweepKernels", extensions: ["c", "h", "inc"])
        #expect(!files.isEmpty)
        #expect(files.flatMap(Self.kernelViolations) == [])
    }

    @Test("arrows never run in a circle")
    func arrowsPointUpwards() {
        let names = Rooms.table.map(\.name)
        #expect(Set(names).count == names.count)
        for (index, room) in Rooms.table.enumerated() {
            let below = room.mayImport.filter { names.contains($0) }
            #expect(below.filter { !names[..<index].contains($0) } == [], "\(room.name)")
        }
    }

    @Test("the table in the documentation is this one")
    func documentationAgrees() throws {
        let documented = Self.rows(of: try SourceTree.text("docs/architecture.md"))
        #expect(documented.map(\.name) == Rooms.table.map(\.name))
        for (row, room) in zip(documented, Rooms.table) {
            #expect(Set(row.imports) == Set(room.mayImport), "\(room.name)")
        }
    }

    /// Rows of the Markdown table whose first column is the name of a target and whose last one
    /// lists modules, all of them in backquotes.
    static func rows(of markdown: String) -> [(name: String, imports: [String])] {
        let lines = markdown.split(separator: "\n", omittingEmptySubsequences: false)
        guard let heading = lines.firstIndex(where: { $0.hasPrefix("| Room ") }) else { return [] }
        return lines.dropFirst(heading + 2).prefix { $0.hasPrefix("|") }.map { line in
            let cells = line.split(separator: "|")
            let name = quoted(cells.first ?? "").first ?? ""
            return (name, quoted(cells.last ?? ""))
        }
    }

    private static func quoted(_ cell: Substring) -> [String] {
        cell.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }

    // MARK: The rule itself

    @Test(
        "an import outside the table is caught, however it is written",
        arguments: [
            "import Foundation", "@preconcurrency import SweepPhysics",
            "public import SweepLedger", "import struct Foundation.URL",
            "let x = 1; import GRDB", "#if canImport(Glibc)\nimport Foundation\n#endif",
            "import Foundation.NSDate", "/* a comment */ import Yams",
        ])
    func plantedImportIsCaught(code: String) {
        let file = SourceTree.File(path: "Sources/SweepCore/Planted.swift", text: code)
        #expect(Self.violations(in: file).count == 1)
    }

    @Test(
        "what only looks like an import is not one",
        arguments: [
            "import Glibc", "// import Foundation", "let s = \"import Foundation\"",
            "let s = \"\"\"\n  import Foundation\n  \"\"\"", "#if canImport(Foundation)\n#endif",
            "x.import(Foundation)", "func f(import module: String) {}",
            "let q = #\"a\" import B\"#",
        ])
    func harmlessTextIsNot(code: String) {
        let file = SourceTree.File(path: "Sources/SweepCore/Harmless.swift", text: code)
        #expect(Self.violations(in: file) == [])
    }

    @Test("a room that is not in the table is caught")
    func unknownRoomIsCaught() {
        let file = SourceTree.File(path: "Sources/SweepAnything/A.swift", text: "let a = 1")
        #expect(Self.violations(in: file).count == 1)
    }

    @Test(
        "a header that allocates or talks is caught", arguments: ["<stdlib.h>", "<pthread.h>"])
    func plantedHeaderIsCaught(header: String) {
        let file = SourceTree.File(
            path: "Sources/CSweepKernels/planted.c",
            text: "#include <math.h>\n#include \"own.h\"\n  #  include \(header)\n")
        #expect(
            Self.kernelViolations(in: file) == [
                "Sources/CSweepKernels/planted.c:3: a kernel may not include \(header)"
            ])
    }

    @Test("rows of the documented table are read")
    func rowsAreRead() {
        let rows = Self.rows(
            of: "text\n| Room | Holds | May import |\n|---|---|---|\n"
                + "| `A` | a `thing` | — |\n| `B` | b | `A`, `Yams` |\n\n| `C` | c | `A` |\n")
        #expect(rows.map(\.name) == ["A", "B"])
        #expect(rows.map(\.imports) == [[], ["A", "Yams"]])
    }
}
