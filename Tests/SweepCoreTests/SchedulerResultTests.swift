import SweepCore
import Testing

@Suite("Scheduler: results, crashes, retry")
struct SchedulerResultTests {
    private func assigned(trialCount: Int = 1, limits: Scheduler.Limits = .init()) -> Dialogue {
        var dialogue = Dialogue(trialCount: trialCount, limits: limits)
        dialogue.join(w(1), as: ada)
        dialogue.say(.granted(lease(0)))
        return dialogue
    }

    private var staying: Scheduler.Limits {
        var limits = Scheduler.Limits()
        limits.staysWhenDone = true
        return limits
    }

    @Test("a report that arrives twice is recorded once and acknowledged twice")
    func duplicateReport() {
        var dialogue = assigned(limits: staying)
        let report = Scheduler.Event.reported(lease(0), .success, by: w(1))
        #expect(dialogue.say(report) == [.record(lease(0), from: w(1))])
        #expect(dialogue.say(report) == [])
        #expect(dialogue.say(.recorded(lease(0))) == [.acknowledge(lease(0), to: w(1))])
        #expect(
            dialogue.say(report)
                == [.noteDuplicate(lease(0), from: w(1)), .acknowledge(lease(0), to: w(1))])
        #expect(dialogue.scheduler.snapshot.counters.duplicates == 1)
    }

    @Test("a report of what was never granted to that worker is refused and counted")
    func neverGranted() {
        var dialogue = assigned(trialCount: 2)
        dialogue.join(w(2), as: bob)
        let made = [
            lease(0), lease(0, 1), lease(0, -1), lease(2), lease(-1), lease(.max, .max),
            lease(.min, .min),
        ]
        for lease in made {
            #expect(
                dialogue.say(.reported(lease, .success, by: w(2))) == [.cancel(lease, to: w(2))])
        }
        #expect(dialogue.scheduler.snapshot.counters.refusedReports == made.count)
        #expect(
            dialogue.beat(w(2), [HeldTrial(lease(0), .running), HeldTrial(lease(9), .queued)])
                == [
                    .cancel(lease(0), to: w(2)), .cancel(lease(9), to: w(2)),
                    .answerHeartbeat(w(2), sequence: 3),
                ])
        #expect(dialogue.scheduler.snapshot.runningCount == 2)
    }

    @Test("a report of a grant that is not durable is made up, as nobody was assigned it")
    func notYetGranted() {
        var dialogue = Dialogue(trialCount: 1)
        dialogue.join(w(1), as: ada)
        #expect(
            dialogue.say(.reported(lease(0), .success, by: w(1))) == [.cancel(lease(0), to: w(1))])
        #expect(dialogue.say(.granted(lease(0))) == [.assign(lease(0), to: w(1))])
    }

    @Test("what is recorded is cancelled wherever it still runs")
    func recordedIsCancelled() {
        var dialogue = assigned(limits: staying)
        dialogue.say(.reported(lease(0), .success, by: w(1)))
        dialogue.say(.recorded(lease(0)))
        #expect(
            dialogue.beat(w(1), [HeldTrial(lease(0), .running)])
                == [.cancel(lease(0), to: w(1)), .answerHeartbeat(w(1), sequence: 2)])
        #expect(
            dialogue.beat(w(1), [HeldTrial(lease(0), .queued)])
                == [.cancel(lease(0), to: w(1)), .answerHeartbeat(w(1), sequence: 3)])
    }

    @Test("a heartbeat that its report overtook does not cost the result before it is durable")
    func overtakenHeartbeat() {
        var dialogue = assigned(limits: staying)
        dialogue.say(.reported(lease(0), .success, by: w(1)))
        // Were it cancelled now, its worker would delete what a crash may still cost us.
        #expect(
            dialogue.beat(w(1), [HeldTrial(lease(0), .running)])
                == [.answerHeartbeat(w(1), sequence: 2)])
    }

    @Test("a result of a worker given up for lost is accepted when nobody else has the trial")
    func lateResult() {
        var dialogue = assigned()
        dialogue.wait(5_000)
        dialogue.join(w(2), as: ada, held: [HeldTrial(lease(0), .reporting)], sweep: 9)
        #expect(
            dialogue.say(.reported(lease(0), .success, by: w(2)))
                == [.record(lease(0), from: w(2))])
        #expect(
            dialogue.say(.recorded(lease(0)))
                == [.acknowledge(lease(0), to: w(2)), .dismiss(w(2), .finished), .finish])
    }

    @Test("an acknowledgement goes to the session that its worker has now")
    func acknowledgeAfterReconnect() {
        var dialogue = assigned(limits: staying)
        dialogue.say(.reported(lease(0), .success, by: w(1)))
        dialogue.join(w(2), as: ada, held: [HeldTrial(lease(0), .reporting)], sweep: 9)
        #expect(dialogue.say(.recorded(lease(0))) == [.acknowledge(lease(0), to: w(2))])
    }

    @Test("a result is recorded although its worker is gone when it is durable")
    func recordedAfterLoss() {
        var dialogue = assigned(limits: staying)
        dialogue.say(.reported(lease(0), .success, by: w(1)))
        #expect(dialogue.say(.workerLost(w(1))) == [.forget(w(1))])
        #expect(dialogue.say(.recorded(lease(0))) == [])
        #expect(dialogue.scheduler.settlement(of: TrialID(0)) == .recorded)
    }

    @Test("a crash is noted, and the trial tried again with a higher attempt")
    func crash() {
        var dialogue = assigned()
        let crash = Scheduler.Event.reported(lease(0), .crashed, by: w(1))
        #expect(
            dialogue.say(crash)
                == [
                    .noteCrash(lease(0), from: w(1)), .acknowledge(lease(0), to: w(1)),
                    .grant(lease(0, 1), to: w(1)),
                ])
        // Heard twice, it counts once.
        #expect(dialogue.say(crash) == [.acknowledge(lease(0), to: w(1))])
        #expect(dialogue.scheduler.snapshot.counters.crashes == 1)
    }

    @Test("three crashes on the only worker are enough for quarantine")
    func quarantineOnOneWorker() {
        var dialogue = assigned()
        for attempt in 0..<2 {
            dialogue.say(.reported(lease(0, attempt), .crashed, by: w(1)))
            dialogue.say(.granted(lease(0, attempt + 1)))
        }
        #expect(
            dialogue.say(.reported(lease(0, 2), .crashed, by: w(1)))
                == [
                    .noteCrash(lease(0, 2), from: w(1)), .acknowledge(lease(0, 2), to: w(1)),
                    .recordQuarantined(lease(0, 2), .init(crashes: 3, workers: 1)),
                ])
        #expect(
            dialogue.say(.recorded(lease(0, 2))) == [.dismiss(w(1), .finished), .finish])
        #expect(dialogue.scheduler.settlement(of: TrialID(0)) == .quarantined)
    }

    @Test("with two workers, two crashes on one of them are enough to wait for the other")
    func quarantineOnTwoWorkers() {
        var dialogue = assigned(trialCount: 3)
        dialogue.join(w(2), as: bob)
        dialogue.say(.granted(lease(1)))
        #expect(
            dialogue.say(.reported(lease(0), .crashed, by: w(1))).last
                == .grant(lease(0, 1), to: w(1)))
        dialogue.say(.granted(lease(0, 1)))
        #expect(
            dialogue.say(.reported(lease(0, 1), .crashed, by: w(1))).last
                == .grant(lease(2), to: w(1)))
        // Bob has time for it, and it crashes there too.
        dialogue.say(.reported(lease(1), .success, by: w(2)))
        #expect(dialogue.say(.recorded(lease(1))).last == .acknowledge(lease(1), to: w(2)))
        #expect(dialogue.scheduler.snapshot.workers.last?.held == [HeldTrial(lease(0, 2), .queued)])
        dialogue.say(.granted(lease(0, 2)))
        #expect(
            dialogue.say(.reported(lease(0, 2), .crashed, by: w(2)))
                == [
                    .noteCrash(lease(0, 2), from: w(2)), .acknowledge(lease(0, 2), to: w(2)),
                    .recordQuarantined(lease(0, 2), .init(crashes: 3, workers: 2)),
                ])
    }

    @Test("while the other worker is busy, one that crashes everything costs no trial")
    func blackHoleBurnsNothing() {
        var dialogue = Dialogue(trialCount: 9)
        dialogue.join(w(2), as: bob)
        dialogue.say(.granted(lease(0)))
        var effects = dialogue.join(w(1), as: ada)
        var rounds = 0
        while rounds < 50, case .grant(let lease, _)? = effects.last {
            dialogue.say(.granted(lease))
            effects = dialogue.say(.reported(lease, .crashed, by: w(1)))
            rounds += 1
        }
        // Four of them twice, and at the fifth it is over.
        #expect(rounds == 9)
        #expect(effects.contains(.quarantineWorker(w(1))))
        #expect(dialogue.scheduler.snapshot.quarantinedCount == 0)
        #expect(dialogue.scheduler.snapshot.committingCount == 0)
    }

    @Test("a failure that is being set aside keeps the sweep from its end")
    func retryAtTheEnd() {
        var dialogue = assigned(trialCount: 2)
        dialogue.say(.reported(lease(0), .failure, by: w(1)))
        dialogue.say(.recorded(lease(0)))
        dialogue.say(.granted(lease(1)))
        dialogue.say(.reported(lease(1), .success, by: w(1)))
        dialogue.say(.retryRequested(TrialID(0)))
        #expect(dialogue.say(.recorded(lease(1))) == [.acknowledge(lease(1), to: w(1))])
        var refused = dialogue
        #expect(refused.say(.reopenRefused(TrialID(0))).last == .finish)
        #expect(
            dialogue.say(.reopened(TrialID(0), nextAttempt: 1))
                == [.grant(lease(0, 1), to: w(1))])
    }

    @Test("losing a worker is no crash of the trial")
    func lossIsNoCrash() {
        var dialogue = Dialogue(trialCount: 1)
        for round in 0..<10 {
            let worker = w(UInt32(round) + 1)
            dialogue.join(worker, as: ada)
            dialogue.say(.granted(lease(0, round)))
            dialogue.say(.workerLost(worker))
        }
        #expect(dialogue.scheduler.snapshot.pendingCount == 1)
    }

    @Test("a failed trial is retried when asked, with an attempt that was never used")
    func retry() {
        var dialogue = assigned(limits: staying)
        dialogue.say(.reported(lease(0), .failure, by: w(1)))
        dialogue.say(.recorded(lease(0)))
        #expect(dialogue.say(.retryRequested(TrialID(0))) == [.reopen(TrialID(0))])
        #expect(dialogue.say(.retryRequested(TrialID(0))) == [])
        #expect(
            dialogue.say(.reopened(TrialID(0), nextAttempt: 1)) == [.grant(lease(0, 1), to: w(1))])
        // The report of the old failure, sent again because its acknowledgement was lost.
        #expect(
            dialogue.say(.reported(lease(0), .failure, by: w(1)))
                == [.noteDuplicate(lease(0), from: w(1)), .acknowledge(lease(0), to: w(1))])
        dialogue.say(.granted(lease(0, 1)))
        #expect(
            dialogue.say(.reported(lease(0, 1), .success, by: w(1)))
                == [.record(lease(0, 1), from: w(1))])
    }

    @Test("a trial with a result, an open one, and one outside the plan are not retried")
    func retryOnlyFailures() {
        var dialogue = assigned(trialCount: 2, limits: staying)
        dialogue.say(.reported(lease(0), .success, by: w(1)))
        dialogue.say(.recorded(lease(0)))
        for trial in [0, 1, 2, -1, .max] {
            #expect(dialogue.say(.retryRequested(TrialID(trial))) == [])
        }
    }

    @Test("the ledger cannot record what it was not given")
    func recordedOutOfNowhere() async {
        await #expect(processExitsWith: .failure) {
            var scheduler = Scheduler(trialCount: 1)
            let lease = Lease(TrialID(0), attempt: 0)
            _ = scheduler.handle(.recorded(lease), at: Instant(milliseconds: 1))
        }
    }
}
