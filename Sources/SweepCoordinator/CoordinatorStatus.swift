import SweepCore

/// What a coordinator is doing: a copy for progress lines, `status` and pages.
public struct CoordinatorStatus: Sendable {
    /// One worker with a session.
    public struct Worker: Sendable {
        public var session: WorkerID
        public var identity: WorkerIdentity
        public var host: String
        public var process: UInt32
        public var kernelFamily: String
        public var softwareVersion: String
        public var slotCount: Int
        /// Trials it has, those waiting for a slot included.
        public var heldCount: Int
        public var runningCount: Int
        public var isLeaving: Bool
        /// Why it gets no trials for a while; nil when it does.
        public var quarantine: WorkerQuarantine?
    }

    /// Why a worker gets no trials, and for how long yet.
    public struct WorkerQuarantine: Hashable, Sendable {
        public var reason: String
        public var millisecondsLeft: UInt64
    }

    /// A trial that is not tried again until somebody asks for it.
    public struct QuarantinedTrial: Hashable, Sendable {
        public var trial: TrialID
        /// Grid index of its point.
        public var point: Int
        public var seed: Int
        public var reason: String

        public init(trial: TrialID, point: Int, seed: Int, reason: String) {
            self.trial = trial
            self.point = point
            self.seed = seed
            self.reason = reason
        }
    }

    /// More are counted and not listed.
    public static let quarantinedTrialLimit = 100

    public var scheduler: Scheduler.Snapshot
    public var workers: [Worker]
    /// At most ``quarantinedTrialLimit`` of them, in the order in which that came about.
    public var quarantinedTrials: [QuarantinedTrial]
    public var counters: LoopCounters
    /// Whether the book waits for space.
    public var isDiskFull: Bool
    /// Milliseconds since the loop began.
    public var elapsedMilliseconds: UInt64

    /// Trials that need no further work.
    public var doneCount: Int {
        scheduler.recordedCount + scheduler.failedCount + scheduler.quarantinedCount
    }

    /// Trials that ended without numbers.
    public var failedCount: Int { scheduler.failedCount + scheduler.quarantinedCount }
}

/// What the loop counted.
public struct LoopCounters: Hashable, Sendable {
    public var messages = 0
    /// Messages that broke the protocol.
    public var breaches = 0
    /// Connections that broke it so often that they are not heard any more.
    public var mutedPeers = 0
    /// Messages that a peer did not take.
    public var unsent = 0
    public var disconnections = 0
    /// Attempts that ended without a result.
    public var losses = 0
    /// Local workers that ended without being asked to.
    public var workerDeaths = 0
    /// Results of trials that have a result with other numbers.
    public var divergentResults = 0
    /// Checkpoints made durable.
    public var checkpoints = 0

    public init() {}
}

/// How a loop ended.
public struct LoopEnding: Sendable {
    public var status: CoordinatorStatus
    /// Whether somebody asked it to stop.
    public var wasStopped: Bool

    /// Whether every trial is settled.
    public var isDone: Bool { status.doneCount == status.scheduler.trialCount }
}

/// Why a coordinator cannot go on.
public enum CoordinatorError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The book stopped for good.
    case book(message: String, exitCode: Int32)
    /// The book refused what only this coordinator writes.
    case contradiction(String)
    /// A message that every worker needs breaks a bound of the protocol.
    case unsendable(String)
    /// Every local worker ended again and again.
    case crewGaveUp(lastEnding: String)
    /// No local worker can read the data; why, from the last of them.
    case dataUnreadable(String)
    /// Results could not be made durable in the time left after a stop.
    case stoppedWithoutDisk

    public var exitCode: Int32 {
        switch self {
        case .book(_, let exitCode): exitCode
        case .contradiction: 66
        case .unsendable: 2
        case .crewGaveUp: 69
        case .dataUnreadable: 66
        case .stoppedWithoutDisk: 73
        }
    }

    public var description: String {
        switch self {
        case .book(let message, _): message
        case .contradiction(let detail):
            "the ledger does not agree with what was done (\(detail)); stopping before anything is "
                + "recorded wrongly: run `critsweep verify`"
        case .unsendable(let detail): "the sweep cannot be told to workers: \(detail)"
        case .crewGaveUp(let ending):
            "the local workers end as soon as they are started (the last one: \(ending)); "
                + "the folder logs of the sweep says why"
        case .dataUnreadable(let trouble):
            "no local worker can read the data: \(trouble); what is recorded is kept, and the same "
                + "command goes on"
        case .stoppedWithoutDisk:
            "stopped while no space was left for results; what was not durable will run again"
        }
    }
}
