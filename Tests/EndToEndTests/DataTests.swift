import Foundation
import TestSupport
import Testing

@Suite("Sweeps of data files")
struct DataTests {
    static let spec = """
        sweep: digits
        experiment: posterior
        data: {task: mnist, path: digits, digits: [2, 7], points: 6, test_points: 3}
        inference: {effective_samples: 40}
        grid:
          gain: [0.8, 1.4]
          width: [32]
          depth: [2]
        seeds: 3
        """

    /// A small set of random images of 4 × 5 pixels: 20 of digit 2, 20 of digit 7, 20 of others.
    static func writeDigits(_ number: Int, in folder: URL) throws {
        func word(_ number: Int) -> [UInt8] {
            [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
        }
        var random = CaseRandom(number)
        let pixels = (0..<60 * 20).map { _ in UInt8(random.next(0..<256)) }
        let labels: [UInt8] = (0..<60).map { image in
            switch image % 3 {
            case 0: 2
            case 1: 7
            default: UInt8(image % 2)
            }
        }
        let imageHeader: [UInt8] = [0x803, 60, 4, 5].flatMap { word($0) }
        let labelHeader: [UInt8] = [0x801, 60].flatMap { word($0) }
        let place = folder.appending(path: "digits")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        try Data(imageHeader + pixels).write(
            to: place.appending(path: "train-images-idx3-ubyte"))
        try Data(labelHeader + labels).write(
            to: place.appending(path: "train-labels-idx1-ubyte"))
    }

    /// The CSV of an undisturbed run on digits.
    static func run(workers: Int, in folder: URL) throws -> Command.Result {
        let spec = try Scratch.write(spec, "digits.yaml", in: folder)
        return try Sweeps.start(spec, workers: workers, in: folder).wait()
    }

    @Test("one worker and two give the same bytes, packed files and plain ones too")
    func sameBytes() throws {
        let tables = try [(1, false), (2, false), (2, true)].map { workers, isPacked in
            try Scratch.with { folder in
                try Self.writeDigits(1, in: folder)
                if isPacked {
                    let packing = try Command.run(
                        path: "/bin/gzip",
                        ["digits/train-images-idx3-ubyte", "digits/train-labels-idx1-ubyte"],
                        in: folder)
                    #expect(packing.status == 0)
                }
                let result = try Self.run(workers: workers, in: folder)
                #expect(result.status == 0, "\(result.talk)")
                try Sweeps.expectSound(in: folder)
                return result.output
            }
        }
        #expect(tables[0].split(separator: "\n").count == 3)
        #expect(tables[0].contains("test_mse_mean"))
        #expect(tables[1] == tables[0])
        #expect(tables[2] == tables[0])
    }

    @Test("data that changed are refused, whatever their name, and the old ones taken again")
    func changedData() throws {
        try Scratch.with { folder in
            try Self.writeDigits(1, in: folder)
            let first = try Self.run(workers: 2, in: folder)
            try #require(first.status == 0, "\(first.talk)")
            let more = Self.spec.replacing("seeds: 3", with: "seeds: 4")
            let spec = try Scratch.write(more, "digits.yaml", in: folder)
            try Self.writeDigits(2, in: folder)
            let changed = try Sweeps.start(spec, workers: 2, in: folder).wait()
            #expect(changed.status == 2)
            #expect(changed.talk.contains("digits/train-images-idx3-ubyte has changed since"))
            let table = try Program.run(["table", "sweep", "--format", "csv"], in: folder)
            #expect(table.output == first.output)
            // The same bytes in another place are the same data.
            try Self.writeDigits(1, in: folder)
            let place = folder.appending(path: "digits")
            try FileManager.default.moveItem(
                at: place.appending(path: "train-images-idx3-ubyte"),
                to: place.appending(path: "train-images.idx3-ubyte"))
            let again = try Sweeps.start(spec, workers: 2, in: folder).wait()
            #expect(again.status == 0, "\(again.talk)")
            try Sweeps.expectSound(in: folder)
        }
    }

    @Test("a worker that finds other data in their place ends with 66 and records nothing")
    func otherDataAtAWorker() throws {
        try Scratch.with { folder in
            try Self.writeDigits(1, in: folder)
            let spec = try Scratch.write(Self.spec, "digits.yaml", in: folder)
            let coordinator = try Program.start(
                [
                    "coordinator", spec, "--ledger", "sweep/ledger.sqlite", "--bind",
                    "ipc://\(folder.path())/c.sock", "--format", "csv", "--quiet",
                ], in: folder)
            let access = folder.appending(path: "sweep/access.json").path()
            while !FileManager.default.fileExists(atPath: access), coordinator.isRunning {
                usleep(20_000)
            }
            func work() throws -> Command.Result {
                try Program.run(
                    ["worker", "--access", access, "--slots", "1", "--spool", "spool"], in: folder)
            }
            // The files of this machine are the worker's, too: it comes after they were replaced.
            try Self.writeDigits(2, in: folder)
            let wrong = try work()
            #expect(wrong.status == 66)
            #expect(wrong.talk.contains("its content is not that of the sweep's file"))
            try FileManager.default.removeItem(at: folder.appending(path: "digits"))
            let without = try work()
            #expect(without.status == 66)
            #expect(without.talk.contains("No such file or directory"))
            let status = try #require(try Sweeps.status(in: folder))
            #expect(status["recorded"] as? Int == 0)
            #expect(status["failed"] as? Int == 0)
            try Self.writeDigits(1, in: folder)
            #expect(try work().status == 0)
            #expect(try coordinator.wait().status == 0)
        }
    }

    @Test("files that are missing, damaged or too few end a command before anything is made")
    func wrongFiles() throws {
        try Scratch.with { folder in
            func refusal(_ command: [String], _ text: String = Self.spec) throws -> String {
                let spec = try Scratch.write(text, "digits.yaml", in: folder)
                let result = try Program.run([command[0], spec] + command.dropFirst(), in: folder)
                #expect(result.status == 2)
                return result.talk
            }
            #expect(try refusal(["validate"]).contains("configs/get-mnist"))
            try Self.writeDigits(1, in: folder)
            let many = Self.spec.replacing("points: 6", with: "points: 38")
            #expect(
                try refusal(["run", "--workers", "1"], many).contains(
                    "there are 20 images of the digit 2, too few for its half of 38 training "
                        + "points and 3 test points"))
            let images = folder.appending(path: "digits/train-images-idx3-ubyte")
            let whole = try Data(contentsOf: images)
            try whole.dropLast().write(to: images)
            for command in [["validate"], ["run", "--workers", "1"], ["trial"]] {
                #expect(try refusal(command).contains("train-images-idx3-ubyte: it is cut off"))
            }
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path())
            #expect(names.sorted() == ["digits", "digits.yaml"])
        }
    }
}
