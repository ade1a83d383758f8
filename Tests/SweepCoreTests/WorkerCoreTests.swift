import SweepCore
import Testing

/// A worker's core in conversation with a test, at a time that the test moves.
private struct WorkerDialogue {
    var core: WorkerCore
    var now = Instant(milliseconds: 1_000)
    let terms = Terms(heartbeatMilliseconds: 1_000, leaseMilliseconds: 5_000, sweep: 9)

    init(slots: Int = 1, limits: WorkerCore.Limits = .init()) {
        core = WorkerCore(identity: ada, incarnation: 1, slotCount: slots, limits: limits)
    }

    init(spooled: [(lease: Lease, ending: AttemptEnding)], slots: Int = 1) {
        core = WorkerCore(
            identity: ada, incarnation: 2, slotCount: slots, sweep: 9, spooled: spooled)
    }

    @discardableResult
    mutating func say(_ event: WorkerCore.Event) -> [WorkerCore.Effect] {
        core.handle(event, at: now)
    }

    mutating func wait(_ milliseconds: UInt64) -> [WorkerCore.Effect] {
        now = now.advanced(byMilliseconds: milliseconds)
        return say(.timeAdvanced)
    }

    /// Connects and is welcomed to a session.
    mutating func welcome(to session: WorkerID = w(1)) -> [WorkerCore.Effect] {
        var effects = say(.connected)
        if case .hello(let hello) = effects.last {
            effects = say(.welcomed(session, greeting: hello.sequence, terms))
        }
        return effects
    }

    func hello(
        _ sequence: UInt64, _ held: [HeldTrial] = [], sweep: UInt64? = nil, credit: Int = 3,
        isLeaving: Bool = false, incarnation: UInt64 = 1
    ) -> WorkerCore.Effect {
        .hello(
            Hello(
                identity: ada, incarnation: incarnation, sequence: sequence, sweep: sweep,
                slotCount: 1, creditCount: credit, held: held, isLeaving: isLeaving))
    }
}

@Suite("Worker core")
struct WorkerCoreTests {
    @Test("a connection is greeted, again and again until the welcome comes")
    func greeting() {
        var worker = WorkerDialogue()
        #expect(worker.say(.connected) == [worker.hello(1)])
        #expect(worker.wait(999) == [])
        #expect(worker.wait(1) == [worker.hello(2)])
        // The answer to the first hello is as good.
        #expect(worker.say(.welcomed(w(1), greeting: 1, worker.terms)) == [])
        #expect(worker.core.session == w(1))
        #expect(
            worker.wait(1_000)
                == [.heartbeat(Heartbeat(sequence: 3, creditCount: 3, held: []))])
    }

    @Test("a coordinator that does not answer is left for the next endpoint")
    func reconnect() {
        var worker = WorkerDialogue()
        worker.say(.connected)
        for beat in 1..<5 { #expect(worker.wait(1_000) == [worker.hello(UInt64(beat) + 1)]) }
        #expect(worker.wait(1_000) == [.reconnect])
        #expect(worker.wait(1_000) == [])
        #expect(worker.say(.connected) == [worker.hello(6)])
        // A welcome on the connection that was left.
        #expect(worker.say(.welcomed(w(1), greeting: 5, worker.terms)) == [])
        #expect(worker.core.session == nil)
    }

    @Test("a coordinator that falls silent is left; what runs goes on and is named to the next")
    func silence() {
        var worker = WorkerDialogue()
        _ = worker.welcome()
        worker.say(.assigned(lease(0), session: w(1)))
        for _ in 0..<4 { _ = worker.wait(1_000) }
        #expect(worker.wait(1_000) == [.reconnect])
        #expect(
            worker.say(.connected)
                == [worker.hello(6, [HeldTrial(lease(0), .running)], sweep: 9)])
    }

    @Test("a trial is started, its result spooled before it is reported, and deleted when safe")
    func oneTrial() {
        var worker = WorkerDialogue()
        _ = worker.welcome()
        #expect(worker.say(.assigned(lease(0), session: w(1))) == [.start(lease(0), slot: 0)])
        worker.now = worker.now.advanced(byMilliseconds: 500)
        #expect(
            worker.say(.computeEnded(lease(0), .success))
                == [.spool(lease(0)), .report(lease(0), .success)])
        #expect(worker.core.held == [HeldTrial(lease(0), .reporting)])
        #expect(worker.say(.acknowledged(lease(0))) == [.unspool(lease(0))])
        #expect(worker.say(.acknowledged(lease(0))) == [])
        #expect(worker.core.held == [])
    }

    @Test("trials beyond the slots wait in the order in which they came")
    func queue() {
        var worker = WorkerDialogue()
        _ = worker.welcome()
        worker.say(.assigned(lease(0), session: w(1)))
        #expect(worker.say(.assigned(lease(2), session: w(1))) == [])
        #expect(worker.say(.assigned(lease(1), session: w(1))) == [])
        #expect(
            worker.say(.computeEnded(lease(0), .failure))
                == [
                    .spool(lease(0)), .report(lease(0), .failure), .start(lease(2), slot: 0),
                ])
    }

    @Test("an assign that arrives twice, or after its trial is over, starts nothing")
    func doubleAssign() {
        var worker = WorkerDialogue()
        _ = worker.welcome()
        worker.say(.assigned(lease(0), session: w(1)))
        #expect(worker.say(.assigned(lease(0), session: w(1))) == [])
        worker.say(.computeEnded(lease(0), .success))
        worker.say(.acknowledged(lease(0)))
        #expect(worker.say(.assigned(lease(0), session: w(1))) == [])
    }

    @Test("an assign of another session or epoch starts nothing")
    func foreignAssign() {
        var worker = WorkerDialogue()
        _ = worker.welcome(to: w(1, epoch: 2))
        #expect(worker.say(.assigned(lease(0), session: w(1, epoch: 1))) == [])
        #expect(worker.say(.assigned(lease(0), session: w(2, epoch: 2))) == [])
        worker.say(.rejected(.unknownSession))
        #expect(worker.say(.assigned(lease(0), session: w(1, epoch: 2))) == [])
        #expect(worker.core.held == [])
    }

    @Test("a report is sent again with growing pauses until it is acknowledged")
    func resending() {
        var worker = WorkerDialogue()
        _ = worker.welcome()
        worker.say(.assigned(lease(0), session: w(1)))
        worker.say(.computeEnded(lease(0), .success))
        var sendings: [Int] = []
        for second in 1...40 {
            let effects = worker.wait(1_000)
            worker.say(.heartbeatAnswered(sequence: 0))
            if effects.contains(.report(lease(0), .success)) { sendings.append(second) }
        }
        #expect(sendings == [5, 15, 35])
    }

    @Test("a result that was found in the spool is named and reported again")
    func spooled() {
        var worker = WorkerDialogue(spooled: [(lease(3), .success), (lease(4), .failure)])
        #expect(
            worker.say(.connected)
                == [
                    worker.hello(
                        1, [HeldTrial(lease(3), .reporting), HeldTrial(lease(4), .reporting)],
                        sweep: 9, incarnation: 2)
                ])
        #expect(
            worker.say(.welcomed(w(1), greeting: 1, worker.terms))
                == [.report(lease(3), .success), .report(lease(4), .failure)])
    }

    @Test("a spool of another sweep stays on disk and is not reported")
    func foreignSpool() {
        var worker = WorkerDialogue(spooled: [(lease(3), .success)])
        worker.say(.connected)
        let other = Terms(heartbeatMilliseconds: 1_000, leaseMilliseconds: 5_000, sweep: 8)
        #expect(worker.say(.welcomed(w(1), greeting: 1, other)) == [])
        #expect(worker.core.held == [])
    }

    @Test("a crash is reported without a result, and nothing of it is on disk")
    func crash() {
        var worker = WorkerDialogue()
        _ = worker.welcome()
        worker.say(.assigned(lease(0), session: w(1)))
        #expect(worker.say(.computeEnded(lease(0), .crashed)) == [.report(lease(0), .crashed)])
        #expect(worker.say(.acknowledged(lease(0))) == [])
    }

    @Test("a cancelled trial is stopped, and its slot is used again when the child is gone")
    func cancel() {
        var worker = WorkerDialogue()
        _ = worker.welcome()
        worker.say(.assigned(lease(0), session: w(1)))
        worker.say(.assigned(lease(1), session: w(1)))
        worker.say(.assigned(lease(2), session: w(1)))
        #expect(worker.say(.cancelled(lease(1))) == [])
        #expect(worker.say(.cancelled(lease(0))) == [.stop(lease(0), slot: 0)])
        // It ended in the same moment.
        #expect(worker.say(.computeEnded(lease(0), .success)) == [])
        #expect(worker.say(.slotFreed(0)) == [.start(lease(2), slot: 0)])
        worker.say(.computeEnded(lease(2), .success))
        #expect(worker.say(.cancelled(lease(2))) == [.unspool(lease(2))])
    }

    @Test("only a trial that has not begun is given back")
    func takeBack() {
        var worker = WorkerDialogue()
        _ = worker.welcome()
        worker.say(.assigned(lease(0), session: w(1)))
        worker.say(.assigned(lease(1), session: w(1)))
        #expect(worker.say(.takeBackRequested(lease(0))) == [])
        #expect(worker.say(.takeBackRequested(lease(1))) == [.giveBack(lease(1))])
        // One that is still on its way is given back before it comes.
        #expect(worker.say(.takeBackRequested(lease(2))) == [.giveBack(lease(2))])
        #expect(worker.say(.assigned(lease(2), session: w(1))) == [])
        worker.say(.computeEnded(lease(0), .success))
        #expect(worker.say(.takeBackRequested(lease(0))) == [])
    }

    @Test("without word from the coordinator nothing new is begun, and what runs goes on")
    func noStartWhenCutOff() {
        var worker = WorkerDialogue()
        _ = worker.welcome()
        worker.say(.assigned(lease(0), session: w(1)))
        worker.say(.assigned(lease(1), session: w(1)))
        worker.say(.disconnected)
        for _ in 0..<5 { _ = worker.wait(1_000) }
        #expect(worker.say(.computeEnded(lease(0), .success)) == [.spool(lease(0))])
        #expect(
            worker.welcome(to: w(2))
                == [.report(lease(0), .success), .start(lease(1), slot: 0)])
    }

    @Test("no trial is begun while too many reports wait for their acknowledgement")
    func unacknowledgedLimit() {
        var limits = WorkerCore.Limits()
        limits.unacknowledgedLimit = 1
        var worker = WorkerDialogue(limits: limits)
        _ = worker.welcome()
        worker.say(.assigned(lease(0), session: w(1)))
        worker.say(.assigned(lease(1), session: w(1)))
        #expect(
            worker.say(.computeEnded(lease(0), .success))
                == [.spool(lease(0)), .report(lease(0), .success)])
        #expect(
            worker.say(.acknowledged(lease(0))) == [.unspool(lease(0)), .start(lease(1), slot: 0)])
    }

    @Test(
        "a worker asks for more trials ahead the shorter they are",
        arguments: [
            (UInt64(0), 257), (1, 251), (10, 26), (100, 3), (10_000, 3),
        ])
    func prefetch(milliseconds: UInt64, credit: Int) {
        var worker = WorkerDialogue()
        _ = worker.welcome()
        worker.say(.assigned(lease(0), session: w(1)))
        worker.now = worker.now.advanced(byMilliseconds: milliseconds)
        worker.say(.computeEnded(lease(0), .success))
        #expect(worker.core.creditCount == credit)
    }

    @Test("a worker that is asked to leave gives back, ends what runs, and says goodbye")
    func leaving() {
        var worker = WorkerDialogue()
        _ = worker.welcome()
        worker.say(.assigned(lease(0), session: w(1)))
        worker.say(.assigned(lease(1), session: w(1)))
        #expect(worker.say(.leaveRequested) == [.sayLeaving, .giveBack(lease(1))])
        #expect(worker.say(.assigned(lease(2), session: w(1))) == [.giveBack(lease(2))])
        #expect(
            worker.say(.computeEnded(lease(0), .success))
                == [.spool(lease(0)), .report(lease(0), .success)])
        #expect(
            worker.say(.acknowledged(lease(0)))
                == [.unspool(lease(0)), .sayGoodbye, .exit(.left)])
        #expect(worker.say(.timeAdvanced) == [])
    }

    @Test("when patience ends what runs is stopped, and unacknowledged results stay on disk")
    func leavingNow() {
        var worker = WorkerDialogue(slots: 2)
        _ = worker.welcome()
        worker.say(.assigned(lease(0), session: w(1)))
        worker.say(.assigned(lease(1), session: w(1)))
        worker.say(.computeEnded(lease(0), .success))
        #expect(
            worker.say(.patienceEnded)
                == [.sayGoodbye, .stop(lease(1), slot: 1), .exit(.left)])
    }

    @Test("the end of the sweep ends the worker and clears its disk")
    func finished() {
        var worker = WorkerDialogue()
        _ = worker.welcome()
        worker.say(.assigned(lease(0), session: w(1)))
        worker.say(.computeEnded(lease(0), .success))
        #expect(
            worker.say(.dismissed(.finished)) == [.unspool(lease(0)), .exit(.finished)])
    }

    @Test("a coordinator that stops for now is waited for, and what runs goes on")
    func stopping() {
        var worker = WorkerDialogue()
        _ = worker.welcome()
        worker.say(.assigned(lease(0), session: w(1)))
        #expect(worker.say(.dismissed(.stopping)) == [.reconnect])
        #expect(
            worker.say(.connected)
                == [worker.hello(2, [HeldTrial(lease(0), .running)], sweep: 9)])
    }

    @Test("a newer process of the same worker ends this one")
    func superseded() {
        var worker = WorkerDialogue()
        worker.say(.connected)
        #expect(worker.say(.rejected(.superseded)) == [.exit(.superseded)])
    }

    @Test("a pause of the worker's own is not held against the coordinator")
    func selfPause() {
        var worker = WorkerDialogue()
        _ = worker.welcome()
        #expect(
            worker.wait(60_000)
                == [.heartbeat(Heartbeat(sequence: 2, creditCount: 3, held: []))])
    }

    @Test("after a pause of its own a worker begins nothing that may be another's by now")
    func pausedWorker() {
        var worker = WorkerDialogue()
        _ = worker.welcome()
        worker.say(.assigned(lease(0), session: w(1)))
        worker.say(.assigned(lease(1), session: w(1)))
        worker.now = worker.now.advanced(byMilliseconds: 60_000)
        // The child ended while all stood still, and an answer from before still lies there.
        #expect(
            worker.say(.computeEnded(lease(0), .success))
                == [.spool(lease(0)), .report(lease(0), .success)])
        #expect(worker.say(.heartbeatAnswered(sequence: 1)) == [])
        let held = [HeldTrial(lease(0), .reporting), HeldTrial(lease(1), .queued)]
        #expect(
            worker.wait(0)
                == [.heartbeat(Heartbeat(sequence: 2, creditCount: 3, held: held))])
        #expect(worker.say(.heartbeatAnswered(sequence: 2)) == [.start(lease(1), slot: 0)])
    }

    @Test("what was another's after a pause is dropped before the answer comes")
    func pausedWorkerIsTold() {
        var worker = WorkerDialogue()
        _ = worker.welcome()
        worker.say(.assigned(lease(0), session: w(1)))
        worker.say(.assigned(lease(1), session: w(1)))
        _ = worker.wait(60_000)
        worker.say(.computeEnded(lease(0), .success))
        #expect(worker.say(.rejected(.unknownSession)).count == 1)
        worker.say(.cancelled(lease(1)))
        #expect(worker.say(.welcomed(w(2), greeting: 3, worker.terms)).count == 1)
        #expect(worker.core.held == [HeldTrial(lease(0), .reporting)])
    }

    @Test("time never runs backwards")
    func timeRunsForwards() async {
        await #expect(processExitsWith: .failure) {
            var core = WorkerCore(
                identity: WorkerIdentity(high: 1, low: 1), incarnation: 1, slotCount: 1)
            _ = core.handle(.timeAdvanced, at: Instant(milliseconds: 2))
            _ = core.handle(.timeAdvanced, at: Instant(milliseconds: 1))
        }
    }
}
