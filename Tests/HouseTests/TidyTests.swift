import Foundation
import Testing

/// The house as a whole: sizes of files, mirrors, pinned packages, nothing of one machine.
@Suite("Tidiness")
struct TidyTests {
    static let lineLimit = 450

    // MARK: Files

    static func isTooLong(_ file: SourceTree.File) -> Bool {
        !file.isGenerated && SourceText.lineCount(file.text) > lineLimit
    }

    @Test("a file has one subject, and at most 450 lines")
    func filesAreShort() throws {
        let long = try SourceTree.allCode().filter(Self.isTooLong).map(\.path)
        #expect(long == [])
    }

    @Test("a file of 451 lines is caught, one of 450 is not")
    func longFileIsCaught() {
        let full = SourceTree.File(
            path: "Sources/A/A.swift", text: String(repeating: "\n", count: 450))
        let long = SourceTree.File(path: "Sources/A/A.swift", text: full.text + "// more")
        let generated = SourceTree.File(path: "Sources/A/A.pb.swift", text: long.text)
        #expect([full, long, generated].map(Self.isTooLong) == [false, true, false])
    }

    // MARK: Nothing of one machine

    /// Folders of one machine or one person. Written in pieces, so that this file has none.
    static let privateFolders = ["work", "root", "home", "tmp", "opt", "Users"].map { "/\($0)/" }

    /// Lines of a text that name a folder of one machine: an absolute path, not the middle of a
    /// relative one.
    static func privatePaths(in text: String, folders: [String] = privateFolders) -> [String] {
        text.split(separator: "\n").filter { line in
            folders.contains { folder in
                line.ranges(of: folder).contains { (range: Range<String.Index>) in
                    guard let before = line.prefix(upTo: range.lowerBound).last else { return true }
                    return !(before.isLetter || before.isNumber || "._-/})".contains(before))
                }
            }
        }.map(String.init)
    }

    @Test("no path of one machine in Sources")
    func sourcesNameNoMachine() throws {
        let files = try SourceTree.files(
            under: "Sources", extensions: ["swift", "c", "h", "proto"])
        for file in files { #expect(Self.privatePaths(in: file.text) == [], "\(file.path)") }
    }

    @Test("no path of one person in tests, documents and configurations")
    func documentsNameNoPerson() throws {
        let folders = Self.privateFolders.filter { $0 != "/tmp/" && $0 != "/opt/" }
        for folder in ["Tests", "docs", "configs", "cluster"] {
            let files = try SourceTree.files(
                under: folder, extensions: ["swift", "md", "yaml", "sh", "py", "json", "c", "h"])
            for file in files {
                #expect(Self.privatePaths(in: file.text, folders: folders) == [], "\(file.path)")
            }
        }
    }

    @Test(
        "a path of one machine is caught",
        arguments: ["let a = \"\(privateFolders[0])a\"", "// see \(privateFolders[1])notes"])
    func plantedPathIsCaught(line: String) {
        #expect(Self.privatePaths(in: "ok\n\(line)\n") == [line])
    }

    @Test("the middle of a path is not a path of a machine")
    func middleOfPathIsNot() {
        #expect(Self.privatePaths(in: "Tests/tmp/a, $(DIR)/work/x, https://a.org/home/b") == [])
    }

    // MARK: Mirrors

    /// Names of the folders below another that hold at least one file of these extensions.
    static func targets(under folder: String, extensions: Set<String>) throws -> Set<String> {
        Set(try SourceTree.files(under: folder, extensions: extensions).map(\.target))
            .subtracting([""])
    }

    /// Rooms that exist and should have a mirror among the test targets, but have none.
    static func unmirrored(rooms: Set<String>, tests: Set<String>) -> [String] {
        Rooms.table.filter {
            $0.hasMirror && rooms.contains($0.name) && !tests.contains("\($0.name)Tests")
        }.map(\.name)
    }

    @Test("every room has a mirror under Tests")
    func everyRoomHasAMirror() throws {
        let rooms = try Self.targets(under: "Sources", extensions: ["swift", "c"])
        let tests = Set(
            try SourceTree.files(under: "Tests", extensions: ["swift"])
                .filter { $0.source.tokens.contains { $0.text == "Test" } }.map(\.target))
        #expect(Self.unmirrored(rooms: rooms, tests: tests) == [])
    }

    @Test("a room without a mirror is caught")
    func missingMirrorIsCaught() {
        let rooms: Set = ["SweepCore", "SweepSpec", "critsweep", "CSweepKernels"]
        #expect(Self.unmirrored(rooms: rooms, tests: ["SweepCoreTests"]) == ["SweepSpec"])
    }

    // MARK: Tests use the public API

    /// CI builds in release configuration, where nothing is testable that is not public.
    static func oldImports(in file: SourceTree.File) -> [String] {
        file.source.imports.filter { $0.isTestable || $0.module == "XCTest" }.map {
            "\(file.path):\($0.line): \($0.isTestable ? "@testable import" : "XCTest")"
        }
    }

    @Test("tests use the public API and Swift Testing")
    func testsUseThePublicInterface() throws {
        let files = try SourceTree.files(under: "Tests", extensions: ["swift"])
        #expect(files.flatMap(Self.oldImports) == [])
    }

    @Test("a testable import is caught")
    func testableImportIsCaught() {
        let file = SourceTree.File(
            path: "Tests/A/A.swift", text: "import Testing\n@testable import SweepCore\n")
        #expect(Self.oldImports(in: file) == ["Tests/A/A.swift:2: @testable import"])
    }

    // MARK: The manifest

    /// What is wrong with a manifest: an unpinned package, an unsafe flag, a room left out.
    static func manifestViolations(_ text: String, rooms: Set<String>) -> [String] {
        let source = SourceText(text)
        let lines = text.split(separator: "\n").filter { $0.contains(".package(url:") }
        let loose = lines.filter { !$0.contains("exact: ") }.map {
            "not pinned: \($0.drop { $0 == " " })"
        }
        let flags = source.tokens.filter { $0.text == "unsafeFlags" }.map {
            "line \($0.line): unsafeFlags"
        }
        let names = Set(source.literals.map(\.text))
        return loose + flags
            + rooms.filter { !names.contains($0) }.sorted().map { "no target \($0)" }
    }

    @Test("the manifest pins its packages, has no unsafe flags and knows every room")
    func manifestIsStrict() throws {
        let rooms = try Self.targets(under: "Sources", extensions: ["swift", "c", "modulemap"])
        let manifest = try SourceTree.text("Package.swift")
        #expect(Self.manifestViolations(manifest, rooms: rooms) == [])
    }

    @Test("a loose manifest is caught")
    func looseManifestIsCaught() {
        let manifest = """
            .package(url: "https://example.org/a", exact: "1.0.0"),
            .package(url: "https://example.org/b", from: "1.0.0"),
            .target(name: "SweepCore", swiftSettings: [.unsafeFlags(["-Ounchecked"])]),
            """
        let found = Self.manifestViolations(manifest, rooms: ["SweepCore", "SweepSpec"])
        #expect(
            found == [
                "not pinned: .package(url: \"https://example.org/b\", from: \"1.0.0\"),",
                "line 3: unsafeFlags", "no target SweepSpec",
            ])
    }
}
