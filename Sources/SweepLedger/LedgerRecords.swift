import SweepCore

/// A trial handed to a worker. Recorded before or together with anything the attempt brings back.
public struct GrantRecord: Hashable, Sendable {
    public var lease: Lease
    /// The worker's lasting identity, not its connection.
    public var worker: WorkerIdentity

    public init(_ lease: Lease, worker: WorkerIdentity) {
        self.lease = lease
        self.worker = worker
    }
}

/// An attempt that ended without a result, and why.
public struct LossRecord: Hashable, Sendable {
    public var lease: Lease
    public var kind: LossKind
    /// One sentence or word: lease expired, connection lost, crashed with signal 11, …
    public var reason: String

    public init(_ lease: Lease, _ kind: LossKind, reason: String) {
        self.lease = lease
        self.kind = kind
        self.reason = reason
    }
}

/// What one attempt ended with.
public struct ResultRecord: Hashable, Sendable {
    public var lease: Lease
    /// nil when the coordinator itself gives the verdict (a quarantined trial).
    public var worker: WorkerIdentity?
    public var outcome: TrialOutcome
    public var kernelFamily: String
    public var softwareVersion: String
    public var wallMilliseconds: Int64
    public var cpuMilliseconds: Int64

    public init(
        _ lease: Lease, worker: WorkerIdentity?, outcome: TrialOutcome, kernelFamily: String,
        softwareVersion: String, wallMilliseconds: Int64, cpuMilliseconds: Int64
    ) {
        self.lease = lease
        self.worker = worker
        self.outcome = outcome
        self.kernelFamily = kernelFamily
        self.softwareVersion = softwareVersion
        self.wallMilliseconds = wallMilliseconds
        self.cpuMilliseconds = cpuMilliseconds
    }

    /// About how many bytes it holds in memory, for the bound of the queue.
    public var byteCount: Int {
        guard case .success(let result) = outcome else { return 512 }
        return result.arrays.reduce(512 + 48 * result.metrics.count) {
            $0 + 64 + 8 * $1.values.count
        }
    }
}

/// The state of a trial that is half done.
public struct CheckpointRecord: Hashable, Sendable {
    public var lease: Lease
    public var worker: WorkerIdentity
    /// Iterations so far.
    public var step: UInt64
    public var kernelFamily: String
    public var softwareVersion: String
    public var content: [UInt8]

    public init(
        _ lease: Lease, worker: WorkerIdentity, step: UInt64, kernelFamily: String,
        softwareVersion: String, content: [UInt8]
    ) {
        self.lease = lease
        self.worker = worker
        self.step = step
        self.kernelFamily = kernelFamily
        self.softwareVersion = softwareVersion
        self.content = content
    }
}

/// A checkpoint that the ledger has, without its bytes.
public struct StoredCheckpoint: Hashable, Sendable {
    /// The attempt that made it.
    public var lease: Lease
    public var step: UInt64
    public var byteCount: Int
    public var kernelFamily: String
    public var softwareVersion: String
    /// SHA-256 of the bytes.
    public var digest: ContentDigest
}

/// One thing to make durable. Writes are applied in the order in which they were enqueued.
public enum LedgerWrite: Hashable, Sendable {
    case grant(GrantRecord)
    case loss(LossRecord)
    /// An attempt was not lost after all, so it does not count towards quarantine.
    case forgiveness(Lease)
    /// The trial's result, unless it has one.
    case result(ResultRecord)
    /// A late result of a trial that has one: compared with it, never put in its place.
    case duplicate(ResultRecord)
    /// Sets the failure of a trial aside, so that it may run again.
    case reopen(TrialID, reason: String)
    /// The newest state of an open trial, in the place of the one before.
    case checkpoint(CheckpointRecord)
    /// The attempt went on from a checkpoint with so many iterations.
    case continuation(Lease, step: UInt64)

    /// About how many bytes it holds in memory.
    public var byteCount: Int {
        switch self {
        case .result(let record), .duplicate(let record): record.byteCount
        case .checkpoint(let record): 256 + record.content.count
        case .grant, .loss, .forgiveness, .reopen, .continuation: 128
        }
    }
}

/// What the ledger did with one write; it exists only after the COMMIT that made it durable.
public struct LedgerReceipt: Hashable, Sendable {
    /// What became of the write.
    public enum Verdict: Hashable, Sendable {
        /// The grant is durable (or was already, for the same worker).
        case granted
        /// The loss is noted.
        case noted
        /// The failure was set aside; the trial's next attempt has this number.
        case reopened(nextAttempt: Int)
        /// The result is the trial's result.
        case recorded
        /// The same report again; nothing changed.
        case alreadyRecorded
        /// The trial has a result from another attempt, with the same numbers.
        case benignDuplicate
        /// The trial has a result with other numbers from the same kernel family: an alarm.
        case divergentDuplicate
        /// The trial has a result with other numbers, computed by another kernel family.
        case otherKernels
        /// The checkpoint is the trial's newest.
        case checkpointKept
        /// Nothing was written, because the write contradicts the ledger.
        case refused(Refusal)
    }

    /// Why a write was not taken.
    public enum Refusal: String, Hashable, Sendable {
        /// The attempt was never granted.
        case neverGranted = "this attempt was never granted"
        /// The attempt was granted to another worker.
        case grantedToAnother = "this attempt was granted to another worker"
        /// A metric is NaN or infinite, or names are repeated, or an array's shape does not fit.
        case malformed = "the result is malformed"
        /// A duplicate or a reopening of a trial that has no such result.
        case noResult = "the trial has no such result"
        /// A checkpoint of an attempt that does not hold the trial any more.
        case notCurrent = "a later attempt was granted, or the trial has its result"
        /// A checkpoint of other kernels or of another critsweep that lies behind the kept one.
        case behind = "the kept checkpoint is further"
    }

    /// For a reopening, the lease of the failure that was set aside.
    public var lease: Lease
    public var verdict: Verdict

    public init(_ lease: Lease, _ verdict: Verdict) {
        self.lease = lease
        self.verdict = verdict
    }

    /// Whether the worker may forget what it reported.
    public var mayAcknowledge: Bool {
        switch verdict {
        case .recorded, .alreadyRecorded, .benignDuplicate, .divergentDuplicate, .otherKernels: true
        case .granted, .noted, .reopened, .checkpointKept, .refused: false
        }
    }
}

/// A grant of a trial that has no result: on restart its worker may still be computing.
public struct OpenGrant: Hashable, Sendable {
    public var lease: Lease
    public var worker: WorkerIdentity
    /// The start of the coordinator that granted it.
    public var epoch: Int
    /// Whether it counts towards quarantine, and why.
    public var fate: Scheduler.GrantFate

    public init(
        _ lease: Lease, worker: WorkerIdentity, epoch: Int, _ fate: Scheduler.GrantFate
    ) {
        self.lease = lease
        self.worker = worker
        self.epoch = epoch
        self.fate = fate
    }
}

/// What a coordinator must know of a ledger before it grants anything.
public struct LedgerContents: Hashable, Sendable {
    /// Trials of the plan that have numbers, ascending.
    public var recorded: [TrialID]
    /// Trials of the plan whose recorded outcome is a failure, quarantine apart, ascending.
    public var failed: [TrialID]
    public var quarantined: [TrialID]
    /// Every grant of a trial of the plan that has no result, by trial and attempt, ascending.
    public var open: [OpenGrant]

    /// Whether a trial has numbers.
    func hasRecorded(_ trial: TrialID) -> Bool {
        var (low, high) = (0, recorded.count)
        while low < high {
            let middle = (low + high) / 2
            if recorded[middle] < trial { low = middle + 1 } else { high = middle }
        }
        return low < recorded.count && recorded[low] == trial
    }
}

/// One recorded outcome as the ledger holds it.
public struct StoredResult: Hashable, Sendable {
    /// Place in the order of commits, rising by one over all results ever recorded.
    public var sequence: Int64
    /// ``SweepCore/GridPoint/canonicalText`` of the point.
    public var point: String
    /// Index of the point in the bound plan; nil when there is none.
    public var pointIndex: Int?
    public var seed: Int
    public var attempt: Int
    public var worker: WorkerIdentity
    public var kernelFamily: String
    public var softwareVersion: String
    public var wallMilliseconds: Int64
    public var cpuMilliseconds: Int64
    /// Milliseconds since 1970.
    public var committedAt: Int64
    /// Arrays are empty unless they were asked for.
    public var outcome: TrialOutcome
    /// Of the reproducible part: point, seed, outcome without diagnostics.
    public var digest: ContentDigest
}
