extension Scheduler {
    /// A hello: the session begins, or the worker moves to it with all it holds.
    mutating func join(_ worker: WorkerID, _ hello: Hello, _ effects: inout [Effect]) {
        precondition(worker.epoch == epoch, "\(worker) is no session of epoch \(epoch)")
        if let host = sessions[worker], hosts[host].identity != hello.identity {
            // Only a confused or hostile peer changes its name on one connection.
            counters.refusedReports += 1
            effects.append(.reject(worker, .unknownSession))
            return
        }
        let host = hostNumber(of: hello.identity)
        let isNewer =
            (hello.incarnation, hello.sequence) > (
                hosts[host].incarnation, hosts[host].lastSequence
            )
        guard isNewer else {
            if sessions[worker] == host {
                // A hello that arrived twice.
                effects.append(.welcome(worker, greeting: hello.sequence))
            } else if hello.incarnation < hosts[host].incarnation {
                effects += [.reject(worker, .superseded), .forget(worker)]
            } else {
                // A hello from a connection that the worker has since left.
                effects.append(.forget(worker))
            }
            return
        }
        unlist(host)
        if hello.incarnation == hosts[host].incarnation {
            forgiveMissing(of: host, &effects)
        } else {
            // What it names it had finished.
            noteAllMissing(of: host, but: Set(held(by: hello).map(\.lease)), &effects)
            hosts[host].missing = []
            // Somebody may have mended the machine, and started the worker again to say so.
            hosts[host].crashedTrials = []
            endQuarantine(ofWorker: host)
            unlist(host)
        }
        let isNewSession = hosts[host].session != worker
        if let old = hosts[host].session, isNewSession {
            sessions[old] = nil
            effects.append(.forget(old))
        }
        hosts[host].incarnation = hello.incarnation
        hosts[host].lastSequence = hello.sequence
        hosts[host].session = worker
        hosts[host].isLeaving = hello.isLeaving
        hosts[host].slotCount = min(max(hello.slotCount, 0), limits.slotLimit)
        sessions[worker] = host
        hosts[host].strays = []
        setCredit(of: host, to: hello.creditCount)
        renewSession(of: host)
        list(host)
        let held = held(by: hello)
        // What was assigned in an earlier session the worker does not take any more. In this one it
        // may be on its way: the hello was repeated because the welcome was slow. It goes back
        // first, so that an older attempt of the same trial can take its place.
        if isNewSession { giveBackUnnamed(of: host, held, &effects) }
        // What it should drop comes before the welcome, so that it begins none of that.
        name(held, by: host, &effects)
        effects.append(.welcome(worker, greeting: hello.sequence))
        // An assignment of the coordinator before a restart may have crossed this hello. The first
        // heartbeat of the session names it: whoever sends one has taken the welcome, and takes
        // nothing of older sessions any more. The first hello of a process crosses nothing.
        if hello.sequence <= 1 { clearSuspects(of: host) }
    }

    /// What a worker says it has of this numbering of trials.
    private func held(by hello: Hello) -> [HeldTrial] {
        hello.sweep == nil || hello.sweep == sweep ? hello.held : []
    }

    mutating func hear(_ heartbeat: Heartbeat, of worker: WorkerID, _ effects: inout [Effect]) {
        guard let host = sessions[worker] else {
            effects.append(.reject(worker, .unknownSession))
            return
        }
        // An overtaken heartbeat names what the worker no longer has.
        guard heartbeat.sequence > hosts[host].lastSequence else { return }
        unlist(host)
        hosts[host].lastSequence = heartbeat.sequence
        hosts[host].strays = []
        setCredit(of: host, to: heartbeat.creditCount)
        list(host)
        renewSession(of: host)
        name(heartbeat.held, by: host, &effects)
        clearSuspects(of: host)
        effects.append(.answerHeartbeat(worker, sequence: heartbeat.sequence))
    }

    mutating func markLeaving(_ worker: WorkerID, _ effects: inout [Effect]) {
        guard let host = sessions[worker] else {
            effects.append(.reject(worker, .unknownSession))
            return
        }
        renewSession(of: host)
        unlist(host)
        hosts[host].isLeaving = true
    }

    /// The session is over, and what it held is handed out again at once.
    mutating func endSession(_ worker: WorkerID, isDead: Bool, _ effects: inout [Effect]) {
        // Two sources may tell of one loss.
        guard let host = sessions[worker] else { return }
        noteAllMissing(of: host, &effects)
        unlist(host)
        sessions[worker] = nil
        hosts[host].session = nil
        hosts[host].strays = []
        for index in hosts[host].leases {
            giveBack(index, &effects)
            quarantineIfPoisonous(index, &effects)
        }
        if isDead { clearSuspects(of: host) }
        effects.append(.forget(worker))
    }

    /// No process of this worker lives, so it holds nothing that is worth waiting for.
    mutating func buryHost(_ identity: WorkerIdentity, _ effects: inout [Effect]) {
        guard let host = hostNumbers[identity] else { return }
        if let worker = hosts[host].session {
            endSession(worker, isDead: true, &effects)
        } else {
            clearSuspects(of: host)
        }
    }

    /// Renews, adopts or cancels what a worker says it has.
    private mutating func name(
        _ held: [HeldTrial], by host: Int, _ effects: inout [Effect]
    ) {
        guard let worker = hosts[host].session else { return }
        for item in held {
            let (lease, index) = (item.lease, item.lease.trial.rawValue)
            guard index >= 0, index < trialCount else {
                refuse(lease, to: worker, &effects)
                continue
            }
            if settled[index] != nil || lease.attempt < (open[index]?.firstAttempt ?? 0) {
                // A report of it is answered when it comes, after it was compared.
                if item.phase != .reporting { effects.append(.cancel(lease, to: worker)) }
                continue
            }
            guard var trial = open[index] else {
                refuse(lease, to: worker, &effects)
                continue
            }
            guard let grant = trial.grantIndex(attempt: lease.attempt, host: host) else {
                refuse(lease, to: worker, &effects)
                continue
            }
            if trial.grants[grant].isLost {
                // Whatever became of its worker, this was not the reason.
                trial.grants[grant].isLost = false
                open[index] = trial
                effects.append(.forgiveLoss(lease))
            }
            switch trial.state {
            case .committing:
                // An overtaken message may name as running what has been reported: its worker keeps
                // the result until that is durable.
                if item.phase != .reporting, lease.attempt != trial.attempt {
                    effects.append(.cancel(lease, to: worker))
                }
            case .granting, .running:
                if trial.isLeased(lease.attempt, to: host) {
                    guard trial.state == .running else { continue }
                    trial.deadline = activeNow + limits.leaseMilliseconds
                    trial.hasStarted = item.phase != .queued
                    open[index] = trial
                } else if item.phase == .queued {
                    effects.append(.cancel(lease, to: worker))
                } else {
                    keepStray(lease, of: host)
                }
            case .pending, .suspect:
                // A crash that we know of is over, whatever an overtaken message says.
                if trial.grants[grant].hasCrashed { continue }
                adopt(lease, by: host, hasStarted: item.phase != .queued)
            }
        }
    }

    /// An older attempt goes on beside the newer one: hours of work may be in it, and the first
    /// report wins.
    private mutating func keepStray(_ lease: Lease, of host: Int) {
        // Only what was granted to it comes here; more than this no worker of ours names.
        guard !hosts[host].strays.contains(lease),
            hosts[host].strays.count < hosts[host].slotCount + limits.prefetchLimit
        else { return }
        unlist(host)
        hosts[host].strays.append(lease)
        list(host)
    }

    /// After a hello on a new connection, what the worker did not name it does not have.
    private mutating func giveBackUnnamed(
        of host: Int, _ held: [HeldTrial], _ effects: inout [Effect]
    ) {
        guard !hosts[host].leases.isEmpty else { return }
        let named = Set(held.map(\.lease))
        for index in hosts[host].leases {
            guard let trial = open[index], trial.state == .running else { continue }
            let lease = Lease(TrialID(index), attempt: trial.attempt)
            if named.contains(lease) { continue }
            giveBack(index, &effects)
            quarantineIfPoisonous(index, &effects)
        }
    }

    private mutating func setCredit(of host: Int, to count: Int) {
        let slotCount = hosts[host].slotCount
        let most = slotCount == 0 ? 0 : slotCount + limits.prefetchLimit
        hosts[host].creditCount = min(max(count, 0), most)
    }

    /// Any message of a session shows that the worker lives.
    mutating func renewSession(of host: Int) {
        hosts[host].deadline = activeNow + limits.leaseMilliseconds
        guard hosts[host].queuedDeadline == 0 else { return }
        hosts[host].queuedDeadline = hosts[host].deadline
        sessionDeadlines.insert(Deadline(at: hosts[host].deadline, subject: host))
    }

    /// Takes a host out of the ready list, before anything that may change its load or credit.
    mutating func unlist(_ host: Int) {
        guard let load = hosts[host].listedLoad, let worker = hosts[host].session else { return }
        ready.remove(.init(load: load, worker: worker, host: host))
        hosts[host].listedLoad = nil
    }

    /// Puts a host into the ready list where it belongs, if it does.
    mutating func list(_ host: Int) {
        guard hosts[host].listedLoad == nil, hosts[host].isReady, let worker = hosts[host].session
        else { return }
        hosts[host].listedLoad = hosts[host].load
        ready.insert(.init(load: hosts[host].load, worker: worker, host: host))
    }
}
