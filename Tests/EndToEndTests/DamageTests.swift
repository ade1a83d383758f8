import Foundation
import TestSupport
import Testing

/// A sample of what `LedgerFlipTests` does a thousand times, through the command itself.
@Suite("Damaged ledgers, as a process")
struct DamageTests {
    @Test("with a bit flipped, or its end cut off, a ledger gives the same table or is refused")
    func flips() throws {
        try Scratch.with { folder in
            let text = Sweeps.sleeping(milliseconds: 1, points: 12, seeds: 4)
            let spec = try Scratch.write(text, "sweep.yaml", in: folder)
            let run = try Sweeps.start(spec, workers: 1, in: folder).wait()
            try #require(run.status == 0, "\(run.talk)")
            let ledger = folder.appending(path: "sweep/ledger.sqlite")
            let whole = try Data(contentsOf: ledger)
            var random = CaseRandom(1_000)
            var (sameCount, refusedCount) = (0, 0)
            for number in 0..<18 {
                var damaged = whole
                if number % 6 == 5 {
                    damaged = whole.prefix(random.next(0..<whole.count))
                } else {
                    // Every other one in the head of a page.
                    let page = 4_096 * random.next(0..<whole.count / 4_096)
                    let place = page + random.next(0..<(number % 2 == 0 ? 100 : 4_096))
                    damaged[place] ^= 1 << UInt8(random.next(0..<8))
                }
                try damaged.write(to: ledger)
                let table = try Program.run(["table", "sweep", "--format", "csv"], in: folder)
                if table.status == 0 {
                    #expect(table.output == run.output, "\(number)")
                    sameCount += 1
                } else {
                    #expect(table.status == 66, "\(number): \(table.talk)")
                    #expect(table.output.isEmpty)
                    #expect(table.talk.split(separator: "\n").count == 1, "\(table.talk)")
                    refusedCount += 1
                }
                let verify = try Program.run(["verify", "sweep"], in: folder)
                #expect(verify.status == 0 || verify.status == 66, "\(number): \(verify.talk)")
            }
            #expect(sameCount > 0 && refusedCount > 3, "\(sameCount) and \(refusedCount)")
        }
    }
    @Test(
        "after a kill a damaged page ends the start with 66, and nothing is written or handed out")
    func damagedAfterKill() throws {
        try Scratch.with { folder in
            let text = Sweeps.sleeping(milliseconds: 20, points: 10, seeds: 10)
            let spec = try Scratch.write(text, "sweep.yaml", in: folder)
            let killed = try Sweeps.start(spec, workers: 2, in: folder)
            try Sweeps.wait(for: 5, of: killed, in: folder)
            kill(killed.processID, SIGKILL)
            _ = try killed.wait()
            // Moves the log into the file; the start has not ended.
            #expect(try Program.run(["verify", "sweep"], in: folder).status == 0)
            let ledger = folder.appending(path: "sweep/ledger.sqlite")
            let whole = try Data(contentsOf: ledger)
            var damaged = whole
            // The page of a table that no start reads; its kind becomes one that is none.
            let empty = stride(from: 0, to: damaged.count, by: 4_096).filter {
                damaged[$0..<$0 + 8] == Data([0x0D, 0, 0, 0, 0, 0x10, 0, 0])
            }
            damaged[try #require(empty.first)] = 0xFF
            try damaged.write(to: ledger)
            for _ in 0..<2 {
                let refused = try Sweeps.start(spec, workers: 2, in: folder).wait()
                #expect(refused.status == 66, "\(refused.talk)")
                #expect(refused.output.isEmpty)
                #expect(refused.talk.contains("is damaged"), "\(refused.talk)")
                #expect(refused.talk.split(separator: "\n").count == 1, "\(refused.talk)")
                #expect(try Data(contentsOf: ledger) == damaged)
            }
            // Its backup is gone on with.
            try whole.write(to: ledger)
            let result = try Sweeps.start(spec, workers: 2, in: folder).wait()
            #expect(result.status == 0, "\(result.talk)")
            #expect(result.output == (try Sweeps.undisturbed(text, workers: 2)))
            try Sweeps.expectSound(in: folder)
        }
    }
}
