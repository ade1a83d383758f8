import SweepCoordinator
import SweepCore
import SweepProtocol

/// Plans, messages and loops that every suite uses.
enum Fixture {
    static func plan(gains: Int = 1, seeds: Int = 1) throws -> SweepPlan {
        let values = (0..<gains).map { ParameterValue.number(1 + Double($0) / 4) }
        return try SweepPlan(
            grid: Grid(axes: [.init(name: "gain", values: values)]), seedCount: seeds)
    }

    static func hello(
        _ identity: UInt64 = 1, slots: Int = 1, credit: Int? = nil, incarnation: UInt64 = 1,
        sequence: UInt64 = 1, held: [HeldTrial] = [], sweep: UInt64? = nil
    ) -> Message {
        .hello(
            Hello(
                identity: WorkerIdentity(high: 0, low: identity), incarnation: incarnation,
                sequence: sequence, sweep: sweep, slotCount: slots, creditCount: credit ?? slots,
                held: held),
            WorkerDescription(
                host: "node", process: 7, softwareVersion: "1", kernelFamily: "reference"))
    }

    static func heartbeat(_ sequence: UInt64, credit: Int = 1, held: [HeldTrial]) -> Message {
        .heartbeat(Heartbeat(sequence: sequence, creditCount: credit, held: held))
    }

    static func lease(_ trial: Int, _ attempt: Int = 0) -> Lease {
        Lease(TrialID(trial), attempt: attempt)
    }

    static func outcome(_ value: Double) -> TrialOutcome {
        .success(TrialResult(metrics: [NamedMetric("draw", value)]))
    }

    /// A result of one part.
    static func result(_ lease: Lease, _ outcome: TrialOutcome) throws -> Message {
        result(lease, bytes: try OutcomeCodec.encode(outcome))
    }

    static func result(_ lease: Lease, bytes: [UInt8]) -> Message {
        .resultPart(
            ResultPart(
                lease, digest: SHA256Digest(of: bytes), byteCount: bytes.count, partIndex: 0,
                partCount: 1, content: bytes, wallMilliseconds: 12, cpuMilliseconds: 11))
    }

    static func settings(_ change: (inout CoordinatorSettings) -> Void = { _ in })
        -> CoordinatorSettings
    {
        var settings = CoordinatorSettings(
            name: "test", spec: "sweep: test\n", softwareVersion: "1")
        change(&settings)
        return settings
    }
}

extension World {
    /// Runs a loop in this world to its end.
    ///
    /// - Throws: ``ScriptEnded`` when it goes on after the script.
    func run(
        _ plan: SweepPlan, restored: RestoredSweep = .init(), crewKeys: [String]? = nil,
        checkpoints: [KeptCheckpoint] = [],
        settings: CoordinatorSettings = Fixture.settings(),
        limits: Scheduler.Limits = .init()
    ) throws -> LoopEnding {
        let scheduler = Scheduler(trialCount: plan.trialCount, epoch: 1, sweep: 9, limits: limits)
            .told(of: restored, at: Instant(milliseconds: time))
        var loop = CoordinatorLoop(
            settings, plan: plan, scheduler: scheduler, wire: FakeWire(world: self),
            book: FakeBook(world: self),
            crew: crewKeys.map { FakeCrew(world: self, keys: $0) },
            desk: FakeDesk(world: self), observer: FakeObserver(world: self),
            checkpoints: checkpoints,
            now: { [self] in Instant(milliseconds: time) })
        return try loop.run()
    }
}
