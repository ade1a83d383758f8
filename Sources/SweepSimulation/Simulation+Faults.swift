import SweepCore

extension Simulation {
    private func meanInterval(of fault: Fault) -> Int {
        switch fault {
        case .workerCrash: weather.workerCrashInterval
        case .workerFreeze: weather.workerFreezeInterval
        case .coordinatorCrash: weather.coordinatorCrashInterval
        case .coordinatorFreeze: weather.coordinatorFreezeInterval
        case .reconnect: weather.reconnectInterval
        case .partition: weather.partitionInterval
        case .leave: weather.leaveInterval
        case .diskFull: weather.diskFullInterval
        case .diskError: weather.diskErrorInterval
        case .spoolFull: weather.spoolFullInterval
        case .stop: weather.stopInterval
        case .retry: weather.retryInterval
        case .confusion: weather.confusionInterval
        case .growth: trialCount < weather.trialCount ? 5_000 : 0
        }
    }

    mutating func planNext(_ fault: Fault) {
        let mean = meanInterval(of: fault)
        guard mean > 0 else { return }
        agenda.plan(.strike(fault), at: now + random.milliseconds(in: 1...2 * mean))
    }

    mutating func strike(_ fault: Fault) throws(Violation) {
        faultCount += 1
        let node = random.integer(in: 0...workers.count - 1)
        switch fault {
        case .workerCrash, .workerFreeze, .reconnect, .leave, .spoolFull:
            try strikeWorker(fault, node)
        case .partition: partition()
        default: try strikeCoordinator(fault, node)
        }
    }

    private mutating func strikeWorker(_ fault: Fault, _ node: Int) throws(Violation) {
        guard workers[node].core != nil else { return }
        switch fault {
        case .workerCrash:
            if random.chance(0.5) {
                workers[node].killAfter = random.integer(in: 1...12)
                return
            }
            note("! worker \(node) is killed")
            killWorker(node, isNoticed: weather.noticesDeath)
            agenda.plan(
                .startWorker(node), at: now + random.milliseconds(in: weather.restartMilliseconds))
        case .workerFreeze:
            workers[node].frozenUntil = min(
                now + random.milliseconds(in: 100...20_000), weather.healsAt)
            note("! worker \(node) is frozen until \(workers[node].frozenUntil)")
        case .reconnect:
            note("! worker \(node) loses its connection")
            try tell(node, .disconnected)
            reconnect(node)
        case .leave:
            note("! worker \(node) is asked to leave")
            try tell(node, .leaveRequested)
        case .spoolFull:
            workers[node].isDiskFull.toggle()
            note("! disk of worker \(node) is \(workers[node].isDiskFull ? "full" : "free")")
        default: break
        }
    }

    /// One worker, or half of them, or all, in one direction or both.
    private mutating func partition() {
        let first = random.integer(in: 0...workers.count - 1)
        let count = random.pick([1, 1, (workers.count + 1) / 2, workers.count])
        let (isDeaf, isMute) = random.pick([(true, false), (false, true), (true, true)])
        let end = now + random.milliseconds(in: 500...20_000)
        for offset in 0..<count {
            let node = (first + offset) % workers.count
            workers[node].isDeaf = isDeaf
            workers[node].isMute = isMute
            workers[node].partitionEnds = end
            agenda.plan(.endPartition(node), at: end)
        }
        note("! partition of \(count) workers from \(first), until \(end)")
    }

    private mutating func strikeCoordinator(_ fault: Fault, _ node: Int) throws(Violation) {
        // A frozen process hears nothing.
        guard coordinator != nil, coordinatorFrozenUntil <= now else { return }
        switch fault {
        case .coordinatorCrash:
            if random.chance(0.6) {
                coordinatorKillAfter = random.integer(in: 1...20)
                return
            }
            note("! coordinator is killed")
            try killCoordinator()
            agenda.plan(
                .startCoordinator, at: now + random.milliseconds(in: weather.downMilliseconds))
        case .coordinatorFreeze:
            coordinatorFrozenUntil = min(
                now + random.milliseconds(in: 100...60_000), weather.healsAt)
            note("! coordinator is frozen until \(coordinatorFrozenUntil)")
        case .diskFull: if !isDiskFull { try fillDisk() }
        case .diskError: isCommitBroken = true
        case .stop:
            note("! coordinator is asked to stop")
            coordinator?.isStopping = true
            try tell(.stopRequested)
            if random.chance(0.5) { try tell(.patienceEnded) }
        case .retry: try tell(.retryRequested(TrialID(random.integer(in: 0...trialCount - 1))))
        case .confusion: confuse(node)
        case .growth:
            trialCount = random.integer(in: trialCount...weather.trialCount)
            try tell(.planExtended(trialCount: trialCount))
        default: break
        }
    }

    /// From here on no fault happens, and everything that was down comes up.
    mutating func heal() throws(Violation) {
        hasHealed = true
        isCommitBroken = false
        coordinatorKillAfter = nil
        note("! the faults end")
        for node in workers.indices {
            workers[node].isDeaf = false
            workers[node].isMute = false
            workers[node].isDiskFull = false
            workers[node].killAfter = nil
        }
        try startCoordinator()
        try refillDisk()
        trialCount = weather.trialCount
        try tell(.planExtended(trialCount: trialCount))
        for node in workers.indices { try startWorker(node) }
        if coordinator?.isStopping == true { try tell(.patienceEnded) }
    }
}
