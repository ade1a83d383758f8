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
        trial.grants[grant].isLost = false
        trial.grants[grant].isSuspect = false
        open[index] = trial
        blame(index, on: host, &effects)
        if trial.isLeased(lease.attempt, to: host) {
            giveBack(index, &effects)
        } else if trial.state == .suspect, !trial.grants.contains(where: \.isSuspect) {
            // It was the last that the trial waited for.
            makePending(index)
        }
        quarantineIfPoisonous(index, &effects)
    }

    /// A worker is gone, and nobody asked it to leave: what it had begun may be the reason.
    mutating func noteAllMissing(
        of host: Int, but kept: Set<Lease> = [], _ effects: inout [Effect]
    ) {
        guard !hosts[host].isLeaving, let worker = hosts[host].session else { return }
        for lease in hosts[host].strays where !kept.contains(lease) {
            noteMissing(lease, of: worker, host, &effects)
        }
        // Trials are begun in the order of the grants, and no heartbeat may have told of it yet.
        var place = 0
        for index in hosts[host].leases {
            guard let trial = open[index], trial.state == .running else { continue }
            if trial.hasStarted || place < hosts[host].slotCount {
                let lease = Lease(TrialID(index), attempt: trial.attempt)
                if !kept.contains(lease) { noteMissing(lease, of: worker, host, &effects) }
            }
            place += 1
        }
    }

    private mutating func noteMissing(
        _ lease: Lease, of worker: WorkerID, _ host: Int, _ effects: inout [Effect]
    ) {
        guard var trial = open[lease.trial.rawValue],
            let place = trial.grantIndex(attempt: lease.attempt, host: host)
        else { return }
        let grant = trial.grants[place]
        if grant.hasCrashed || grant.isLost || grant.hasProgressed { return }
        trial.grants[place].isLost = true
        open[lease.trial.rawValue] = trial
        hosts[host].missing.append(lease)
        counters.losses += 1
        effects.append(.noteLoss(lease, of: worker))
    }

    /// The same process is back, so nothing that it had killed it.
    mutating func forgiveMissing(of host: Int, _ effects: inout [Effect]) {
        for lease in hosts[host].missing {
            guard let trial = open[lease.trial.rawValue],
                let grant = trial.grantIndex(attempt: lease.attempt, host: host),
                trial.grants[grant].isLost
            else { continue }
            open[lease.trial.rawValue]?.grants[grant].isLost = false
            effects.append(.forgiveLoss(lease))
        }
        hosts[host].missing = []
    }

    /// An attempt got further than any before it: if it is lost now, then not for what they were.
    mutating func noteProgress(of lease: Lease, to step: UInt64) {
        guard var trial = open[lease.trial.rawValue], step > trial.step else { return }
        trial.step = step
        if let place = trial.grants.lastIndex(where: { $0.attempt == lease.attempt }) {
            trial.grants[place].hasProgressed = true
        }
        open[lease.trial.rawValue] = trial
    }

    /// Settles a pending trial that another try would be a waste of.
    @discardableResult
    mutating func quarantineIfPoisonous(_ index: Int, _ effects: inout [Effect]) -> Bool {
        guard let trial = open[index], trial.state == .pending, isPoisonous(trial),
            let last = trial.grants.last
        else { return false }
        let lease = Lease(TrialID(index), attempt: last.attempt)
        commit(lease, of: last.host, isFailure: true)
        open[index]?.isQuarantining = true
        effects.append(.recordQuarantined(lease, trial.blame))
        return true
    }

    /// Whether a trial has ended too many compute children, or workers with all they ran.
    private func isPoisonous(_ trial: OpenTrial) -> Bool {
        guard trial.grants.count >= limits.crashLimit else { return false }
        let blame = trial.blame
        let count = blame.crashes + blame.losses
        if count < limits.crashLimit { return false }
        if count >= 2 * limits.crashLimit || blame.workers > 1 { return true }
        // All on one worker: is there another on which it could be tried, or that may be back soon?
        return activeNow >= graceEnds
            && !hosts.indices.contains { isAround($0) && !trial.hasEnded(on: $0) }
    }

    /// Whether a worker has a session, or had one until a lease ago.
    private func isAround(_ host: Int) -> Bool {
        hosts[host].session != nil || !hosts[host].isLeaving && hosts[host].deadline > activeNow
    }

    /// What the workers have that are asked about in one round of handing out.
    struct Company {
        /// Whether a worker has a trial that was lost with a worker before, and whether it has one
        /// that is on its last try.
        fileprivate var known: [Int: (hasLost: Bool, hasLast: Bool)] = [:]

        mutating func forget(_ host: Int) { known[host] = nil }
    }

    /// The worker with the most free slots, but rather one on which the trial has not ended badly,
    /// and never one on which it has twice while there is another: a worker on which everything
    /// crashes would have it quarantined for that. Nil for a trial that has to wait for another
    /// worker, or for one with the right company.
    ///
    /// What killed a worker takes with it what ran beside it; were all of that handed out together
    /// again, the innocent would be quarantined with the guilty. So the last try of a trial is
    /// beside none that was lost before.
    func chooseWorker(for trial: OpenTrial, _ company: inout Company) -> ReadyList.Entry? {
        guard !trial.grants.isEmpty else { return ready.entries.first }
        var suitable: ReadyList.Entry?
        let (hasLosses, isLast) = (trial.hasLosses, isOnLastTry(trial))
        for entry in ready.entries {
            // Twice is enough to see whether the trial or the worker is to blame.
            if trial.badEndCount(on: entry.host) > 1, mayGoElsewhere(trial) { continue }
            if hasLosses {
                let others = look(at: entry.host, &company)
                if others.hasLast || isLast && others.hasLost { continue }
            }
            if !trial.hasEnded(on: entry.host) { return entry }
            suitable = suitable ?? entry
        }
        return suitable
    }

    private func look(at host: Int, _ company: inout Company) -> (hasLost: Bool, hasLast: Bool) {
        if let known = company.known[host] { return known }
        var found = (hasLost: false, hasLast: false)
        for index in hosts[host].leases {
            guard let trial = open[index], trial.hasLosses else { continue }
            found.hasLost = true
            found.hasLast = found.hasLast || isOnLastTry(trial)
        }
        company.known[host] = found
        return found
    }

    /// Whether a trial was lost with a worker, and is quarantined at its next loss.
    private func isOnLastTry(_ trial: OpenTrial) -> Bool {
        guard trial.hasLosses else { return false }
        let blame = trial.blame
        return blame.crashes + blame.losses >= limits.crashLimit - 1
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

    mutating func endQuarantine(ofWorker host: Int) {
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

    /// Whether there is a worker for a trial on which it has not ended badly; for one that would be
    /// quarantined if there were none, also whether one may come yet.
    private func mayGoElsewhere(_ trial: OpenTrial) -> Bool {
        if hasUsableHost(besides: trial) { return true }
        let blame = trial.blame
        guard blame.crashes + blame.losses >= limits.crashLimit else { return false }
        if activeNow < graceEnds { return true }
        return hosts.indices.contains { host in
            hosts[host].session == nil && isAround(host) && !trial.hasEnded(on: host)
        }
    }

    /// Whether there is a worker, busy or not, on which a trial has not ended badly.
    private func hasUsableHost(besides trial: OpenTrial) -> Bool {
        sessions.values.contains { hosts[$0].isUsable && !trial.hasEnded(on: $0) }
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
