import SweepCore

/// When a local worker that ended is started again, and when that is given up.
///
/// The first restart is immediate. A worker that ends again before it has said hello waits longer
/// each time, and after ``Limits/tryCount`` such lives in a row it is given up.
public struct RestartPolicy: Sendable {
    /// Bounds of patience with a worker that ends at once.
    public struct Limits: Hashable, Sendable {
        /// A worker that lived so long is started again at once.
        public var longLifeMilliseconds: UInt64 = 1_000
        public var firstPauseMilliseconds: UInt64 = 250
        public var pauseLimitMilliseconds: UInt64 = 4_000
        public var tryCount = 6

        public init() {}
    }

    private struct Member {
        var startedAt: UInt64
        var hasJoined = false
        /// Lives in a row that ended before a hello.
        var futileLives = 0
        var restartAt: UInt64?
        var isGivenUp = false
    }

    private let limits: Limits
    private var members: [Member]

    public init(count: Int, at now: Instant, limits: Limits = Limits()) {
        self.limits = limits
        members = [Member](repeating: Member(startedAt: now.milliseconds), count: count)
    }

    /// Takes in that a worker ended.
    ///
    /// - Returns: Whether it will be started again.
    public mutating func end(of index: Int, at now: Instant) -> Bool {
        guard members.indices.contains(index), !members[index].isGivenUp else { return false }
        var member = members[index]
        let isLong = now.milliseconds >= member.startedAt + limits.longLifeMilliseconds
        member.futileLives = member.hasJoined ? 0 : member.futileLives + 1
        var pause: UInt64 = 0
        if member.futileLives > 1 {
            let doublings = UInt64(min(member.futileLives - 2, 16))
            pause = min(limits.firstPauseMilliseconds << doublings, limits.pauseLimitMilliseconds)
        } else if member.hasJoined, !isLong {
            pause = limits.firstPauseMilliseconds
        }
        member.hasJoined = false
        member.isGivenUp = member.futileLives > limits.tryCount
        member.restartAt = member.isGivenUp ? nil : now.milliseconds + pause
        members[index] = member
        return !member.isGivenUp
    }

    /// A worker is not started again, however well it did.
    public mutating func giveUp(_ index: Int) {
        guard members.indices.contains(index) else { return }
        members[index].isGivenUp = true
        members[index].restartAt = nil
    }

    /// A worker has said hello: whatever ended it before, it can start.
    public mutating func noteHello(of index: Int) {
        guard members.indices.contains(index) else { return }
        members[index].hasJoined = true
    }

    /// The workers to start now; they count as started.
    public mutating func takeDue(at now: Instant) -> [Int] {
        var due: [Int] = []
        for index in members.indices {
            guard let at = members[index].restartAt, at <= now.milliseconds else { continue }
            members[index].restartAt = nil
            members[index].startedAt = now.milliseconds
            due.append(index)
        }
        return due
    }

    /// When the next worker is to be started; nil when none is.
    public var nextRestart: Instant? {
        members.compactMap(\.restartAt).min().map { Instant(milliseconds: $0) }
    }

    /// Whether there are workers and all of them are given up.
    public var hasGivenUp: Bool { !members.isEmpty && members.allSatisfy(\.isGivenUp) }
}
