extension Scheduler {
    /// A report: the first of any attempt that was really granted goes to the ledger.
    mutating func takeReport(
        of lease: Lease, _ ending: AttemptEnding, by worker: WorkerID, _ effects: inout [Effect]
    ) {
        guard let host = sessions[worker] else {
            effects.append(.reject(worker, .unknownSession))
            return
        }
        renewSession(of: host)
        let index = lease.trial.rawValue
        guard index >= 0, index < trialCount, lease.attempt >= 0 else {
            refuse(lease, to: worker, &effects)
            return
        }
        if settled[index] != nil {
            answerLate(lease, ending, to: worker, &effects)
            return
        }
        guard let trial = open[index] else {
            refuse(lease, to: worker, &effects)
            return
        }
        if lease.attempt < trial.firstAttempt {
            answerLate(lease, ending, to: worker, &effects)
            return
        }
        // A grant that is not durable was not assigned, so whoever reports it has made that up.
        guard let grant = trial.grantIndex(attempt: lease.attempt, host: host),
            trial.state != .granting || lease.attempt != trial.attempt
        else {
            refuse(lease, to: worker, &effects)
            return
        }
        if ending == .crashed {
            let isNew = !trial.grants[grant].hasCrashed
            if isNew { effects.append(.noteCrash(lease, from: worker)) }
            effects.append(.acknowledge(lease, to: worker))
            if isNew { takeCrash(of: lease, by: host, grant, &effects) }
            return
        }
        trust(host)
        // The acknowledgement, or the answer to the next resending, follows the commit under way.
        if trial.state == .committing { return }
        if trial.state == .running || trial.state == .granting {
            if !trial.isLeased(lease.attempt, to: host) { counters.lateResults += 1 }
        }
        commit(lease, of: host, isFailure: ending == .failure)
        effects.append(.record(lease, from: worker))
        cancelOthers(than: lease, grants: trial, &effects)
    }

    /// The result is durable: now, and only now, the worker may forget it.
    mutating func settle(_ lease: Lease, _ effects: inout [Effect]) {
        let index = lease.trial.rawValue
        guard let trial = open[index], trial.state == .committing, trial.attempt == lease.attempt
        else {
            preconditionFailure("the ledger recorded \(lease), which it was not given")
        }
        let settlement: Settlement =
            trial.isQuarantining ? .quarantined : trial.isFailure ? .failed : .recorded
        openCounts[OpenTrial.State.committing.rawValue] -= 1
        open[index] = nil
        touched.append(index)
        settled.set(index, to: settlement)
        if !trial.isQuarantining, let worker = hosts[trial.host].session {
            effects.append(.acknowledge(lease, to: worker))
        }
    }

    mutating func commit(_ lease: Lease, of host: Int, isFailure: Bool) {
        let index = lease.trial.rawValue
        release(index)
        dropStray(lease, of: host)
        guard var trial = open[index] else { return }
        trial.attempt = lease.attempt
        trial.host = host
        trial.isFailure = isFailure
        put(index, trial, in: .committing)
    }

    /// Stops every other attempt of a trial whose result is in hand.
    private mutating func cancelOthers(
        than lease: Lease, grants trial: OpenTrial, _ effects: inout [Effect]
    ) {
        for grant in trial.grants where grant.attempt != lease.attempt {
            guard let worker = hosts[grant.host].session else { continue }
            let other = Lease(lease.trial, attempt: grant.attempt)
            let isRunning = trial.state == .running && trial.isLeased(grant.attempt, to: grant.host)
            if isRunning || dropStray(other, of: grant.host) {
                effects.append(.cancel(other, to: worker))
            }
        }
    }

    @discardableResult
    mutating func dropStray(_ lease: Lease, of host: Int) -> Bool {
        guard let place = hosts[host].strays.firstIndex(of: lease) else { return false }
        unlist(host)
        hosts[host].strays.remove(at: place)
        list(host)
        return true
    }

    private mutating func answerLate(
        _ lease: Lease, _ ending: AttemptEnding, to worker: WorkerID, _ effects: inout [Effect]
    ) {
        if ending != .crashed {
            counters.duplicates += 1
            effects.append(.noteDuplicate(lease, from: worker))
        }
        effects.append(.acknowledge(lease, to: worker))
    }

    /// Nothing will come of a lease that was never granted to this worker, so it should drop it.
    mutating func refuse(_ lease: Lease, to worker: WorkerID, _ effects: inout [Effect]) {
        counters.refusedReports += 1
        effects.append(.cancel(lease, to: worker))
    }

    // MARK: Retry

    mutating func requestRetry(of trial: TrialID, _ effects: inout [Effect]) {
        guard trial.rawValue >= 0, trial.rawValue < trialCount else { return }
        let settlement = settled[trial.rawValue]
        guard settlement == .failed || settlement == .quarantined else { return }
        guard reopening.insert(trial.rawValue).inserted else { return }
        effects.append(.reopen(trial))
    }

    mutating func reopen(_ trial: TrialID, nextAttempt: Int) {
        let index = trial.rawValue
        precondition(index >= 0 && index < trialCount, "\(trial) of \(trialCount)")
        precondition(open[index] == nil, "\(trial) is reopened but not settled")
        precondition(settled[index] != .recorded, "\(trial) is reopened but has a result")
        reopening.remove(index)
        settled.set(index, to: nil)
        isFinished = false
        var reopened = OpenTrial(state: .pending)
        reopened.firstAttempt = nextAttempt
        reopened.nextAttempt = nextAttempt
        put(index, reopened, in: .pending)
        makePending(index)
    }

    // MARK: Restart

    mutating func restore(_ trial: TrialID, _ settlement: Settlement) {
        let index = trial.rawValue
        precondition(index >= 0 && index < trialCount, "\(trial) of \(trialCount)")
        precondition(sessions.isEmpty && cursor == 0, "restored after the first worker")
        precondition(open[index] == nil && settled[index] == nil, "\(trial) is restored twice")
        settled.set(index, to: settlement)
    }

    mutating func restoreGrant(_ lease: Lease, to identity: WorkerIdentity, _ fate: GrantFate) {
        let index = lease.trial.rawValue
        precondition(index >= 0 && index < trialCount, "\(lease.trial) of \(trialCount)")
        precondition(sessions.isEmpty && cursor == 0, "restored after the first worker")
        precondition(settled[index] == nil, "\(lease) is restored, but its trial is settled")
        let host = hostNumber(of: identity)
        var trial = open[index] ?? OpenTrial(state: .suspect)
        precondition(lease.attempt >= trial.nextAttempt, "\(lease) is restored out of order")
        trial.nextAttempt = lease.attempt + 1
        let hasCrashed = fate == .crashed
        trial.grants.append(
            .init(
                attempt: lease.attempt, host: host, hasCrashed: hasCrashed, isLost: fate == .lost,
                isSuspect: !hasCrashed))
        if !hasCrashed, trial.state != .suspect || open[index] == nil { suspects.append(index) }
        if !hasCrashed { hosts[host].suspects.append(index) }
        put(index, trial, in: trial.grants.contains { $0.isSuspect } ? .suspect : .pending)
        if trial.grants.allSatisfy({ !$0.isSuspect }) { returned.insert(index) }
        graceEnds = activeNow + limits.graceMilliseconds
    }

    /// A worker has said all it has, so the rest of its restored trials need not wait for it.
    mutating func clearSuspects(of host: Int) {
        let waiting = hosts[host].suspects
        hosts[host].suspects = []
        for index in waiting {
            guard var trial = open[index] else { continue }
            for place in trial.grants.indices where trial.grants[place].host == host {
                trial.grants[place].isSuspect = false
            }
            open[index] = trial
            if trial.state == .suspect, !trial.grants.contains(where: \.isSuspect) {
                makePending(index)
            }
        }
    }

    /// Who has not come back by now is not waited for.
    mutating func endGrace() {
        for index in suspects where open[index]?.state == .suspect { makePending(index) }
        suspects = []
    }
}
