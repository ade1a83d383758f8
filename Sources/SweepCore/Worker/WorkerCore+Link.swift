extension WorkerCore {
    /// Says hello with everything the worker has.
    mutating func greet(isNewConnection: Bool, _ effects: inout [Effect]) {
        sequence += 1
        if case .greeting = link, !isNewConnection {
        } else {
            link = .greeting(first: sequence, since: milliseconds)
        }
        nextHello = milliseconds + heartbeatMilliseconds
        effects.append(
            .hello(
                Hello(
                    identity: identity, incarnation: incarnation, sequence: sequence,
                    sweep: terms?.sweep, slotCount: slots.count, creditCount: creditCount,
                    held: held, isLeaving: isLeaving)))
    }

    mutating func takeWelcome(
        to session: WorkerID, greeting: UInt64, _ terms: Terms, _ effects: inout [Effect]
    ) {
        // A welcome that answers an earlier connection, or arrives twice, says nothing new.
        guard case .greeting(let first, _) = link, greeting >= first else { return }
        if let sweep = self.terms?.sweep, sweep != terms.sweep { leaveSweep(&effects) }
        self.terms = terms
        link = .up(session)
        lastHeard = milliseconds
        takeAnswer(to: greeting)
        nextHeartbeat =
            pausedAfter == nil ? milliseconds + terms.heartbeatMilliseconds : milliseconds
        for place in unacknowledged.indices { send(place, &effects) }
    }

    /// Another sweep numbers its trials anew: nothing that is held means anything in it. Spooled
    /// results stay on disk for the sweep they belong to.
    private mutating func leaveSweep(_ effects: inout [Effect]) {
        queue = []
        unacknowledged = []
        over = []
        overSet = []
        overNext = 0
        stopAll(&effects)
    }

    mutating func takeRejection(_ rejection: Rejection, _ effects: inout [Effect]) {
        switch rejection {
        case .unknownSession:
            // While a hello is under way it will be answered, so another would only add traffic.
            guard case .up = link else { return }
            greet(isNewConnection: true, &effects)
        case .superseded: exit(.superseded, &effects)
        }
    }

    mutating func takeDismissal(_ dismissal: Dismissal, _ effects: inout [Effect]) {
        switch dismissal {
        case .finished:
            for report in unacknowledged where report.ending != .crashed {
                effects.append(.unspool(report.lease))
            }
            unacknowledged = []
            exit(.finished, &effects)
        case .stopping:
            // What runs goes on; the next coordinator will be told of it.
            link = .down
            effects.append(.reconnect)
        }
    }

    mutating func advanceTime(_ effects: inout [Effect]) {
        switch link {
        case .down: break
        case .greeting(_, let since):
            if milliseconds >= since + leaseMilliseconds {
                link = .down
                effects.append(.reconnect)
            } else if milliseconds >= nextHello {
                greet(isNewConnection: false, &effects)
            }
        case .up:
            if milliseconds >= lastHeard + leaseMilliseconds {
                link = .down
                effects.append(.reconnect)
                return
            }
            for place in unacknowledged.indices
            where milliseconds >= unacknowledged[place].nextSending {
                send(place, &effects)
            }
            if milliseconds >= nextHeartbeat { beat(&effects) }
        }
    }

    private mutating func beat(_ effects: inout [Effect]) {
        sequence += 1
        nextHeartbeat = milliseconds + heartbeatMilliseconds
        effects.append(
            .heartbeat(Heartbeat(sequence: sequence, creditCount: creditCount, held: held)))
    }

    /// Sends a report, and sets the time of the next sending, each pause twice the one before.
    mutating func send(_ place: Int, _ effects: inout [Effect]) {
        let pause = unacknowledged[place].pause
        unacknowledged[place].nextSending = milliseconds + max(pause, leaseMilliseconds)
        unacknowledged[place].pause = min(
            2 * max(pause, leaseMilliseconds), limits.resendLimitMilliseconds)
        effects.append(.report(unacknowledged[place].lease, unacknowledged[place].ending))
    }

    // MARK: Leaving

    mutating func beginLeaving(_ effects: inout [Effect]) {
        guard !isLeaving else { return }
        isLeaving = true
        // Without a session the next hello says it.
        if session != nil { effects.append(.sayLeaving) }
    }

    /// Gives back what has not begun, and leaves when nothing is left.
    mutating func leaveIfDone(_ effects: inout [Effect]) {
        guard isLeaving, session != nil else { return }
        for lease in queue {
            markOver(lease)
            effects.append(.giveBack(lease))
        }
        queue = []
        guard unacknowledged.isEmpty else { return }
        for case .running in slots { return }
        effects.append(.sayGoodbye)
        exit(.left, &effects)
    }

    mutating func leaveNow(_ effects: inout [Effect]) {
        if session != nil { effects.append(.sayGoodbye) }
        exit(.left, &effects)
    }

    private mutating func exit(_ reason: Exit, _ effects: inout [Effect]) {
        stopAll(&effects)
        queue = []
        hasExited = true
        effects.append(.exit(reason))
    }

    private mutating func stopAll(_ effects: inout [Effect]) {
        for slot in slots.indices {
            if case .running(let lease, _) = slots[slot] {
                slots[slot] = .stopping
                effects.append(.stop(lease, slot: slot))
            }
        }
    }
}
