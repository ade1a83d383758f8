import Foundation
import Glibc
import SweepCore
import SweepLedger
import Synchronization
import Testing

/// A sink that keeps a diary, and fails or waits as told.
final class DiarySink: LedgerSink, Sendable {
    struct Page {
        var groups: [[LedgerWrite]] = []
        var errors: [LedgerError] = []
        var threads: Set<UInt> = []
        var closes = 0
    }

    let page = Mutex(Page())
    /// Held by a test to keep a commit from returning.
    let door = DispatchSemaphore(value: 0)
    let waitsAtDoor: Bool

    init(errors: [LedgerError] = [], waitsAtDoor: Bool = false) {
        self.waitsAtDoor = waitsAtDoor
        page.withLock { $0.errors = errors }
    }

    func commit(_ writes: [LedgerWrite]) throws(LedgerError) -> [LedgerReceipt] {
        if waitsAtDoor { door.wait() }
        let error = page.withLock { page -> LedgerError? in
            page.threads.insert(UInt(pthread_self()))
            if !page.errors.isEmpty { return page.errors.removeFirst() }
            page.groups.append(writes)
            return nil
        }
        if let error { throw error }
        return writes.map { write in
            guard case .grant(let record) = write else {
                return LedgerReceipt(Lease(TrialID(0), attempt: 0), .noted)
            }
            return LedgerReceipt(record.lease, .granted)
        }
    }

    var groups: [[LedgerWrite]] { page.withLock { $0.groups } }
    var errors: [LedgerError] { page.withLock { $0.errors } }
    var threads: Set<UInt> { page.withLock { $0.threads } }
    var closes: Int { page.withLock { $0.closes } }
    var groupSizes: [Int] { page.withLock { $0.groups.map(\.count) } }
}

@Suite("The ledger's thread")
struct LedgerThreadTests {
    typealias Limits = LedgerThread<DiarySink>.Limits

    static func limits(_ change: (inout Limits) -> Void) -> Limits {
        var limits = Limits()
        change(&limits)
        return limits
    }

    @Test("the limits of a group are those of the contract")
    func contract() {
        #expect(Limits().rowCount == 128 && Limits().delayMilliseconds == 5)
    }

    @Test("writes are committed in order, at most a group's rows at a time, on the ledger's thread")
    func order() throws {
        let sink = DiarySink(waitsAtDoor: true)
        let thread = LedgerThread(sink) {}
        for trial in 0..<300 { #expect(thread.enqueue(Fixture.grant(trial)) == .accepted) }
        for _ in 0..<300 { sink.door.signal() }
        try thread.flush()
        let groups = sink.groups
        #expect(groups.flatMap { $0 } == (0..<300).map { Fixture.grant($0) })
        #expect(groups.allSatisfy { (1...128).contains($0.count) })
        #expect(sink.threads.count == 1 && !sink.threads.contains(UInt(pthread_self())))
        #expect(
            thread.takeNews().receipts.map(\.lease.trial) == (0..<300).map { TrialID($0) })
        #expect(thread.takeNews().receipts == [])
        try thread.close()
    }

    @Test(
        "a group that is full does not wait for its time, and a lone write does not wait for ever")
    func grouping() throws {
        // With a delay of an hour only full groups go.
        let sink = DiarySink()
        let hour = Self.limits {
            $0.rowCount = 4
            $0.delayMilliseconds = 3_600_000
        }
        let news = DispatchSemaphore(value: 0)
        let thread = LedgerThread(sink, limits: hour) { news.signal() }
        for trial in 0..<8 { _ = thread.enqueue(Fixture.grant(trial)) }
        news.wait()
        news.wait()
        #expect(sink.groupSizes == [4, 4])
        _ = thread.enqueue(Fixture.grant(8))
        try thread.close()
        #expect(sink.groupSizes == [4, 4, 1])

        let quickNews = DispatchSemaphore(value: 0)
        let quick = LedgerThread(DiarySink()) { quickNews.signal() }
        _ = quick.enqueue(Fixture.grant(0))
        quickNews.wait()
        #expect(quick.takeNews().receipts.count == 1)
        try quick.close()
    }

    @Test("nothing is reported before its commit has returned")
    func acknowledgedAfterCommit() throws {
        let sink = DiarySink(waitsAtDoor: true)
        let news = DispatchSemaphore(value: 0)
        let thread = LedgerThread(sink) { news.signal() }
        _ = thread.enqueue(Fixture.grant(0))
        // The commit is running or about to: it cannot return before the door opens.
        #expect(news.wait(timeout: .now() + .milliseconds(30)) == .timedOut)
        #expect(thread.takeNews().receipts == [])
        sink.door.signal()
        news.wait()
        #expect(thread.takeNews().receipts.count == 1)
        try thread.close()
    }

    @Test("a long queue presses, and a full one refuses, by rows and by bytes")
    func pressure() throws {
        let sink = DiarySink(waitsAtDoor: true)
        let limits = Self.limits {
            $0.rowCount = 1
            $0.pressedRowCount = 3
            $0.refusedRowCount = 5
            $0.delayMilliseconds = 0
        }
        let thread = LedgerThread(sink, limits: limits) {}
        var admissions: [LedgerThread<DiarySink>.Admission] = []
        // The thread holds at most one while it waits at the door.
        for trial in 0..<8 { admissions.append(thread.enqueue(Fixture.grant(trial))) }
        #expect(admissions.first == .accepted)
        #expect(admissions.contains(.pressed))
        #expect(admissions.last == .refused)
        #expect((5...6).contains(admissions.filter { $0 != .refused }.count))
        #expect(thread.takeNews().isPressed)
        for _ in 0..<8 { sink.door.signal() }
        try thread.flush()
        #expect(!thread.takeNews().isPressed)
        try thread.close()

        let bytes = Self.limits { $0.refusedByteCount = 100_000 }
        let small = LedgerThread(DiarySink(), limits: bytes) {}
        let large = TrialOutcome.success(
            TrialResult(
                metrics: [],
                arrays: [NamedArray("x", shape: [20_000], .init(repeating: 0, count: 20_000))]))
        #expect(small.enqueue(.result(Fixture.record(0, outcome: large))) == .refused)
        try small.close()
    }

    @Test("a full disk keeps everything, says so, and goes on when there is space")
    func diskFull() throws {
        let full = LedgerError.diskFull(path: "x")
        let sink = DiarySink(errors: [full, full, full])
        let thread = LedgerThread(sink, limits: Self.limits { $0.retryMilliseconds = 1 }) {}
        _ = thread.enqueue(Fixture.grant(0))
        _ = thread.enqueue(Fixture.grant(1))
        try thread.flush()
        #expect(thread.state == .running)
        #expect(thread.takeNews().receipts.map(\.lease.trial) == [TrialID(0), TrialID(1)])
        #expect(sink.errors == [])
        try thread.close()
    }

    @Test("a full disk is a state that can be seen, and closing then gives up with it")
    func diskStaysFull() throws {
        let full = LedgerError.diskFull(path: "x")
        let sink = DiarySink(errors: Array(repeating: full, count: 10_000))
        let news = DispatchSemaphore(value: 0)
        let thread = LedgerThread(sink) { news.signal() }
        _ = thread.enqueue(Fixture.grant(0))
        news.wait()
        #expect(thread.state == .diskFull)
        #expect(thread.enqueue(Fixture.grant(1)) == .accepted)
        #expect(Fixture.error { try thread.close() } == full)
        #expect(sink.groupSizes == [])
        #expect(thread.takeNews().receipts == [])
    }

    @Test("an error of the disk stops it for good: nothing is tried again or taken")
    func inputOutput() throws {
        let error = LedgerError.inputOutput(path: "x", detail: "fsync")
        let sink = DiarySink(errors: [error])
        let news = DispatchSemaphore(value: 0)
        let thread = LedgerThread(sink) { news.signal() }
        _ = thread.enqueue(Fixture.grant(0))
        news.wait()
        #expect(thread.state == .failed(error))
        #expect(thread.enqueue(Fixture.grant(1)) == .refused)
        #expect(!thread.ask { _ in })
        #expect(Fixture.error { try thread.flush() } == error)
        #expect(Fixture.error { try thread.close() } == error)
        #expect(sink.groupSizes == [])
    }

    @Test("a question is asked after all writes before it, and before those after it")
    func questions() throws {
        let sink = DiarySink()
        let thread = LedgerThread(sink, limits: Self.limits { $0.delayMilliseconds = 3_600_000 }) {}
        let seen = Mutex<[[Int]]>([])
        for trial in 0..<3 { _ = thread.enqueue(Fixture.grant(trial)) }
        #expect(thread.ask { sink in seen.withLock { $0.append(sink.groupSizes) } })
        for trial in 3..<5 { _ = thread.enqueue(Fixture.grant(trial)) }
        try thread.flush()
        let rowsBefore = seen.withLock { $0.map { $0.reduce(0, +) } }
        #expect(rowsBefore == [3])
        #expect(sink.groupSizes.reduce(0, +) == 5)
        try thread.close { sink throws(LedgerError) in sink.page.withLock { $0.closes += 1 } }
        #expect(sink.closes == 1)
        #expect(thread.state == .closed)
        #expect(thread.enqueue(Fixture.grant(9)) == .refused)
        try thread.close()
    }

    @Test("with a real ledger: every acknowledged result is in the file, and closing closes it")
    func realLedger() throws {
        let scratch = try Scratch()
        let plan = try Fixture.plan(seeds: 200)
        let thread = LedgerThread(try Fixture.ledger(at: scratch.ledger, plan)) {}
        for trial in 0..<1_000 {
            _ = thread.enqueue(Fixture.grant(trial))
            _ = thread.enqueue(Fixture.result(trial))
        }
        try thread.flush()
        let acknowledged = thread.takeNews().receipts.filter(\.mayAcknowledge).map(\.lease.trial)
        #expect(acknowledged == (0..<1_000).map { TrialID($0) })
        try thread.close { ledger throws(LedgerError) in try ledger.close() }
        let reader = try Ledger.open(readingAt: scratch.ledger)
        reader.use(plan)
        #expect(try reader.contents().recorded == acknowledged)
        #expect(try reader.verify().findings == [])
        try reader.close()
    }
}
