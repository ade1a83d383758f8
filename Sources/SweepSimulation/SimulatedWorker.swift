import SweepCore

/// What an attempt that was begun comes to.
struct Computed: Equatable {
    var ending: AttemptEnding
    /// The numbers of the result; a faulty machine computes others.
    var numbers: UInt64

    /// What a confused worker reports of an attempt that it was never granted.
    static let madeUp = Computed(ending: .success, numbers: .max)
}

/// A worker's machine: its process while it lives, its compute children, its clock and its disk.
struct SimulatedWorker {
    /// A result that its worker keeps, in memory at first.
    struct Kept {
        var lease: Lease
        var outcome: Computed
        var isOnDisk = false
    }

    let node: Int
    let slotCount: Int
    /// The name that is in its spool: a machine that loses its disk comes back under another.
    var identity: WorkerIdentity
    var clock: HostClock

    /// The real worker core; nil while no process lives.
    var core: WorkerCore?
    var incarnation: UInt64 = 0
    var connection = 0
    var frozenUntil: UInt64 = 0
    /// Effects after which the process is killed; nil when it is not to be.
    var killAfter: Int?
    /// What the compute children run, with a token that tells a run from a cancelled one.
    var computing: [Lease: Int] = [:]
    var computeCount = 0
    /// Finished trials until they are acknowledged, in the order in which they ended.
    var kept: [Kept] = []
    var isDiskFull = false
    /// Whether it may come back before the faults end.
    var isAway = false

    /// Partitioned from the coordinator's messages, or the coordinator from its, until a time.
    var isDeaf = false
    var isMute = false
    var partitionEnds: UInt64 = 0
    var lastInbound: UInt64 = 0
    var lastOutbound: UInt64 = 0

    // What the checks go by.

    /// Leases whose assignment came in the session that the worker was in.
    var entitled: Set<Lease> = []
    /// The start of the coordinator whose welcome was taken last.
    var sessionRun = 0
    /// When anything came from the coordinator, on the worker's clock.
    var lastContact: UInt64 = 0

    init(node: Int, slotCount: Int, clock: HostClock) {
        self.node = node
        self.slotCount = slotCount
        self.clock = clock
        identity = WorkerIdentity(high: 0, low: UInt64(node) + 1)
    }

    /// Results that a restart would find.
    var onDisk: [Kept] { kept.filter(\.isOnDisk) }
}

/// The monotonic clock of one host: it starts anywhere, and runs a little fast or slow.
struct HostClock {
    var offset: UInt64 = 0
    /// Its milliseconds in a thousand true ones.
    var rate: UInt64 = 1_000

    func milliseconds(at now: UInt64) -> UInt64 { offset + now * rate / 1_000 }
}
