import SweepCore
import SweepProtocol

/// The newest checkpoint of each running trial until the coordinator has it: one at a time on its
/// way, in parts, and always behind results.
///
/// They are in memory alone: the copy that counts is the coordinator's. While there is no coordinator
/// the newest one waits.
struct CheckpointOutbox {
    /// The newest of each trial that is not on its way; the oldest request first.
    private var waiting: [(lease: Lease, content: [UInt8])] = []
    /// What is being sent, or waits for its answer.
    private var current: OutgoingResult?
    /// What ``current`` is made of, to make it again.
    private var lastProgress: UInt64 = 0
    var limits = Welcome.Limits()

    /// Whether everything is with the coordinator.
    var isEmpty: Bool { waiting.isEmpty && current == nil }

    /// Puts a newer state in the place of one that is not on its way yet.
    mutating func put(_ lease: Lease, _ content: [UInt8]) {
        if let place = waiting.firstIndex(where: { $0.lease == lease }) {
            waiting[place].content = content
        } else {
            waiting.append((lease, content))
        }
    }

    /// The trial has ended, here or elsewhere.
    mutating func forget(_ lease: Lease) {
        waiting.removeAll { $0.lease == lease }
        if current?.lease == lease { current = nil }
    }

    mutating func forgetAll() {
        waiting = []
        current = nil
    }

    /// A new connection: what was on its way begins again.
    mutating func restart() { current?.restart() }

    mutating func receive(_ credit: ResultCredit, at now: Instant) {
        guard current?.lease == credit.lease else { return }
        current?.receive(credit)
        lastProgress = now.milliseconds
    }

    /// The coordinator is done with one, whether it kept it or not.
    mutating func receive(_ acknowledgement: CheckpointAcknowledgement) {
        guard let current, current.lease == acknowledgement.lease,
            current.digest == acknowledgement.digest
        else { return }
        self.current = nil
    }

    /// Sends what may be sent.
    ///
    /// - Parameters:
    ///   - silence: How long one may stand still before it begins anew.
    ///   - send: Sends one part; false when the connection takes no more for now.
    mutating func pump(
        at now: Instant, silence: UInt64, send: (ResultPart) throws -> Bool
    ) rethrows {
        if current == nil {
            guard !waiting.isEmpty else { return }
            let next = waiting.removeFirst()
            current = outgoing(next.lease, next.content)
            lastProgress = now.milliseconds
        } else if now.milliseconds >= lastProgress + silence {
            // A newer state of the same trial is worth more than a repetition.
            if let lease = current?.lease,
                let place = waiting.firstIndex(where: { $0.lease == lease })
            {
                current = outgoing(lease, waiting.remove(at: place).content)
            } else {
                current?.restart()
            }
            lastProgress = now.milliseconds
        }
        while let part = current?.nextPart {
            guard try send(part) else { return }
            current?.markSent()
            lastProgress = now.milliseconds
        }
    }

    /// nil for one that is larger than the coordinator takes, which a child does not send.
    private func outgoing(_ lease: Lease, _ content: [UInt8]) -> OutgoingResult? {
        do throws(OutcomeError) {
            return try OutgoingResult(
                lease, content: content, limits: limits, wallMilliseconds: 0, cpuMilliseconds: 0)
        } catch {
            return nil
        }
    }
}
