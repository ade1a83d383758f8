import SweepCore
import SweepProtocol

/// The loop of a worker: it owns the wire, the children and the spool, tells its ``WorkerCore`` what
/// happens, and does what that answers. It computes nothing itself, so its heartbeats go on however
/// long a trial takes.
///
/// Used on one thread.
public final class Supervisor {
    /// Times and names of one worker.
    public struct Settings: Sendable {
        public var slotCount: Int
        public var description: WorkerDescription
        public var limits = WorkerCore.Limits()
        /// How long the loop waits for something to happen.
        public var tickMilliseconds: UInt64 = 100
        /// How long a worker that was asked to leave lets its trials run on; with what follows it
        /// is gone within 20 s.
        public var drainMilliseconds: UInt64 = 15_000
        /// How long before that it asks for the last checkpoints.
        public var lastCheckpointMilliseconds: UInt64 = 3_000
        /// Refusals of the key, one after the other, before it gives up.
        public var refusalLimit = 5
        /// How long an endpoint may take to answer before the next one is tried.
        public var attemptMilliseconds: UInt64 = 10_000
        public var refusalPauseMilliseconds: UInt64 = 2_500
        /// How long it waits after the line to a coordinator that it knows broke in a handshake.
        public var handshakePauseMilliseconds: UInt64 = 500
        /// How long it tries to reach a coordinator that it has never heard.
        public var firstContactMilliseconds: UInt64 = 60_000
        /// How long it waits for one that it has heard, when nothing runs.
        public var absenceMilliseconds: UInt64 = 600_000
        /// Whether this CPU can run what `--kernels` asks for.
        public var canRunKernels: @Sendable (String) -> Bool = { _ in true }
        /// What is wrong with the data files of a sweep on this machine; nil when they can be read.
        public var dataTrouble: @Sendable ([DataFile]) -> String? = { _ in nil }

        public init(slotCount: Int, description: WorkerDescription) {
            self.slotCount = slotCount
            self.description = description
        }
    }

    let settings: Settings
    let wire: any WorkerWire
    let children: any ComputeChildren
    let spool: any ResultSpool
    let stops: any StopRequests
    private let clock: () -> Instant
    let log: (WorkerLogLine) -> Void

    var core: WorkerCore
    var store: ReportStore
    var outbox = Outbox()
    /// What the core was told of and has not started.
    var assignments: [Lease: Assignment] = [:]
    var crashes: [Lease: Crash] = [:]
    /// Trials to give back, until the message is sent.
    var returned: [Lease] = []
    var runningCount = 0
    /// Trials that wait for what they go on from.
    var fetches = CheckpointFetches()
    /// Checkpoints on their way to the coordinator.
    var checkpoints = CheckpointOutbox()
    /// Trials that went on from a checkpoint, until that is told.
    var continued: [Continuation] = []

    var welcome: Welcome?
    /// What the coordinator is told of us; with the digest of the spec of what we hold.
    var description: WorkerDescription
    var now: Instant
    private var lastContact: Instant
    var hasHadContact = false
    var refusalCount = 0
    /// Messages of the coordinator in a row that could not be read.
    var damagedCount = 0
    /// When to begin another connection, after a refusal or a request to wait.
    var nextAttempt: Instant?
    /// Whether there is a connection, and since when there is none.
    var isLinked = false
    private var downSince: Instant
    var malformedCount = 0
    private var leaving: (signal: Int32, deadline: Instant)?
    /// When to ask for the last checkpoints.
    private var lastCall: UInt64?
    var exit: WorkerExit?
    private var lastTrouble: SpoolError?

    /// Takes up what the spool holds.
    ///
    /// - Throws: ``SpoolError``.
    public init(
        _ settings: Settings, wire: any WorkerWire, children: any ComputeChildren,
        spool: any ResultSpool, stops: any StopRequests, clock: @escaping () -> Instant,
        log: @escaping (WorkerLogLine) -> Void
    ) throws(SpoolError) {
        self.settings = settings
        self.wire = wire
        self.children = children
        self.spool = spool
        self.stops = stops
        self.clock = clock
        self.log = log
        description = settings.description
        now = clock()
        lastContact = now
        downSince = now
        store = ReportStore(spool: spool)
        (core, store) = try Self.takeUp(
            try spool.sweeps().first, settings: settings, spool: spool, log: log)
    }

    /// A core with what the spool has of a sweep, as a new incarnation of this worker.
    static func takeUp(
        _ sweep: UInt64?, settings: Settings, spool: any ResultSpool,
        log: (WorkerLogLine) -> Void
    ) throws(SpoolError) -> (WorkerCore, ReportStore) {
        var store = ReportStore(spool: spool)
        let restored = try sweep.map { sweep throws(SpoolError) in try spool.restore(sweep: sweep) }
        for remark in spool.takeRemarks() {
            log(WorkerLogLine(.warning, "spool-damaged", ["what": remark]))
        }
        if let sweep, let restored {
            store.enter(sweep, restored: restored.map(\.lease))
            if !restored.isEmpty {
                log(WorkerLogLine(.info, "spool-restored", ["results": "\(restored.count)"]))
            }
        }
        let core = WorkerCore(
            identity: spool.identity, incarnation: try spool.nextIncarnation(),
            slotCount: settings.slotCount, sweep: sweep, spooled: restored ?? [],
            limits: settings.limits)
        return (core, store)
    }

    /// Works until the sweep is finished or there is nothing more to do.
    ///
    /// - Throws: What the wire throws when no connection can ever come about.
    public func run() throws -> WorkerExit {
        while true {
            if let exit = try turn() { return exit }
        }
    }

    /// One turn of the loop: waits for something to happen and sees to it.
    ///
    /// - Returns: Why the worker ends, when it does; nothing may be asked of it afterwards.
    public func turn() throws -> WorkerExit? {
        let isUrgent = children.isUrgent
        let news = try wire.wait(
            milliseconds: Int(isUrgent ? 5 : settings.tickMilliseconds),
            descriptors: children.descriptors + stops.descriptors)
        now = clock()
        for item in news { try take(item) }
        try takeChildrenNews()
        try takeStops()
        try tryNextConnection()
        try handle(.timeAdvanced)
        store.advance(to: now)
        try pump()
        checkContact()
        tellTrouble()
        guard let exit else { return nil }
        end(exit)
        return exit
    }

    private func takeChildrenNews() throws {
        do throws(ChildrenError) {
            for item in try children.news() { childrenNews.append(item) }
        } catch {
            finish(.unusable(message: "\(error)"))
        }
        for item in childrenNews { try take(item) }
        childrenNews = []
    }

    private var childrenNews: [ChildNews] = []

    // MARK: Leaving

    private func takeStops() throws {
        for signal in stops.take() {
            if leaving == nil {
                leaving = (
                    signal, now.advanced(byMilliseconds: settings.drainMilliseconds)
                )
                log(WorkerLogLine(.info, "leaving", ["signal": "\(signal)"]))
                // At once, as whoever asks may not wait that long; and again before the end.
                children.callForCheckpoints()
                lastCall =
                    now.milliseconds + settings.drainMilliseconds
                    - min(settings.drainMilliseconds, settings.lastCheckpointMilliseconds)
                try handle(.leaveRequested)
            } else {
                // Asked twice: not another moment.
                try handle(.patienceEnded)
            }
        }
        guard let leaving, exit == nil else { return }
        if let due = lastCall, now.milliseconds >= due {
            lastCall = nil
            children.callForCheckpoints()
        }
        let hasNothing = core.session == nil && runningCount == 0 && core.unacknowledgedCount == 0
        if now >= leaving.deadline || hasNothing { try handle(.patienceEnded) }
    }

    /// What `exit` means for a worker that a signal asked to leave.
    func exitAfterLeaving() -> WorkerExit { .left(signal: leaving?.signal ?? 15) }

    func finish(_ reason: WorkerExit) { if exit == nil { exit = reason } }

    private func end(_ exit: WorkerExit) {
        children.killAll()
        if exit != .finished { store.flush(at: now) }
        tellTrouble()
        log(
            WorkerLogLine(
                exit.code == 0 || exit.code == 130 ? .info : .error, "ended",
                ["why": "\(exit)", "kept": "\(core.unacknowledgedCount)"]))
    }

    // MARK: Contact

    func reconnect() throws {
        outbox.clear()
        nextAttempt = nil
        noteLinkDown()
        try wire.reconnect()
    }

    func noteLinkDown() {
        isLinked = false
        downSince = now
    }

    /// Begins another connection when it is time: after a refusal or a request to wait, and when
    /// an endpoint does not answer, because there may be others.
    private func tryNextConnection() throws {
        guard exit == nil else { return }
        let moment =
            nextAttempt
            ?? (isLinked ? nil : downSince.advanced(byMilliseconds: settings.attemptMilliseconds))
        if let moment, now >= moment { try reconnect() }
    }

    func noteContact() {
        lastContact = now
        hasHadContact = true
    }

    private func checkContact() {
        guard exit == nil, core.session == nil, runningCount == 0 else {
            if runningCount > 0 { lastContact = now }
            return
        }
        let patience =
            hasHadContact ? settings.absenceMilliseconds : settings.firstContactMilliseconds
        let silence = now.milliseconds - lastContact.milliseconds
        guard silence >= patience else { return }
        // Somebody was there, and did not let us in.
        finish(
            refusalCount > 0
                ? .keyRefused(count: refusalCount) : .unreachable(seconds: silence / 1_000))
    }

    /// Tells of trouble with the spool, once for as long as it stays the same.
    private func tellTrouble() {
        for remark in spool.takeRemarks() {
            log(WorkerLogLine(.warning, "spool-damaged", ["what": remark]))
        }
        guard let trouble = store.takeTrouble(), trouble != lastTrouble else { return }
        lastTrouble = trouble
        log(WorkerLogLine(.warning, "spool-trouble", ["why": "\(trouble)"]))
    }
}
