import SweepProtocol
import SweepWorker
import Testing

/// When a child makes checkpoints, and from which it goes on.
@Suite("Checkpoints of a child")
struct TrialCheckpointsTests {
    final class Bench {
        var now: UInt64 = 5_000_000_000
        var isCalled = false
        var events: [TrialCheckpoints.Event] = []
        /// Nanoseconds that each event takes.
        var cost: UInt64 = 0

        func checkpoints(
            milliseconds: UInt64 = 1_000, byteLimit: Int = 1_000, content: [UInt8]? = nil
        ) -> TrialCheckpoints {
            TrialCheckpoints(
                .init(
                    milliseconds: milliseconds, byteLimit: byteLimit, kernelFamily: "avx2",
                    softwareVersion: "1"), content: content, clock: { self.now },
                isCalled: {
                    defer { self.isCalled = false }
                    return self.isCalled
                },
                tell: {
                    self.events.append($0)
                    self.now += self.cost
                })
        }
    }

    @Test("one is due a period after the last")
    func period() throws {
        let bench = Bench()
        let checkpoints = bench.checkpoints()
        bench.now += 999_999_999
        #expect(!checkpoints.isDue())
        bench.now += 1
        #expect(checkpoints.isDue())
        checkpoints.keep([1, 2], step: 40)
        #expect(!checkpoints.isDue())
        bench.now += 1_000_000_000
        #expect(checkpoints.isDue())
        let content = CheckpointContent(
            step: 40, kernelFamily: "avx2", softwareVersion: "1", state: [1, 2])
        #expect(bench.events == [.kept(content.bytes)])
    }

    @Test("one is due when it is called for")
    func call() {
        let bench = Bench()
        let checkpoints = bench.checkpoints()
        bench.isCalled = true
        #expect(checkpoints.isDue())
        #expect(!checkpoints.isDue())
    }

    @Test("what costs much comes seldom")
    func cost() {
        let bench = Bench()
        let checkpoints = bench.checkpoints()
        bench.now += 1_000_000_000
        #expect(checkpoints.isDue())
        bench.cost = 500_000_000
        checkpoints.keep([1], step: 1)
        // Forty times the cost: 2.5 per cent of the time.
        bench.now += 19_999_999_999
        #expect(!checkpoints.isDue())
        bench.now += 1
        #expect(checkpoints.isDue())
    }

    @Test("what is too large is told once and tried no more")
    func tooLarge() {
        let bench = Bench()
        let checkpoints = bench.checkpoints(byteLimit: 100)
        bench.isCalled = true
        #expect(checkpoints.isDue())
        checkpoints.keep([UInt8](repeating: 0, count: 100), step: 1)
        bench.now += 100_000_000_000
        bench.isCalled = true
        #expect(!checkpoints.isDue())
        #expect(bench.events == [.tooLarge(119)])
    }

    @Test("a period of 0 is none")
    func none() {
        let bench = Bench()
        let checkpoints = bench.checkpoints(milliseconds: 0)
        bench.isCalled = true
        bench.now += 100_000_000_000
        #expect(!checkpoints.isDue())
    }

    @Test("only what these kernels and this critsweep made is taken up")
    func foreign() {
        func earlier(_ family: String, _ software: String) -> (Bench, TrialCheckpoints) {
            let bench = Bench()
            let content = CheckpointContent(
                step: 3, kernelFamily: family, softwareVersion: software, state: [7])
            return (bench, bench.checkpoints(content: content.bytes))
        }
        let (fine, own) = earlier("avx2", "1")
        #expect(own.earlier == [7])
        #expect(fine.events.isEmpty)
        for (family, software) in [("avx512", "1"), ("avx2", "2")] {
            let (bench, checkpoints) = earlier(family, software)
            #expect(checkpoints.earlier == nil)
            #expect(bench.events.count == 1)
        }
        let bench = Bench()
        #expect(bench.checkpoints(content: [1, 2, 3]).earlier == nil)
        #expect(bench.events == [.refused("it is damaged")])
    }
}
