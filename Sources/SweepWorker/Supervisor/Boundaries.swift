import SweepCore
import SweepProtocol

// What the supervisor needs of the world. Tests have doubles of each.

/// The worker's end of the wire, used by the supervisor's thread alone.
public protocol WorkerWire: AnyObject {
    /// Waits for news of the connection, for messages, or until one of the descriptors can be read.
    ///
    /// - Returns: What has come, in its order as far as that is known.
    /// - Throws: When no connection can ever come about; the worker ends.
    func wait(milliseconds: Int, descriptors: [Int32]) throws -> [WireNews]
    /// Sends without waiting. A message that is not sent is lost, as one on the way may be.
    func send(_ envelope: Envelope) throws -> Bool
    /// Leaves this connection and begins another, to the next endpoint.
    func reconnect() throws
}

/// Something that came over the wire.
public enum WireNews: Hashable, Sendable {
    case connected
    case disconnected
    /// Our key was refused; no further try is made.
    case refused
    /// The line broke before both keys were proven; no further try is made.
    case handshakeFailed
    case received(Envelope)
    /// Bytes that are no message.
    case damaged(ProtocolError)
}

/// The compute children, one for each slot.
public protocol ComputeChildren: AnyObject {
    /// To be waited for; ``news()`` reads them.
    var descriptors: [Int32] { get }
    /// Whether ``news()`` should be called soon without a descriptor being ready.
    var isUrgent: Bool { get }
    /// Every trial that is started from now on is of this sweep.
    func prepare(_ welcome: Welcome)
    /// Starts a trial in a free slot.
    func start(_ assignment: Assignment, slot: Int)
    /// Starts a trial where an earlier attempt was; the bytes are those of a
    /// ``SweepProtocol/CheckpointContent``.
    func start(_ assignment: Assignment, slot: Int, from checkpoint: [UInt8]?)
    /// Asks for a checkpoint of everything that runs, now.
    func callForCheckpoints()
    /// Kills what the slot runs; `.freed` follows, and nothing else of that trial.
    func stop(slot: Int)
    /// What happened since the last call.
    ///
    /// - Throws: ``ChildrenError`` when no trial can be computed here.
    func news() throws(ChildrenError) -> [ChildNews]
    /// Ends all children, for good.
    func killAll()
}

extension ComputeChildren {
    /// Children that always begin afresh.
    public func start(_ assignment: Assignment, slot: Int, from checkpoint: [UInt8]?) {
        start(assignment, slot: slot)
    }

    /// Children without checkpoints.
    public func callForCheckpoints() {}
}

/// Something that a compute child did.
public enum ChildNews: Hashable, Sendable {
    case ended(slot: Int, FinishedTrial)
    /// The child died; a fresh one takes its place.
    case crashed(slot: Int, Crash)
    /// A child that was stopped is gone, and a fresh one waits.
    case freed(slot: Int)
    /// It printed a line.
    case printed(slot: Int, String)
    /// The state of a trial that runs.
    case checkpoint(Lease, [UInt8])
    /// A trial goes on from its checkpoint, after so many iterations.
    case continued(Lease, step: UInt64)
    /// A trial begins afresh although it had a checkpoint.
    case checkpointRefused(Lease, reason: String)
}

/// Why no trial can be computed on this machine.
public enum ChildrenError: Error, Hashable, Sendable, CustomStringConvertible {
    case cannotStart(reason: String)
    /// Children die without having a trial; the end of the last one's log.
    case dying(lastLines: [String])

    public var description: String {
        switch self {
        case .cannotStart(let reason): "a compute child cannot be started: \(reason)"
        case .dying(let lines):
            "compute children end before they have a trial"
                + (lines.last.map { ": \($0)" } ?? "")
        }
    }
}

/// Requests to end, from signals.
public protocol StopRequests: AnyObject {
    /// To be waited for.
    var descriptors: [Int32] { get }
    /// The signals that came since the last call, oldest first.
    func take() -> [Int32]
}

/// Durable results of one worker that are not acknowledged.
public protocol ResultSpool: AnyObject {
    /// Sweeps that results are kept of, in order of number.
    func sweeps() throws(SpoolError) -> [UInt64]
    /// Leases of the results kept of a sweep, in order of trial and attempt. What cannot be read is
    /// set aside and told of.
    func restore(sweep: UInt64) throws(SpoolError) -> [(lease: Lease, ending: AttemptEnding)]
    /// Begins to keep a result; it survives the process and the machine when ``takeKept()`` says so.
    func keep(_ trial: FinishedTrial, sweep: UInt64)
    /// What became of results that were to be kept, since the last call.
    func takeKept() -> [KeptResult]
    /// Reads a result back; nil when it is not there or damaged, and then it is set aside.
    func read(_ lease: Lease, sweep: UInt64) throws(SpoolError) -> FinishedTrial?
    /// Deletes a result, after what was begun before.
    func delete(_ lease: Lease, sweep: UInt64)
    /// Waits until all that was begun is done, but not for a disk that does not answer.
    func settle()
    /// A number that rises with each call, through all starts of this worker.
    func nextIncarnation() throws(SpoolError) -> UInt64
    var identity: WorkerIdentity { get }
    /// What was set aside since the last call, a sentence each.
    func takeRemarks() -> [String]
}

/// What became of a result that was to be kept, or deleted.
public struct KeptResult: Hashable, Sendable {
    public var lease: Lease
    public var sweep: UInt64
    /// nil when it is durable.
    public var trouble: SpoolError?

    public init(_ lease: Lease, sweep: UInt64, trouble: SpoolError? = nil) {
        self.lease = lease
        self.sweep = sweep
        self.trouble = trouble
    }
}
