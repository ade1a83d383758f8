import SweepCore

/// The coordinator's end of all results: puts parts together, within a budget of bytes.
///
/// A worker may always send the first part of one result; further parts only as far as it was
/// granted credit, and credit for a result is granted when its bytes fit the budget, first come
/// first served. Memory is at most the budget, or one largest result, and one part for each
/// worker that waits. A worker sends one large result at a time: the first part of
/// another one drops what it had begun.
public struct ResultIntake: Sendable {
    /// Bounds of memory and of what is granted ahead.
    public struct Limits: Hashable, Sendable {
        /// Bytes of the largest result.
        public var resultBytes = 64 << 20
        /// Bytes of every part but the last.
        public var partBytes = WireLimits.partBytes
        /// Parts granted beyond those received.
        public var windowParts = 8
        /// Bytes of all results in parts that are being received.
        public var budgetBytes = 256 << 20

        public init() {}
    }

    /// What follows from a part.
    public enum Step: Hashable, Sendable {
        case complete(ReceivedResult, from: WorkerID)
        case credit(ResultCredit, to: WorkerID)
        /// All parts came, and are not what was announced; the result is dropped.
        case damaged(Lease, from: WorkerID)
    }

    /// What is wrong with a part. Any of them is a breach of the protocol by the worker.
    public enum PartError: Error, Hashable, Sendable {
        /// More bytes than `result_bytes`.
        case tooLarge
        /// Sizes and counts that contradict each other or what was announced.
        case inconsistent
        /// A later part of a result whose first part never came, or was dropped since.
        case notBegun
        case beyondCredit
    }

    private struct Assembly {
        var announcement: ResultPart
        /// Parts 0 ..< receivedParts, without a gap.
        var content: [UInt8]
        var receivedParts = 1
        /// Parts that came before their turn; never more than the window.
        var early: [Int: [UInt8]] = [:]
        var grantedParts = 1
        var isReserved: Bool { grantedParts > 1 }

        var credit: ResultCredit {
            ResultCredit(
                announcement.lease, receivedParts: receivedParts, grantedParts: grantedParts)
        }
    }

    private let limits: Limits
    private var assemblies: [WorkerID: Assembly] = [:]
    /// Workers whose result waits for the budget, oldest first.
    private var waiting: [WorkerID] = []
    /// Bytes of the results with credit.
    public private(set) var reservedBytes = 0

    public init(limits: Limits = Limits()) {
        precondition(limits.windowParts >= 1 && limits.partBytes >= 1, "limits are positive")
        self.limits = limits
    }

    /// Results that are being received or wait for their turn.
    public var openCount: Int { assemblies.count }

    /// Takes one part.
    ///
    /// - Returns: What to do, in order: at most one completed or damaged result, then credit for
    ///   this worker or for others whose turn came.
    /// - Throws: ``PartError``; nothing has changed then.
    public mutating func accept(
        _ part: ResultPart, from worker: WorkerID
    ) throws(PartError) -> [Step] {
        guard part.byteCount <= limits.resultBytes else { throw .tooLarge }
        let partCount = (part.byteCount + limits.partBytes - 1) / limits.partBytes
        let start = part.partIndex * limits.partBytes
        guard part.partCount == partCount, (0..<partCount).contains(part.partIndex),
            part.content.count == min(limits.partBytes, part.byteCount - start)
        else { throw .inconsistent }

        if partCount == 1 {
            return [Self.ended(part, content: part.content, from: worker)]
        }
        if let open = assemblies[worker]?.announcement, open.lease == part.lease,
            open.digest == part.digest
        {
            guard open.byteCount == part.byteCount else { throw .inconsistent }
            return try append(part, from: worker)
        }
        guard part.partIndex == 0 else { throw .notBegun }
        var steps = forget(worker)
        var announcement = part
        announcement.content = []
        assemblies[worker] = Assembly(announcement: announcement, content: part.content)
        waiting.append(worker)
        steps += grantWaiting()
        return steps
    }

    /// Drops what a worker had begun, because its connection is gone.
    ///
    /// - Returns: Credit for workers that waited for the budget.
    public mutating func forget(_ worker: WorkerID) -> [Step] {
        guard let assembly = assemblies.removeValue(forKey: worker) else { return [] }
        if assembly.isReserved {
            reservedBytes -= assembly.announcement.byteCount
        } else {
            waiting.removeAll { $0 == worker }
        }
        return grantWaiting()
    }

    /// Drops what a worker had begun of one lease, because nothing more of it will come.
    ///
    /// - Returns: As ``forget(_:)``.
    public mutating func forget(_ lease: Lease, of worker: WorkerID) -> [Step] {
        guard assemblies[worker]?.announcement.lease == lease else { return [] }
        return forget(worker)
    }

    /// Adds a part to the result that its worker has begun.
    private mutating func append(
        _ part: ResultPart, from worker: WorkerID
    ) throws(PartError) -> [Step] {
        guard part.partIndex < assemblies[worker]?.grantedParts ?? 0 else { throw .beyondCredit }
        // Taken out, so that the bytes are changed in place and not copied.
        guard var assembly = assemblies.removeValue(forKey: worker) else { return [] }
        if part.partIndex >= assembly.receivedParts {
            assembly.early[part.partIndex] = part.content
        }
        while let next = assembly.early.removeValue(forKey: assembly.receivedParts) {
            assembly.content += next
            assembly.receivedParts += 1
        }
        if assembly.receivedParts == part.partCount {
            reservedBytes -= part.byteCount
            let end = Self.ended(assembly.announcement, content: assembly.content, from: worker)
            return [end] + grantWaiting()
        }
        if assembly.isReserved {
            assembly.grantedParts = min(
                part.partCount, assembly.receivedParts + limits.windowParts)
        }
        let credit = assembly.credit
        assemblies[worker] = assembly
        // A repeated first part of a result that waits gets no answer yet.
        return assembly.isReserved ? [.credit(credit, to: worker)] : []
    }

    /// Grants credit to those that wait, in their order, as long as the next one fits.
    private mutating func grantWaiting() -> [Step] {
        var steps: [Step] = []
        while let worker = waiting.first, let announcement = assemblies[worker]?.announcement {
            let fits = reservedBytes + announcement.byteCount <= limits.budgetBytes
            // One result may always be received, or a small budget would stop the sweep.
            guard fits || reservedBytes == 0 else { break }
            waiting.removeFirst()
            reservedBytes += announcement.byteCount
            assemblies[worker]?.grantedParts = min(
                announcement.partCount, 1 + limits.windowParts)
            // Pages of it are taken up only as parts are written.
            assemblies[worker]?.content.reserveCapacity(announcement.byteCount)
            if let credit = assemblies[worker]?.credit { steps.append(.credit(credit, to: worker)) }
        }
        return steps
    }

    private static func ended(
        _ announcement: ResultPart, content: [UInt8], from worker: WorkerID
    ) -> Step {
        guard SHA256Digest(of: content) == announcement.digest else {
            return .damaged(announcement.lease, from: worker)
        }
        return .complete(
            ReceivedResult(
                lease: announcement.lease, digest: announcement.digest, content: content,
                wallMilliseconds: announcement.wallMilliseconds,
                cpuMilliseconds: announcement.cpuMilliseconds),
            from: worker)
    }
}

/// A whole result as it was announced.
public struct ReceivedResult: Hashable, Sendable {
    public let lease: Lease
    /// SHA-256 of ``content``, checked by who received it.
    public let digest: SHA256Digest
    /// The encoded outcome, not decoded yet.
    public let content: [UInt8]
    public let wallMilliseconds: UInt64
    public let cpuMilliseconds: UInt64

    public init(
        lease: Lease, digest: SHA256Digest, content: [UInt8], wallMilliseconds: UInt64,
        cpuMilliseconds: UInt64
    ) {
        self.lease = lease
        self.digest = digest
        self.content = content
        self.wallMilliseconds = wallMilliseconds
        self.cpuMilliseconds = cpuMilliseconds
    }
}
