import SweepCore
import SweepProtocol

// What the core wants done.

extension Supervisor {
    func handle(_ event: WorkerCore.Event) throws {
        try perform(core.handle(event, at: now))
    }

    func perform(_ effects: [WorkerCore.Effect]) throws {
        for effect in effects { try perform(effect) }
        try sendReturned()
    }

    private func perform(_ effect: WorkerCore.Effect) throws {
        switch effect {
        case .hello(let hello): try send(.hello(hello, description))
        case .heartbeat(let heartbeat):
            try send(.heartbeat(heartbeat))
            forgetTheRest()
        case .report(let lease, .crashed):
            if let crash = crashes[lease] { try send(.crashed(crash)) }
        case .report(let lease, _):
            outbox.add(lease, at: now, silence: settings.limits.leaseMilliseconds)
        case .giveBack(let lease):
            assignments[lease] = nil
            returned.append(lease)
        case .sayLeaving: try send(.drain)
        case .sayGoodbye:
            try sendReturned()
            try send(.bye)
        case .start(let lease, let slot): start(lease, slot)
        case .stop(let lease, let slot):
            runningCount -= 1
            forgetCheckpoint(of: lease)
            children.stop(slot: slot)
        case .spool(let lease): store.keep(lease, at: now)
        case .unspool(let lease):
            outbox.forget(lease)
            store.delete(lease)
        case .reconnect:
            log(WorkerLogLine(.info, "reconnecting"))
            try reconnect()
        case .exit(.finished): finish(.finished)
        case .exit(.left): finish(exitAfterLeaving())
        case .exit(.superseded): finish(.superseded)
        }
    }

    private func start(_ lease: Lease, _ slot: Int) {
        guard let assignment = assignments.removeValue(forKey: lease) else {
            preconditionFailure("\(lease) is started and was never assigned")
        }
        runningCount += 1
        log(
            WorkerLogLine(
                .detail, "trial-started",
                [
                    "trial": "\(lease)", "slot": "\(slot)", "point": "\(assignment.point)",
                    "seed": "\(assignment.seed)",
                ]))
        begin(assignment, slot: slot)
    }

    /// Drops what belongs to no trial that the core still has.
    private func forgetTheRest() {
        guard !assignments.isEmpty || !crashes.isEmpty else { return }
        let held = Set(core.held.map(\.lease))
        assignments = assignments.filter { held.contains($0.key) }
        crashes = crashes.filter { held.contains($0.key) }
    }

    // MARK: Sending

    private func sendReturned() throws {
        guard !returned.isEmpty else { return }
        let leases = returned
        returned = []
        try send(.returned(leases))
    }

    private func send(_ message: Message) throws {
        let isGreeting = message.kind == .hello
        _ = try wire.send(Envelope(message, session: isGreeting ? nil : core.session))
    }

    /// Sends reports as far as the coordinator and the connection take them.
    func pump() throws {
        guard let session = core.session, exit == nil else { return }
        let losses = try outbox.pump(
            at: now, load: { store.trial(of: $0) },
            send: { try wire.send(Envelope(.resultPart($0), session: session)) })
        for loss in losses {
            switch loss {
            case .missing(let lease):
                log(WorkerLogLine(.warning, "result-lost", ["trial": "\(lease)"]))
                try handle(.cancelled(lease))
            case .tooLarge(let lease, let byteCount):
                log(
                    WorkerLogLine(
                        .warning, "result-too-large",
                        ["trial": "\(lease)", "bytes": "\(byteCount)"]))
                try handle(.cancelled(lease))
            }
        }
        if exit == nil { try pumpCheckpoints(in: session) }
    }
}
