import SweepCore
import SweepProtocol

/// What a coordinator tells its workers and how patient it is.
public struct CoordinatorSettings: Sendable {
    /// Name of the sweep.
    public var name: String
    /// The spec that workers resolve their trials with.
    public var spec: String
    /// What the operator asked of `--kernels`: "auto" or the name of a family.
    public var kernelChoice = "auto"
    public var softwareVersion: String
    /// The files that trials read.
    public var dataFiles: [DataFile] = []
    /// Bytes of the largest result.
    public var resultBytes = 64 << 20
    /// Time between two checkpoints of a trial; 0 for none.
    public var checkpointMilliseconds: UInt64 = 30_000
    /// How long running trials may take to end after the first request to stop.
    public var patienceMilliseconds: UInt64 = 20_000
    /// How long results may take to become durable after that.
    public var commitPatienceMilliseconds: UInt64 = 10_000
    /// How often the state is shown.
    public var showMilliseconds: UInt64 = 100
    /// Breaches of the protocol after which a connection is not heard any more.
    public var breachLimit = 3

    public init(name: String, spec: String, softwareVersion: String) {
        self.name = name
        self.spec = spec
        self.softwareVersion = softwareVersion
    }
}

/// The only code of the coordinator that performs input and output: receives, handles, performs.
///
/// Every decision is the ``Scheduler``'s. The loop turns messages into events and effects into
/// messages, entries of the book and starts of processes, and owns its wire; it runs on one thread
/// and blocks it.
public struct CoordinatorLoop<Wire: CoordinatorWire & ~Copyable>: ~Copyable {
    let settings: CoordinatorSettings
    let plan: SweepPlan
    let book: any ResultBook
    let crew: (any LocalCrew)?
    let desk: any ControlDesk
    let observer: any LoopObserver
    let now: () -> Instant

    var wire: Wire
    var scheduler: Scheduler
    var connections: Connections<Wire.Peer>
    var intake: ResultIntake
    var checkpoints: CheckpointDesk
    var restarts: RestartPolicy
    let crewIndices: [String: Int]
    var counters = LoopCounters()

    /// The result that the report being handled brings.
    var reportInHand: BookResult?
    /// What is known of the crash that is being handled.
    var crashInHand: CrashNote?
    /// Entries handed to the book, or waiting to be, oldest first; verdicts come in this order.
    var awaited = AwaitedEntries()
    /// How the last child of a trial crashed, for the message of its quarantine.
    var crashNotes: [TrialID: CrashNote] = [:]
    /// Trials that are quarantined, and why, oldest first.
    var quarantinedTrials: [CoordinatorStatus.QuarantinedTrial] = []
    /// What each session was assigned and has not settled, for the story of what is lost.
    var assigned: [WorkerID: Set<Lease>] = [:]
    /// The hello that is being handled, and what its worker takes along from an earlier session.
    var helloInHand: Hello?
    var carried: Set<Lease> = []
    /// Why sessions that end now end.
    var lossReason = ""
    /// Sessions found to be gone.
    var unreachable: [WorkerID] = []

    var isGrantingPaused = false
    var isDiskFull = false
    var isFinished = false
    var stopRequestCount = 0
    var lastCrewEnding = ""
    /// Why a local worker could not read the data.
    var crewDataTrouble: String?

    let startedAt: UInt64
    var nextTick: UInt64 = 0
    var nextShow: UInt64 = 0
    var nextConfirmation: UInt64 = 0
    /// When to find out which connections are gone; empty when none broke.
    var probesDue: [UInt64] = []
    /// When the loop last looked around, and until when those who left during a pause of its own
    /// may still be on their way back.
    private var lastTurn: UInt64
    private var returnsUntil: UInt64 = 0
    var patienceEnds: UInt64?
    var commitPatienceEnds: UInt64?

    /// A loop that has not begun.
    ///
    /// - Parameters:
    ///   - scheduler: Told of everything that the book has (``Scheduler/told(of:)``).
    ///   - checkpoints: Those that the book has of open trials.
    ///   - quarantinedTrials: Some of those that the book has, for ``CoordinatorStatus``.
    ///   - now: The monotonic clock.
    public init(
        _ settings: CoordinatorSettings, plan: SweepPlan, scheduler: Scheduler,
        wire: consuming Wire, book: any ResultBook, crew: (any LocalCrew)? = nil,
        desk: any ControlDesk, observer: any LoopObserver, checkpoints: [KeptCheckpoint] = [],
        quarantinedTrials: [CoordinatorStatus.QuarantinedTrial] = [], now: @escaping () -> Instant
    ) {
        self.settings = settings
        self.plan = plan
        self.scheduler = scheduler
        self.wire = wire
        self.book = book
        self.crew = crew
        self.desk = desk
        self.observer = observer
        self.quarantinedTrials = quarantinedTrials
        self.now = now
        connections = Connections(epoch: scheduler.epoch)
        var limits = ResultIntake.Limits()
        limits.resultBytes = settings.resultBytes
        intake = ResultIntake(limits: limits)
        self.checkpoints = CheckpointDesk(resultBytes: settings.resultBytes, kept: checkpoints)
        let keys = crew?.keys ?? []
        let start = now()
        restarts = RestartPolicy(count: keys.count, at: start)
        crewIndices = Dictionary(
            keys.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        for checkpoint in checkpoints {
            let kept = Scheduler.Event.checkpointKept(checkpoint.lease, step: checkpoint.step)
            _ = self.scheduler.handle(kept, at: start)
        }
        startedAt = start.milliseconds
        lastTurn = start.milliseconds
    }

    /// Runs to the end: every trial settled, or stopped.
    ///
    /// - Throws: ``CoordinatorError``, or what the wire throws. What was acknowledged is durable.
    public mutating func run() throws -> LoopEnding {
        try checkSendable()
        // Nothing may be left to do since the last start.
        isFinished = scheduler.isFinished
        if !isFinished { try tell(.timeAdvanced) }
        while !isFinished { try turn() }
        let status = status()
        observer.show(status)
        return LoopEnding(status: status, wasStopped: stopRequestCount > 0)
    }

    /// Ends the loop and gives the wire back, to let it send what is left.
    public consuming func takeWire() -> Wire { wire }

    /// Messages read before anything else is looked at.
    private static var messageLimit: Int { 256 }
    /// The longest wait, and so the time between two looks at the clock.
    private static var tickMilliseconds: UInt64 { 50 }
    private static var confirmationMilliseconds: UInt64 { 5_000 }

    private mutating func turn() throws {
        var descriptors = [book.descriptor, desk.descriptor]
        if let crew { descriptors.append(crew.descriptor) }
        let ready = try wire.wait(milliseconds: waitMilliseconds(), descriptors: descriptors)
        noteOwnPause()

        // First what has arrived: a result may be in it whose worker is dead by now.
        for message in try wire.receive(atMost: Self.messageLimit) {
            try take(message)
            if isFinished { return }
        }
        let broken = try wire.takeDisconnections()
        if broken > 0 { noteDisconnections(broken) }
        if ready.contains(book.descriptor) || awaited.hasWaiting { try takeBookNews() }
        if ready.contains(desk.descriptor) { try takeRequests() }
        if let crew, ready.contains(crew.descriptor) { try takeEnded(of: crew) }
        if !isFinished { try lookAtClock() }
    }

    private func waitMilliseconds() -> Int {
        let time = now().milliseconds
        let due = min(nextTick, probesDue.first ?? .max, restarts.nextRestart?.milliseconds ?? .max)
        return due <= time ? 0 : Int(min(due - time, Self.tickMilliseconds))
    }

    private mutating func lookAtClock() throws {
        let time = now().milliseconds
        if let due = probesDue.first, time >= due {
            probesDue.removeFirst()
            try probeAll()
        }
        if let crew {
            for index in restarts.takeDue(at: Instant(milliseconds: time)) {
                do { try crew.restart(index) } catch {
                    observer.log("worker \(index + 1) cannot be started: \(error)")
                    if !restarts.end(of: index, at: Instant(milliseconds: time)) {
                        lastCrewEnding = "\(error)"
                    }
                }
            }
            if restarts.hasGivenUp {
                throw crewDataTrouble.map(CoordinatorError.dataUnreadable)
                    ?? .crewGaveUp(lastEnding: lastCrewEnding)
            }
        }
        if let due = checkpoints.lastCall, time >= due {
            checkpoints.lastCall = nil
            callForCheckpoints()
        }
        if let end = patienceEnds, time >= end {
            patienceEnds = nil
            observer.log("running trials did not end in time; stopping without them")
            try endPatience()
        }
        if let end = commitPatienceEnds, time >= end { throw CoordinatorError.stoppedWithoutDisk }
        if isFinished { return }
        if time >= nextConfirmation {
            nextConfirmation = time + Self.confirmationMilliseconds
            try wire.confirm()
        }
        if time >= nextTick {
            nextTick = time + Self.tickMilliseconds
            lossReason = "no sign of life for \(scheduler.limits.leaseMilliseconds) ms"
            try tell(.timeAdvanced)
        }
        if time >= nextShow {
            nextShow = time + settings.showMilliseconds
            observer.show(status())
        }
    }

    // MARK: Requests

    private mutating func takeRequests() throws {
        for request in desk.takeRequests() where !isFinished {
            switch request {
            case .retry(let trials): for trial in trials { try tell(.retryRequested(trial)) }
            case .stop:
                stopRequestCount += 1
                if stopRequestCount == 1 {
                    observer.log("asked to stop: waiting for the trials that run")
                    let end = now().milliseconds + settings.patienceMilliseconds
                    patienceEnds = end
                    // At once, as whoever asks may not wait that long; and again before the end.
                    callForCheckpoints()
                    checkpoints.lastCall =
                        end
                        - min(settings.patienceMilliseconds, CheckpointDesk.lastCallMilliseconds)
                    try tell(.stopRequested)
                } else {
                    observer.log("asked again to stop: stopping now")
                    try endPatience()
                }
            }
        }
    }

    private mutating func endPatience() throws {
        if commitPatienceEnds == nil {
            commitPatienceEnds = now().milliseconds + settings.commitPatienceMilliseconds
        }
        try tell(.patienceEnded)
    }

    // MARK: Those who are gone

    private mutating func takeEnded(of crew: any LocalCrew) throws {
        for ended in crew.takeEnded() {
            counters.workerDeaths += 1
            lastCrewEnding = ended.ending
            if let trouble = ended.dataTrouble {
                restarts.giveUp(ended.index)
                crewDataTrouble = trouble
            }
            let isRestarted = restarts.end(of: ended.index, at: now())
            observer.log(
                "worker \(ended.index + 1): \(ended.ending)"
                    + (isRestarted ? "; starting it again" : "; not started again"))
            guard crew.keys.indices.contains(ended.index) else { continue }
            lossReason = "the worker's process ended: \(ended.ending)"
            if !ended.lastLines.isEmpty {
                lossReason += ": " + ended.lastLines.joined(separator: " | ")
            }
            for worker in connections.workers(withKey: crew.keys[ended.index]) {
                try tell(.workerLost(worker))
                connections.remove(worker)
            }
        }
    }

    /// A worker whose connection breaks tries again within 0.2 s, and names what it holds: nothing
    /// of it is handed on before it had time to.
    private static var returnMilliseconds: UInt64 { 250 }
    /// The same after a pause of our own, when workers have given up the connection long ago and
    /// try twice a second.
    private static var returnMillisecondsAfterPause: UInt64 { 1_500 }

    private mutating func noteOwnPause() {
        let time = now().milliseconds
        if time >= lastTurn + scheduler.limits.pauseMilliseconds {
            returnsUntil = time + Self.returnMillisecondsAfterPause
        }
        lastTurn = time
    }

    private mutating func noteDisconnections(_ count: Int) {
        counters.disconnections += count
        awaitReturns()
    }

    /// Sets the time at which those are given up who have not come back.
    private mutating func awaitReturns() {
        guard probesDue.isEmpty else { return }
        // Twice, as the library tells of a broken connection just before it forgets the peer; and
        // not at once for each of a thousand.
        let due = max(now().milliseconds + Self.returnMilliseconds, returnsUntil)
        probesDue = [due, due + 100]
    }

    /// Sends to everybody, to find out whose connection is gone.
    private mutating func probeAll() throws {
        unreachable = []
        for worker in connections.workers {
            guard let connection = connections[worker] else { continue }
            let envelope = Envelope(.ping, session: nil)
            if try wire.send(envelope, to: connection.peer) == .unreachable {
                unreachable.append(worker)
            }
        }
        try dropUnreachable()
    }

    /// Ends the sessions of connections that are gone. Their workers may live: a hello brings back
    /// what they hold.
    mutating func dropUnreachable() throws {
        while let worker = unreachable.popLast() {
            guard connections[worker] != nil else { continue }
            lossReason = "the connection broke"
            // Its connection cannot be used again, so it is forgotten whether it had a session.
            for effect in scheduler.handle(.workerUnreachable(worker), at: now()) {
                try perform(effect)
            }
            forgetParts(of: worker)
            connections.remove(worker)
        }
    }

    // MARK: Telling the scheduler

    /// Tells the scheduler what happened, and performs what it answers.
    mutating func tell(_ event: Scheduler.Event) throws {
        for effect in scheduler.handle(event, at: now()) { try perform(effect) }
        if !unreachable.isEmpty {
            unreachable = []
            awaitReturns()
        }
    }

    func status() -> CoordinatorStatus {
        let snapshot = scheduler.snapshot
        return CoordinatorStatus(
            scheduler: snapshot,
            workers: snapshot.workers.map { view in
                let description = connections[view.id]?.description
                return CoordinatorStatus.Worker(
                    session: view.id, identity: view.identity, host: description?.host ?? "",
                    process: description?.process ?? 0,
                    kernelFamily: description?.kernelFamily ?? "",
                    softwareVersion: description?.softwareVersion ?? "",
                    slotCount: view.slotCount, heldCount: view.held.count,
                    // What waits for a slot and what runs is known only as of a heartbeat.
                    runningCount: min(view.held.count, view.slotCount),
                    isLeaving: view.isLeaving, quarantine: quarantine(of: view))
            },
            quarantinedTrials: quarantinedTrials, counters: counters, isDiskFull: isDiskFull,
            elapsedMilliseconds: now().milliseconds - startedAt)
    }
}
