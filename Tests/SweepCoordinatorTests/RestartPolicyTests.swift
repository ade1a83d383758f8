import SweepCoordinator
import SweepCore
import Testing

@Suite("When a local worker is started again")
struct RestartPolicyTests {
    private func at(_ milliseconds: UInt64) -> Instant { Instant(milliseconds: milliseconds) }

    @Test("a worker that had joined is started again at once, and never given up")
    func joined() {
        var policy = RestartPolicy(count: 2, at: at(0))
        var time: UInt64 = 5_000
        for _ in 0..<50 {
            policy.noteHello(of: 1)
            #expect(policy.end(of: 1, at: at(time)) == true)
            #expect(policy.takeDue(at: at(time)) == [1])
            time += 2_000
        }
        #expect(!policy.hasGivenUp)
    }

    @Test("a worker that joins and ends within a second waits a little")
    func shortLife() {
        var policy = RestartPolicy(count: 1, at: at(0))
        policy.noteHello(of: 0)
        #expect(policy.end(of: 0, at: at(100)) == true)
        #expect(policy.takeDue(at: at(100)) == [])
        #expect(policy.nextRestart == at(350))
        #expect(policy.takeDue(at: at(350)) == [0])
    }

    @Test("one that never joins waits longer each time, and is given up")
    func futile() {
        var policy = RestartPolicy(count: 1, at: at(0))
        var time: UInt64 = 0
        var pauses: [UInt64] = []
        while policy.end(of: 0, at: at(time)) {
            guard let next = policy.nextRestart else { break }
            pauses.append(next.milliseconds - time)
            time = next.milliseconds
            #expect(policy.takeDue(at: next) == [0])
        }
        #expect(pauses == [0, 250, 500, 1_000, 2_000, 4_000])
        #expect(policy.hasGivenUp)
        #expect(policy.end(of: 0, at: at(time)) == false)
    }

    @Test("while one of two can start, nothing is given up")
    func oneOfTwo() {
        var policy = RestartPolicy(count: 2, at: at(0))
        for _ in 0..<20 { _ = policy.end(of: 0, at: at(0)) }
        #expect(!policy.hasGivenUp)
        #expect(policy.nextRestart == nil)
    }

    @Test("without local workers there is nothing to give up")
    func none() { #expect(!RestartPolicy(count: 0, at: at(0)).hasGivenUp) }
}

@Suite("Text of peers in a log")
struct LogTextTests {
    @Test("control, bidirectional and separator characters become numbers")
    func invisible() {
        #expect(
            escaped("a\u{0}\u{1B}[\u{9B}\u{202E}\u{2028}é")
                == "a\\u{0}\\u{1b}[\\u{9b}\\u{202e}\\u{2028}é")
    }

    @Test("long text is cut")
    func long() {
        #expect(escaped(String(repeating: "x", count: 5_000), limit: 10) == "xxxxxxxxxx…")
    }
}
