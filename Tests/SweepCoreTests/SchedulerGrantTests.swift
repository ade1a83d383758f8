import SweepCore
import Testing

@Suite("Scheduler: handing out")
struct SchedulerGrantTests {
    @Test("a grant is durable before it is assigned")
    func grantBeforeAssign() {
        var dialogue = Dialogue(trialCount: 2)
        #expect(
            dialogue.join(w(1), as: ada)
                == [.welcome(w(1), greeting: 1), .grant(lease(0), to: w(1))])
        #expect(dialogue.say(.granted(lease(0))) == [.assign(lease(0), to: w(1))])
    }

    @Test("a trial is acknowledged only when it is durable, and the next one granted at once")
    func acknowledgeAfterCommit() {
        var dialogue = Dialogue(trialCount: 2)
        dialogue.join(w(1), as: ada)
        dialogue.say(.granted(lease(0)))
        #expect(
            dialogue.say(.reported(lease(0), .success, by: w(1)))
                == [.record(lease(0), from: w(1)), .grant(lease(1), to: w(1))])
        #expect(dialogue.scheduler.settlement(of: TrialID(0)) == nil)
        #expect(dialogue.say(.recorded(lease(0))) == [.acknowledge(lease(0), to: w(1))])
        #expect(dialogue.scheduler.settlement(of: TrialID(0)) == .recorded)
    }

    @Test("when every trial is recorded the workers are dismissed, and the sweep ends once")
    func finish() {
        var dialogue = Dialogue(trialCount: 1)
        dialogue.join(w(1), as: ada)
        dialogue.join(w(2), as: bob)
        dialogue.say(.granted(lease(0)))
        dialogue.say(.reported(lease(0), .failure, by: w(1)))
        #expect(
            dialogue.say(.recorded(lease(0)))
                == [
                    .acknowledge(lease(0), to: w(1)), .dismiss(w(1), .finished),
                    .dismiss(w(2), .finished), .finish,
                ])
        #expect(dialogue.say(.timeAdvanced) == [])
        #expect(dialogue.scheduler.snapshot.failedCount == 1)
    }

    @Test("a sweep without trials ends at once")
    func emptySweep() {
        var dialogue = Dialogue(trialCount: 0)
        #expect(dialogue.say(.timeAdvanced) == [.finish])
    }

    @Test("a coordinator that stays welcomes more work")
    func staysAndGrows() {
        var limits = Scheduler.Limits()
        limits.staysWhenDone = true
        var dialogue = Dialogue(trialCount: 1, limits: limits)
        dialogue.join(w(1), as: ada)
        dialogue.say(.granted(lease(0)))
        dialogue.say(.reported(lease(0), .success, by: w(1)))
        #expect(dialogue.say(.recorded(lease(0))) == [.acknowledge(lease(0), to: w(1))])
        #expect(
            dialogue.say(.planExtended(trialCount: 2)) == [.grant(lease(1), to: w(1))])
    }

    @Test("free slots are filled before anything is handed out ahead, on all workers alike")
    func levelledSplit() {
        var dialogue = Dialogue(trialCount: 6)
        dialogue.say(.grantingPaused)
        dialogue.join(w(1), as: ada, slots: 1, credit: 3)
        dialogue.join(w(2), as: bob, slots: 2, credit: 4)
        #expect(
            dialogue.say(.grantingResumed)
                == [
                    .grant(lease(0), to: w(2)), .grant(lease(1), to: w(1)),
                    .grant(lease(2), to: w(2)), .grant(lease(3), to: w(1)),
                    .grant(lease(4), to: w(2)), .grant(lease(5), to: w(1)),
                ])
    }

    @Test("nothing is granted beyond the credit, nor beyond our own limit on it")
    func creditIsKept() {
        var limits = Scheduler.Limits()
        limits.prefetchLimit = 1
        var dialogue = Dialogue(trialCount: 9, limits: limits)
        #expect(
            dialogue.join(w(1), as: ada, slots: 1, credit: .max)
                == [
                    .welcome(w(1), greeting: 1), .grant(lease(0), to: w(1)),
                    .grant(lease(1), to: w(1)),
                ])
        #expect(
            dialogue.join(w(2), as: bob, slots: 1, credit: .min)
                == [.welcome(w(2), greeting: 2)])
        #expect(dialogue.join(w(3), as: cyd, slots: -3) == [.welcome(w(3), greeting: 3)])
    }

    @Test("a heartbeat may raise the credit")
    func creditRises() {
        var dialogue = Dialogue(trialCount: 9)
        dialogue.join(w(1), as: ada)
        #expect(
            dialogue.beat(w(1), credit: 2)
                == [.answerHeartbeat(w(1), sequence: 2), .grant(lease(1), to: w(1))])
    }

    @Test("trials given back go out before untouched ones, the lowest first")
    func returnedFirst() {
        var dialogue = Dialogue(trialCount: 5)
        dialogue.join(w(1), as: ada, slots: 3, credit: 3)
        for trial in 0..<3 { dialogue.say(.granted(lease(trial))) }
        #expect(dialogue.say(.workerLost(w(1))).last == .forget(w(1)))
        #expect(
            dialogue.join(w(2), as: bob, slots: 4, credit: 4)
                == [
                    .welcome(w(2), greeting: 2), .grant(lease(0, 1), to: w(2)),
                    .grant(lease(1, 1), to: w(2)), .grant(lease(2, 1), to: w(2)),
                    .grant(lease(3), to: w(2)),
                ])
    }

    @Test("a grant that became durable after its worker was lost is not assigned")
    func lostWhileGranting() {
        var dialogue = Dialogue(trialCount: 1)
        dialogue.join(w(1), as: ada)
        dialogue.say(.workerLost(w(1)))
        #expect(dialogue.say(.granted(lease(0))) == [])
        #expect(
            dialogue.join(w(2), as: bob)
                == [.welcome(w(2), greeting: 2), .grant(lease(0, 1), to: w(2))])
    }

    @Test("a worker that leaves gets nothing more, and a goodbye gives back what it held")
    func leaving() {
        var dialogue = Dialogue(trialCount: 2)
        dialogue.join(w(1), as: ada, credit: 1)
        dialogue.say(.granted(lease(0)))
        #expect(dialogue.say(.workerLeaving(w(1))) == [])
        #expect(dialogue.beat(w(1), credit: 9) == [.answerHeartbeat(w(1), sequence: 2)])
        #expect(dialogue.say(.workerLeft(w(1))) == [.forget(w(1))])
        #expect(dialogue.scheduler.snapshot.pendingCount == 2)
    }

    @Test("queued trials are taken back while another worker has free slots")
    func takeBack() {
        var dialogue = Dialogue(trialCount: 3)
        dialogue.join(w(1), as: ada, slots: 1, credit: 3)
        for trial in 0..<3 { dialogue.say(.granted(lease(trial))) }
        dialogue.beat(
            w(1),
            [
                HeldTrial(lease(0), .running), HeldTrial(lease(1), .queued),
                HeldTrial(lease(2), .queued),
            ], credit: 3)
        dialogue.join(w(2), as: bob)
        #expect(dialogue.say(.timeAdvanced) == [.takeBack(lease(2), from: w(1))])
        #expect(
            dialogue.say(.returned(lease(2), by: w(1))) == [.grant(lease(2, 1), to: w(2))])
        #expect(dialogue.wait(1_000) == [])
    }

    @Test("a trial that has begun is not taken back, and nobody else's return counts")
    func takeBackOnlyQueued() {
        var dialogue = Dialogue(trialCount: 2)
        dialogue.join(w(1), as: ada, slots: 1, credit: 2)
        dialogue.say(.granted(lease(0)))
        dialogue.say(.granted(lease(1)))
        dialogue.beat(
            w(1), [HeldTrial(lease(0), .running), HeldTrial(lease(1), .running)], credit: 2)
        dialogue.join(w(2), as: bob)
        #expect(dialogue.say(.timeAdvanced) == [])
        #expect(dialogue.say(.returned(lease(1), by: w(2))) == [])
        #expect(dialogue.say(.returned(lease(1, 7), by: w(1))) == [])
    }

    @Test("a stop takes back what has not begun, waits for what runs, and then ends")
    func stop() {
        var dialogue = Dialogue(trialCount: 5)
        dialogue.join(w(1), as: ada, slots: 1, credit: 2)
        dialogue.say(.granted(lease(0)))
        dialogue.say(.granted(lease(1)))
        dialogue.beat(
            w(1), [HeldTrial(lease(0), .running), HeldTrial(lease(1), .queued)], credit: 2)
        #expect(dialogue.say(.stopRequested) == [.takeBack(lease(1), from: w(1))])
        #expect(dialogue.say(.stopRequested) == [])
        #expect(dialogue.say(.returned(lease(1), by: w(1))) == [])
        #expect(
            dialogue.say(.reported(lease(0), .success, by: w(1)))
                == [.record(lease(0), from: w(1))])
        #expect(
            dialogue.say(.recorded(lease(0)))
                == [.acknowledge(lease(0), to: w(1)), .dismiss(w(1), .stopping), .finish])
    }

    @Test("when patience ends only the commit under way is waited for")
    func patienceEnds() {
        var dialogue = Dialogue(trialCount: 3)
        dialogue.join(w(1), as: ada, slots: 2, credit: 2)
        dialogue.say(.granted(lease(0)))
        dialogue.say(.granted(lease(1)))
        dialogue.say(.reported(lease(0), .success, by: w(1)))
        dialogue.say(.stopRequested)
        #expect(dialogue.say(.patienceEnded) == [])
        #expect(
            dialogue.say(.recorded(lease(0)))
                == [.acknowledge(lease(0), to: w(1)), .dismiss(w(1), .stopping), .finish])
    }

    @Test("while granting is paused everything else goes on")
    func paused() {
        var dialogue = Dialogue(trialCount: 2)
        dialogue.join(w(1), as: ada)
        dialogue.say(.granted(lease(0)))
        #expect(dialogue.say(.grantingPaused) == [])
        #expect(
            dialogue.say(.reported(lease(0), .success, by: w(1)))
                == [.record(lease(0), from: w(1))])
        #expect(dialogue.say(.recorded(lease(0))) == [.acknowledge(lease(0), to: w(1))])
        #expect(dialogue.say(.grantingResumed) == [.grant(lease(1), to: w(1))])
    }
}
