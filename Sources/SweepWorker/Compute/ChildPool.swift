import Foundation
import SweepCore
import SweepProtocol

/// One compute child per slot, made anew whenever one dies.
public final class ChildPool: ComputeChildren {
    private struct Slot {
        var child: ChildProcess?
        /// What it computes, or will when it is there.
        var assignment: Assignment?
        /// What it goes on from, until a child has it.
        var checkpoint: [UInt8]?
        /// It was killed on request.
        var isStopping = false
        var tail = LogTail()
        /// What a trap said before its list of addresses.
        var trapLine: String?
        /// Lines that may still be passed to the log before the next trial.
        var lineAllowance = Slot.lineLimit
        /// Starts that failed one after the other.
        var failedStarts = 0

        static let lineLimit = 50
    }

    private let executable: String
    private let arguments: [String]
    private var slots: [Slot]
    private var preparation: [UInt8]?
    /// Processes that the kernel has ended for lack of memory, when it was last asked.
    private var kernelKills = OutOfMemory.kernelKills()
    /// Deaths of children that had nothing to do, without an outcome between.
    private var idleDeaths = 0
    /// Thrown by the next call of ``news()``.
    private var defeat: ChildrenError?

    /// Children that die without a trial, and starts that fail, before the worker gives up.
    static let idleDeathLimit = 3
    static let failedStartLimit = 50

    /// Starts the children.
    ///
    /// - Parameters:
    ///   - executable: This program. The default stays the same program when its file is replaced.
    ///   - arguments: What makes it a compute child.
    /// - Throws: ``ChildrenError/cannotStart(reason:)``.
    public init(
        slotCount: Int, executable: String = "/proc/self/exe", arguments: [String]
    ) throws(ChildrenError) {
        self.executable = executable
        self.arguments = arguments
        slots = []
        // A child that dies while it is written to must not end the supervisor.
        _ = signal(SIGPIPE, SIG_IGN)
        for _ in 0..<slotCount {
            do throws(ChildProcess.SpawnError) {
                slots.append(
                    Slot(child: try ChildProcess(executable: executable, arguments: arguments)))
            } catch {
                throw .cannotStart(reason: systemReason(error.code))
            }
        }
    }

    public var descriptors: [Int32] {
        slots.flatMap { slot in
            slot.child.map { $0.isLogOpen ? [$0.response, $0.log] : [$0.response] } ?? []
        }
    }

    public var isUrgent: Bool { slots.contains { $0.child?.hasUnsent ?? false } }

    public func prepare(_ welcome: Welcome) {
        guard let frame = Self.frame(.prepare(welcome)) else { return }
        preparation = frame
        for slot in slots { slot.child?.send(frame) }
    }

    public func start(_ assignment: Assignment, slot: Int) {
        start(assignment, slot: slot, from: nil)
    }

    public func start(_ assignment: Assignment, slot: Int, from checkpoint: [UInt8]?) {
        slots[slot].assignment = assignment
        slots[slot].checkpoint = checkpoint
        slots[slot].lineAllowance = Slot.lineLimit
        slots[slot].trapLine = nil
        // A child that is being stopped gets nothing more; the next one does.
        if !slots[slot].isStopping { sendAssignment(slot) }
    }

    public func stop(slot: Int) {
        slots[slot].isStopping = true
        slots[slot].assignment = nil
        slots[slot].checkpoint = nil
        slots[slot].child?.kill()
    }

    public func callForCheckpoints() {
        for slot in slots where slot.assignment != nil && !slot.isStopping {
            slot.child?.callForCheckpoint()
        }
    }

    public func killAll() {
        for slot in slots.indices {
            slots[slot].child?.kill()
            slots[slot].child = nil
        }
    }

    public func news() throws(ChildrenError) -> [ChildNews] {
        if let defeat { throw defeat }
        var news: [ChildNews] = []
        do throws(ChildrenError) {
            try gather(&news)
        } catch {
            // What the other slots have to say comes first.
            guard !news.isEmpty else { throw error }
            defeat = error
        }
        return news
    }

    private func gather(_ news: inout [ChildNews]) throws(ChildrenError) {
        for slot in slots.indices {
            if slots[slot].child == nil { try revive(slot, &news) }
            guard let child = slots[slot].child else { continue }
            child.flush()
            readLog(of: child, slot, &news)
            let answers = child.readAnswers()
            var isBroken = answers.isAtEnd
            for payload in answers.payloads where !slots[slot].isStopping {
                guard let answer = ChildAnswer(bytes: payload), take(answer, slot, &news) else {
                    isBroken = true
                    continue
                }
            }
            if isBroken { try bury(child, slot, &news) }
        }
    }

    /// - Returns: Whether it is about what the slot computes.
    private func take(_ answer: ChildAnswer, _ slot: Int, _ news: inout [ChildNews]) -> Bool {
        let own = slots[slot].assignment?.lease
        switch answer {
        case .finished(let finished):
            guard finished.lease == own else { return false }
            slots[slot].assignment = nil
            idleDeaths = 0
            news.append(.ended(slot: slot, finished))
        case .checkpoint(let lease, let content):
            guard lease == own else { return false }
            news.append(.checkpoint(lease, content))
        case .continued(let lease, let step):
            guard lease == own else { return false }
            news.append(.continued(lease, step: step))
        case .refused(let lease, let reason):
            guard lease == own else { return false }
            news.append(.checkpointRefused(lease, reason: reason))
        }
        return true
    }

    // MARK: Life and death

    private func bury(
        _ child: ChildProcess, _ slot: Int, _ news: inout [ChildNews]
    ) throws(ChildrenError) {
        let ending = child.reap()
        readLog(of: child, slot, &news)
        pass(slots[slot].tail.finish(), slot, &news)
        let lines = slots[slot].tail.lines + (slots[slot].trapLine.map { [$0] } ?? [])
        let kills = OutOfMemory.kernelKills()
        let isOutOfMemory = OutOfMemory.isCause(
            of: ending, lastLines: lines, kernelHasKilled: kills > kernelKills)
        kernelKills = kills
        slots[slot].child = nil
        slots[slot].tail = LogTail()
        slots[slot].trapLine = nil
        if let assignment = slots[slot].assignment, !slots[slot].isStopping {
            slots[slot].assignment = nil
            var crash = Self.crash(assignment.lease, ending, lastLines: lines)
            if isOutOfMemory { crash.cause = .outOfMemory }
            news.append(.crashed(slot: slot, crash))
        } else if !slots[slot].isStopping {
            idleDeaths += 1
            guard idleDeaths < Self.idleDeathLimit else { throw .dying(lastLines: lines) }
        }
        try revive(slot, &news)
    }

    private func revive(_ slot: Int, _ news: inout [ChildNews]) throws(ChildrenError) {
        let child: ChildProcess
        do throws(ChildProcess.SpawnError) {
            child = try ChildProcess(executable: executable, arguments: arguments)
        } catch {
            slots[slot].failedStarts += 1
            // No memory or no process now; that may pass.
            guard slots[slot].failedStarts < Self.failedStartLimit else {
                throw .cannotStart(reason: systemReason(error.code))
            }
            return
        }
        slots[slot].child = child
        slots[slot].failedStarts = 0
        if let preparation { child.send(preparation) }
        sendAssignment(slot)
        if slots[slot].isStopping {
            slots[slot].isStopping = false
            news.append(.freed(slot: slot))
        }
    }

    private func sendAssignment(_ slot: Int) {
        guard let child = slots[slot].child, let assignment = slots[slot].assignment,
            let frame = Self.frame(.compute(assignment))
        else { return }
        if let checkpoint = slots[slot].checkpoint {
            slots[slot].checkpoint = nil
            if let frame = Self.frame(.resume(assignment.lease, checkpoint)) { child.send(frame) }
        }
        child.send(frame)
    }

    private func readLog(of child: ChildProcess, _ slot: Int, _ news: inout [ChildNews]) {
        var ended: [String] = []
        child.readLog { ended += slots[slot].tail.append($0) }
        pass(ended, slot, &news)
    }

    private func pass(_ lines: [String], _ slot: Int, _ news: inout [ChildNews]) {
        if let line = lines.first(where: { $0.contains("Fatal error") }) {
            slots[slot].trapLine = line
        }
        for line in lines.prefix(slots[slot].lineAllowance) {
            news.append(.printed(slot: slot, line))
        }
        slots[slot].lineAllowance -= min(lines.count, slots[slot].lineAllowance)
    }

    private static func frame(_ request: ChildRequest) -> [UInt8]? {
        do throws(ProtocolError) {
            return try request.frame()
        } catch {
            // It came over the wire, so it keeps the wire's bounds.
            preconditionFailure("a message of the coordinator cannot be passed on: \(error)")
        }
    }

    private static func crash(
        _ lease: Lease, _ ending: ChildProcess.Ending, lastLines: [String]
    ) -> Crash {
        switch ending {
        case .signal(let number):
            Crash(lease, cause: .signal, code: UInt32(number), lastLines: lastLines)
        case .exit(let status):
            Crash(lease, cause: .exit, code: UInt32(status), lastLines: lastLines)
        }
    }
}
