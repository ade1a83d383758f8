import SweepCore
import SweepProtocol

/// The state of a half-done trial, as it was reported.
public struct BookCheckpoint: Hashable, Sendable {
    public var lease: Lease
    public var worker: WorkerIdentity
    public var step: UInt64
    public var kernelFamily: String
    public var softwareVersion: String
    /// SHA-256 of ``content``.
    public var digest: SHA256Digest
    public var byteCount: Int
    /// ``SweepProtocol/CheckpointContent`` in bytes; empty once the book has it.
    public var content: [UInt8]

    public init(
        _ lease: Lease, worker: WorkerIdentity, step: UInt64, kernelFamily: String,
        softwareVersion: String, digest: SHA256Digest, content: [UInt8]
    ) {
        self.lease = lease
        self.worker = worker
        self.step = step
        self.kernelFamily = kernelFamily
        self.softwareVersion = softwareVersion
        self.digest = digest
        byteCount = content.count
        self.content = content
    }
}

/// A checkpoint that a book has of an open trial.
public struct KeptCheckpoint: Hashable, Sendable {
    /// The attempt that made it.
    public var lease: Lease
    public var step: UInt64
    public var byteCount: Int
    public var kernelFamily: String
    public var softwareVersion: String
    public var digest: SHA256Digest
    /// Attempts that went on from it and crashed.
    var crashCount = 0

    public init(
        _ lease: Lease, step: UInt64, byteCount: Int, kernelFamily: String,
        softwareVersion: String, digest: SHA256Digest
    ) {
        self.lease = lease
        self.step = step
        self.byteCount = byteCount
        self.kernelFamily = kernelFamily
        self.softwareVersion = softwareVersion
        self.digest = digest
    }
}

/// Some bytes of a checkpoint that a book is to read.
public struct CheckpointRequest: Hashable, Sendable {
    public var trial: TrialID
    /// Of the checkpoint that is meant.
    public var digest: SHA256Digest
    public var offset: Int
    public var byteCount: Int

    public init(trial: TrialID, digest: SHA256Digest, offset: Int, byteCount: Int) {
        self.trial = trial
        self.digest = digest
        self.offset = offset
        self.byteCount = byteCount
    }
}

/// What a book has read.
public struct CheckpointPiece: Hashable, Sendable {
    public var request: CheckpointRequest
    /// nil when there is no such checkpoint, or it is not what was kept.
    public var bytes: [UInt8]?

    public init(_ request: CheckpointRequest, bytes: [UInt8]?) {
        self.request = request
        self.bytes = bytes
    }
}
