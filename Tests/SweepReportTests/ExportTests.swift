import Foundation
import SweepCore
import SweepLedger
import SweepReport
import Testing

@Suite("Exports of trials")
struct ExportTests {
    // The files were written by a program in another language, and the archive read by NumPy.
    @Test("csv and JSON lines are as they were written elsewhere")
    func golden() throws {
        let sample = try ExportSample()
        try TableFormatTests.expectGolden("export.csv", sample.csv())
        try TableFormatTests.expectGolden("export-details.csv", sample.csv(hasRunColumns: true))
        try TableFormatTests.expectGolden("export.jsonl", sample.lines())
    }

    @Test("order, attempts, workers and times of a run leave no trace in csv, jsonl and npz")
    func sameBytes() throws {
        let one = try ExportSample()
        let other = try ExportSample(order: ExportSample.recorded.reversed(), attempts: 3)
        #expect(try one.csv() == other.csv())
        #expect(try one.lines() == other.lines())
        #expect(try one.archive() == other.archive())
        // Not because nothing differs.
        #expect(try one.csv(hasRunColumns: true) != other.csv(hasRunColumns: true))
        #expect(try one.lines(hasTimes: true) != other.lines(hasTimes: true))
    }

    @Test("a line of JSON is the trial, every number to the bit")
    func jsonLines() throws {
        let sample = try ExportSample()
        let lines = try sample.lines().split(separator: "\n")
        #expect(lines.count == ExportSample.recorded.count)
        // By point, then seed: the third line is seed 2 of point 0, trial 8.
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(lines[2].utf8)) as? [String: Any])
        #expect(Set(object.keys) == ["point", "seed", "metrics", "arrays", "diagnostics"])
        #expect(object["seed"] as? Int == 2)
        let metrics = try #require(object["metrics"] as? [String: Any])
        #expect(metrics["cka_output"] as? Double == 8.0 / 7)
        #expect(metrics["tiny"] as? Double == .leastNonzeroMagnitude)
        #expect(lines[2].contains("\"gain\":-0.0"))
        let arrays = try #require(object["arrays"] as? [String: Any])
        #expect(arrays["layers"] as? [Double] == [8.0 / 7, -8.0 / 7])
        #expect(arrays["kernels"] as? [[[Double]]] == [[[1, 8.0 / 7], [8.0 / 7, .pi]]])
        // Trial 4: seed 1 of point 0.
        let failed = try #require(
            try JSONSerialization.jsonObject(with: Data(lines[1].utf8)) as? [String: Any])
        #expect(Set(failed.keys) == ["point", "seed", "failure", "diagnostics"])
        #expect((failed["failure"] as? [String: Any])?["kind"] as? String == "not_converged")
        #expect(try sample.lines(hasTimes: true).contains("\"cpu_seconds\":0.011"))
    }

    @Test("the archive holds every number at its point and seed, NaN where there is none")
    func archive() throws {
        let reader = try ArchiveReader(ExportSample().archive())
        #expect(
            reader.names == [
                "gain", "activation", "seed", "n", "recorded", "failed", "failure_kind",
                "cka_output", "epoch", "metric_gain", "tiny", "layers", "kernels", "acceptance",
                "burn_in",
            ])
        #expect(reader.arrays["gain"]?.doubles == [0.4, 0.4, 1.2, 1.2])
        #expect(reader.arrays["activation"]?.type == "<U5")
        #expect(
            reader.arrays["activation"]?.texts(length: 5) == ["erf", "größe", "erf", "größe"])
        #expect(reader.arrays["seed"]?.integers == [0, 1, 2])
        #expect(reader.arrays["n"]?.integers == [2, 2, 3, 2])
        let values = try #require(reader.arrays["cka_output"])
        let layers = try #require(reader.arrays["layers"])
        let kernels = try #require(reader.arrays["kernels"])
        #expect(values.shape == [4, 3] && layers.shape == [4, 3, 2])
        #expect(kernels.shape == [4, 3, 1, 2, 2])
        for point in 0..<4 {
            for seed in 0..<3 {
                let (place, trial) = (3 * point + seed, 4 * seed + point)
                let isThere = ExportSample.recorded.contains(trial) && trial != 4
                let expected = isThere ? Double(trial) / 7 : .nan
                #expect(same(values.doubles[place], expected), "trial \(trial)")
                #expect(same(layers.doubles[2 * place + 1], -expected), "trial \(trial)")
                #expect(same(kernels.doubles[4 * place + 2], expected), "trial \(trial)")
                let epoch = isThere && trial % 3 != 0 ? Double(trial) : .nan
                #expect(same(reader.arrays["epoch"]?.doubles[place], epoch), "trial \(trial)")
                #expect(
                    reader.arrays["recorded"].map { Array($0.bytes)[place] } == (isThere ? 1 : 0))
                #expect(
                    reader.arrays["failed"].map { Array($0.bytes)[place] } == (trial == 4 ? 1 : 0))
                let burnIn = trial == 4 ? 50 : Double.nan
                #expect(same(reader.arrays["burn_in"]?.doubles[place], burnIn))
            }
        }
        #expect(
            reader.arrays["failure_kind"]?.texts(length: 13).filter { !$0.isEmpty }
                == ["not_converged"])
        // Minus zero is kept.
        #expect(reader.arrays["metric_gain"]?.doubles[0].bitPattern == (-0.0).bitPattern)
    }

    private func same(_ found: Double?, _ expected: Double) -> Bool {
        guard let found else { return false }
        return expected.isNaN ? found.isNaN : found == expected
    }

    @Test("arrays of several shapes are stacked by shape, with their points and seeds")
    func ragged() throws {
        let reader = try ArchiveReader(ExportSample(isRagged: true).archive())
        #expect(reader.arrays["layers"] == nil)
        #expect(reader.arrays["layers_2"]?.shape == [4, 2])
        #expect(
            reader.arrays["layers_2_trials"]?.integers == [0, 0, 0, 2, 1, 0, 1, 1])
        #expect(reader.arrays["layers_3"]?.shape == [5, 3])
        #expect(reader.arrays["layers_3_trials"]?.shape == [5, 2])
        #expect(
            reader.arrays["layers_3_trials"]?.integers == [2, 0, 2, 1, 2, 2, 3, 0, 3, 1])
        #expect(reader.arrays["layers_3"]?.doubles.prefix(3) == [2.0 / 7, 1, 2])
        #expect(reader.arrays["kernels"]?.shape == [4, 3, 1, 2, 2])
    }

    @Test("sizes in 64 bits say the same", arguments: [1, 200, 1_000])
    func zip64(limit: UInt64) throws {
        let sample = try ExportSample()
        let plain = try ArchiveReader(sample.archive())
        let wide = try ArchiveReader(sample.archive(zip64From: limit))
        #expect(plain.wideCount == 0)
        #expect(limit == 1 ? wide.wideCount == wide.names.count : wide.wideCount < wide.names.count)
        #expect(wide.names == plain.names)
        for name in plain.names {
            #expect(
                wide.arrays[name].map { Array($0.bytes) }
                    == plain.arrays[name].map { Array($0.bytes) })
        }
    }

    @Test("an archive written elsewhere has the same bytes")
    func goldenArchive() throws {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = tests.appendingPathComponent("Golden/report/export.npz")
        let found = Data(try ExportSample(isRagged: true).archive())
        if ProcessInfo.processInfo.environment["SWEEP_REWRITE_GOLDEN"] == "1" {
            try found.write(to: file)
        }
        #expect(try Data(contentsOf: file) == found)
    }
}

@Suite("Files that appear whole")
struct ExportFileTests {
    private static func folder() throws -> String {
        let path = NSTemporaryDirectory() + "critsweep-file-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    @Test("the old file stands until the new one is complete, and then nothing else is left")
    func replaces() throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = "\(folder)/a.csv"
        try "old".write(toFile: path, atomically: true, encoding: .utf8)
        do {
            let given = try ExportFile(replacing: path)
            try given.open()
            try given.write("half")
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a.csv"])
        let file = try ExportFile(replacing: path)
        try file.open()
        try file.write("new")
        let digest = try file.digest()
        #expect(digest.sha256 == ContentDigest(of: "new").description && digest.byteCount == 3)
        try file.finish()
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
        try file.commit()
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "new")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a.csv"])
    }

    @Test("a link stays a link, and what it leads to is replaced")
    func link() throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try "old".write(toFile: "\(folder)/real", atomically: true, encoding: .utf8)
        try FileManager.default.createSymbolicLink(
            atPath: "\(folder)/link", withDestinationPath: "real")
        let file = try ExportFile(replacing: "\(folder)/link")
        try file.open()
        try file.write("new")
        try file.finish()
        try file.commit()
        #expect(try String(contentsOfFile: "\(folder)/real", encoding: .utf8) == "new")
        let kind = try FileManager.default.attributesOfItem(atPath: "\(folder)/link")[.type]
        #expect(kind as? FileAttributeType == .typeSymbolicLink)
    }

    @Test("folders, devices, ledgers and places that are not there are refused")
    func refused() throws {
        let sample = try ExportSample()
        for (path, code) in [
            (sample.folder, 73), ("/dev/null", 73), ("\(sample.folder)/ledger.sqlite", 73),
            ("\(sample.folder)/nowhere/a.csv", 73), ("\(sample.folder)/ledger.sqlite/a", 73),
            ("\(sample.folder)/\(String(repeating: "x", count: 256))", 73), ("", 73),
        ] {
            #expect {
                _ = try ExportFile(replacing: path)
            } throws: { error in
                (error as? ExportError)?.exitCode == Int32(code)
            }
        }
    }
}
