import SweepCore

/// A checkpoint that comes with an assignment.
public struct CheckpointOffer: Hashable, Sendable {
    /// SHA-256 of the whole ``CheckpointContent``.
    public var digest: SHA256Digest
    /// Bytes of it.
    public var byteCount: Int
    /// Iterations after which it was made; for people.
    public var step: UInt64

    public init(digest: SHA256Digest, byteCount: Int, step: UInt64) {
        self.digest = digest
        self.byteCount = byteCount
        self.step = step
    }
}

/// What becomes of a checkpoint at the coordinator.
public struct CheckpointAcknowledgement: Hashable, Sendable {
    public enum Verdict: UInt32, Hashable, Sendable, CaseIterable {
        /// It is durable.
        case kept = 1
        /// It will not be kept: another attempt holds the trial, or it is settled.
        case unwanted = 2
        /// What was to be fetched is not there any more: begin afresh.
        case gone = 3
    }

    public var lease: Lease
    /// Of the checkpoint that is meant.
    public var digest: SHA256Digest
    public var verdict: Verdict

    public init(_ lease: Lease, digest: SHA256Digest, _ verdict: Verdict) {
        self.lease = lease
        self.digest = digest
        self.verdict = verdict
    }
}

/// Asks for parts of the checkpoint that an assignment offers. Asking again does no harm.
public struct CheckpointFetch: Hashable, Sendable {
    public var lease: Lease
    public var digest: SHA256Digest
    public var firstPart: Int
    /// At most ``WireLimits/fetchedParts``; what is past the end is not sent.
    public var partCount: Int

    public init(_ lease: Lease, digest: SHA256Digest, firstPart: Int, partCount: Int) {
        self.lease = lease
        self.digest = digest
        self.firstPart = firstPart
        self.partCount = partCount
    }
}

/// A trial has taken up a checkpoint; for its story.
public struct Continuation: Hashable, Sendable {
    public var lease: Lease
    /// Iterations that were there already.
    public var step: UInt64

    public init(_ lease: Lease, step: UInt64) {
        self.lease = lease
        self.step = step
    }
}

/// The bytes of a checkpoint as they travel and are kept: the state of a trial, and who can go on
/// with it.
///
///     content  = "CSC1" step family software state
///     step     = 8 bytes, little-endian; iterations so far
///     family   = name; software = name    ; a byte of length, printable ASCII
public struct CheckpointContent: Hashable, Sendable {
    public var step: UInt64
    /// The kernels that made it; no others may go on with it.
    public var kernelFamily: String
    /// The critsweep that made it; no other may go on with it.
    public var softwareVersion: String
    /// Understood by the experiment alone.
    public var state: [UInt8]

    private static let magic = Array("CSC1".utf8)

    public init(step: UInt64, kernelFamily: String, softwareVersion: String, state: [UInt8]) {
        self.step = step
        self.kernelFamily = printable(kernelFamily)
        self.softwareVersion = printable(softwareVersion)
        self.state = state
    }

    public var bytes: [UInt8] {
        var bytes = Self.magic
        bytes.reserveCapacity(state.count + 64)
        for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: step >> UInt64(8 * shift))) }
        for name in [kernelFamily, softwareVersion] {
            bytes.append(UInt8(name.utf8.count))
            bytes += name.utf8
        }
        return bytes + state
    }

    /// - Returns: nil for any bytes but those ``bytes`` makes.
    public init?(bytes: [UInt8]) {
        guard bytes.count >= 14, bytes.starts(with: Self.magic) else { return nil }
        let step = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[4 + $1]) << UInt64(8 * $1) }
        guard step <= WireLimits.step else { return nil }
        var rest = bytes.dropFirst(12)
        func name() -> String? {
            guard let count = rest.popFirst(), count > 0, rest.count >= Int(count) else {
                return nil
            }
            defer { rest = rest.dropFirst(Int(count)) }
            let text = rest.prefix(Int(count))
            guard text.allSatisfy({ (0x20..<0x7F).contains($0) }) else { return nil }
            return String(decoding: text, as: UTF8.self)
        }
        guard let family = name(), let software = name(), !rest.isEmpty else { return nil }
        self.step = step
        kernelFamily = family
        softwareVersion = software
        state = Array(rest)
    }
}
