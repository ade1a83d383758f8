import SweepCore

// What a worker does, against what it was told.

extension Simulation {
    /// Checks a step as a whole, before any of its effects is performed.
    func check(
        _ effects: [WorkerCore.Effect], after event: WorkerCore.Event, at node: Int
    ) throws(Violation) {
        guard case .cancelled(let lease) = event, workers[node].computing[lease] != nil else {
            return
        }
        let isStopped = effects.contains {
            if case .stop(lease, _) = $0 { true } else { false }
        }
        if !isStopped { throw Violation(.cancelledStops, "worker \(node) goes on with \(lease)") }
    }

    /// Checks an effect just before it is performed.
    func check(
        _ effect: WorkerCore.Effect, after event: WorkerCore.Event, at node: Int
    ) throws(Violation) {
        let worker = workers[node]
        switch effect {
        case .start(let lease, _): try checkStart(lease, worker)
        case .stop(let lease, _):
            if event == .leaveRequested || event == .timeAdvanced {
                throw Violation(.drainEndsWork, "worker \(node) stops \(lease) at \(event)")
            }
        case .unspool(let lease):
            if event != .dismissed(.finished), !released.contains(lease) {
                throw Violation(.workKept, "worker \(node) deletes \(lease) at \(event)")
            }
        case .hello(let hello):
            let named = Set(hello.held.map(\.lease))
            for lease in worker.kept.map(\.lease) + worker.computing.keys.sorted(by: isBefore)
            where !named.contains(lease) {
                throw Violation(.heldIsSaid, "worker \(node) does not name \(lease)")
            }
        case .exit(.superseded):
            throw Violation(.coresAgree, "worker \(node) was superseded by nobody")
        case .exit(.left):
            if event != .patienceEnded, !worker.kept.isEmpty || !worker.computing.isEmpty {
                throw Violation(.drainEndsWork, "worker \(node) leaves with work in hand")
            }
        default: break
        }
    }

    private func checkStart(_ lease: Lease, _ worker: SimulatedWorker) throws(Violation) {
        if outcomes[lease] != nil {
            throw Violation(.begunOnce, "worker \(worker.node) begins \(lease) again")
        }
        if !worker.entitled.contains(lease) {
            throw Violation(
                .begunOnce, "worker \(worker.node) begins \(lease) of another session")
        }
        let silence = worker.clock.milliseconds(at: now) - worker.lastContact
        if silence >= Scheduler.Limits().leaseMilliseconds {
            throw Violation(
                .nothingBegunAlone,
                "worker \(worker.node) begins \(lease) after \(silence) ms of silence")
        }
        if worker.computing.count >= worker.slotCount {
            throw Violation(.creditKept, "worker \(worker.node) has no slot for \(lease)")
        }
    }

    private func isBefore(_ one: Lease, _ other: Lease) -> Bool {
        (one.trial.rawValue, one.attempt) < (other.trial.rawValue, other.attempt)
    }
}
