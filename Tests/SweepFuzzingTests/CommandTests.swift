import Foundation
import SweepFuzzing
import TestSupport
import Testing

/// The built command in processes of its own.
@Suite("critsweep-fuzz, as a process")
struct CommandTests {
    private static var corpus: String {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Corpus").path()
    }

    private static func run(
        _ arguments: [String]
    ) throws -> (status: Int32, output: String, talk: String) {
        let result = try Command.run("critsweep-fuzz", arguments)
        return (result.status, result.output, result.talk)
    }

    /// Replays files with these contents against the planted parser.
    private static func replayPlanted(
        _ contents: [String], _ arguments: String...
    ) throws -> (status: Int32, output: String) {
        try Scratch.with { folder in
            let planted = folder.appending(path: "planted")
            try FileManager.default.createDirectory(
                at: planted, withIntermediateDirectories: true)
            for (number, text) in contents.enumerated() {
                _ = try Scratch.write(text, "\(1_000 + number)", in: planted)
            }
            let (status, output, _) = try run(["--replay", planted.path()] + arguments)
            return (status, output)
        }
    }

    @Test("every input of the corpus is answered as promised")
    func corpusIsReplayed() throws {
        // How long one takes is for the long run, on a machine that does nothing else.
        let (status, output, _) = try Self.run(["--replay", Self.corpus, "--limit", "5000"])
        #expect(status == 0, "\(output)")
        let files = try #require(FileManager.default.enumerator(atPath: Self.corpus)).filter {
            var isFolder: ObjCBool = false
            let path = "\(Self.corpus)/\($0)"
            return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
                && !isFolder.boolValue
        }
        let counts = output.split(separator: "\n").compactMap { line in
            line.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        }
        #expect(counts.reduce(0, +) == files.count)
        #expect(counts.count == FuzzTargets.all.count, "every target has a corpus")
    }

    @Test(
        "a planted fault is found, and the inputs after it are judged",
        arguments: [
            ("t", "a trap (signal"), ("b", "a promise of 1 bytes"),
            ("d", "a trap (signal 11"), ("g", "bytes of memory for an input of 1 bytes, at most"),
            ("m", "a trap (signal"), ("s", " ms for an input of 1 bytes, at most 100 are allowed"),
        ])
    func plantedFaultIsFound(content: String, sentence: String) throws {
        let (status, output) = try Self.replayPlanted(
            [".", content, ".", "."], "--patience", "200")
        #expect(status == 1)
        let lines = output.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.first?.hasPrefix("FAILED ") == true)
        #expect(lines.first?.contains("planted/1001: ") == true, "\(output)")
        #expect(lines.first?.contains(sentence) == true, "\(output)")
        #expect(lines.last?.hasPrefix("planted: 4 inputs, ") == true, "\(output)")
    }

    @Test("a hang is ended")
    func hangIsEnded() throws {
        let (status, output) = try Self.replayPlanted([".", "h", "."], "--patience", "1")
        #expect(status == 1)
        #expect(output.contains("planted/1001: no end within 1 s"), "\(output)")
        #expect(output.contains("planted: 3 inputs, 2 read, 1 failed"), "\(output)")
    }

    @Test("memory that is never given back is found")
    func leakIsFound() throws {
        let leaking = [String](repeating: "l", count: 40)
        let (status, output) = try Self.replayPlanted(leaking, "--jobs", "1")
        #expect(status == 1)
        #expect(output.contains("the heap grew by "), "\(output)")
    }

    @Test("an input that fails is kept, and fails again when it is replayed")
    func failingInputIsKept() throws {
        try Scratch.with { folder in
            let (status, output, _) = try Self.run([
                "--target", "planted", "--inputs", "4000", "--seed", "5", "--keep", folder.path(),
            ])
            #expect(status == 1)
            let files = try FileManager.default.contentsOfDirectory(
                atPath: folder.appending(path: "planted").path())
            #expect(!files.isEmpty)
            for file in files {
                #expect(output.contains("planted/\(file)\n"), "\(output)")
                let path = folder.appending(path: "planted/\(file)").path()
                let again = try Self.run(["--replay", path])
                #expect(again.status == 1)
                #expect(again.output.hasPrefix("FAILED \(path): a promise of 2 bytes\n"))
            }
        }
    }

    @Test("a run does not depend on how many children share it", arguments: ["wire", "spec"])
    func jobsChangeNothing(target: String) throws {
        func counts(_ jobs: String) throws -> Substring? {
            let (status, output, _) = try Self.run([
                "--target", target, "--inputs", "600", "--seed", "9", "--jobs", jobs, "--limit",
                "5000", "--corpus", Self.corpus,
            ])
            #expect(status == 0, "\(output)")
            return output.split(separator: ";").first
        }
        let one = try counts("1")
        #expect(one?.hasPrefix("\(target): 600 inputs, ") == true)
        #expect(try counts("3") == one)
    }

    @Test(
        "wrong usage is told with exit code 2",
        arguments: [
            ["--target", "weather"], ["--inputs", "0"], ["--inputs", "-1"], ["--jobs", "0"],
            ["--replay", "no-such-file"], ["--limit", "0"], ["--weather"],
        ])
    func wrongUsage(arguments: [String]) throws {
        let (status, output, talk) = try Self.run(arguments)
        #expect(status == 2)
        #expect(output.isEmpty)
        #expect(!talk.isEmpty)
    }
}
