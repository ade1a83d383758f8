import SweepCore

/// A worker's end of one result: cuts it into parts and sends no further than it may.
///
/// The first part needs no credit and announces the rest. A result of one part is complete with it.
public struct OutgoingResult: Sendable {
    public let lease: Lease
    public let digest: SHA256Digest
    public let partCount: Int

    private let content: [UInt8]
    private let partBytes: Int
    private let wallMilliseconds: UInt64
    private let cpuMilliseconds: UInt64
    /// Parts that have been sent on this connection.
    public private(set) var sentPartCount = 0
    /// Parts that the coordinator allows.
    public private(set) var grantedPartCount = 1

    /// - Parameters:
    ///   - content: The encoded outcome, not empty.
    ///   - limits: From WELCOME.
    /// - Throws: ``OutcomeError/tooLarge(byteCount:limit:)``.
    public init(
        _ lease: Lease, content: [UInt8], limits: Welcome.Limits, wallMilliseconds: UInt64,
        cpuMilliseconds: UInt64
    ) throws(OutcomeError) {
        precondition(!content.isEmpty, "an encoded outcome is never empty")
        precondition(limits.partBytes >= 1, "the codec lets no other limit through")
        guard content.count <= limits.resultBytes else {
            throw .tooLarge(byteCount: content.count, limit: limits.resultBytes)
        }
        self.lease = lease
        self.content = content
        self.wallMilliseconds = wallMilliseconds
        self.cpuMilliseconds = cpuMilliseconds
        partBytes = limits.partBytes
        partCount = (content.count + limits.partBytes - 1) / limits.partBytes
        digest = SHA256Digest(of: content)
    }

    /// The next part that may be sent, or nil until more credit comes.
    public var nextPart: ResultPart? {
        guard sentPartCount < min(grantedPartCount, partCount) else { return nil }
        return part(sentPartCount)
    }

    /// To be told after ``nextPart`` went out.
    public mutating func markSent() {
        precondition(sentPartCount < min(grantedPartCount, partCount), "no part was due")
        sentPartCount += 1
    }

    /// Takes the coordinator's credit; what is older than earlier credit changes nothing.
    public mutating func receive(_ credit: ResultCredit) {
        guard credit.lease == lease else { return }
        grantedPartCount = max(grantedPartCount, min(credit.grantedParts, partCount))
    }

    /// A new connection: everything is sent again, and credit starts anew.
    public mutating func restart() {
        sentPartCount = 0
        grantedPartCount = 1
    }

    private func part(_ index: Int) -> ResultPart {
        let start = index * partBytes
        let end = min(start + partBytes, content.count)
        return ResultPart(
            lease, digest: digest, byteCount: content.count, partIndex: index,
            partCount: partCount, content: Array(content[start..<end]),
            wallMilliseconds: wallMilliseconds, cpuMilliseconds: cpuMilliseconds)
    }
}
