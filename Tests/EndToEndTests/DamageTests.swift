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
}
