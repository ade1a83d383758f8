import SweepCore
import SweepProtocol

/// Trials whose slot waits for the checkpoint that they go on from: asks for its parts, a few at a
/// time, and puts them together.
struct CheckpointFetches {
    /// What became of one.
    enum Outcome: Hashable {
        /// Start it, from these bytes or, where they are nil, afresh for the reason given.
        case ready(Assignment, slot: Int, content: [UInt8]?, reason: String)
    }

    private struct Fetch {
        var assignment: Assignment
        var offer: CheckpointOffer
        var slot: Int
        var content: [UInt8] = []
        /// Parts that came before their turn, of those asked for.
        var early: [Int: [UInt8]] = [:]
        /// When to ask (again).
        var nextAsking: UInt64
        /// Without a part until then it begins afresh.
        var end: UInt64
        /// Parts asked for last, up to here.
        var askedParts = 0

        var receivedParts: Int { content.count / WireLimits.partBytes }
    }

    private var open: [Lease: Fetch] = [:]

    /// How long to wait for parts before asking again, and for the first sign of them at all.
    static let askingMilliseconds: UInt64 = 2_000
    static let patienceMilliseconds: UInt64 = 300_000

    /// - Returns: False for an assignment that offers nothing.
    mutating func begin(_ assignment: Assignment, slot: Int, at now: Instant) -> Bool {
        guard let offer = assignment.checkpoint else { return false }
        open[assignment.lease] = Fetch(
            assignment: assignment, offer: offer, slot: slot, nextAsking: now.milliseconds,
            end: now.milliseconds + Self.patienceMilliseconds)
        return true
    }

    mutating func forget(_ lease: Lease) { open[lease] = nil }
    mutating func forgetAll() { open = [:] }

    /// A new connection: questions on their way are lost.
    mutating func restart(at now: Instant) {
        for lease in open.keys { open[lease]?.nextAsking = now.milliseconds }
    }

    /// Takes one part.
    mutating func receive(_ part: ResultPart, at now: Instant) -> Outcome? {
        guard var fetch = open[part.lease], part.digest == fetch.offer.digest,
            part.byteCount == fetch.offer.byteCount,
            part.partIndex >= fetch.receivedParts, part.partIndex < fetch.askedParts
        else { return nil }
        let size = WireLimits.partBytes
        let rest = fetch.offer.byteCount - part.partIndex * size
        guard rest > 0, part.content.count == min(size, rest) else { return nil }
        fetch.early[part.partIndex] = part.content
        // Out of the table while it is changed, so that its bytes are not copied.
        open[part.lease] = nil
        while let next = fetch.early.removeValue(forKey: fetch.receivedParts) {
            fetch.content += next
            if next.count < size { break }
        }
        fetch.end = now.milliseconds + Self.patienceMilliseconds
        if fetch.content.count == fetch.offer.byteCount {
            let isWhole = SHA256Digest(of: fetch.content) == fetch.offer.digest
            return .ready(
                fetch.assignment, slot: fetch.slot, content: isWhole ? fetch.content : nil,
                reason: "it is not what was announced")
        }
        if fetch.receivedParts >= fetch.askedParts { fetch.nextAsking = now.milliseconds }
        open[part.lease] = fetch
        return nil
    }

    /// The coordinator does not have it any more.
    mutating func receiveGone(_ acknowledgement: CheckpointAcknowledgement) -> Outcome? {
        guard let fetch = open[acknowledgement.lease],
            fetch.offer.digest == acknowledgement.digest
        else { return nil }
        open[acknowledgement.lease] = nil
        return .ready(
            fetch.assignment, slot: fetch.slot, content: nil,
            reason: "the coordinator does not have it any more")
    }

    /// What to ask for now.
    mutating func questions(at now: Instant) -> [CheckpointFetch] {
        var questions: [CheckpointFetch] = []
        for (lease, fetch) in open where now.milliseconds >= fetch.nextAsking {
            open[lease]?.nextAsking = now.milliseconds + Self.askingMilliseconds
            open[lease]?.askedParts = fetch.receivedParts + WireLimits.fetchedParts
            questions.append(
                CheckpointFetch(
                    lease, digest: fetch.offer.digest, firstPart: fetch.receivedParts,
                    partCount: WireLimits.fetchedParts))
        }
        return questions.sorted { $0.lease.trial < $1.lease.trial }
    }

    /// Those that have waited long enough.
    mutating func givenUp(at now: Instant) -> [Outcome] {
        var outcomes: [Outcome] = []
        for (lease, fetch) in open where now.milliseconds >= fetch.end {
            open[lease] = nil
            outcomes.append(
                .ready(fetch.assignment, slot: fetch.slot, content: nil, reason: "it does not come")
            )
        }
        return outcomes
    }
}
