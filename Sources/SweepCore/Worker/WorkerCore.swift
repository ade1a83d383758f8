/// Decides what a worker does: which trial runs in which slot, what it says, and what it keeps.
///
/// A value type with no input or output, the counterpart of ``Scheduler``; the supervisor performs
/// its effects. Whatever happens to the coordinator or the network, what runs goes on, and a
/// result is kept until it is acknowledged. A trial that has not begun is started only while the
/// coordinator has been heard within the lease, because it may be another worker's by then.
public struct WorkerCore: Sendable {
    /// How the worker and its coordinator stand.
    enum Link: Sendable {
        case down
        /// Hellos were sent on this connection, `first` the first of them.
        case greeting(first: UInt64, since: UInt64)
        case up(WorkerID)
    }

    /// One slot and what its compute child does.
    enum Slot: Sendable {
        case free
        case running(Lease, since: UInt64)
        /// The child was told to stop, and its slot is not usable yet.
        case stopping
    }

    /// A report that waits for its acknowledgement.
    struct Unacknowledged: Sendable {
        var lease: Lease
        var ending: AttemptEnding
        var nextSending: UInt64
        var pause: UInt64
    }

    public let identity: WorkerIdentity
    public let incarnation: UInt64
    public let limits: Limits

    var link = Link.down
    var terms: Terms?
    var sequence: UInt64 = 0
    var slots: [Slot]
    /// Trials that wait for a slot, the oldest first.
    var queue: [Lease] = []
    var unacknowledged: [Unacknowledged] = []
    /// Trials to hold beyond the slots.
    var prefetchCount: Int
    /// Eight times the running mean of how long trials take; nil before the first.
    var eightfoldMeanMilliseconds: UInt64?
    /// Leases that are over for this worker, in a ring: a message that was sent twice or overtaken
    /// must not start one again.
    var over: [Lease] = []
    /// The same, to be found at once.
    var overSet: Set<Lease> = []
    var overNext = 0
    static let overLimit = 8_192

    var clock: Instant?
    var lastHeard: UInt64 = 0
    /// After a pause of our own: nothing is begun before the coordinator has answered a message
    /// later than this one, because it may have given us up meanwhile.
    var pausedAfter: UInt64?
    var nextHello: UInt64 = 0
    var nextHeartbeat: UInt64 = 0
    var isLeaving = false
    var hasExited = false

    /// - Parameters:
    ///   - incarnation: A number that rises with each start of this worker's process, from 1.
    ///   - sweep: The numbering of trials that `spooled` refers to; nil when nothing is spooled.
    ///   - spooled: Reports found in the spool, with `success` or `failure` each.
    public init(
        identity: WorkerIdentity, incarnation: UInt64, slotCount: Int, sweep: UInt64? = nil,
        spooled: [(lease: Lease, ending: AttemptEnding)] = [], limits: Limits = .init()
    ) {
        precondition(slotCount >= 1, "a worker has at least one slot")
        self.identity = identity
        self.incarnation = incarnation
        self.limits = limits
        slots = [Slot](repeating: .free, count: slotCount)
        prefetchCount = limits.prefetchCount
        terms = sweep.map {
            Terms(
                heartbeatMilliseconds: limits.heartbeatMilliseconds,
                leaseMilliseconds: limits.leaseMilliseconds, sweep: $0)
        }
        precondition(spooled.isEmpty || sweep != nil, "a spool belongs to a sweep")
        unacknowledged = spooled.map {
            Unacknowledged(lease: $0.lease, ending: $0.ending, nextSending: 0, pause: 0)
        }
    }

    /// Takes in what happened and answers with what must be done, in order.
    ///
    /// - Parameter now: The monotonic clock; never before the time of an earlier event.
    public mutating func handle(_ event: Event, at now: Instant) -> [Effect] {
        advanceClock(to: now)
        if hasExited { return [] }
        var effects: [Effect] = []
        switch event {
        case .connected: greet(isNewConnection: true, &effects)
        case .disconnected: link = .down
        case .welcomed(let session, let greeting, let terms):
            takeWelcome(to: session, greeting: greeting, terms, &effects)
        case .rejected(let rejection): takeRejection(rejection, &effects)
        case .assigned(let lease, let session): take(lease, in: session, &effects)
        case .acknowledged(let lease): forgetReport(of: lease, &effects)
        case .cancelled(let lease): drop(lease, &effects)
        case .takeBackRequested(let lease): giveBack(lease, &effects)
        case .heartbeatAnswered(let sequence):
            lastHeard = milliseconds
            takeAnswer(to: sequence)
        case .dismissed(let dismissal): takeDismissal(dismissal, &effects)
        case .computeEnded(let lease, let ending): endCompute(of: lease, ending, &effects)
        case .slotFreed(let slot): free(slot)
        case .timeAdvanced: advanceTime(&effects)
        case .leaveRequested: beginLeaving(&effects)
        case .patienceEnded: leaveNow(&effects)
        }
        if !hasExited {
            startQueued(&effects)
            leaveIfDone(&effects)
        }
        return effects
    }

    /// The session that messages are sent in, or nil while there is none.
    public var session: WorkerID? {
        if case .up(let session) = link { session } else { nil }
    }

    /// Everything the worker has, as it is named in hellos and heartbeats.
    public var held: [HeldTrial] {
        var held = unacknowledged.map { HeldTrial($0.lease, .reporting) }
        for case .running(let lease, _) in slots { held.append(HeldTrial(lease, .running)) }
        return held + queue.map { HeldTrial($0, .queued) }
    }

    /// Trials the worker is ready to hold.
    public var creditCount: Int { isLeaving ? 0 : slots.count + prefetchCount }

    public var unacknowledgedCount: Int { unacknowledged.count }

    var milliseconds: UInt64 { clock?.milliseconds ?? 0 }
    var leaseMilliseconds: UInt64 { terms?.leaseMilliseconds ?? limits.leaseMilliseconds }
    var heartbeatMilliseconds: UInt64 {
        terms?.heartbeatMilliseconds ?? limits.heartbeatMilliseconds
    }

    /// The coordinator still knew us when it answered.
    mutating func takeAnswer(to answered: UInt64) {
        if let before = pausedAfter, answered > before { pausedAfter = nil }
    }

    private mutating func advanceClock(to now: Instant) {
        let before = clock ?? now
        precondition(now >= before, "time runs backwards, from \(before) to \(now)")
        let gap = now.milliseconds - before.milliseconds
        clock = now
        guard gap > limits.pauseMilliseconds else { return }
        // What the coordinator said meanwhile is still in the socket.
        lastHeard = now.milliseconds
        pausedAfter = sequence
        nextHeartbeat = now.milliseconds
        nextHello = now.milliseconds
    }
}
