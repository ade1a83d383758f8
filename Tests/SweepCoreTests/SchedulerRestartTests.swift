import SweepCore
import Testing

@Suite("Scheduler: restart of the coordinator")
struct SchedulerRestartTests {
    private static let second: UInt32 = 2

    private func w(_ number: UInt32) -> WorkerID { WorkerID(epoch: Self.second, number: number) }

    /// Trial 0 is recorded; Ada had trial 1, Bob trial 2; trial 3 is untouched.
    private func restarted(trialCount: Int = 4) -> Dialogue {
        var dialogue = Dialogue(trialCount: trialCount, epoch: Self.second)
        #expect(dialogue.say(.restored(TrialID(0), .recorded)) == [])
        #expect(dialogue.say(.grantRestored(lease(1), to: ada, .open)) == [])
        #expect(dialogue.say(.grantRestored(lease(2), to: bob, .open)) == [])
        return dialogue
    }

    @Test("recorded trials and those that a worker may still have are not handed out")
    func suspectsWait() {
        var dialogue = restarted()
        #expect(
            dialogue.join(w(1), as: cyd, slots: 4, credit: 4)
                == [.welcome(w(1), greeting: 1), .grant(lease(3), to: w(1))])
        #expect(dialogue.scheduler.snapshot.suspectCount == 2)
    }

    @Test("a worker that comes back keeps what it names and frees what it does not")
    func reannounce() {
        var dialogue = restarted(trialCount: 3)
        #expect(
            dialogue.join(w(1), as: ada, held: [HeldTrial(lease(1), .running)], sweep: 9)
                == [.welcome(w(1), greeting: 1)])
        #expect(
            dialogue.join(w(2), as: bob) == [.welcome(w(2), greeting: 2)])
        #expect(
            dialogue.beat(w(2))
                == [.answerHeartbeat(w(2), sequence: 3), .grant(lease(2, 1), to: w(2))])
        #expect(
            dialogue.say(.reported(lease(1), .success, by: w(1)))
                == [.record(lease(1), from: w(1))])
    }

    @Test("an assignment of the old coordinator that crossed a hello is not handed out again")
    func assignmentCrossesHello() {
        var dialogue = restarted(trialCount: 3)
        dialogue.join(w(1), as: cyd, slots: 2, credit: 2)
        // Not the first hello of Bob's process: an answer to an earlier one may be on its way.
        #expect(dialogue.join(w(2), as: bob) == [.welcome(w(2), greeting: 2)])
        #expect(
            dialogue.beat(w(2), [HeldTrial(lease(2), .running)])
                == [.answerHeartbeat(w(2), sequence: 3)])
        #expect(
            dialogue.say(.reported(lease(2), .success, by: w(2)))
                == [.record(lease(2), from: w(2))])
    }

    @Test("the first hello of a process crosses nothing, and frees what it does not name")
    func firstHello() {
        var dialogue = restarted(trialCount: 3)
        #expect(
            dialogue.join(w(1), as: ada)
                == [.welcome(w(1), greeting: 1), .grant(lease(1, 1), to: w(1))])
    }

    @Test("after the grace nobody is waited for any more")
    func graceEnds() {
        var dialogue = restarted(trialCount: 3)
        dialogue.join(w(1), as: cyd, slots: 2, credit: 2)
        for _ in 0..<9 {
            #expect(dialogue.wait(1_000) == [])
            dialogue.beat(w(1), credit: 2)
        }
        #expect(dialogue.wait(999) == [])
        #expect(
            dialogue.wait(1) == [.grant(lease(1, 1), to: w(1)), .grant(lease(2, 1), to: w(1))])
    }

    @Test("a trial that two workers may have waits for both, even after one came back and left")
    func twoSuspects() {
        var dialogue = Dialogue(trialCount: 1, epoch: Self.second)
        dialogue.say(.grantRestored(lease(0), to: ada, .open))
        dialogue.say(.grantRestored(lease(0, 1), to: bob, .open))
        #expect(
            dialogue.join(w(1), as: bob, held: [HeldTrial(lease(0, 1), .queued)], sweep: 9)
                == [.welcome(w(1), greeting: 1)])
        #expect(dialogue.say(.workerLeft(w(1))) == [.forget(w(1))])
        #expect(dialogue.join(w(2), as: cyd) == [.welcome(w(2), greeting: 2)])
        #expect(
            dialogue.join(w(3), as: ada) == [.welcome(w(3), greeting: 3)])
        #expect(
            dialogue.beat(w(3))
                == [.answerHeartbeat(w(3), sequence: 4), .grant(lease(0, 2), to: w(2))])
    }

    @Test("a trial whose last awaited attempt has crashed waits for nobody, and is handed out")
    func lastSuspectCrashes() {
        var dialogue = Dialogue(trialCount: 1, epoch: Self.second)
        dialogue.say(.grantRestored(lease(0), to: ada, .open))
        dialogue.say(.grantRestored(lease(0, 1), to: ada, .open))
        dialogue.join(w(1), as: cyd)
        #expect(
            dialogue.join(
                w(2), as: ada,
                held: [HeldTrial(lease(0, 1), .queued), HeldTrial(lease(0), .queued)], sweep: 9)
                == [.cancel(lease(0), to: w(2)), .welcome(w(2), greeting: 2)])
        #expect(
            dialogue.say(.reported(lease(0, 1), .crashed, by: w(2)))
                == [.noteCrash(lease(0, 1), from: w(2)), .acknowledge(lease(0, 1), to: w(2))])
        // The cancellation came too late.
        #expect(
            dialogue.say(.reported(lease(0), .crashed, by: w(2)))
                == [
                    .noteCrash(lease(0), from: w(2)), .acknowledge(lease(0), to: w(2)),
                    .grant(lease(0, 2), to: w(1)),
                ])
    }

    @Test("a worker that is known to be dead is not waited for")
    func knownDead() {
        var dialogue = restarted(trialCount: 3)
        dialogue.join(w(1), as: cyd)
        #expect(dialogue.say(.workerKnownDead(ada)) == [.grant(lease(1, 1), to: w(1))])
        #expect(dialogue.say(.workerKnownDead(ada)) == [])
        #expect(dialogue.say(.workerKnownDead(WorkerIdentity(high: 7, low: 7))) == [])
        #expect(dialogue.say(.workerKnownDead(cyd)) == [.forget(w(1))])
    }

    @Test("an attempt known to have crashed is not waited for, and counts")
    func restoredCrashes() {
        var dialogue = Dialogue(trialCount: 1, epoch: Self.second)
        dialogue.say(.grantRestored(lease(0), to: ada, .crashed))
        dialogue.say(.grantRestored(lease(0, 1), to: bob, .crashed))
        dialogue.join(w(1), as: cyd)
        dialogue.say(.granted(lease(0, 2)))
        #expect(
            dialogue.say(.reported(lease(0, 2), .crashed, by: w(1)))
                == [
                    .noteCrash(lease(0, 2), from: w(1)), .acknowledge(lease(0, 2), to: w(1)),
                    .recordQuarantined(lease(0, 2), .init(crashes: 3, workers: 3)),
                ])
    }

    @Test("a spooled result of before the restart is accepted, one of a recorded trial freed")
    func spooledResults() {
        var dialogue = restarted()
        dialogue.join(
            w(1), as: ada, credit: 0,
            held: [HeldTrial(lease(0), .reporting), HeldTrial(lease(1), .reporting)], sweep: 9)
        #expect(
            dialogue.say(.reported(lease(0), .success, by: w(1)))
                == [.noteDuplicate(lease(0), from: w(1)), .acknowledge(lease(0), to: w(1))])
        #expect(
            dialogue.say(.reported(lease(1), .success, by: w(1)))
                == [.record(lease(1), from: w(1))])
    }

    @Test("a trial reopened before the restart starts above its old attempts")
    func reopenedBefore() {
        var dialogue = Dialogue(trialCount: 1, epoch: Self.second)
        #expect(dialogue.say(.reopened(TrialID(0), nextAttempt: 3)) == [])
        #expect(
            dialogue.join(w(1), as: ada)
                == [.welcome(w(1), greeting: 1), .grant(lease(0, 3), to: w(1))])
    }

    @Test("a sweep that was complete ends at once")
    func completeSweep() {
        var dialogue = Dialogue(trialCount: 2, epoch: Self.second)
        dialogue.say(.restored(TrialID(1), .failed))
        #expect(dialogue.say(.restored(TrialID(0), .recorded)) == [.finish])
    }

    @Test("a trial restored twice is our mistake")
    func restoredTwice() async {
        await #expect(processExitsWith: .failure) {
            var scheduler = Scheduler(trialCount: 2)
            let now = Instant(milliseconds: 1)
            _ = scheduler.handle(.restored(TrialID(0), .recorded), at: now)
            _ = scheduler.handle(.restored(TrialID(0), .recorded), at: now)
        }
    }

    // MARK: What was lost before

    @Test("losses from before a restart count, and a verdict that was not durable is given again")
    func restoredLosses() {
        var dialogue = Dialogue(trialCount: 2, epoch: 2)
        for (attempt, identity) in [ada, bob].enumerated() {
            dialogue.say(.grantRestored(lease(0, attempt), to: identity, .lost))
        }
        for (attempt, identity) in [ada, bob, ada].enumerated() {
            dialogue.say(.grantRestored(lease(1, attempt), to: identity, .lost))
        }
        dialogue.join(w(1), as: cyd, slots: 2, credit: 2)
        var effects: [Scheduler.Effect] = []
        for _ in 0..<22 {
            dialogue.beat(w(1), credit: 2)
            effects += dialogue.wait(500)
        }
        #expect(effects.contains(.recordQuarantined(lease(1, 2), .init(losses: 3, workers: 2))))
        #expect(effects.contains(.grant(lease(0, 2), to: w(1))))
        dialogue.say(.granted(lease(0, 2)))
        #expect(
            dialogue.say(.workerLost(w(1))).contains(
                .recordQuarantined(lease(0, 2), .init(losses: 3, workers: 3))))
    }

    @Test(
        "soon after a restart a third loss on the only worker waits for another, until the grace ends"
    )
    func thirdLossAfterRestart() {
        var dialogue = Dialogue(trialCount: 1, epoch: 2)
        for attempt in 0..<2 {
            dialogue.say(.grantRestored(lease(0, attempt), to: ada, .lost))
        }
        dialogue.say(.workerKnownDead(ada))
        #expect(
            dialogue.join(w(1), as: ada, incarnation: 3)
                == [.welcome(w(1), greeting: 1), .grant(lease(0, 2), to: w(1))])
        dialogue.say(.granted(lease(0, 2)))
        #expect(
            dialogue.say(.workerLost(w(1)))
                == [.noteLoss(lease(0, 2), of: w(1)), .forget(w(1))])
        #expect(
            dialogue.join(w(2), as: ada, incarnation: 4)
                == [.welcome(w(2), greeting: 2)])
        var verdicts: [Scheduler.Effect] = []
        for second in 1...10 {
            #expect(verdicts.isEmpty, "\(second)")
            dialogue.beat(w(2))
            verdicts += dialogue.wait(1_000)
        }
        #expect(verdicts == [.recordQuarantined(lease(0, 2), .init(losses: 3, workers: 1))])
    }

    @Test("a trial that its worker names after a restart was not lost")
    func restoredAndNamed() {
        var dialogue = Dialogue(trialCount: 1, epoch: 2)
        dialogue.say(.grantRestored(lease(0), to: ada, .lost))
        #expect(
            dialogue.join(
                w(1), as: ada, held: [HeldTrial(lease(0), .running)], sweep: 9)
                == [.forgiveLoss(lease(0)), .welcome(w(1), greeting: 1)])
    }
}
