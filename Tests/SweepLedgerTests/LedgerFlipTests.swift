import Foundation
import SweepCore
import SweepLedger
import Testing

/// Flipped bits and cut ends, a thousand of them: the same answers, or a refusal that says so.
@Suite("Flipped bits and cut ends")
struct LedgerFlipTests {
    /// All that commands make of a ledger.
    private struct Answers: Equatable {
        var results: [StoredResult]
        var contents: LedgerContents
        var spec: ContentDigest?
        var trials: [TrialIndex.Entry]
        var checkpoints: [Lease]
        var quarantined: [String]
    }

    private static let seedCount = 20

    /// Reads everything there is, in every way.
    private static func answers(_ path: String) throws -> Answers {
        let ledger = try Ledger.open(readingAt: path)
        defer { try? ledger.close() }
        let plan = try Fixture.plan(seeds: seedCount)
        ledger.use(plan)
        let answers = Answers(
            results: try Fixture.results(ledger), contents: try ledger.contents(),
            spec: try ledger.sweep()?.digest, trials: try ledger.trialIndex().entries,
            checkpoints: try ledger.checkpoints().map(\.lease),
            quarantined: try ledger.quarantined(atMost: 9).map(\.reason))
        // What these say may differ, as long as they end.
        _ = try ledger.verify()
        _ = try ledger.summary()
        for trial in [0, 41, 45] {
            let (point, seed) = plan.pointAndSeed(of: TrialID(trial))
            _ = try ledger.story(ofPoint: plan.grid.point(at: point).canonicalText, seed: seed)
        }
        return answers
    }

    /// A file, and what was in its ledger after each commit.
    private struct Specimen {
        var file: Data
        var log: Data?
        var states: [[StoredResult]]
        /// nil until it was read.
        var truth: Answers?
    }

    /// A ledger with results, failures, one set aside, losses, duplicates, grants and a checkpoint.
    ///
    /// - Parameter isKilled: Copied before it is closed, with its write-ahead log.
    private static func specimen(isKilled: Bool) throws -> Specimen {
        let scratch = try Scratch()
        let plan = try Fixture.plan(seeds: seedCount)
        var states: [[StoredResult]] = [[]]
        var ledger = try Fixture.ledger(at: scratch.ledger, plan)
        try ledger.begin(name: "s", document: "sweep: s", canonical: "sweep=s")
        func commit(_ writes: [LedgerWrite]) throws {
            _ = try ledger.commit(writes)
            states.append(try Fixture.results(ledger))
        }
        for start in stride(from: 0, to: 40, by: 8) {
            try commit((start..<start + 8).map { Fixture.grant($0) })
            try commit((start..<start + 8).map { Fixture.result($0) })
            // Some of it in the file, the rest in the log.
            if isKilled, start == 16 {
                try ledger.close()
                ledger = try Fixture.ledger(at: scratch.ledger, plan)
            }
        }
        let late = Lease(TrialID(44), attempt: 0)
        try commit((40..<48).map { Fixture.grant($0) } + [Fixture.grant(3, 1, Fixture.bob)])
        try commit([
            Fixture.failure(40), Fixture.failure(41, .quarantined), Fixture.failure(42),
            .loss(LossRecord(late, .unexplained, reason: "gone")),
            .loss(LossRecord(late, .crashed, reason: "signal 11")),
            .duplicate(Fixture.record(3, 1, Fixture.bob)),
            .checkpoint(
                CheckpointRecord(
                    Lease(TrialID(45), attempt: 0), worker: Fixture.ann, step: 5,
                    kernelFamily: "avx2", softwareVersion: "1", content: [1, 2, 3])),
        ])
        try commit([.reopen(TrialID(42), reason: "asked"), Fixture.grant(42, 1)])
        try commit([Fixture.result(42, 1)])
        let path = URL(fileURLWithPath: scratch.ledger)
        let log = URL(fileURLWithPath: scratch.ledger + "-wal")
        if !isKilled { try ledger.close() }
        var specimen = Specimen(
            file: try Data(contentsOf: path), log: isKilled ? try Data(contentsOf: log) : nil,
            states: states)
        if isKilled { try ledger.close() }
        specimen.truth = try answers(scratch.ledger)
        return specimen
    }

    /// What became of damaged files.
    private struct Tally {
        var same = 0
        var refused = 0
        /// The state after an earlier commit: what followed is run again.
        var earlier = 0
    }

    /// Writes the damaged files, reads everything, and holds the outcome against the truth.
    private static func judge(
        _ file: Data, _ log: Data?, of specimen: Specimen, _ what: String, _ tally: inout Tally
    ) throws {
        let scratch = try Scratch()
        try file.write(to: URL(fileURLWithPath: scratch.ledger))
        if let log { try log.write(to: URL(fileURLWithPath: scratch.ledger + "-wal")) }
        do {
            let found = try answers(scratch.ledger)
            if found == specimen.truth {
                tally.same += 1
            } else if log != nil, specimen.states.contains(found.results) {
                tally.earlier += 1
            } else {
                Issue.record("\(what): other answers")
            }
        } catch let error as LedgerError {
            tally.refused += 1
            #expect(error.exitCode == 66, "\(what): \(error)")
            #expect(!"\(error)".isEmpty && !"\(error)".contains("\n"), "\(what): \(error)")
        }
    }

    private struct Dice {
        var state: UInt64
        mutating func roll(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
    }

    /// Half of the flips are in the heads of pages, where one changes the most.
    private static func flip(_ data: inout Data, _ dice: inout Dice) -> Int {
        let page = 4_096
        let place =
            dice.roll(2) == 0
            ? dice.roll(data.count)
            : min(dice.roll(data.count / page + 1) * page + dice.roll(128), data.count - 1)
        data[place] ^= 1 << UInt8(dice.roll(8))
        return place
    }

    @Test("of a closed ledger 600 flips and 100 cuts change no answer")
    func closed() throws {
        let specimen = try Self.specimen(isKilled: false)
        #expect(specimen.truth?.results.count == 43)
        var (dice, tally) = (Dice(state: 1), Tally())
        for _ in 0..<600 {
            var file = specimen.file
            let place = Self.flip(&file, &dice)
            try Self.judge(file, nil, of: specimen, "byte \(place)", &tally)
        }
        for _ in 0..<100 {
            let length = dice.roll(specimen.file.count)
            let file = specimen.file.prefix(length)
            try Self.judge(file, nil, of: specimen, "cut to \(length)", &tally)
        }
        #expect(tally.refused > 100 && tally.same > 50, "\(tally)")
    }

    @Test("of a killed ledger 250 flips and 50 cuts of its log give an earlier state or none")
    func killed() throws {
        let specimen = try Self.specimen(isKilled: true)
        let log = try #require(specimen.log)
        #expect(log.count > 40_000)
        var (dice, tally) = (Dice(state: 2), Tally())
        for number in 0..<250 {
            var (file, log) = (specimen.file, log)
            let place = number % 5 == 0 ? Self.flip(&file, &dice) : Self.flip(&log, &dice)
            try Self.judge(file, log, of: specimen, "byte \(place), \(number % 5 == 0)", &tally)
        }
        for _ in 0..<50 {
            let length = dice.roll(log.count)
            try Self.judge(
                specimen.file, log.prefix(length), of: specimen, "log cut to \(length)", &tally)
        }
        #expect(tally.earlier > 100, "\(tally)")
    }
}
