import SweepCore

// The thread of the ledger, and its disk.

extension Simulation {
    mutating func write(_ entry: VirtualLedger.Entry) {
        ledger.write(entry)
        beginCommit()
    }

    private mutating func beginCommit() {
        guard !ledger.isCommitting, !ledger.waiting.isEmpty, !isDiskFull else { return }
        ledger.beginCommit()
        agenda.plan(
            .endCommit(run: runCount),
            at: now + random.milliseconds(in: weather.commitMilliseconds))
    }

    mutating func endCommit() throws(Violation) {
        if isCommitBroken, planted != .diskErrorIgnored {
            // Nobody knows what is on the disk now, so the process ends and looks.
            note("! the disk fails, and the coordinator ends")
            try killCoordinator()
            agenda.plan(
                .startCoordinator, at: now + random.milliseconds(in: weather.downMilliseconds))
            return
        }
        let events = try ledger.endCommit(isLost: isCommitBroken)
        isCommitBroken = false
        let run = runCount
        for event in events {
            try tell(event)
            // Killed in the middle.
            guard coordinator != nil, runCount == run else { return }
            try checkSettlement(after: event)
        }
        beginCommit()
    }

    mutating func fillDisk() throws(Violation) {
        note("! disk is full")
        isDiskFull = true
        try pauseGranting()
        agenda.plan(.refillDisk, at: now + random.milliseconds(in: 100...8_000))
    }

    mutating func pauseGranting() throws(Violation) {
        coordinator?.isGrantingPaused = true
        try tell(.grantingPaused)
    }

    mutating func refillDisk() throws(Violation) {
        guard isDiskFull else { return }
        isDiskFull = false
        note("! disk has room again")
        coordinator?.isGrantingPaused = false
        try tell(.grantingResumed)
        if coordinator != nil { beginCommit() }
    }
}
