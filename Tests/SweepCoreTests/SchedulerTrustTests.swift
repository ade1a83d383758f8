import SweepCore
import Testing

@Suite("Scheduler: what is to blame, the trial or the worker")
struct SchedulerTrustTests {
    private var staying: Scheduler.Limits {
        var limits = Scheduler.Limits()
        limits.staysWhenDone = true
        return limits
    }

    // MARK: Trials

    @Test("a trial goes rather to a worker on which it has not crashed")
    func otherWorkerFirst() {
        var dialogue = Dialogue(trialCount: 1)
        dialogue.join(w(1), as: ada)
        dialogue.say(.granted(lease(0)))
        dialogue.join(w(2), as: bob)
        #expect(
            dialogue.say(.reported(lease(0), .crashed, by: w(1)))
                == [
                    .noteCrash(lease(0), from: w(1)), .acknowledge(lease(0), to: w(1)),
                    .grant(lease(0, 1), to: w(2)),
                ])
    }

    /// A worker takes trial 0, says that it runs it, and dies; `number` is its session.
    private func die(
        _ dialogue: inout Dialogue, _ number: UInt32, as identity: WorkerIdentity
    ) -> [Scheduler.Effect] {
        let attempt = Int(number) - 1
        dialogue.join(w(number), as: identity, incarnation: UInt64(number))
        dialogue.say(.granted(lease(0, attempt)))
        dialogue.beat(w(number), [HeldTrial(lease(0, attempt), .running)])
        return dialogue.say(.workerLost(w(number)))
    }

    @Test("a trial that six workers died with is quarantined")
    func killer() {
        var dialogue = Dialogue(trialCount: 1)
        for number: UInt32 in 1...5 {
            #expect(
                die(&dialogue, number, as: number % 2 == 0 ? ada : bob) == [.forget(w(number))])
        }
        #expect(
            die(&dialogue, 6, as: ada) == [.recordQuarantined(lease(0, 5)), .forget(w(6))])
    }

    @Test("a trial that kills its worker before a heartbeat names it is quarantined too")
    func quickKiller() {
        var dialogue = Dialogue(trialCount: 1)
        for round in 0..<12 {
            let worker = w(UInt32(round) + 1)
            dialogue.join(worker, as: ada, incarnation: UInt64(round) + 1)
            dialogue.say(.granted(lease(0, round)))
            let effects = dialogue.say(.workerLost(worker))
            #expect(effects.contains(.recordQuarantined(lease(0, round))) == (round == 11))
        }
    }

    @Test("what a silent worker had counts as lost, and no more once the same process is back")
    func backAgain() {
        var dialogue = Dialogue(trialCount: 1)
        for number: UInt32 in 1...5 { _ = die(&dialogue, number, as: bob) }
        dialogue.join(w(6), as: ada)
        dialogue.say(.granted(lease(0, 5)))
        dialogue.beat(w(6), [HeldTrial(lease(0, 5), .running)])
        // The connection breaks; five were lost before, and this would be the sixth.
        #expect(
            dialogue.say(.workerLeft(w(6))) == [.recordQuarantined(lease(0, 5)), .forget(w(6))])

        var other = Dialogue(trialCount: 1)
        for number: UInt32 in 1...4 { _ = die(&other, number, as: bob) }
        other.join(w(5), as: ada)
        other.say(.granted(lease(0, 4)))
        other.beat(w(5), [HeldTrial(lease(0, 4), .running)])
        other.say(.workerLeft(w(5)))
        other.join(w(6), as: ada, held: [HeldTrial(lease(0, 4), .running)], sweep: 9)
        other.join(w(7), as: cyd)
        // With the fifth forgiven this is the fifth, not the sixth.
        #expect(other.say(.workerLost(w(6))) == [.forget(w(6)), .grant(lease(0, 5), to: w(7))])
    }

    @Test("a worker that said that it leaves explains what is lost with it")
    func drained() {
        var dialogue = Dialogue(trialCount: 1)
        for number: UInt32 in 1...20 {
            let attempt = Int(number) - 1
            dialogue.join(w(number), as: ada, incarnation: UInt64(number))
            dialogue.say(.granted(lease(0, attempt)))
            dialogue.beat(w(number), [HeldTrial(lease(0, attempt), .running)])
            dialogue.say(.workerLeaving(w(number)))
            #expect(dialogue.say(.workerLeft(w(number))) == [.forget(w(number))])
        }
    }

    @Test("trials that were lost together again and again are handed out apart")
    func suspicion() {
        var dialogue = Dialogue(trialCount: 3)
        for round in 0..<3 {
            let worker = w(UInt32(round) + 1)
            dialogue.join(worker, as: ada, incarnation: UInt64(round) + 1, slots: 2, credit: 2)
            dialogue.say(.granted(lease(0, round)))
            dialogue.say(.granted(lease(1, round)))
            dialogue.beat(
                worker,
                [HeldTrial(lease(0, round), .running), HeldTrial(lease(1, round), .running)],
                credit: 2)
            dialogue.say(.workerLost(worker))
        }
        // Beside the first goes one that nobody suspects; the second waits for another worker.
        #expect(
            dialogue.join(w(4), as: ada, incarnation: 4, slots: 2, credit: 2)
                == [
                    .welcome(w(4), greeting: 7), .grant(lease(0, 3), to: w(4)),
                    .grant(lease(2), to: w(4)),
                ])
        #expect(
            dialogue.join(w(5), as: bob)
                == [.welcome(w(5), greeting: 8), .grant(lease(1, 3), to: w(5))])
    }

    // MARK: Workers

    /// Ada crashed four different trials; Bob is there and has all he can take.
    private func fourCrashes(withBob: Bool = true) -> Dialogue {
        var dialogue = Dialogue(trialCount: 10, limits: staying)
        if withBob { dialogue.join(w(2), as: bob) }
        dialogue.join(w(1), as: ada, slots: 6, credit: 6)
        let first = withBob ? 1 : 0
        for trial in 0..<first + 6 { dialogue.say(.granted(lease(trial))) }
        for trial in first..<first + 4 {
            dialogue.say(.reported(lease(trial), .crashed, by: w(1)))
        }
        return dialogue
    }

    @Test(
        "a worker that crashes five trials in a row gets no more, and what waits there is taken back"
    )
    func blackHole() {
        var dialogue = fourCrashes()
        let effects = dialogue.say(.reported(lease(5), .crashed, by: w(1)))
        #expect(effects.contains(.quarantineWorker(w(1))))
        #expect(effects.contains(.takeBack(lease(6), from: w(1))))
        #expect(!effects.contains { if case .grant = $0 { true } else { false } })
        #expect(dialogue.scheduler.snapshot.workers.first?.isQuarantined == true)
        #expect(dialogue.scheduler.snapshot.counters.workerQuarantines == 1)
        // What it still runs counts, and shows that it can compute.
        let report = dialogue.say(.reported(lease(6), .success, by: w(1)))
        #expect(report.first == .record(lease(6), from: w(1)))
        #expect(report.contains { if case .grant(_, w(1)) = $0 { true } else { false } })
    }

    @Test("a result in between shows that a worker can compute")
    func resultInBetween() {
        var dialogue = fourCrashes()
        dialogue.say(.reported(lease(5), .failure, by: w(1)))
        #expect(
            !dialogue.say(.reported(lease(6), .crashed, by: w(1))).contains(
                .quarantineWorker(w(1))))
    }

    @Test("the same trial again and again speaks against the trial, not the worker")
    func oneTrial() {
        var dialogue = fourCrashes()
        var effects = dialogue.say(.granted(lease(1, 1)))
        effects += dialogue.say(.reported(lease(1, 1), .crashed, by: w(1)))
        #expect(!effects.contains(.quarantineWorker(w(1))))
    }

    @Test("the only worker is never quarantined")
    func onlyWorker() {
        var dialogue = fourCrashes(withBob: false)
        #expect(
            !dialogue.say(.reported(lease(4), .crashed, by: w(1))).contains(
                .quarantineWorker(w(1))))
    }

    @Test("a quarantined worker gets trials again when nobody else is left")
    func nobodyElse() {
        var dialogue = fourCrashes()
        dialogue.say(.reported(lease(5), .crashed, by: w(1)))
        dialogue.say(.workerLeft(w(2)))
        dialogue.beat(w(1), credit: 6)
        let effects = dialogue.wait(1_000)
        #expect(effects.contains { if case .grant(_, w(1)) = $0 { true } else { false } })
    }

    @Test("a quarantined worker gets trials again after ten minutes")
    func tenMinutes() {
        var dialogue = fourCrashes()
        dialogue.say(.reported(lease(5), .crashed, by: w(1)))
        var answers: [Bool] = []
        for _ in 0..<602 {
            dialogue.beat(w(1), credit: 6)
            dialogue.beat(w(2), [HeldTrial(lease(0), .running)])
            let effects = dialogue.wait(1_000)
            answers.append(
                effects.contains { if case .grant(_, w(1)) = $0 { true } else { false } })
        }
        #expect(answers.prefix(599).allSatisfy { !$0 })
        #expect(answers.suffix(3).contains(true))
    }

    @Test("a trial that crashes on another worker too speaks for the first one")
    func exoneration() {
        var dialogue = fourCrashes()
        dialogue.say(.reported(lease(5), .crashed, by: w(1)))
        #expect(dialogue.scheduler.snapshot.workers.first?.isQuarantined == true)
        dialogue.say(.reported(lease(0), .success, by: w(2)))
        // Bob gets trial 5 now, and it crashes there too.
        dialogue.say(.granted(lease(5, 1)))
        dialogue.say(.reported(lease(5, 1), .crashed, by: w(2)))
        #expect(dialogue.scheduler.snapshot.workers.first?.isQuarantined == false)
    }

    // MARK: Known workers

    @Test("workers that are gone are forgotten, and those that may report are not")
    func knownWorkers() {
        var limits = staying
        limits.knownWorkerLimit = 10
        var dialogue = Dialogue(trialCount: 1, limits: limits)
        dialogue.join(w(1), as: ada)
        dialogue.say(.granted(lease(0)))
        dialogue.say(.workerLeft(w(1)))
        for number: UInt32 in 2...200 {
            dialogue.join(w(number), as: WorkerIdentity(high: 7, low: UInt64(number)), slots: 0)
            dialogue.say(.workerLeft(w(number)))
            dialogue.wait(5_500)
            #expect(dialogue.scheduler.knownWorkerCount <= 12)
        }
        // Ada's attempt is still a granted one.
        dialogue.join(w(201), as: ada, held: [HeldTrial(lease(0), .reporting)], sweep: 9)
        #expect(
            dialogue.say(.reported(lease(0), .success, by: w(201)))
                == [.record(lease(0), from: w(201))])
    }
}
