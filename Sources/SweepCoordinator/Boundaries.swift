import SweepCore
import SweepProtocol

// What the loop needs of the world. The executable has the real ones, the tests have doubles.

/// The coordinator's end of the wire. Owned by one thread: a ZeroMQ socket may not be shared.
public protocol CoordinatorWire: ~Copyable {
    /// A connection for as long as it lasts; a worker that comes back has another one.
    associatedtype Peer: Hashable & Sendable

    /// Waits for messages, news of connections, or one of the descriptors.
    ///
    /// - Returns: Those of `descriptors` that can be read.
    mutating func wait(milliseconds: Int, descriptors: [Int32]) throws -> Set<Int32>

    /// Messages that have arrived, oldest first.
    mutating func receive(atMost limit: Int) throws -> [PeerMessage<Peer>]

    /// Sends without waiting.
    mutating func send(_ envelope: Envelope, to peer: Peer) throws -> SendOutcome

    /// How many connections broke since the last call; it is not known whose.
    mutating func takeDisconnections() throws -> Int

    /// Checks that the wire still keeps strangers out; called every few seconds.
    ///
    /// - Throws: When it does not: the coordinator ends.
    mutating func confirm() throws
}

/// One message of a peer, or what was wrong with it.
public struct PeerMessage<Peer: Hashable & Sendable>: Sendable {
    public var peer: Peer
    /// The key that the connection proved.
    public var key: String
    public var content: Result<Envelope, ProtocolError>

    public init(peer: Peer, key: String, content: Result<Envelope, ProtocolError>) {
        self.peer = peer
        self.key = key
        self.content = content
    }
}

/// What became of a message that was to be sent.
public enum SendOutcome: Hashable, Sendable {
    case sent
    /// The peer does not take its messages; this one is lost, and is made good by its lease.
    case full
    /// The connection is gone.
    case unreachable
    /// The message breaks a bound of the protocol: a mistake of ours, or a spec too large for it.
    case unsendable(ProtocolError)
}

/// Where grants and results are made durable, on a thread of its own.
public protocol ResultBook {
    /// Readable when there is news.
    var descriptor: Int32 { get }

    /// Takes an entry without waiting for the disk.
    func write(_ entry: BookEntry) -> BookAdmission

    /// One verdict for each entry that became durable since the last call, in the order written.
    func takeNews() -> BookNews

    /// Begins to read some bytes of a checkpoint; they come with the news.
    func read(_ request: CheckpointRequest)
}

extension ResultBook {
    /// A book without checkpoints.
    public func read(_ request: CheckpointRequest) {}
}

/// One thing to make durable.
public enum BookEntry: Hashable, Sendable {
    case grant(Lease, to: WorkerIdentity)
    /// An attempt that ended without a result.
    case loss(Lease, LossKind, reason: String)
    /// An attempt was not lost after all: its worker is back.
    case forgiveness(Lease)
    case result(BookResult)
    /// A late result, to be compared with the one that the trial has.
    case duplicate(BookResult)
    case reopen(TrialID)
    /// The newest state of a trial that runs.
    case checkpoint(BookCheckpoint)
    /// An attempt went on from a checkpoint.
    case continuation(Lease, step: UInt64)
}

/// What one attempt ended with.
public struct BookResult: Hashable, Sendable {
    public var lease: Lease
    /// nil when the coordinator itself gives the verdict.
    public var worker: WorkerIdentity?
    public var outcome: TrialOutcome
    public var kernelFamily: String
    public var softwareVersion: String
    public var wallMilliseconds: UInt64
    public var cpuMilliseconds: UInt64

    public init(
        _ lease: Lease, worker: WorkerIdentity?, outcome: TrialOutcome, kernelFamily: String,
        softwareVersion: String, wallMilliseconds: UInt64 = 0, cpuMilliseconds: UInt64 = 0
    ) {
        self.lease = lease
        self.worker = worker
        self.outcome = outcome
        self.kernelFamily = kernelFamily
        self.softwareVersion = softwareVersion
        self.wallMilliseconds = wallMilliseconds
        self.cpuMilliseconds = cpuMilliseconds
    }
}

/// Whether the book took an entry.
public enum BookAdmission: Hashable, Sendable {
    case accepted
    /// Its queue is full; try again after the next news.
    case refused
}

/// What a book did with one entry; it exists only after the entry is durable.
public enum BookVerdict: Hashable, Sendable {
    case durable
    /// The trial's failure was set aside.
    case reopened(nextAttempt: Int)
    /// The trial has a result with other numbers from the same kernels: an alarm.
    case divergent
    /// Nothing was written: the entry contradicts the book.
    case refused(String)
}

/// News of a book.
public struct BookNews: Hashable, Sendable {
    /// How the book is.
    public enum State: Hashable, Sendable {
        case running
        /// No space is left; all entries are kept and tried again.
        case diskFull
        /// Stopped for good.
        case failed(message: String, exitCode: Int32)
    }

    public var verdicts: [BookVerdict]
    public var state: State
    /// Whether its queue is long: grant nothing.
    public var isPressed: Bool
    /// Bytes of checkpoints that were to be read.
    public var pieces: [CheckpointPiece] = []

    public init(verdicts: [BookVerdict] = [], state: State = .running, isPressed: Bool = false) {
        self.verdicts = verdicts
        self.state = state
        self.isPressed = isPressed
    }
}

/// The workers that the coordinator started itself.
public protocol LocalCrew {
    /// Readable when one of them may have ended.
    var descriptor: Int32 { get }

    /// The key that the connections of each of them prove, by index.
    var keys: [String] { get }

    /// Those that have ended since the last call.
    func takeEnded() -> [EndedWorker]

    /// Starts worker `index` afresh.
    ///
    /// - Throws: When the system cannot start a process.
    func restart(_ index: Int) throws
}

/// A local worker whose process is over.
public struct EndedWorker: Hashable, Sendable {
    /// Which one, from 0.
    public var index: Int
    /// How it ended, as in "killed by signal 9".
    public var ending: String
    /// Why it cannot read the data of the sweep, when that is how it ended: it would end the same
    /// way again.
    public var dataTrouble: String?
    /// The end of its log, safe to show.
    public var lastLines: [String]

    public init(
        index: Int, ending: String, dataTrouble: String? = nil, lastLines: [String] = []
    ) {
        self.index = index
        self.ending = ending
        self.lastLines = lastLines
        self.dataTrouble = dataTrouble
    }
}

/// What people ask of a running coordinator.
public protocol ControlDesk {
    /// Readable when there are requests.
    var descriptor: Int32 { get }

    /// Requests since the last call, oldest first.
    func takeRequests() -> [ControlRequest]
}

/// One request to a running coordinator.
public enum ControlRequest: Hashable, Sendable {
    /// End when what runs has ended; told twice, end now.
    case stop
    /// Try these failed trials again.
    case retry([TrialID])
}

/// Where the loop shows what it does. Never asked for anything.
public protocol LoopObserver {
    /// The state, a few times a second and at the end.
    func show(_ status: CoordinatorStatus)
    /// One line for the log; what came from a peer is escaped.
    func log(_ line: String)
}
