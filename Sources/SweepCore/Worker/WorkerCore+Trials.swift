extension WorkerCore {
    mutating func take(_ lease: Lease, in session: WorkerID, _ effects: inout [Effect]) {
        // A trial of an earlier session may be another worker's by now.
        guard case .up(session) = link else { return }
        lastHeard = milliseconds
        if isKnown(lease) { return }
        if isLeaving {
            markOver(lease)
            effects.append(.giveBack(lease))
            return
        }
        queue.append(lease)
    }

    /// Starts queued trials in free slots, as far as it makes sense to start any.
    mutating func startQueued(_ effects: inout [Effect]) {
        guard !queue.isEmpty, !isLeaving, pausedAfter == nil,
            milliseconds < lastHeard + leaseMilliseconds
        else { return }
        for slot in slots.indices {
            guard unacknowledged.count < limits.unacknowledgedLimit, let lease = queue.first
            else { return }
            guard case .free = slots[slot] else { continue }
            queue.removeFirst()
            slots[slot] = .running(lease, since: milliseconds)
            effects.append(.start(lease, slot: slot))
        }
    }

    mutating func endCompute(
        of lease: Lease, _ ending: AttemptEnding, _ effects: inout [Effect]
    ) {
        // Cancelled just before it ended: its slot is being freed.
        guard let slot = slot(running: lease), case .running(_, let since) = slots[slot]
        else { return }
        slots[slot] = .free
        adaptPrefetch(to: milliseconds - since)
        unacknowledged.append(
            Unacknowledged(lease: lease, ending: ending, nextSending: 0, pause: 0))
        if ending != .crashed { effects.append(.spool(lease)) }
        if session != nil { send(unacknowledged.count - 1, &effects) }
    }

    /// Asks for so many trials ahead as the slots end in the time that a hand-out may take.
    private mutating func adaptPrefetch(to duration: UInt64) {
        let sum = eightfoldMeanMilliseconds ?? 8 * duration
        let mean = sum - sum / 8 + duration
        eightfoldMeanMilliseconds = mean
        let ahead = UInt64(slots.count) * limits.prefetchMilliseconds * 8 / max(mean, 1)
        let most = UInt64(max(limits.prefetchLimit, limits.prefetchCount))
        prefetchCount = max(limits.prefetchCount, Int(min(ahead, most)))
    }

    mutating func free(_ slot: Int) {
        precondition(slots.indices.contains(slot), "slot \(slot) of \(slots.count)")
        if case .stopping = slots[slot] { slots[slot] = .free }
    }

    mutating func forgetReport(of lease: Lease, _ effects: inout [Effect]) {
        if session != nil { lastHeard = milliseconds }
        guard let place = unacknowledged.firstIndex(where: { $0.lease == lease }) else { return }
        let report = unacknowledged.remove(at: place)
        markOver(lease)
        if report.ending != .crashed { effects.append(.unspool(lease)) }
    }

    /// Nothing will come of this lease: it is dropped, wherever it is.
    mutating func drop(_ lease: Lease, _ effects: inout [Effect]) {
        if session != nil { lastHeard = milliseconds }
        markOver(lease)
        if let place = queue.firstIndex(of: lease) { queue.remove(at: place) }
        if let slot = slot(running: lease) {
            slots[slot] = .stopping
            effects.append(.stop(lease, slot: slot))
        }
        forgetReport(of: lease, &effects)
    }

    /// Gives a trial back that has not been started; one that never arrived too, so that it may
    /// be handed out at once.
    mutating func giveBack(_ lease: Lease, _ effects: inout [Effect]) {
        guard session != nil else { return }
        lastHeard = milliseconds
        if slot(running: lease) != nil || unacknowledged.contains(where: { $0.lease == lease }) {
            return
        }
        if let place = queue.firstIndex(of: lease) { queue.remove(at: place) }
        markOver(lease)
        effects.append(.giveBack(lease))
    }

    private func slot(running lease: Lease) -> Int? {
        slots.firstIndex {
            if case .running(lease, _) = $0 { true } else { false }
        }
    }

    private func isKnown(_ lease: Lease) -> Bool {
        queue.contains(lease) || slot(running: lease) != nil
            || unacknowledged.contains { $0.lease == lease } || overSet.contains(lease)
    }

    mutating func markOver(_ lease: Lease) {
        guard overSet.insert(lease).inserted else { return }
        if over.count < Self.overLimit {
            over.append(lease)
        } else {
            overSet.remove(over[overNext])
            over[overNext] = lease
            overNext = (overNext + 1) % Self.overLimit
        }
    }
}
