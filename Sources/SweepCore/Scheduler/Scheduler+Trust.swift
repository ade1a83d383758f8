// Who is to blame when compute children die: the trial, the worker, or neither.

extension Scheduler {
    // MARK: Poison

    mutating func takeCrash(
        of lease: Lease, by host: Int, _ grant: Int, _ effects: inout [Effect]
    ) {
        let index = lease.trial.rawValue
        counters.crashes += 1
        dropStray(lease, of: host)
        guard var trial = open[index] else { return }
        trial.grants[grant].hasCrashed = true
        trial.grants[grant].lossWeight = 0
        trial.grants[grant].isSuspect = false
        open[index] = trial
        blame(index, on: host, &effects)
        if trial.isLeased(lease.attempt, to: host) { giveBack(index, &effects) }
        quarantineIfPoisonous(lease, of: host, &effects)
    }

    /// A worker is gone, and nobody asked it to leave: what it had begun may be the reason.
    mutating func noteAllMissing(of host: Int) {
        guard !hosts[host].isLeaving else { return }
        for lease in hosts[host].strays { noteMissing(lease, of: host, weight: 2) }
        // Trials are begun in the order of the grants, and no heartbeat may have told of it yet.
        for (place, index) in hosts[host].leases.enumerated() {
            guard let trial = open[index], trial.state == .running,
                trial.hasStarted || place < hosts[host].slotCount
            else { continue }
            noteMissing(
                Lease(TrialID(index), attempt: trial.attempt), of: host,
                weight: trial.hasStarted ? 2 : 1)
        }
    }

    private mutating func noteMissing(_ lease: Lease, of host: Int, weight: Int) {
        guard var trial = open[lease.trial.rawValue],
            let grant = trial.grantIndex(attempt: lease.attempt, host: host),
            !trial.grants[grant].hasCrashed
        else { return }
        trial.grants[grant].lossWeight = weight
        open[lease.trial.rawValue] = trial
        hosts[host].missing.append(lease)
    }

    /// The same process is back, so nothing that it had killed it.
    mutating func forgiveMissing(of host: Int) {
        for lease in hosts[host].missing {
            guard let trial = open[lease.trial.rawValue],
                let grant = trial.grantIndex(attempt: lease.attempt, host: host)
            else { continue }
            open[lease.trial.rawValue]?.grants[grant].lossWeight = 0
        }
        hosts[host].missing = []
    }

    /// Settles a pending trial that another try would be a waste of.
    mutating func quarantineIfPoisonous(
        _ lease: Lease, of host: Int, _ effects: inout [Effect]
    ) {
        guard let trial = open[lease.trial.rawValue], trial.state == .pending, isPoisonous(trial)
        else { return }
        commit(lease, of: host, isFailure: true)
        open[lease.trial.rawValue]?.isQuarantining = true
        effects.append(.recordQuarantined(lease))
    }

    /// Whether a trial has killed too many compute children, or workers with all they ran.
    private func isPoisonous(_ trial: OpenTrial) -> Bool {
        var (weight, isOnSeveral) = (0, false)
        var first: Int?
        for grant in trial.grants where grant.hasCrashed || grant.lossWeight > 0 {
            weight += grant.hasCrashed ? 4 : grant.lossWeight
            if first == nil { first = grant.host }
            if first != grant.host { isOnSeveral = true }
        }
        if weight >= 8 * limits.crashLimit { return true }
        return weight >= 4 * limits.crashLimit && (isOnSeveral || sessions.count < 2)
    }

    /// The worker with the most free slots, but rather one on which the trial has not crashed. Nil
    /// for a trial under suspicion while every worker has one already.
    ///
    /// What killed a worker takes with it what ran beside it; were all of that handed out together
    /// again, the innocent would be quarantined with the guilty.
    func chooseWorker(for trial: OpenTrial) -> ReadyList.Entry? {
        if isUnderSuspicion(trial) {
            return ready.entries.first { entry in
                !hosts[entry.host].leases.contains { index in
                    open[index].map(isUnderSuspicion) ?? false
                }
            }
        }
        if trial.grants.contains(where: \.hasCrashed),
            let other = ready.entries.first(where: { !trial.hasCrashed(on: $0.host) })
        {
            return other
        }
        return ready.entries.first
    }

    /// Whether losses of workers alone bring a trial halfway to quarantine.
    private func isUnderSuspicion(_ trial: OpenTrial) -> Bool {
        trial.grants.count >= limits.crashLimit
            && trial.grants.reduce(0) { $0 + $1.lossWeight } >= 2 * limits.crashLimit
    }

    // MARK: Workers that crash everything

    /// A crash speaks against the worker while no other worker has crashed that trial.
    private mutating func blame(_ index: Int, on host: Int, _ effects: inout [Effect]) {
        guard let trial = open[index] else { return }
        var isAlone = true
        for grant in trial.grants where grant.hasCrashed && grant.host != host {
            isAlone = false
            exonerate(grant.host, of: index)
        }
        guard isAlone else { return }
        if hosts[host].crashedTrials.count < limits.workerCrashLimit,
            !hosts[host].crashedTrials.contains(index)
        {
            hosts[host].crashedTrials.append(index)
        }
        guard hosts[host].crashedTrials.count >= limits.workerCrashLimit,
            hosts[host].quarantineEnds == nil, let worker = hosts[host].session,
            hasUsableHost(besides: host)
        else { return }
        unlist(host)
        hosts[host].quarantineEnds = activeNow + limits.workerQuarantineMilliseconds
        quarantinedHostCount += 1
        counters.workerQuarantines += 1
        effects.append(.quarantineWorker(worker))
        askBack(from: host, atMost: .max, &effects)
    }

    private mutating func exonerate(_ host: Int, of index: Int) {
        guard let place = hosts[host].crashedTrials.firstIndex(of: index) else { return }
        hosts[host].crashedTrials.remove(at: place)
        endQuarantine(ofWorker: host)
    }

    /// A result came from this worker: it can compute.
    mutating func trust(_ host: Int) {
        guard !hosts[host].crashedTrials.isEmpty else { return }
        hosts[host].crashedTrials = []
        endQuarantine(ofWorker: host)
    }

    private mutating func endQuarantine(ofWorker host: Int) {
        guard hosts[host].quarantineEnds != nil else { return }
        hosts[host].quarantineEnds = nil
        quarantinedHostCount -= 1
        list(host)
    }

    /// Workers get trials again when their time is over, and when there is nobody else.
    mutating func endWorkerQuarantines() {
        let isAnyUsable = hasUsableHost(besides: nil)
        for host in hosts.indices {
            guard let end = hosts[host].quarantineEnds, end <= activeNow || !isAnyUsable else {
                continue
            }
            hosts[host].crashedTrials = []
            endQuarantine(ofWorker: host)
        }
    }

    private func hasUsableHost(besides host: Int?) -> Bool {
        sessions.values.contains { $0 != host && hosts[$0].isUsable }
    }

    // MARK: Known workers

    /// The place of a worker in `hosts`, made when it is new.
    mutating func hostNumber(of identity: WorkerIdentity) -> Int {
        if let number = hostNumbers[identity] { return number }
        if spareHosts.isEmpty, hosts.count >= max(hostSweepCount, limits.knownWorkerLimit) {
            forgetHosts()
        }
        let number = spareHosts.popLast() ?? hosts.count
        if number == hosts.count {
            hosts.append(Host(identity: identity))
        } else {
            hosts[number] = Host(identity: identity)
        }
        hostNumbers[identity] = number
        return number
    }

    /// Forgets workers without a session of which no open trial has a grant: nothing that they may
    /// still report is wanted. The next time is when the table has doubled, so that it costs little.
    private mutating func forgetHosts() {
        var isNeeded = hosts.map {
            $0.session != nil || $0.queuedDeadline != 0 || $0.quarantineEnds != nil
        }
        for trial in open.values { for grant in trial.grants { isNeeded[grant.host] = true } }
        for number in hosts.indices.reversed() where !isNeeded[number] {
            hostNumbers[hosts[number].identity] = nil
            spareHosts.append(number)
        }
        hostSweepCount = 2 * (hosts.count - spareHosts.count)
    }
}
