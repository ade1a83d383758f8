import SweepCore

/// A scheduler in conversation with a test, at a time that the test moves.
struct Dialogue {
    var scheduler: Scheduler
    var now = Instant(milliseconds: 1_000)
    private var sequence: UInt64 = 0

    init(trialCount: Int, epoch: UInt32 = 1, limits: Scheduler.Limits = .init()) {
        scheduler = Scheduler(trialCount: trialCount, epoch: epoch, sweep: 9, limits: limits)
    }

    /// Says one event, checks every invariant, and returns the whole answer.
    @discardableResult
    mutating func say(_ event: Scheduler.Event) -> [Scheduler.Effect] {
        let effects = scheduler.handle(event, at: now)
        scheduler.checkInvariants()
        return effects
    }

    /// A hello with the next sequence number.
    @discardableResult
    mutating func join(
        _ worker: WorkerID, as identity: WorkerIdentity, incarnation: UInt64 = 1, slots: Int = 1,
        credit: Int = 1, held: [HeldTrial] = [], sweep: UInt64? = nil
    ) -> [Scheduler.Effect] {
        sequence += 1
        return say(
            .workerJoined(
                worker,
                Hello(
                    identity: identity, incarnation: incarnation, sequence: sequence,
                    sweep: sweep, slotCount: slots, creditCount: credit, held: held)))
    }

    /// A heartbeat with the next sequence number.
    @discardableResult
    mutating func beat(
        _ worker: WorkerID, _ held: [HeldTrial] = [], credit: Int = 1
    ) -> [Scheduler.Effect] {
        sequence += 1
        return say(
            .heartbeatReceived(
                worker, Heartbeat(sequence: sequence, creditCount: credit, held: held)))
    }

    /// Lets time pass in steps that are no pause, and returns all that was answered.
    @discardableResult
    mutating func wait(_ milliseconds: UInt64) -> [Scheduler.Effect] {
        var effects: [Scheduler.Effect] = []
        var rest = milliseconds
        while rest > 0 {
            let step = min(rest, 500)
            now = now.advanced(byMilliseconds: step)
            effects += say(.timeAdvanced)
            rest -= step
        }
        return effects
    }

    /// The number of the last hello or heartbeat.
    var lastSequence: UInt64 { sequence }
}

let ada = WorkerIdentity(high: 1, low: 1)
let bob = WorkerIdentity(high: 1, low: 2)
let cyd = WorkerIdentity(high: 1, low: 3)

func w(_ number: UInt32, epoch: UInt32 = 1) -> WorkerID { WorkerID(epoch: epoch, number: number) }

func lease(_ trial: Int, _ attempt: Int = 0) -> Lease { Lease(TrialID(trial), attempt: attempt) }
