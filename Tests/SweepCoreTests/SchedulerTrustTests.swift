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

    @Test("a trial that three workers died with is quarantined, on one if there is no other")
    func killer() {
        var dialogue = Dialogue(trialCount: 1)
        #expect(die(&dialogue, 1, as: bob) == [.noteLoss(lease(0), of: w(1)), .forget(w(1))])
        #expect(die(&dialogue, 2, as: ada) == [.noteLoss(lease(0, 1), of: w(2)), .forget(w(2))])
        #expect(
            die(&dialogue, 3, as: bob)
                == [
                    .noteLoss(lease(0, 2), of: w(3)),
                    .recordQuarantined(lease(0, 2), .init(losses: 3, workers: 2)), .forget(w(3)),
                ])
        var alone = Dialogue(trialCount: 1)
        for number: UInt32 in 1...3 {
            let effects = die(&alone, number, as: ada)
            let verdict = Scheduler.Effect.recordQuarantined(
                lease(0, 2), .init(losses: 3, workers: 1))
            #expect(effects.contains(verdict) == (number == 3))
        }
    }

    @Test("two losses on one worker are enough to wait for another while there is one")
    func killerOnOneOfTwo() {
        var dialogue = Dialogue(trialCount: 2)
        dialogue.join(w(100), as: bob)
        dialogue.say(.granted(lease(0)))
        for round in 0..<2 {
            let worker = w(UInt32(round) + 1)
            dialogue.join(worker, as: ada, incarnation: UInt64(round) + 1)
            dialogue.say(.granted(lease(1, round)))
            dialogue.say(.workerLost(worker))
        }
        #expect(dialogue.join(w(3), as: ada, incarnation: 3) == [.welcome(w(3), greeting: 4)])
        // With Bob gone for a lease there is nobody else.
        dialogue.say(.workerLeft(w(100)))
        dialogue.beat(w(3))
        #expect(dialogue.scheduler.snapshot.workers.first?.held.count == 1)
    }

    @Test("a trial that kills its worker before a heartbeat names it is quarantined too")
    func quickKiller() {
        var dialogue = Dialogue(trialCount: 1)
        for round in 0..<3 {
            let worker = w(UInt32(round) + 1)
            dialogue.join(worker, as: ada, incarnation: UInt64(round) + 1)
            dialogue.say(.granted(lease(0, round)))
            let effects = dialogue.say(.workerUnreachable(worker))
            #expect(effects.count == (round == 2 ? 3 : 2))
        }
    }

    @Test("what waited for a slot when its worker died does not count")
    func queued() {
        var dialogue = Dialogue(trialCount: 2)
        dialogue.join(w(1), as: ada, slots: 1, credit: 2)
        dialogue.say(.granted(lease(0)))
        dialogue.say(.granted(lease(1)))
        #expect(
            dialogue.say(.workerLost(w(1))) == [.noteLoss(lease(0), of: w(1)), .forget(w(1))])
    }

    @Test("what a silent worker had counts as lost, and no more once the same process is back")
    func backAgain() {
        var dialogue = Dialogue(trialCount: 1)
        _ = die(&dialogue, 1, as: bob)
        dialogue.join(w(2), as: ada)
        dialogue.say(.granted(lease(0, 1)))
        dialogue.beat(w(2), [HeldTrial(lease(0, 1), .running)])
        // The connection breaks: the second loss.
        #expect(
            dialogue.say(.workerUnreachable(w(2)))
                == [.noteLoss(lease(0, 1), of: w(2)), .forget(w(2))])
        #expect(
            dialogue.join(w(3), as: ada, held: [HeldTrial(lease(0, 1), .running)], sweep: 9)
                == [.forgiveLoss(lease(0, 1)), .welcome(w(3), greeting: 5)])
        dialogue.join(w(4), as: cyd)
        // With that forgiven this is the second once more.
        #expect(
            dialogue.say(.workerLost(w(3)))
                == [
                    .noteLoss(lease(0, 1), of: w(3)), .forget(w(3)), .grant(lease(0, 2), to: w(4)),
                ])
        dialogue.say(.granted(lease(0, 2)))
        #expect(
            dialogue.say(.workerLost(w(4))).contains(
                .recordQuarantined(lease(0, 2), .init(losses: 3, workers: 3))))
    }

    @Test("a worker that was started again had what it does not name as finished")
    func startedAgain() {
        var dialogue = Dialogue(trialCount: 2)
        dialogue.join(w(1), as: ada, slots: 2, credit: 2)
        dialogue.say(.granted(lease(0)))
        dialogue.say(.granted(lease(1)))
        let effects = dialogue.join(
            w(2), as: ada, incarnation: 2, held: [HeldTrial(lease(0), .reporting)], sweep: 9)
        #expect(effects.prefix(2) == [.noteLoss(lease(1), of: w(1)), .forget(w(1))])
    }

    @Test("an attempt that kept a further checkpoint before its worker died does not count")
    func progress() {
        var dialogue = Dialogue(trialCount: 1)
        for round in 0..<9 {
            let worker = w(UInt32(round) + 1)
            dialogue.join(worker, as: ada, incarnation: UInt64(round) + 1)
            dialogue.say(.granted(lease(0, round)))
            // From the seventh on it gets no further than the sixth did.
            dialogue.say(.checkpointKept(lease(0, round), step: UInt64(min(round, 5) + 1)))
            let effects = dialogue.say(.workerLost(worker))
            #expect(effects.count == (round < 6 ? 1 : round < 8 ? 2 : 3), "round \(round)")
        }
    }

    @Test("a worker that says goodbye, or was sent away, explains what is lost with it")
    func goodbye() {
        var dialogue = Dialogue(trialCount: 1)
        dialogue.join(w(1), as: ada)
        dialogue.say(.granted(lease(0)))
        #expect(dialogue.say(.workerLeft(w(1))) == [.forget(w(1))])
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

    @Test("trials on their last try are handed out apart, and beside none that was lost before")
    func suspicion() {
        var dialogue = Dialogue(trialCount: 3)
        for round in 0..<2 {
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
            dialogue.join(w(3), as: ada, incarnation: 3, slots: 2, credit: 2)
                == [
                    .welcome(w(3), greeting: 5), .grant(lease(0, 2), to: w(3)),
                    .grant(lease(2), to: w(3)),
                ])
        #expect(
            dialogue.join(w(4), as: bob)
                == [.welcome(w(4), greeting: 6), .grant(lease(1, 2), to: w(4))])
    }

    @Test("one trial that kills its workers, among many: it alone is quarantined")
    func oneKiller() {
        var dialogue = Dialogue(trialCount: 40, limits: staying)
        var assigned: [UInt32: [Lease]] = [:]
        var (sessions, deaths, session): (Set<UInt32>, Int, UInt32) = ([], 0, 2)
        func take(_ effects: [Scheduler.Effect]) {
            var rest = effects[...]
            while let effect = rest.popFirst() {
                switch effect {
                case .grant(let lease, _): rest += dialogue.say(.granted(lease))
                case .assign(let lease, let worker): assigned[worker.number, default: []] += [lease]
                case .record(let lease, _), .recordQuarantined(let lease, _):
                    rest += dialogue.say(.recorded(lease))
                default: break
                }
            }
        }
        func join(_ number: UInt32, _ incarnation: UInt32) {
            sessions.insert(number)
            take(
                dialogue.join(
                    w(number), as: number % 2 == 0 ? ada : bob, incarnation: UInt64(incarnation),
                    slots: 4, credit: 4))
        }
        join(1, 1)
        join(2, 1)
        for _ in 0..<200 where dialogue.scheduler.settledCount < 40 {
            for number in sessions.sorted() {
                guard let held = assigned[number], !held.isEmpty else { continue }
                if held.contains(where: { $0.trial.rawValue == 7 }) {
                    assigned[number] = nil
                    sessions.remove(number)
                    deaths += 1
                    take(dialogue.say(.workerLost(w(number))))
                    session += 2
                    let next = session + number % 2
                    join(next, next)
                } else {
                    assigned[number]?.removeFirst()
                    take(dialogue.say(.reported(held[0], .success, by: w(number))))
                }
            }
        }
        #expect(dialogue.scheduler.settledCount == 40)
        #expect(dialogue.scheduler.settlement(of: TrialID(7)) == .quarantined)
        #expect(dialogue.scheduler.snapshot.quarantinedCount == 1)
        #expect(deaths >= 3 && deaths <= 6)
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

    @Test("a quarantined worker that is started again gets trials again")
    func mended() {
        var dialogue = fourCrashes()
        dialogue.say(.reported(lease(5), .crashed, by: w(1)))
        let view = dialogue.scheduler.snapshot.workers.first
        #expect(view?.quarantineMilliseconds == 600_000)
        #expect(view?.crashedTrials.count == 5)
        dialogue.join(w(3), as: ada, incarnation: 2, slots: 6, credit: 6)
        // Granted in between, and not assigned to a worker that crashes everything.
        #expect(dialogue.say(.granted(lease(1, 1))) == [.assign(lease(1, 1), to: w(3))])
        #expect(dialogue.scheduler.snapshot.workers.allSatisfy { !$0.isQuarantined })
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
