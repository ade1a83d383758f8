import Foundation
import TestSupport
import Testing

@Suite("Export")
struct ExportTests {
    private static let spec = """
        sweep: tiny
        experiment: posterior
        data: {task: xor, points: 6, dimension: 20}
        inference: {effective_samples: 30}
        keep: [cka_layer, mean_kernels]
        grid:
          gain: [0.8, 1.4]
          width: [24]
          depth: [2, 3]
        seeds: 2
        """

    private static func object(_ name: String, in folder: URL) throws -> [String: Any] {
        try #require(
            try JSONSerialization.jsonObject(
                with: Data(contentsOf: folder.appending(path: name))) as? [String: Any])
    }

    private static func names(in folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path()).sorted()
    }

    /// A finished sweep in `sweep`, in a folder of its own.
    private static func finished(_ body: (URL) throws -> Void) throws {
        try Scratch.with { folder in
            let path = try Scratch.write(spec, "tiny.yaml", in: folder)
            let run = try Sweeps.start(path, workers: 1, in: folder).wait()
            try #require(run.status == 0, "\(run.talk)")
            try body(folder)
        }
    }

    @Test("every format is written whole, with its provenance, and the copy still verifies")
    func formats() throws {
        try Self.finished { folder in
            for name in ["a.csv", "a.jsonl", "a.npz", "a.sqlite"] {
                let result = try Program.run(["export", "sweep", "--out", name], in: folder)
                #expect(result.status == 0, "\(result.talk)")
                #expect(result.output.isEmpty)
                #expect(result.talk.hasPrefix("\(name): 8 of 8 trials, "), "\(result.talk)")
                let provenance = try Self.object("\(name).provenance.json", in: folder)
                let file = try #require(provenance["file"] as? [String: Any])
                let bytes = try Data(contentsOf: folder.appending(path: name))
                #expect(file["bytes"] as? Int == bytes.count)
                #expect((file["sha256"] as? String)?.count == 64)
            }
            #expect(
                try Self.names(in: folder) == [
                    "a.csv", "a.csv.provenance.json", "a.jsonl", "a.jsonl.provenance.json",
                    "a.npz", "a.npz.provenance.json", "a.sqlite", "a.sqlite.provenance.json",
                    "sweep", "tiny.yaml",
                ])
            let verify = try Program.run(["verify", "a.sqlite"], in: folder)
            #expect(verify.status == 0, "\(verify.talk)")
            let printed = try Program.run(["export", "sweep", "--format", "csv"], in: folder)
            #expect(
                printed.output
                    == (try String(
                        contentsOf: folder.appending(path: "a.csv"), encoding: .utf8)))
            // A line is the trial as `trial` computes it, times apart.
            let trial = try Program.run(
                ["trial", "tiny.yaml", "--point", "1", "--seed", "1"], in: folder)
            let expected = try #require(
                try JSONSerialization.jsonObject(with: Data(trial.output.utf8))
                    as? [String: Any])
            let lines = try String(
                contentsOf: folder.appending(path: "a.jsonl"), encoding: .utf8
            ).split(separator: "\n")
            let found = try #require(
                try JSONSerialization.jsonObject(with: Data(lines[3].utf8)) as? [String: Any])
            for key in ["point", "metrics"] {
                #expect(
                    NSDictionary(dictionary: found[key] as? [String: Any] ?? [:]).isEqual(
                        to: expected[key] as? [String: Any] ?? ["": 0]), "\(key)")
            }
            let resumed = try Program.run(
                [
                    "coordinator", "tiny.yaml", "--ledger", "a.sqlite", "--bind",
                    "tcp://127.0.0.1:*",
                ], in: folder)
            #expect(resumed.status == 66)
            #expect(resumed.talk.contains("made by `critsweep export`"))
        }
    }

    @Test("the provenance of a sweep names spec, counts, versions and how to repeat it")
    func provenance() throws {
        try Self.finished { folder in
            let facts = try Self.object("sweep/tiny.provenance.json", in: folder)
            #expect(facts["sweep"] as? String == "tiny")
            #expect(facts["spec_text"] as? String == Self.spec)
            let family = try #require((facts["kernel_families"] as? [String])?.first)
            #expect(facts["command"] as? String == "critsweep run tiny.yaml --kernels \(family)")
            for (key, value) in [
                ("points", 4), ("seeds", 2), ("trials", 8), ("recorded", 8), ("failed", 0),
                ("attempts", 8), ("divergent_duplicates", 0),
            ] {
                #expect(facts[key] as? Int == value, "\(key)")
            }
            #expect(facts["random_key"] as? String == "0")
            #expect((facts["program_sha256"] as? String)?.count == 64)
            let start = try #require((facts["starts"] as? [[String: Any]])?.first)
            #expect(start["ended_at"] is String)
            let libraries = try #require(facts["libraries"] as? [String: String])
            #expect(
                Set(libraries.keys) == ["swift_compiler", "libzmq", "libsodium", "sqlite", "zlib"])
            let first = try #require(facts["first_commit_at"] as? String)
            let last = try #require(facts["last_commit_at"] as? String)
            #expect(first <= last && first.hasSuffix("Z") && first.count == 24)
        }
    }

    @Test("a damaged ledger gives 66, leaves the old file and nothing half-written")
    func damaged() throws {
        try Self.finished { folder in
            let ledger = folder.appending(path: "sweep/ledger.sqlite")
            var bytes = try Data(contentsOf: ledger)
            // The name of a metric, in the table of layouts.
            let place = try #require(bytes.range(of: Data("mean_potential\n".utf8)))
            bytes[place.lowerBound] = UInt8(ascii: "M")
            try bytes.write(to: ledger)
            for name in ["a.csv", "a.jsonl", "a.npz", "a.sqlite"] {
                try "old".write(
                    to: folder.appending(path: name), atomically: true, encoding: .utf8)
                let result = try Program.run(["export", "sweep", "--out", name], in: folder)
                #expect(result.status == 66, "\(result.talk)")
                #expect(result.talk.contains("is damaged"), "\(result.talk)")
                #expect(
                    try String(contentsOf: folder.appending(path: name), encoding: .utf8) == "old")
            }
            let printed = try Program.run(["export", "sweep", "--format", "jsonl"], in: folder)
            #expect(printed.status == 66 && printed.output.isEmpty)
            #expect(
                try Self.names(in: folder) == [
                    "a.csv", "a.jsonl", "a.npz", "a.sqlite", "sweep", "tiny.yaml",
                ])
        }
    }

    @Test(
        "what cannot be is refused with its exit code",
        arguments: [
            (["--out", "sweep/ledger.sqlite"], 73), (["--out", "nowhere/a.csv"], 73),
            (["--out", "sweep", "--format", "csv"], 73), (["--format", "npz"], 2),
            (["--format", "sqlite", "--out", "-"], 2), (["--out", "a.txt"], 2), ([], 2),
            (["--format", "xml", "--out", "a.csv"], 2),
        ])
    func refused(arguments: [String], code: Int) throws {
        try Scratch.with { folder in
            let text = Sweeps.sleeping(milliseconds: 0, points: 1, seeds: 1)
            let path = try Scratch.write(text, "sweep.yaml", in: folder)
            try #require(try Sweeps.start(path, workers: 1, in: folder).wait().status == 0)
            let before = try Data(contentsOf: folder.appending(path: "sweep/ledger.sqlite"))
            let result = try Program.run(["export", "sweep"] + arguments, in: folder)
            #expect(result.status == Int32(code), "\(result.talk)")
            #expect(result.talk.split(separator: "\n").count == 1, "\(result.talk)")
            #expect(
                try Data(contentsOf: folder.appending(path: "sweep/ledger.sqlite")) == before)
            #expect(try Self.names(in: folder) == ["sweep", "sweep.yaml"])
        }
    }

    @Test("a running sweep is exported in every format, and keeps running")
    func running() throws {
        try Scratch.with { folder in
            let text = Sweeps.sleeping(milliseconds: 60, points: 20, seeds: 2)
            let path = try Scratch.write(text, "sweep.yaml", in: folder)
            let command = try Sweeps.start(path, workers: 1, in: folder)
            try Sweeps.wait(for: 3, of: command, in: folder)
            for name in ["a.csv", "a.jsonl", "a.npz", "a.sqlite"] {
                let result = try Program.run(["export", "sweep", "--out", name], in: folder)
                #expect(result.status == 0, "\(result.talk)")
            }
            // Asked of the coordinator, which holds the ledger: it had work left.
            let partial = try Self.object("a.csv.provenance.json", in: folder)
            let recorded = try #require(partial["recorded"] as? Int)
            #expect(recorded >= 3 && recorded < 40)
            let lines = try String(contentsOf: folder.appending(path: "a.csv"), encoding: .utf8)
                .split(separator: "\n")
            #expect(lines.count == recorded + 1)
            let result = try command.wait()
            #expect(result.status == 0, "\(result.talk)")
            let verify = try Program.run(["verify", "a.sqlite"], in: folder)
            #expect(verify.status == 0, "\(verify.output)\(verify.talk)")
            #expect(
                try Self.names(in: folder.appending(path: "sweep")).allSatisfy {
                    !$0.hasSuffix(".part")
                })
            try Sweeps.expectSound(in: folder)
        }
    }
}
