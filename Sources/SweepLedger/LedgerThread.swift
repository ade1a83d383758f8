import Foundation
import SweepCore
import Synchronization

/// The thread that owns a ledger: takes writes without waiting, commits them in groups, and tells
/// afterwards what is durable.
///
/// A group ends at ``Limits/rowCount`` writes or ``Limits/delayMilliseconds`` after its first,
/// whichever is first; one fsync pays for all of it. It runs on a thread of its own, since an fsync
/// may take seconds and would starve a pool of threads.
///
/// - On a full disk the thread keeps what it has, tries again every second, and ``state`` says so:
///   stop granting until it is `.running` again.
/// - After any other error ``state`` is `.failed` for good. What the disk holds is then unknown, so
///   the process has to end and start afresh; nothing is tried again.
public final class LedgerThread<Sink: LedgerSink>: Sendable {
    /// Bounds of a group and of the queue.
    public struct Limits: Hashable, Sendable {
        public var rowCount = 128
        public var delayMilliseconds: UInt64 = 5
        /// From here on ``Admission/pressed``: grant nothing more.
        public var pressedRowCount = 4_096
        public var pressedByteCount = 128 << 20
        /// From here on writes are refused; the peer keeps them and sends them again.
        public var refusedRowCount = 65_536
        public var refusedByteCount = 512 << 20
        public var retryMilliseconds: UInt64 = 1_000

        public init() {}
    }

    /// What became of a write that was handed over.
    public enum Admission: Hashable, Sendable {
        case accepted
        /// Accepted, but the queue is long: stop granting until a report says otherwise.
        case pressed
        /// Not accepted: the queue is full, or the thread has stopped. Nothing will be reported.
        case refused
    }

    /// What the thread is doing.
    public enum State: Hashable, Sendable {
        case running
        /// No space is left; everything handed over is kept and tried again.
        case diskFull
        /// Stopped for good by an error of the disk or of the ledger.
        case failed(LedgerError)
        case closed
    }

    /// News since the last look.
    public struct News: Hashable, Sendable {
        /// Durable writes, in the order in which they were handed over.
        public var receipts: [LedgerReceipt] = []
        public var state: State = .running
        /// Whether the queue is long: grant nothing.
        public var isPressed = false

        public init() {}
    }

    private typealias Question = (Sink) -> Void
    private enum Entry {
        case write(LedgerWrite)
        case question(Question)
    }

    /// All that is shared between threads; touched only with `gate` locked.
    private final class Shared: @unchecked Sendable {
        // Sendable because every access is between lock and unlock of the one gate.
        var queue: [Entry] = []
        /// Entries before this one have been taken.
        var head = 0
        var rowCount = 0
        var byteCount = 0
        /// When the oldest write that is not taken yet arrived.
        var oldest: UInt64 = 0
        var isUrgent = false
        var isClosing = false
        /// Numbers of entries handed over and done, for flush.
        var handedOver = 0
        var done = 0
        var news = News()
        var hasEnded = false
    }

    /// The sink travels once, from the maker to the thread.
    private struct Freight: @unchecked Sendable {
        // Sendable because the maker hands the sink over (`sending`) and keeps no reference.
        let sink: Sink
    }

    private let limits: Limits
    private let gate = MonotonicCondition()
    private let shared = Shared()
    private let wake: @Sendable () -> Void

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - wake: Called on the ledger's thread after each commit and change of state; it writes to
    ///     an eventfd, say, and returns at once. The news is then taken with ``takeNews()``.
    public init(
        _ sink: sending Sink, limits: Limits = Limits(), wake: @escaping @Sendable () -> Void
    ) {
        self.limits = limits
        self.wake = wake
        let freight = Freight(sink: sink)
        let thread = Thread { [self] in run(freight.sink) }
        thread.name = "ledger"
        thread.stackSize = 4 << 20
        thread.start()
    }

    // MARK: - From any thread

    /// Hands a write over; never waits for the disk.
    public func enqueue(_ write: LedgerWrite) -> Admission {
        gate.lock()
        defer { gate.unlock() }
        guard !shared.isClosing, !isStopped else { return .refused }
        let bytes = write.byteCount
        if shared.rowCount >= limits.refusedRowCount
            || shared.byteCount + bytes > limits.refusedByteCount
        {
            return .refused
        }
        if shared.rowCount == 0 { shared.oldest = MonotonicCondition.now() }
        shared.queue.append(.write(write))
        shared.handedOver += 1
        shared.rowCount += 1
        shared.byteCount += bytes
        // Wakes the thread for the first write of a group and for the one that fills it.
        if shared.rowCount == 1 || shared.rowCount == limits.rowCount { gate.broadcast() }
        return isPressed ? .pressed : .accepted
    }

    /// Has the thread ask its ledger something, after every write handed over so far is durable.
    ///
    /// - Returns: Whether it will be asked; never while or after the thread stops.
    public func ask(_ question: @escaping @Sendable (Sink) -> Void) -> Bool {
        gate.lock()
        defer { gate.unlock() }
        guard !shared.isClosing, !isStopped else { return false }
        shared.queue.append(.question(question))
        shared.handedOver += 1
        shared.isUrgent = true
        gate.broadcast()
        return true
    }

    /// Receipts since the last call, and how the thread is.
    public func takeNews() -> News {
        gate.lock()
        defer { gate.unlock() }
        var news = shared.news
        news.isPressed = isPressed
        shared.news.receipts = []
        return news
    }

    /// How the thread is.
    public var state: State {
        gate.lock()
        defer { gate.unlock() }
        return shared.news.state
    }

    /// Waits until everything handed over so far is durable. Not for the loop's thread.
    ///
    /// - Throws: What stopped the thread.
    public func flush() throws(LedgerError) {
        gate.lock()
        defer { gate.unlock() }
        let target = shared.handedOver
        shared.isUrgent = true
        gate.broadcast()
        while shared.done < target, !isStopped { gate.wait() }
        if case .failed(let error) = shared.news.state { throw error }
    }

    /// Takes nothing more, commits what is there, and ends the thread; the sink is released.
    ///
    /// - Parameter finish: Runs on the thread after the last commit, to close the ledger.
    /// - Throws: What stopped the thread. With a full disk, that: what is not durable is given up,
    ///   which is no loss, as nothing of it was acknowledged.
    public func close(_ finish: @escaping @Sendable (Sink) throws(LedgerError) -> Void = { _ in })
        throws(LedgerError)
    {
        let outcome = CloseOutcome()
        gate.lock()
        defer { gate.unlock() }
        if !shared.isClosing {
            shared.queue.append(
                .question { sink in
                    do throws(LedgerError) { try finish(sink) } catch {
                        outcome.error.withLock { [error] in $0 = error }
                    }
                })
            shared.handedOver += 1
        }
        shared.isClosing = true
        gate.broadcast()
        while !shared.hasEnded { gate.wait() }
        if case .failed(let error) = shared.news.state { throw error }
        if let error = outcome.error.withLock({ $0 }) { throw error }
    }

    private final class CloseOutcome: Sendable {
        let error = Mutex<LedgerError?>(nil)
    }

    // MARK: - With the gate locked

    private var isStopped: Bool {
        switch shared.news.state {
        case .running, .diskFull: false
        case .failed, .closed: true
        }
    }

    private var isPressed: Bool {
        shared.rowCount >= limits.pressedRowCount || shared.byteCount >= limits.pressedByteCount
    }

    /// The next group, writes before a question apart; nil when there is nothing more to do.
    private func nextGroup() -> (writes: [LedgerWrite], question: Question?)? {
        gate.lock()
        defer { gate.unlock() }
        while true {
            let count = shared.queue.count - shared.head
            if count == 0 {
                if shared.isClosing { return nil }
                gate.wait()
                continue
            }
            let deadline = shared.oldest + limits.delayMilliseconds * 1_000_000
            if shared.isUrgent || shared.isClosing || count >= limits.rowCount
                || MonotonicCondition.now() >= deadline
            {
                break
            }
            gate.wait(until: deadline)
        }
        var writes: [LedgerWrite] = []
        var question: Question?
        while shared.head < shared.queue.count, writes.count < limits.rowCount {
            switch shared.queue[shared.head] {
            case .write(let write):
                writes.append(write)
                shared.rowCount -= 1
                shared.byteCount -= write.byteCount
            case .question(let found): question = found
            }
            shared.head += 1
            if question != nil { break }
        }
        if shared.head == shared.queue.count {
            shared.queue.removeAll(keepingCapacity: true)
            shared.head = 0
            shared.isUrgent = false
        } else if shared.head > 4_096 {
            shared.queue.removeFirst(shared.head)
            shared.head = 0
        }
        shared.oldest = MonotonicCondition.now()
        return (writes, question)
    }

    // MARK: - On the ledger's thread

    private func run(_ sink: Sink) {
        while let group = nextGroup() {
            guard commit(group.writes, to: sink) else { break }
            group.question?(sink)
            gate.lock()
            shared.done += group.writes.count + (group.question == nil ? 0 : 1)
            gate.broadcast()
            gate.unlock()
        }
        gate.lock()
        if !isStopped { shared.news.state = .closed }
        shared.queue = []
        shared.hasEnded = true
        gate.broadcast()
        gate.unlock()
        wake()
    }

    /// Commits one group, however long the disk stays full; false when the thread must stop.
    private func commit(_ writes: [LedgerWrite], to sink: Sink) -> Bool {
        if writes.isEmpty { return true }
        while true {
            do {
                let receipts = try sink.commit(writes)
                report { news in
                    news.receipts += receipts
                    news.state = .running
                }
                return true
            } catch {
                guard error.isTemporary else {
                    report { $0.state = .failed(error) }
                    return false
                }
                report { $0.state = .diskFull }
                guard waitForSpace() else {
                    report { $0.state = .failed(error) }
                    return false
                }
            }
        }
    }

    private func report(_ change: (inout News) -> Void) {
        gate.lock()
        change(&shared.news)
        gate.unlock()
        wake()
    }

    /// Waits before the next try; false when somebody wants the thread to end.
    private func waitForSpace() -> Bool {
        gate.lock()
        defer { gate.unlock() }
        let deadline = MonotonicCondition.now() + limits.retryMilliseconds * 1_000_000
        while MonotonicCondition.now() < deadline {
            if shared.isClosing { return false }
            gate.wait(until: deadline)
        }
        return true
    }
}
