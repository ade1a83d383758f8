import SweepCore

extension Simulation {
    mutating func send(_ message: ToWorker, to worker: WorkerID) {
        guard let address = coordinator?.addresses[worker] else { return }
        for at in arrivals(address.node, isToWorker: true) {
            agenda.plan(.deliverToWorker(address, message, run: runCount), at: at)
        }
    }

    mutating func send(_ message: ToCoordinator, from node: Int) {
        let address = Address(node: node, connection: workers[node].connection)
        // Without a coordinator the socket waits for the next one.
        let run = coordinator == nil ? runCount + 1 : runCount
        for at in arrivals(node, isToWorker: false) {
            agenda.plan(.deliverToCoordinator(address, message, run: run), at: at)
        }
    }

    /// When a message sent now arrives: never, once, or twice.
    private mutating func arrivals(_ node: Int, isToWorker: Bool) -> [UInt64] {
        if hasHealed { return [inOrder(now + 1, node, isToWorker)] }
        var start = now
        if isToWorker ? workers[node].isDeaf : workers[node].isMute {
            faultCount += 1
            // Cut off for long enough the connection is lost with all that is in it.
            guard weather.partitionsDelay else { return [] }
            start = max(now, workers[node].partitionEnds)
        }
        if random.chance(weather.loss) {
            faultCount += 1
            return []
        }
        var times: [UInt64] = []
        let isDouble = random.chance(weather.duplication)
        if isDouble { faultCount += 1 }
        for copy in 0..<(isDouble ? 2 : 1) {
            var delay = random.milliseconds(in: weather.delayMilliseconds)
            if random.chance(weather.stragglers) { delay = 10 * (delay + 10) }
            // What overtakes may also come long after everything has changed.
            if weather.isReordering, random.chance(copy == 1 ? 0.3 : weather.stragglers) {
                delay += random.milliseconds(in: 0...8_000)
            }
            let at = start + delay
            times.append(weather.isReordering ? at : inOrder(at, node, isToWorker))
        }
        return times
    }

    private mutating func inOrder(_ at: UInt64, _ node: Int, _ isToWorker: Bool) -> UInt64 {
        if isToWorker {
            workers[node].lastInbound = max(workers[node].lastInbound, at)
            return workers[node].lastInbound
        }
        workers[node].lastOutbound = max(workers[node].lastOutbound, at)
        return workers[node].lastOutbound
    }
}
