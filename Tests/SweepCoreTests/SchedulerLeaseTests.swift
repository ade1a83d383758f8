import SweepCore
import Testing

@Suite("Scheduler: leases and sessions")
struct SchedulerLeaseTests {
    /// One worker that was assigned trial 0 of `trialCount`.
    private func assigned(trialCount: Int = 1) -> Dialogue {
        var dialogue = Dialogue(trialCount: trialCount)
        dialogue.join(w(1), as: ada)
        dialogue.say(.granted(lease(0)))
        return dialogue
    }

    @Test("a silent worker is forgotten when its lease ends, not a millisecond before")
    func silence() {
        var dialogue = assigned()
        #expect(dialogue.wait(4_999) == [])
        #expect(
            dialogue.wait(1) == [.noteLoss(lease(0), of: w(1)), .forget(w(1))])
        #expect(
            dialogue.join(w(2), as: bob)
                == [.welcome(w(2), greeting: 2), .grant(lease(0, 1), to: w(2))])
    }

    @Test("heartbeats that name a trial keep its lease")
    func renewal() {
        var dialogue = assigned()
        for _ in 0..<20 {
            #expect(dialogue.wait(1_000) == [])
            dialogue.beat(w(1), [HeldTrial(lease(0), .running)])
        }
        #expect(dialogue.scheduler.snapshot.counters.lapses == 0)
    }

    @Test("a lost assign is repaired: a lease that no heartbeat names lapses")
    func lostAssign() {
        var dialogue = assigned()
        for _ in 0..<4 {
            #expect(dialogue.wait(1_000) == [])
            dialogue.beat(w(1))
        }
        #expect(dialogue.wait(1_000) == [.grant(lease(0, 1), to: w(1))])
        #expect(dialogue.scheduler.snapshot.counters.lapses == 1)
    }

    @Test("an overtaken heartbeat changes nothing")
    func staleHeartbeat() {
        var dialogue = assigned()
        let stale = Scheduler.Event.heartbeatReceived(
            w(1), Heartbeat(sequence: 1, creditCount: 9, held: []))
        #expect(dialogue.say(stale) == [])
        #expect(dialogue.scheduler.snapshot.workers.first?.creditCount == 1)
    }

    @Test("a session that is over, or was never opened, is asked to say hello again")
    func unknownSession() {
        var dialogue = assigned()
        dialogue.say(.workerLost(w(1)))
        #expect(dialogue.beat(w(1)) == [.reject(w(1), .unknownSession)])
        #expect(
            dialogue.say(.reported(lease(0), .success, by: w(7)))
                == [.reject(w(7), .unknownSession)])
        #expect(
            dialogue.say(.returned(lease(0), by: w(7))) == [.reject(w(7), .unknownSession)])
        #expect(dialogue.say(.workerLeaving(w(7))) == [.reject(w(7), .unknownSession)])
        #expect(dialogue.say(.strangerHeard(w(8))) == [.reject(w(8), .unknownSession)])
        #expect(dialogue.say(.workerLost(w(7))) == [])
        #expect(dialogue.say(.workerLeft(w(7))) == [])
    }

    @Test("a worker that reconnects keeps what it names, and gives back the rest at once")
    func reconnection() {
        var dialogue = Dialogue(trialCount: 2)
        dialogue.join(w(1), as: ada, slots: 2, credit: 2)
        dialogue.say(.granted(lease(0)))
        dialogue.say(.granted(lease(1)))
        #expect(
            dialogue.join(
                w(2), as: ada, slots: 2, credit: 2, held: [HeldTrial(lease(0), .running)], sweep: 9)
                == [
                    .forget(w(1)), .welcome(w(2), greeting: 2), .grant(lease(1, 1), to: w(2)),
                ])
        #expect(
            dialogue.say(.reported(lease(0), .success, by: w(2)))
                == [.record(lease(0), from: w(2))])
    }

    @Test("a hello that arrives twice is answered and changes nothing")
    func doubleHello() {
        var dialogue = assigned(trialCount: 3)
        let hello = Hello(
            identity: ada, incarnation: 1, sequence: 1, sweep: nil, slotCount: 1, creditCount: 1)
        #expect(dialogue.say(.workerJoined(w(1), hello)) == [.welcome(w(1), greeting: 1)])
        // The same from a connection that the worker has left.
        #expect(dialogue.say(.workerJoined(w(2), hello)) == [.forget(w(2))])
        #expect(dialogue.scheduler.snapshot.runningCount == 1)
    }

    @Test("a hello that is repeated because the welcome was slow costs no lease")
    func repeatedHello() {
        var dialogue = assigned()
        #expect(dialogue.join(w(1), as: ada) == [.welcome(w(1), greeting: 2)])
        #expect(dialogue.scheduler.snapshot.runningCount == 1)
        #expect(dialogue.wait(4_000) == [])
        #expect(dialogue.beat(w(1)) == [.answerHeartbeat(w(1), sequence: 3)])
        #expect(dialogue.wait(1_000) == [.grant(lease(0, 1), to: w(1))])
    }

    @Test("an older process of the same worker is sent away, and another name on a connection too")
    func superseded() {
        var dialogue = Dialogue(trialCount: 1)
        dialogue.join(w(1), as: ada, incarnation: 2)
        #expect(
            dialogue.join(w(2), as: ada, incarnation: 1)
                == [.reject(w(2), .superseded), .forget(w(2))])
        #expect(dialogue.join(w(1), as: bob) == [.reject(w(1), .unknownSession)])
    }

    @Test("a restarted process has only what it names: its spooled reports")
    func newIncarnation() {
        var dialogue = Dialogue(trialCount: 2)
        dialogue.join(w(1), as: ada, slots: 2, credit: 2)
        dialogue.say(.granted(lease(0)))
        dialogue.say(.granted(lease(1)))
        #expect(
            dialogue.join(
                w(2), as: ada, incarnation: 2, slots: 2, credit: 2,
                held: [HeldTrial(lease(1), .reporting)], sweep: 9)
                == [
                    .noteLoss(lease(0), of: w(1)), .forget(w(1)), .welcome(w(2), greeting: 2),
                    .grant(lease(0, 1), to: w(2)),
                ])
    }

    @Test("what a worker holds of another sweep is not looked at")
    func otherSweep() {
        var dialogue = assigned()
        #expect(
            dialogue.join(w(2), as: ada, held: [HeldTrial(lease(0), .running)], sweep: 8)
                == [
                    .forget(w(1)), .welcome(w(2), greeting: 2), .grant(lease(0, 1), to: w(2)),
                ])
    }

    @Test("a worker that was given up and comes back in time goes on with its attempt")
    func adoption() {
        var dialogue = assigned()
        dialogue.wait(5_000)
        #expect(
            dialogue.join(w(2), as: ada, held: [HeldTrial(lease(0), .running)], sweep: 9)
                == [.forgiveLoss(lease(0)), .welcome(w(2), greeting: 2)])
        #expect(dialogue.scheduler.snapshot.workers.first?.held == [HeldTrial(lease(0), .running)])
        #expect(dialogue.scheduler.snapshot.counters.adoptions == 1)
    }

    /// Ada was given up while she ran trial 0, which Bob has now.
    private func zombie() -> Dialogue {
        var dialogue = assigned()
        dialogue.wait(5_000)
        dialogue.join(w(2), as: bob)
        dialogue.say(.granted(lease(0, 1)))
        return dialogue
    }

    @Test("an older attempt that still runs goes on beside the newer one; the first report wins")
    func zombieReportsFirst() {
        var dialogue = zombie()
        #expect(
            dialogue.join(w(3), as: ada, held: [HeldTrial(lease(0), .running)], sweep: 9)
                == [.forgiveLoss(lease(0)), .welcome(w(3), greeting: 3)])
        #expect(
            dialogue.say(.reported(lease(0), .success, by: w(3)))
                == [.record(lease(0), from: w(3)), .cancel(lease(0, 1), to: w(2))])
        // Bob ended in the same moment: his report is compared and he is freed, after the commit.
        #expect(dialogue.say(.reported(lease(0, 1), .success, by: w(2))) == [])
        #expect(
            dialogue.say(.recorded(lease(0)))
                == [
                    .acknowledge(lease(0), to: w(3)), .dismiss(w(2), .finished),
                    .dismiss(w(3), .finished), .finish,
                ])
        #expect(
            dialogue.say(.reported(lease(0, 1), .success, by: w(2)))
                == [.noteDuplicate(lease(0, 1), from: w(2)), .acknowledge(lease(0, 1), to: w(2))])
        #expect(dialogue.scheduler.snapshot.counters.lateResults == 1)
    }

    @Test("when the newer attempt reports first the older one is cancelled")
    func zombieReportsLast() {
        var dialogue = zombie()
        dialogue.join(w(3), as: ada, held: [HeldTrial(lease(0), .running)], sweep: 9)
        #expect(
            dialogue.say(.reported(lease(0, 1), .success, by: w(2)))
                == [.record(lease(0, 1), from: w(2)), .cancel(lease(0), to: w(3))])
    }

    @Test("when the newer attempt is lost the older one holds the lease again")
    func zombieInherits() {
        var dialogue = zombie()
        dialogue.join(w(3), as: ada, held: [HeldTrial(lease(0), .running)], sweep: 9)
        #expect(
            dialogue.say(.workerLost(w(2)))
                == [.noteLoss(lease(0, 1), of: w(2)), .forget(w(2))])
        #expect(dialogue.scheduler.snapshot.runningCount == 1)
        #expect(dialogue.scheduler.snapshot.pendingCount == 0)
    }

    @Test("when the newer attempt is lost an older one that has ended holds the lease again")
    func endedZombieInherits() {
        var dialogue = zombie()
        #expect(
            dialogue.join(w(3), as: ada, held: [HeldTrial(lease(0), .reporting)], sweep: 9)
                == [.forgiveLoss(lease(0)), .welcome(w(3), greeting: 3)])
        #expect(
            dialogue.say(.workerLost(w(2)))
                == [.noteLoss(lease(0, 1), of: w(2)), .forget(w(2))])
        #expect(dialogue.scheduler.snapshot.pendingCount == 0)
        #expect(
            dialogue.say(.reported(lease(0), .success, by: w(3)))
                == [.record(lease(0), from: w(3))])
    }

    @Test("an older attempt that has not begun is cancelled")
    func queuedZombie() {
        var dialogue = zombie()
        #expect(
            dialogue.join(w(3), as: ada, held: [HeldTrial(lease(0), .queued)], sweep: 9)
                == [
                    .forgiveLoss(lease(0)), .cancel(lease(0), to: w(3)),
                    .welcome(w(3), greeting: 3),
                ])
    }

    @Test("a pause of our own loop lengthens every lease by it")
    func selfPause() {
        var dialogue = assigned()
        dialogue.now = dialogue.now.advanced(byMilliseconds: 120_000)
        #expect(dialogue.say(.timeAdvanced) == [])
        #expect(dialogue.wait(4_999) == [])
        #expect(
            dialogue.wait(1) == [.noteLoss(lease(0), of: w(1)), .forget(w(1))])
        #expect(dialogue.scheduler.snapshot.counters.pauses == 1)
    }

    @Test("after a pause of our own everybody has a whole lease, and every trial too")
    func freshLease() {
        var dialogue = assigned(trialCount: 2)
        dialogue.join(w(2), as: bob)
        dialogue.say(.granted(lease(1)))
        for _ in 0..<4 {
            dialogue.wait(1_000)
            dialogue.beat(w(2))
        }
        // A second before Ada's lease and that of Bob's trial are over.
        dialogue.now = dialogue.now.advanced(byMilliseconds: 120_000)
        #expect(dialogue.say(.timeAdvanced) == [])
        #expect(dialogue.wait(4_999) == [])
        #expect(dialogue.wait(1).contains(.forget(w(1))))
        #expect(dialogue.scheduler.snapshot.workers == [])
    }

    @Test("a finished older attempt takes the place of a newer one that its worker has lost")
    func finishedOlderAttempt() {
        var dialogue = assigned()
        // Ada's heartbeats were lost, so the trial was granted to her a second time.
        for _ in 0..<4 {
            dialogue.wait(1_000)
            dialogue.beat(w(1))
        }
        #expect(dialogue.wait(1_000) == [.grant(lease(0, 1), to: w(1))])
        dialogue.say(.granted(lease(0, 1)))
        #expect(
            dialogue.join(
                w(2), as: ada, incarnation: 2, held: [HeldTrial(lease(0), .reporting)], sweep: 9)
                == [
                    .noteLoss(lease(0, 1), of: w(1)), .forget(w(1)),
                    .welcome(w(2), greeting: 6),
                ])
        #expect(
            dialogue.say(.reported(lease(0), .success, by: w(2)))
                == [.record(lease(0), from: w(2))])
    }

    @Test("time never runs backwards")
    func timeRunsForwards() async {
        await #expect(processExitsWith: .failure) {
            var scheduler = Scheduler(trialCount: 1)
            _ = scheduler.handle(.timeAdvanced, at: Instant(milliseconds: 2))
            _ = scheduler.handle(.timeAdvanced, at: Instant(milliseconds: 1))
        }
    }

    @Test("a session of another epoch is our mistake")
    func otherEpoch() async {
        await #expect(processExitsWith: .failure) {
            var scheduler = Scheduler(trialCount: 1, epoch: 2)
            let hello = Hello(
                identity: WorkerIdentity(high: 1, low: 1), incarnation: 1, sequence: 1, sweep: nil,
                slotCount: 1, creditCount: 1)
            let worker = WorkerID(epoch: 1, number: 1)
            _ = scheduler.handle(.workerJoined(worker, hello), at: Instant(milliseconds: 1))
        }
    }
}
