extension Scheduler {
    /// How much of the state a check looks at.
    public enum CheckScope: Sendable {
        /// The trials that the last event touched: for every event.
        case touched
        /// Everything, also against the counts: O(trials).
        case everything
    }

    /// Whether the numbers by state can be true; checked after every event, in release too.
    var countsAgree: Bool {
        openCounts.allSatisfy { $0 >= 0 } && pendingCount >= 0
            && openCounts[OpenTrial.State.pending.rawValue] == 0
    }

    /// The first broken invariant in words, or nil when all hold.
    public func brokenInvariant(_ scope: CheckScope = .everything) -> String? {
        switch scope {
        case .touched:
            for index in touched {
                if let broken = brokenInvariant(ofTrial: index) { return broken }
            }
            return nil
        case .everything: return brokenInvariantOfAll()
        }
    }

    /// Checks every invariant that ties the collections together; traps on the first broken one.
    public func checkInvariants() {
        if let broken = brokenInvariant(.everything) { preconditionFailure(broken) }
    }

    private func brokenInvariant(ofTrial index: Int) -> String? {
        guard let trial = open[index] else { return nil }
        if settled[index] != nil { return "trial \(index) is open and settled" }
        var previous = trial.firstAttempt - 1
        for grant in trial.grants {
            if grant.attempt <= previous { return "trial \(index) has attempts out of order" }
            previous = grant.attempt
        }
        if trial.nextAttempt <= previous { return "trial \(index) may use an attempt twice" }
        switch trial.state {
        case .granting, .running:
            if trial.grantIndex(attempt: trial.attempt, host: trial.host) == nil {
                return "trial \(index) is leased without a grant"
            }
            if !hosts[trial.host].leases.contains(index) {
                return "trial \(index) is leased to a worker that does not know it"
            }
            if hosts[trial.host].session == nil {
                return "trial \(index) is leased to a worker without a session"
            }
            if trial.state == .running, trial.queuedDeadline == 0 {
                return "trial \(index) is leased for ever"
            }
        case .suspect:
            if !trial.grants.contains(where: \.isSuspect) {
                return "trial \(index) waits for nobody"
            }
        case .committing:
            if trial.grantIndex(attempt: trial.attempt, host: trial.host) == nil {
                return "trial \(index) is committed without a grant"
            }
        case .pending: break
        }
        return nil
    }

    private func brokenInvariantOfAll() -> String? {
        var counts = [0, 0, 0, 0, 0]
        for index in open.keys.sorted() {
            if index < 0 || index >= trialCount { return "trial \(index) is not in the plan" }
            if let broken = brokenInvariant(ofTrial: index) { return broken }
            if let state = open[index]?.state, state != .pending { counts[state.rawValue] += 1 }
        }
        if counts != openCounts { return "counts by state are \(openCounts), should be \(counts)" }
        var ends = [0, 0, 0, 0]
        for index in 0..<trialCount {
            if let settlement = settled[index] { ends[Int(settlement.rawValue)] += 1 }
            let isReachable = open[index] != nil || settled[index] != nil || index >= cursor
            if !isReachable { return "trial \(index) is lost: behind the cursor and not open" }
        }
        if ends != settled.counts { return "settled counts are wrong" }
        return brokenInvariantOfHosts(leased: counts)
    }

    private func brokenInvariantOfHosts(leased counts: [Int]) -> String? {
        var leaseCount = 0
        for (number, host) in hosts.enumerated() {
            leaseCount += host.leases.count
            if let session = host.session, sessions[session] != number {
                return "\(session) is not a session of its worker"
            }
            if host.session == nil, !host.leases.isEmpty || !host.strays.isEmpty {
                return "worker \(host.identity) holds trials without a session"
            }
            if host.session != nil, host.queuedDeadline == 0 {
                return "worker \(host.identity) is never missed"
            }
            if host.session != nil,
                max(host.deadline, leniencyEnds) + limits.leaseMilliseconds < activeNow
            {
                return "worker \(host.identity) has been silent for two leases and is still here"
            }
            if host.isReady != (host.listedLoad != nil) {
                return "worker \(host.identity) is \(host.isReady ? "not " : "")listed as ready"
            }
            if let load = host.listedLoad, load != host.load {
                return "worker \(host.identity) is listed with the wrong load"
            }
            for index in host.leases
            where open[index]?.host != number
                || (open[index]?.state != .running && open[index]?.state != .granting)
            {
                return "worker \(host.identity) holds trial \(index), which is not leased to it"
            }
        }
        if leaseCount != counts[OpenTrial.State.running.rawValue]
            + counts[OpenTrial.State.granting.rawValue]
        {
            return "a lease is held twice"
        }
        if quarantinedHostCount != hosts.count(where: { $0.quarantineEnds != nil }) {
            return "the number of quarantined workers is wrong"
        }
        if hostNumbers.count + spareHosts.count != hosts.count {
            return "a known worker has no number"
        }
        if sessions.count != hosts.count(where: { $0.session != nil }) {
            return "a session has no worker"
        }
        if ready.entries != ready.entries.sorted() { return "the ready list is out of order" }
        return nil
    }
}
