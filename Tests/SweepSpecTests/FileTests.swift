import Foundation
import SweepPhysics
import SweepSpec
import Testing

@Suite("Files of a spec")
struct FileTests {
    static func sentence(_ path: String) -> String? {
        do throws(SpecError) {
            _ = try SweepSpecification(contentsOf: path)
            return nil
        } catch {
            return error.description
        }
    }

    static func write(_ bytes: some Sequence<UInt8>, to path: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    @Test("a file is read, with its text kept")
    func fileIsRead() throws {
        try Fixtures.withFolder { folder in
            try Self.write(Fixtures.posterior.utf8, to: "\(folder)/a.yaml")
            let spec = try SweepSpecification(contentsOf: "\(folder)/a.yaml")
            #expect(spec.sourceText == Fixtures.posterior)
            #expect(spec.path == "\(folder)/a.yaml")
        }
    }

    @Test("line ends of Windows and a byte-order mark are read")
    func windowsFileIsRead() throws {
        try Fixtures.withFolder { folder in
            let text = Fixtures.posterior.replacingOccurrences(of: "\n", with: "\r\n")
            try Self.write([0xEF, 0xBB, 0xBF] + Array(text.utf8), to: "\(folder)/a.yaml")
            let spec = try SweepSpecification(contentsOf: "\(folder)/a.yaml")
            #expect(spec.change(from: try Fixtures.spec()) == .same)
            let wrong = text.replacingOccurrences(of: "seeds: 10", with: "seeds: x")
            try Self.write(wrong.utf8, to: "\(folder)/a.yaml")
            #expect(
                Self.sentence("\(folder)/a.yaml")
                    == "\(folder)/a.yaml:10: seeds must be a whole number from 1 to 1000000000, "
                    + "but is \"x\"")
        }
    }

    @Test("a file that is not there, or no file, is refused")
    func missingFileIsRefused() throws {
        try Fixtures.withFolder { folder in
            #expect(
                Self.sentence("\(folder)/none.yaml")
                    == "\(folder)/none.yaml: cannot be read as a spec: No such file or directory")
            #expect(
                Self.sentence(folder) == "\(folder): cannot be read as a spec: Is a directory")
            #expect(
                Self.sentence("/dev/zero")
                    == "/dev/zero: cannot be read as a spec: Not a regular file")
            mkfifo("\(folder)/pipe", 0o600)
            #expect(
                Self.sentence("\(folder)/pipe")
                    == "\(folder)/pipe: cannot be read as a spec: Not a regular file")
        }
    }

    @Test("text in another encoding is refused with its line")
    func otherEncodingIsRefused() throws {
        try Fixtures.withFolder { folder in
            let path = "\(folder)/a.yaml"
            try Self.write(Array("sweep: a\n# caf".utf8) + [0xE9, 0x0A], to: path)
            #expect(
                Self.sentence(path)
                    == "\(path):2: a spec must be UTF-8 text, but this line is not; "
                    + "save the file as UTF-8")
            try Self.write([0xFF, 0xFE, 0x73, 0x00], to: path)
            #expect(
                Self.sentence(path)
                    == "\(path):1: a spec must be UTF-8 text, but this line is not; "
                    + "save the file as UTF-8")
        }
    }

    @Test("a file of more than a mebibyte is refused, one of a mebibyte is read")
    func longFileIsRefused() throws {
        try Fixtures.withFolder { folder in
            let path = "\(folder)/a.yaml"
            let padding = SweepSpecification.byteLimit - Fixtures.posterior.utf8.count - 1
            let text = Fixtures.posterior + String(repeating: "#", count: padding) + "\n"
            try Self.write(text.utf8, to: path)
            #expect(Self.sentence(path) == nil)
            try Self.write((text + "#").utf8, to: path)
            #expect(
                Self.sentence(path)
                    == "\(path): a spec must be at most 1048576 bytes long, but this file is longer"
            )
        }
    }

    @Test("a data file is looked for beside the spec, and its absence is a wrong spec")
    func dataFileIsBesideTheSpec() throws {
        try Fixtures.withFolder { folder in
            let path = "\(folder)/a.yaml"
            let text = Fixtures.posterior.replacingOccurrences(
                of: "task: xor, points: 12", with: "task: csv, path: data.csv")
            try Self.write(text.utf8, to: path)
            #expect(
                Self.sentence(path)
                    == """
                    \(path):3: data.path must name a readable file, but "\(folder)/data.csv" is not \
                    one: No such file or directory
                    """)
            try Self.write("1,2\n3,4\n5,6".utf8, to: "\(folder)/data.csv")
            let spec = try SweepSpecification(contentsOf: path)
            #expect(spec.dataFiles == ["\(folder)/data.csv"])
            #expect(try spec.posterior(at: 0).task == .csv(path: "\(folder)/data.csv", points: nil))

            // The estimate counts the rows: three points cost what three given points cost.
            let given = try SweepSpecification(
                text: text.replacingOccurrences(of: "data.csv", with: "data.csv, points: 3"),
                path: path)
            #expect(given.estimate() == spec.estimate())
        }
    }

    @Test("the spec of a ledger is read without its data file")
    func dataFileMayBeGone() throws {
        let text = Fixtures.posterior.replacingOccurrences(
            of: "task: xor, points: 12", with: "task: csv, points: 20, path: gone/data.csv")
        let spec = try SweepSpecification(text: text, path: "b/a.yaml", checkingFiles: false)
        #expect(spec.dataFiles == ["b/gone/data.csv"])
        #expect(
            try spec.posterior(at: 0).task == .csv(path: "b/gone/data.csv", points: 20))
    }
}
