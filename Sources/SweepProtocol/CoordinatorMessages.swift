import SweepCore

/// Answer to HELLO: the worker has a session and belongs to this sweep now.
public struct Welcome: Hashable, Sendable {
    /// What the coordinator will accept.
    public struct Limits: Hashable, Sendable {
        /// Bytes of the largest encoded outcome.
        public var resultBytes: Int
        /// Bytes of every part of a result but the last.
        public var partBytes: Int
        /// Reports that a worker may have sent without an acknowledgement.
        public var unacknowledgedResults: Int
        /// Time between two checkpoints of a trial; 0 for none.
        public var checkpointMilliseconds: UInt64

        public init(
            resultBytes: Int = 64 << 20, partBytes: Int = WireLimits.partBytes,
            unacknowledgedResults: Int = 64, checkpointMilliseconds: UInt64 = 30_000
        ) {
            self.resultBytes = resultBytes
            self.partBytes = partBytes
            self.unacknowledgedResults = unacknowledgedResults
            self.checkpointMilliseconds = checkpointMilliseconds
        }
    }

    /// Sequence of the HELLO that is answered.
    public var greeting: UInt64
    public var terms: Terms
    public var limits: Limits
    /// Name of the sweep.
    public var name: String
    /// The canonical text of the spec.
    public var spec: String
    /// SHA-256 of ``spec``; a message where it does not match is refused.
    public var specDigest: SHA256Digest
    /// What the operator asked of `--kernels`.
    public var kernelChoice: String
    /// The files that trials read; a worker that finds others in their place computes nothing.
    public var dataFiles: [DataFile]

    public init(
        greeting: UInt64, terms: Terms, limits: Limits = Limits(), name: String, spec: String,
        kernelChoice: String = "auto", dataFiles: [DataFile] = []
    ) {
        self.greeting = greeting
        self.terms = terms
        self.limits = limits
        self.name = name
        self.spec = spec
        specDigest = SHA256Digest(of: spec)
        self.kernelChoice = kernelChoice
        self.dataFiles = dataFiles
    }
}

/// A file that trials read, and what is in it.
public struct DataFile: Hashable, Sendable {
    /// Absolute, and the same on every machine.
    public var path: String
    /// SHA-256 of the bytes of the file.
    public var digest: SHA256Digest

    public init(path: String, digest: SHA256Digest) {
        self.path = path
        self.digest = digest
    }
}

/// Answer to a message that the coordinator will not act on.
public struct Reject: Hashable, Sendable {
    /// What the worker does about it.
    public enum Code: UInt32, Hashable, Sendable, CaseIterable {
        /// The session is not known (the coordinator restarted): say HELLO again.
        case rehello = 1
        /// The versions differ: stop.
        case version = 2
        /// Too many at once: try again after ``Reject/retryAfterMilliseconds``.
        case busy = 3
        /// The work it holds belongs to another spec: drop it, or stop.
        case otherSweep = 4
        /// A message was broken: say HELLO again, and stop when it happens again.
        case malformed = 5
        /// A newer process of the same worker has joined: stop.
        case superseded = 6
        /// The coordinator no longer trusts this worker: stop.
        case quarantined = 7
    }

    public var code: Code
    /// The version that the coordinator speaks.
    public var version: UInt16
    public var retryAfterMilliseconds: UInt64
    /// One sentence for the worker's log.
    public var message: String

    public init(_ code: Code, retryAfterMilliseconds: UInt64 = 0, message: String) {
        self.code = code
        version = Message.version
        self.retryAfterMilliseconds = retryAfterMilliseconds
        self.message = clipped(message, toBytes: WireLimits.messageBytes)
    }
}

/// One trial for one worker, with all that is needed to compute it beside the spec.
public struct Assignment: Hashable, Sendable {
    public var lease: Lease
    /// Index of the point in the plan.
    public var point: Int
    public var seed: Int
    /// The point itself: a plan may grow past the spec's grid.
    public var parameters: [GridPoint.Parameter]
    /// What an earlier attempt left, to be fetched before this one starts.
    public var checkpoint: CheckpointOffer?

    public init(
        _ lease: Lease, point: Int, seed: Int, parameters: [GridPoint.Parameter],
        checkpoint: CheckpointOffer? = nil
    ) {
        self.lease = lease
        self.point = point
        self.seed = seed
        self.parameters = parameters
        self.checkpoint = checkpoint
    }
}

/// How much of a result in parts has arrived, and how far the worker may send.
public struct ResultCredit: Hashable, Sendable {
    public var lease: Lease
    /// Parts that have arrived without a gap, from the first.
    public var receivedParts: Int
    /// The worker may send parts 0 ..< grantedParts.
    public var grantedParts: Int

    public init(_ lease: Lease, receivedParts: Int, grantedParts: Int) {
        self.lease = lease
        self.receivedParts = receivedParts
        self.grantedParts = grantedParts
    }
}

/// The coordinator is done with a report; the worker deletes it from its spool.
public struct Acknowledgement: Hashable, Sendable {
    /// What became of the report.
    public enum Verdict: UInt32, Hashable, Sendable, CaseIterable {
        /// It is durable in the ledger, or not wanted any more.
        case settled = 1
        /// It cannot be recorded: ``Acknowledgement/message`` says why.
        case refused = 2
    }

    public var lease: Lease
    public var verdict: Verdict
    public var message: String

    public init(_ lease: Lease, _ verdict: Verdict = .settled, message: String = "") {
        self.lease = lease
        self.verdict = verdict
        self.message = clipped(message, toBytes: WireLimits.messageBytes)
    }
}
