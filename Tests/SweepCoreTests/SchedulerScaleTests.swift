import SweepCore
import Testing

@Suite("Scheduler: large plans")
struct SchedulerScaleTests {
    @Test("a plan of 2³² trials is made and begun without touching them")
    func largestPlan() {
        var dialogue = Scheduler(trialCount: SweepPlan.trialLimit)
        let hello = Hello(
            identity: ada, incarnation: 1, sequence: 1, sweep: nil, slotCount: 1, creditCount: 1)
        let effects = dialogue.handle(.workerJoined(w(1), hello), at: Instant(milliseconds: 1))
        #expect(effects == [.welcome(w(1), greeting: 1), .grant(lease(0), to: w(1))])
    }

    @Test("ten thousand trials drain in order, each granted and recorded once")
    func drain() {
        let trialCount = 10_000
        var limits = Scheduler.Limits()
        limits.staysWhenDone = true
        var scheduler = Scheduler(trialCount: trialCount, limits: limits)
        var now = Instant(milliseconds: 0)
        var granted: [Int] = []
        var events: [Scheduler.Event] = (1...8).map { number in
            let identity = WorkerIdentity(high: 0, low: UInt64(number))
            return .workerJoined(
                w(UInt32(number)),
                Hello(
                    identity: identity, incarnation: 1, sequence: 1, sweep: nil, slotCount: 4,
                    creditCount: 12))
        }
        var head = 0
        while head < events.count {
            now = now.advanced(byMilliseconds: UInt64(head % 2))
            for effect in scheduler.handle(events[head], at: now) {
                switch effect {
                case .grant(let lease, _):
                    granted.append(lease.trial.rawValue)
                    events.append(.granted(lease))
                case .assign(let lease, let worker):
                    events.append(.reported(lease, .success, by: worker))
                case .record(let lease, _): events.append(.recorded(lease))
                default: break
                }
            }
            head += 1
        }
        scheduler.checkInvariants()
        #expect(granted == Array(0..<trialCount))
        #expect(scheduler.snapshot.recordedCount == trialCount)
        #expect(scheduler.settledCount == trialCount)
    }
}
