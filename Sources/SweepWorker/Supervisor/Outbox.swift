import SweepCore
import SweepProtocol

/// Reports on their way: small ones one after the other, large ones in parts and one at a time, as
/// far as the coordinator gives credit.
struct Outbox {
    private var waiting: [Lease] = []
    private var waitingLarge: [Lease] = []
    private var large: OutgoingResult?
    private var lastProgress: UInt64 = 0
    var limits = Welcome.Limits()

    /// Something could not be read, or is larger than the coordinator takes.
    enum Loss: Hashable {
        case missing(Lease)
        case tooLarge(Lease, byteCount: Int)
    }

    /// Whether a result is under way, or waits for its turn.
    var isSending: Bool { large != nil || !waiting.isEmpty || !waitingLarge.isEmpty }

    /// A new connection: nothing is under way.
    mutating func clear() {
        waiting = []
        waitingLarge = []
        large = nil
    }

    mutating func forget(_ lease: Lease) {
        waiting.removeAll { $0 == lease }
        waitingLarge.removeAll { $0 == lease }
        if large?.lease == lease { large = nil }
    }

    /// The core wants this reported, for the first time or again.
    ///
    /// - Parameter silence: How long a large result may have stood still before it begins anew.
    mutating func add(_ lease: Lease, at now: Instant, silence: UInt64) {
        if large?.lease == lease {
            if now.milliseconds >= lastProgress + silence {
                large?.restart()
                lastProgress = now.milliseconds
            }
            return
        }
        if !waiting.contains(lease), !waitingLarge.contains(lease) { waiting.append(lease) }
    }

    mutating func receive(_ credit: ResultCredit, at now: Instant) {
        guard large?.lease == credit.lease else { return }
        large?.receive(credit)
        lastProgress = now.milliseconds
    }

    /// Sends what may be sent.
    ///
    /// - Parameters:
    ///   - load: Reads a finished trial.
    ///   - send: Sends one part; false when the connection takes no more for now.
    /// - Returns: What can never be sent.
    mutating func pump(
        at now: Instant, load: (Lease) -> FinishedTrial?, send: (ResultPart) throws -> Bool
    ) rethrows -> [Loss] {
        var losses: [Loss] = []
        while let lease = waiting.first {
            guard let trial = load(lease) else {
                waiting.removeFirst()
                losses.append(.missing(lease))
                continue
            }
            if trial.content.count > limits.partBytes {
                waiting.removeFirst()
                waitingLarge.append(lease)
                continue
            }
            guard let result = outgoing(trial, &losses), let part = result.nextPart else {
                waiting.removeFirst()
                continue
            }
            guard try send(part) else { return losses }
            waiting.removeFirst()
        }
        while true {
            if large == nil {
                guard !waitingLarge.isEmpty else { return losses }
                let lease = waitingLarge.removeFirst()
                guard let trial = load(lease) else {
                    losses.append(.missing(lease))
                    continue
                }
                large = outgoing(trial, &losses)
                lastProgress = now.milliseconds
                continue
            }
            guard let part = large?.nextPart else { return losses }
            guard try send(part) else { return losses }
            large?.markSent()
            lastProgress = now.milliseconds
            if let sent = large?.sentPartCount, sent == part.partCount { large = nil }
        }
    }

    private func outgoing(_ trial: FinishedTrial, _ losses: inout [Loss]) -> OutgoingResult? {
        do throws(OutcomeError) {
            return try OutgoingResult(
                trial.lease, content: trial.content, limits: limits,
                wallMilliseconds: trial.wallMilliseconds, cpuMilliseconds: trial.cpuMilliseconds)
        } catch {
            losses.append(.tooLarge(trial.lease, byteCount: trial.content.count))
            return nil
        }
    }
}
