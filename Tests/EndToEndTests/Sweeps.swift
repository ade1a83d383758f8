import Foundation
import TestSupport
import Testing

/// Sweeps that the tests disturb.
enum Sweeps {
    /// Trials that take a few milliseconds of real sampling, with a number that depends on all of
    /// the random keys.
    static let sampling = """
        sweep: disturbed
        experiment: posterior
        data: {task: xor, points: 6, dimension: 20}
        inference: {effective_samples: 60}
        grid:
          gain: {from: 0.6, to: 2.0, count: 8}
          width: [48]
          depth: [3]
        seeds: 6
        """

    /// Trials that sleep, so that a disturbance finds some of them running.
    static func sleeping(milliseconds: Int, points: Int, seeds: Int) -> String {
        """
        sweep: sleeping
        experiment: calibration
        calibration: {kind: sleep, milliseconds: \(milliseconds)}
        grid:
          gain: {from: 1, to: \(points), count: \(points)}
        seeds: \(seeds)
        """
    }

    static func start(
        _ spec: String, workers: Int, in folder: URL
    ) throws -> Command {
        try Program.start(
            [
                "run", spec, "--workers", "\(workers)", "--out", "sweep", "--format", "csv",
                "--quiet",
            ],
            in: folder)
    }

    /// The CSV of an undisturbed run.
    static func undisturbed(_ text: String, workers: Int) throws -> String {
        try Scratch.with { folder in
            let spec = try Scratch.write(text, "sweep.yaml", in: folder)
            let result = try start(spec, workers: workers, in: folder).wait()
            try #require(result.status == 0, "\(result.talk)")
            return result.output
        }
    }

    static func status(in folder: URL) throws -> [String: Any]? {
        let result = try Program.run(["status", "sweep", "--format", "json"], in: folder)
        guard result.status == 0 else { return nil }
        return try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
    }

    /// Waits until so many trials are recorded, or the command has ended.
    static func wait(
        for count: Int, of command: Command, in folder: URL
    ) throws {
        while command.isRunning {
            if let recorded = try status(in: folder)?["recorded"] as? Int, recorded >= count {
                return
            }
            usleep(20_000)
        }
    }

    /// The ledger proves its promises.
    static func expectSound(in folder: URL) throws {
        let result = try Program.run(["verify", "sweep"], in: folder)
        #expect(result.status == 0, "\(result.output)\(result.talk)")
    }
}

/// Numbers that differ from case to case and are the same in every run.
struct CaseRandom {
    private var state: UInt64

    init(_ seed: Int) { state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func next(_ range: Range<Int>) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return range.lowerBound + Int((state >> 33) % UInt64(range.count))
    }
}
