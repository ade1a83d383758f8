import SweepCore
import SweepProtocol
import SweepWorker

/// A wire whose other end is the test.
final class FakeWire: WorkerWire {
    var incoming: [WireNews] = []
    private(set) var sent: [Envelope] = []
    private(set) var reconnectCount = 0
    var isOpen = true

    func wait(milliseconds: Int, descriptors: [Int32]) -> [WireNews] {
        defer { incoming = [] }
        return incoming
    }

    func send(_ envelope: Envelope) -> Bool {
        if isOpen { sent.append(envelope) }
        return isOpen
    }

    func reconnect() { reconnectCount += 1 }

    /// What was sent since the last call.
    func takeSent() -> [Message] {
        defer { sent = [] }
        return sent.map(\.message)
    }
}

/// Compute children that do what the test says.
final class FakeChildren: ComputeChildren {
    enum Call: Hashable {
        case prepare(String)
        case start(Lease, slot: Int)
        case resume(Lease, slot: Int)
        case callForCheckpoints
        case stop(slot: Int)
        case killAll
    }

    private(set) var calls: [Call] = []
    private(set) var started: [Assignment] = []
    /// What trials were to go on from.
    private(set) var checkpoints: [[UInt8]] = []
    var pending: [ChildNews] = []
    var defeat: ChildrenError?
    let descriptors: [Int32] = []
    let isUrgent = false

    func prepare(_ welcome: Welcome) { calls.append(.prepare(welcome.name)) }

    func start(_ assignment: Assignment, slot: Int) {
        started.append(assignment)
        calls.append(.start(assignment.lease, slot: slot))
    }

    func start(_ assignment: Assignment, slot: Int, from checkpoint: [UInt8]?) {
        guard let checkpoint else { return start(assignment, slot: slot) }
        started.append(assignment)
        checkpoints.append(checkpoint)
        calls.append(.resume(assignment.lease, slot: slot))
    }

    func callForCheckpoints() { calls.append(.callForCheckpoints) }
    func stop(slot: Int) { calls.append(.stop(slot: slot)) }
    func killAll() { calls.append(.killAll) }

    func news() throws(ChildrenError) -> [ChildNews] {
        if let defeat { throw defeat }
        defer { pending = [] }
        return pending
    }

    func takeCalls() -> [Call] {
        defer { calls = [] }
        return calls
    }
}

final class FakeStops: StopRequests {
    let descriptors: [Int32] = []
    var pending: [Int32] = []
    func take() -> [Int32] {
        defer { pending = [] }
        return pending
    }
}

/// A spool in memory that can be full.
final class FakeSpool: ResultSpool {
    struct Key: Hashable {
        var sweep: UInt64
        var lease: Lease
    }

    let identity = WorkerIdentity(high: 1, low: 2)
    var files: [Key: FinishedTrial] = [:]
    var isFull = false
    private(set) var incarnation: UInt64 = 0

    private var kept: [KeptResult] = []

    func sweeps() -> [UInt64] { Set(files.keys.map(\.sweep)).sorted() }

    func restore(sweep: UInt64) -> [(lease: Lease, ending: AttemptEnding)] {
        files.filter { $0.key.sweep == sweep }
            .map { (lease: $0.key.lease, ending: $0.value.ending) }
            .sorted { $0.lease.trial < $1.lease.trial }
    }

    func keep(_ trial: FinishedTrial, sweep: UInt64) {
        var result = KeptResult(trial.lease, sweep: sweep)
        if isFull {
            result.trouble = .notWritable(path: "spool", reason: "no space left on device")
        } else {
            files[Key(sweep: sweep, lease: trial.lease)] = trial
        }
        kept.append(result)
    }

    func takeKept() -> [KeptResult] {
        defer { kept = [] }
        return kept
    }

    func settle() {}

    func read(_ lease: Lease, sweep: UInt64) -> FinishedTrial? {
        files[Key(sweep: sweep, lease: lease)]
    }

    func delete(_ lease: Lease, sweep: UInt64) {
        files[Key(sweep: sweep, lease: lease)] = nil
    }

    func nextIncarnation() -> UInt64 {
        incarnation += 1
        return incarnation
    }

    func takeRemarks() -> [String] { [] }
}

/// A supervisor among doubles, and a clock that the test moves.
final class World {
    let wire = FakeWire()
    let children = FakeChildren()
    let spool: FakeSpool
    let stops = FakeStops()
    private(set) var supervisor: Supervisor
    private let clock = Clock()
    private let journal = Journal()

    private final class Clock { var milliseconds: UInt64 = 1_000 }
    private final class Journal { var lines: [WorkerLogLine] = [] }

    static let session = WorkerID(epoch: 1, number: 7)
    static let lease = 5_000

    init(slots: Int = 1, spool: FakeSpool = FakeSpool()) throws {
        self.spool = spool
        let clock = clock
        let journal = journal
        var settings = Supervisor.Settings(
            slotCount: slots,
            description: WorkerDescription(
                host: "here", process: 1, softwareVersion: "1", kernelFamily: "reference"))
        settings.canRunKernels = { $0 != "avx9" }
        settings.dataTrouble = { files in
            files.first { $0.path == "/other" }.map { "\($0.path) is another file" }
        }
        supervisor = try Supervisor(
            settings, wire: wire, children: children, spool: spool, stops: stops,
            clock: { Instant(milliseconds: clock.milliseconds) },
            log: { journal.lines.append($0) })
    }

    var events: [String] { journal.lines.map(\.event) }

    /// One turn of the loop after some time, with this news from the wire.
    ///
    /// - Returns: Why the worker ended, if it did.
    @discardableResult
    func turn(after milliseconds: UInt64 = 0, _ news: WireNews...) throws -> WorkerExit? {
        clock.milliseconds += milliseconds
        wire.incoming += news
        return try supervisor.turn()
    }

    /// One turn in which the coordinator says this.
    @discardableResult
    func hear(_ messages: Message...) throws -> WorkerExit? {
        wire.incoming += messages.map { .received(Envelope($0, session: Self.session)) }
        return try supervisor.turn()
    }

    /// Connects and is welcomed; what was sent and called until then is forgotten.
    func join(_ welcome: Welcome? = nil) throws {
        try turn(.connected)
        try hear(.welcome(welcome ?? Self.welcome(greeting: lastGreeting)))
        _ = wire.takeSent()
        _ = children.takeCalls()
    }

    /// The sequence of the last hello.
    var lastGreeting: UInt64 {
        for envelope in wire.sent.reversed() {
            if case .hello(let hello, _) = envelope.message { return hello.sequence }
        }
        return 0
    }

    static func welcome(
        greeting: UInt64, sweep: UInt64 = 9, limits: Welcome.Limits = .init(),
        kernels: String = "auto", dataFiles: [DataFile] = []
    ) -> Welcome {
        Welcome(
            greeting: greeting,
            terms: Terms(heartbeatMilliseconds: 1_000, leaseMilliseconds: 5_000, sweep: sweep),
            limits: limits, name: "smoke", spec: "sweep: smoke\n", kernelChoice: kernels,
            dataFiles: dataFiles)
    }
}

/// An assignment of a trial.
func assignment(_ trial: Int, attempt: Int = 0) -> Assignment {
    Assignment(
        Lease(TrialID(trial), attempt: attempt), point: trial, seed: 0,
        parameters: [.init(name: "gain", value: .number(Double(trial)))])
}

/// A finished trial with this many bytes of numbers.
func finished(
    _ trial: Int, attempt: Int = 0, wallMilliseconds: UInt64 = 10, doubles: Int = 0
) throws -> FinishedTrial {
    let arrays =
        doubles == 0
        ? []
        : [
            NamedArray("a", shape: [doubles], [Double](repeating: 0.5, count: doubles))
        ]
    let outcome = TrialOutcome.success(
        TrialResult(metrics: [NamedMetric("m", Double(trial))], arrays: arrays))
    return FinishedTrial(
        Lease(TrialID(trial), attempt: attempt), .success,
        content: try OutcomeCodec.encode(outcome), wallMilliseconds: wallMilliseconds,
        cpuMilliseconds: wallMilliseconds)
}

/// A small generator for tests that need many different bytes.
struct TestGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }
}
