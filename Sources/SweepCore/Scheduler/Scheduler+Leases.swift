extension Scheduler {
    // MARK: Handing out

    /// Grants pending trials, in order, to the workers with the most free slots.
    mutating func dispatch(_ effects: inout [Effect]) {
        guard !isGrantingPaused, !isStopping else { return }
        var postponed: [Int] = []
        var company = Company()
        while !ready.entries.isEmpty, let index = popPending() {
            var trial = open[index] ?? OpenTrial(state: .pending)
            // A restart may find one whose verdict was not durable, and the other worker that was
            // to try it may have left.
            if quarantineIfPoisonous(index, &effects) { continue }
            guard let entry = chooseWorker(for: trial, &company) else {
                postponed.append(index)
                continue
            }
            company.forget(entry.host)
            trial.attempt = trial.nextAttempt
            trial.nextAttempt += 1
            trial.host = entry.host
            trial.hasStarted = false
            trial.grants.append(.init(attempt: trial.attempt, host: entry.host))
            put(index, trial, in: .granting)
            lend(index, to: entry.host)
            effects.append(
                .grant(Lease(TrialID(index), attempt: trial.attempt), to: entry.worker))
        }
        for index in postponed { returned.insert(index) }
    }

    /// The next pending trial, those given back first.
    private mutating func popPending() -> Int? {
        guard pendingCount > 0 else { return nil }
        while let index = returned.popFirst() {
            if open[index]?.state == .pending { return index }
        }
        while cursor < trialCount {
            defer { cursor += 1 }
            if settled[cursor] == nil, open[cursor] == nil { return cursor }
        }
        return nil
    }

    /// The grant is durable: the worker may have the trial.
    mutating func assign(_ lease: Lease, _ effects: inout [Effect]) {
        let index = lease.trial.rawValue
        // Given up while the ledger wrote it.
        guard var trial = open[index], trial.state == .granting, trial.attempt == lease.attempt,
            let worker = hosts[trial.host].session
        else { return }
        if isStopping || hosts[trial.host].isLeaving || hosts[trial.host].quarantineEnds != nil {
            giveBack(index, &effects)
            return
        }
        trial.deadline = activeNow + limits.leaseMilliseconds
        put(index, trial, in: .running)
        watch(index)
        effects.append(.assign(lease, to: worker))
    }

    /// A worker has a trial that nobody else is leased: it may go on with it.
    mutating func adopt(_ lease: Lease, by host: Int, hasStarted: Bool) {
        let index = lease.trial.rawValue
        guard var trial = open[index] else { return }
        trial.attempt = lease.attempt
        trial.host = host
        trial.hasStarted = hasStarted
        trial.deadline = activeNow + limits.leaseMilliseconds
        put(index, trial, in: .running)
        lend(index, to: host)
        watch(index)
        counters.adoptions += 1
    }

    // MARK: Taking back

    /// The lease is over; the trial is pending, or another worker's that still runs it.
    mutating func giveBack(_ index: Int, _ effects: inout [Effect]) {
        release(index)
        guard let trial = open[index] else { return }
        for grant in trial.grants.reversed() {
            let lease = Lease(TrialID(index), attempt: grant.attempt)
            guard hosts[grant.host].session != nil,
                let place = hosts[grant.host].strays.firstIndex(of: lease)
            else { continue }
            unlist(grant.host)
            hosts[grant.host].strays.remove(at: place)
            list(grant.host)
            put(index, trial, in: .pending)
            adopt(lease, by: grant.host, hasStarted: true)
            return
        }
        makePending(index)
    }

    /// Ends the current lease without saying what becomes of the trial.
    mutating func release(_ index: Int) {
        guard let trial = open[index], trial.state == .granting || trial.state == .running
        else { return }
        let host = trial.host
        unlist(host)
        if let place = hosts[host].leases.lastIndex(of: index) {
            hosts[host].leases.remove(at: place)
        }
        list(host)
    }

    /// The trial may be handed out, unless a worker from before the restart may still have it.
    mutating func makePending(_ index: Int) {
        guard let trial = open[index] else { return }
        if activeNow < max(graceEnds, leniencyEnds), trial.grants.contains(where: \.isSuspect) {
            put(index, trial, in: .suspect)
            suspects.append(index)
            return
        }
        put(index, trial, in: .pending)
        returned.insert(index)
    }

    mutating func takeReturn(of lease: Lease, by worker: WorkerID, _ effects: inout [Effect]) {
        guard let host = sessions[worker] else {
            effects.append(.reject(worker, .unknownSession))
            return
        }
        renewSession(of: host)
        let index = lease.trial.rawValue
        guard let trial = open[index], trial.state == .running,
            trial.isLeased(lease.attempt, to: host)
        else { return }
        giveBack(index, &effects)
    }

    private mutating func lend(_ index: Int, to host: Int) {
        unlist(host)
        hosts[host].leases.append(index)
        list(host)
    }

    // MARK: Time

    mutating func advanceTime(_ effects: inout [Effect]) {
        let now = activeNow
        while let entry = sessionDeadlines.first, entry.at <= now {
            _ = sessionDeadlines.popFirst()
            let host = entry.subject
            hosts[host].queuedDeadline = 0
            guard let worker = hosts[host].session else { continue }
            let deadline = max(hosts[host].deadline, leniencyEnds)
            if deadline > now {
                hosts[host].queuedDeadline = deadline
                sessionDeadlines.insert(Deadline(at: deadline, subject: host))
            } else {
                counters.silences += 1
                endSession(worker, isDead: false, &effects)
            }
        }
        while let entry = leaseDeadlines.first, entry.at <= now {
            _ = leaseDeadlines.popFirst()
            guard var trial = open[entry.subject], trial.queuedDeadline == entry.at else {
                continue
            }
            trial.queuedDeadline = 0
            open[entry.subject] = trial
            guard trial.state == .running else { continue }
            if leniencyEnds > trial.deadline {
                trial.deadline = leniencyEnds
                open[entry.subject] = trial
            }
            if trial.deadline > now {
                watch(entry.subject)
            } else {
                counters.lapses += 1
                giveBack(entry.subject, &effects)
            }
        }
        if !suspects.isEmpty, now >= max(graceEnds, leniencyEnds) { endGrace() }
        if now >= nextBalance {
            nextBalance = now + limits.heartbeatMilliseconds
            if quarantinedHostCount > 0 { endWorkerQuarantines() }
            balance(&effects)
        }
    }

    /// Puts the deadline of a leased trial into the heap, unless an earlier look is due anyway.
    private mutating func watch(_ index: Int) {
        guard var trial = open[index], trial.queuedDeadline == 0 else { return }
        trial.queuedDeadline = trial.deadline
        open[index] = trial
        leaseDeadlines.insert(Deadline(at: trial.deadline, subject: index))
    }

    /// Asks for queued trials while others have free slots and nothing is pending; once a
    /// heartbeat, so that its cost does not depend on the number of events.
    private mutating func balance(_ effects: inout [Effect]) {
        guard !isStopping, pendingCount == 0 else { return }
        var wanted = 0
        for entry in ready.entries where entry.load < 0 { wanted -= entry.load }
        guard wanted > 0 else { return }
        let laden = sessions.values.filter { hosts[$0].load > 0 }
            .sorted { (-hosts[$0].load, $0) < (-hosts[$1].load, $1) }
        for host in laden {
            wanted -= askBack(from: host, atMost: min(wanted, hosts[host].load), &effects)
            if wanted == 0 { return }
        }
    }

    /// Asks for the trials that were granted last and have not been named as started.
    @discardableResult
    func askBack(from host: Int, atMost count: Int, _ effects: inout [Effect]) -> Int {
        guard let worker = hosts[host].session else { return 0 }
        var asked = 0
        for index in hosts[host].leases.reversed() where asked < count {
            guard let trial = open[index], trial.state == .running, !trial.hasStarted
            else { continue }
            effects.append(
                .takeBack(Lease(TrialID(index), attempt: trial.attempt), from: worker))
            asked += 1
        }
        return asked
    }

    mutating func beginStop(_ effects: inout [Effect]) {
        guard !isStopping else { return }
        isStopping = true
        for worker in sessions.keys.sorted() {
            guard let host = sessions[worker] else { continue }
            askBack(from: host, atMost: .max, &effects)
        }
    }

    // MARK: Bookkeeping

    /// Stores a trial in a state; the only place where an open trial changes state.
    mutating func put(_ index: Int, _ trial: OpenTrial, in state: OpenTrial.State) {
        if let old = open[index], old.state != .pending { openCounts[old.state.rawValue] -= 1 }
        if state != .pending { openCounts[state.rawValue] += 1 }
        var trial = trial
        trial.state = state
        open[index] = trial
        touched.append(index)
    }
}
