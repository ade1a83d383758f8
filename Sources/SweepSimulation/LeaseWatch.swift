import SweepCore

/// What a coordinator should know of sessions and leases, worked out a second time.
///
/// It sees the events as they came in and the effects as they went out, knows nothing of the
/// scheduler's collections, and says when a worker or a lease is given up too early or too late.
struct LeaseWatch {
    struct Session {
        var identity: WorkerIdentity
        var incarnation: UInt64
        var sequence: UInt64
        var slotCount: Int
        var creditCount: Int
        var deadline: UInt64
        var isLeaving = false
    }

    /// Who has a trial, as far as the coordinator can know.
    struct Holder {
        var lease: Lease
        var worker: WorkerID
        var deadline: UInt64
        /// Whether the worker has said that it runs it, or has run it.
        var isStarted = false
    }

    let limits: Scheduler.Limits
    private var clock: UInt64?
    private var paused: UInt64 = 0
    private var leniencyEnds: UInt64 = 0
    private(set) var sessions: [WorkerID: Session] = [:]
    private(set) var holders: [Int: Holder] = [:]
    /// Whose sessions ended in the last lease, or shortly before.
    private(set) var gone: [(identity: WorkerIdentity, at: UInt64)] = []
    /// Whether the last event was a hello or heartbeat that was not overtaken by another.
    private(set) var hasListened = false
    /// When the grace of this start is over.
    private(set) var graceEnds: UInt64 = 0

    init(limits: Scheduler.Limits) { self.limits = limits }

    /// The coordinator's clock without its own pauses.
    var active: UInt64 { (clock ?? 0) - paused }

    mutating func advance(to now: UInt64) {
        guard let before = clock else {
            clock = now
            graceEnds = now + limits.graceMilliseconds
            return
        }
        clock = now
        guard now - before > limits.pauseMilliseconds else { return }
        paused += now - before
        leniencyEnds = active + limits.leaseMilliseconds
    }

    private func isDue(_ deadline: UInt64) -> Bool { active >= max(deadline, leniencyEnds) }

    // MARK: Events

    /// Takes in an event and everything that was answered.
    ///
    /// - Parameter isOpen: Whether an attempt was granted to this worker, and its trial waits for
    ///   its report.
    mutating func observe(
        _ event: Scheduler.Event, _ effects: [Scheduler.Effect],
        isOpen: (Lease, WorkerIdentity) -> Bool
    ) throws(Violation) {
        hasListened = false
        // What was due before the event is over with it.
        if case .timeAdvanced = event { try dropOverdue(effects) }
        for effect in effects {
            if case .forget(let worker) = effect { forget(worker) }
        }
        switch event {
        case .workerJoined(let worker, let hello):
            guard effects.contains(.welcome(worker, greeting: hello.sequence)) else { break }
            join(worker, hello, effects, isOpen)
        case .heartbeatReceived(let worker, let heartbeat):
            guard let session = sessions[worker], heartbeat.sequence > session.sequence else {
                break
            }
            sessions[worker]?.sequence = heartbeat.sequence
            sessions[worker]?.creditCount = heartbeat.creditCount
            hasListened = true
            renew(worker)
            name(heartbeat.held, by: worker, effects, isOpen)
        case .reported(let lease, let ending, let worker):
            guard let session = sessions[worker] else { break }
            renew(worker)
            let trial = lease.trial.rawValue
            if ending == .crashed {
                if holders[trial]?.lease == lease, holders[trial]?.worker == worker {
                    holders[trial] = nil
                }
            } else if isOpen(lease, session.identity) {
                holders[trial] = nil
            }
        case .returned(let lease, let worker):
            guard sessions[worker] != nil else { break }
            renew(worker)
            let holder = holders[lease.trial.rawValue]
            if holder?.lease == lease, holder?.worker == worker {
                holders[lease.trial.rawValue] = nil
            }
        case .workerLeaving(let worker):
            renew(worker)
            sessions[worker]?.isLeaving = true
        case .recorded(let lease): holders[lease.trial.rawValue] = nil
        default: break
        }
        for effect in effects { try observe(effect) }
    }

    private mutating func observe(_ effect: Scheduler.Effect) throws(Violation) {
        switch effect {
        case .assign(let lease, let worker):
            holders[lease.trial.rawValue] = Holder(
                lease: lease, worker: worker, deadline: active + limits.leaseMilliseconds)
        case .grant(let lease, let worker):
            if let holder = holders[lease.trial.rawValue], !isDue(holder.deadline) {
                throw Violation(
                    .leaseKept,
                    "\(lease) is granted to \(worker) while \(holder.worker) has \(holder.lease)")
            }
            holders[lease.trial.rawValue] = nil
        default: break
        }
    }

    private mutating func join(
        _ worker: WorkerID, _ hello: Hello, _ effects: [Scheduler.Effect],
        _ isOpen: (Lease, WorkerIdentity) -> Bool
    ) {
        let known = sessions[worker]
        if let known, (hello.incarnation, hello.sequence) <= (known.incarnation, known.sequence) {
            return
        }
        sessions[worker] = Session(
            identity: hello.identity, incarnation: hello.incarnation, sequence: hello.sequence,
            slotCount: hello.slotCount, creditCount: hello.creditCount, deadline: 0,
            isLeaving: hello.isLeaving)
        hasListened = true
        renew(worker)
        name(hello.held, by: worker, effects, isOpen)
    }

    private mutating func renew(_ worker: WorkerID) {
        let deadline = active + limits.leaseMilliseconds
        sessions[worker]?.deadline = deadline
    }

    private mutating func name(
        _ held: [HeldTrial], by worker: WorkerID, _ effects: [Scheduler.Effect],
        _ isOpen: (Lease, WorkerIdentity) -> Bool
    ) {
        guard let session = sessions[worker] else { return }
        for item in held {
            let trial = item.lease.trial.rawValue
            if let holder = holders[trial] {
                guard holder.lease == item.lease, holder.worker == worker else { continue }
            } else if effects.contains(.cancel(item.lease, to: worker))
                || !isOpen(item.lease, session.identity)
            {
                continue
            }
            holders[trial] = Holder(
                lease: item.lease, worker: worker, deadline: active + limits.leaseMilliseconds,
                isStarted: item.phase != .queued)
        }
    }

    private mutating func forget(_ worker: WorkerID) {
        if let session = sessions.removeValue(forKey: worker) {
            let since = active
            let lease = limits.leaseMilliseconds
            gone.removeAll { $0.at + lease < since }
            gone.append((session.identity, since))
        }
        for (trial, holder) in holders where holder.worker == worker { holders[trial] = nil }
    }

    // MARK: Deadlines

    /// Whoever is due has to be given up now, and nobody else.
    private mutating func dropOverdue(_ effects: [Scheduler.Effect]) throws(Violation) {
        for effect in effects {
            guard case .forget(let worker) = effect, let session = sessions[worker] else {
                continue
            }
            if !isDue(session.deadline) {
                throw Violation(
                    .leaseKept,
                    "\(worker) is given up \(max(session.deadline, leniencyEnds) - active) ms early"
                )
            }
        }
        for worker in sessions.keys.sorted() {
            guard let session = sessions[worker], isDue(session.deadline) else { continue }
            if !effects.contains(.forget(worker)) {
                throw Violation(
                    .leaseKept, "\(worker) is not given up \(active - session.deadline) ms late")
            }
        }
        for (trial, holder) in holders where isDue(holder.deadline) { holders[trial] = nil }
    }
}
