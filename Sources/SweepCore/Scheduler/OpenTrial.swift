/// A trial that was handed out at least once, or is about to be, and is not settled.
struct OpenTrial: Sendable {
    /// Where an open trial is. Pending comes last because it is not counted.
    enum State: Int, Sendable {
        /// Restored with a grant; its worker may still have it.
        case suspect
        /// The grant is on its way to the ledger.
        case granting
        /// Assigned under a lease.
        case running
        /// A result is on its way to the ledger.
        case committing
        /// To be handed out.
        case pending
    }

    /// One hand-out, kept until the trial is settled: a late report must match one.
    struct Grant: Sendable {
        var attempt: Int
        var host: Int
        var hasCrashed = false
        /// Its worker was lost while it had this in a slot, and was not heard of since.
        var isLost = false
        /// It has kept a checkpoint further than any before it, so it is not where others ended.
        var hasProgressed = false
        /// Whether the worker may still have it, as far as we know after a restart.
        var isSuspect = false
    }

    var state: State
    /// Attempts below this one were settled before a retry.
    var firstAttempt = 0
    var nextAttempt = 0
    /// The attempt that is granted, leased or being committed, and its host.
    var attempt = 0
    var host = -1
    /// On the clock without pauses; meaningful while running.
    var deadline: UInt64 = 0
    /// The time of the only live entry in the heap of deadlines; 0 when there is none.
    var queuedDeadline: UInt64 = 0
    /// The worker has named it as running or reporting.
    var hasStarted = false
    /// The commit under way is that of a quarantine.
    var isQuarantining = false
    /// The commit under way is that of a failure.
    var isFailure = false
    /// The furthest checkpoint of any attempt.
    var step: UInt64 = 0
    var grants: [Grant] = []

    init(state: State) { self.state = state }

    func grantIndex(attempt: Int, host: Int) -> Int? {
        grants.lastIndex { $0.attempt == attempt && $0.host == host }
    }

    /// Attempts that crashed, or were lost with their workers.
    var blame: Scheduler.Blame {
        var blame = Scheduler.Blame()
        var hosts: Set<Int> = []
        for grant in grants where grant.hasCrashed || grant.isLost {
            if grant.hasCrashed { blame.crashes += 1 } else { blame.losses += 1 }
            hosts.insert(grant.host)
        }
        blame.workers = hosts.count
        return blame
    }

    /// Whether it was lost with a worker.
    var hasLosses: Bool { grants.contains(where: \.isLost) }

    /// Whether its compute child or its worker died here.
    func hasEnded(on host: Int) -> Bool {
        grants.contains { ($0.hasCrashed || $0.isLost) && $0.host == host }
    }

    /// How often its compute child or its worker died here.
    func badEndCount(on host: Int) -> Int {
        grants.count { ($0.hasCrashed || $0.isLost) && $0.host == host }
    }

    func isLeased(_ attempt: Int, to host: Int) -> Bool {
        (state == .running || state == .granting) && self.attempt == attempt && self.host == host
    }
}

/// A worker as the scheduler knows it: who it is, and its session while it has one.
struct Host: Sendable {
    var identity: WorkerIdentity
    var incarnation: UInt64 = 0
    var lastSequence: UInt64 = 0
    var session: WorkerID?
    var slotCount = 0
    var creditCount = 0
    var isLeaving = false
    /// Trials granted or leased to it, in the order of the grants.
    var leases: [Int] = []
    /// Older attempts it still runs, or has ended, although a newer one holds the lease; the first report wins.
    var strays: [Lease] = []
    /// Restored trials that it may still have.
    var suspects: [Int] = []
    var deadline: UInt64 = 0
    var queuedDeadline: UInt64 = 0
    /// Trials whose compute child died here and nowhere else, since the last result from here.
    var crashedTrials: [Int] = []
    /// When it may have trials again, after it crashed too many different ones.
    var quarantineEnds: UInt64?
    /// What it was lost with; cleared when the same process comes back.
    var missing: [Lease] = []
    /// Its place in the ready list, or nil when it is not in there.
    var listedLoad: Int?

    var heldCount: Int { leases.count + strays.count }
    /// Trials beyond its slots; negative while slots are free.
    var load: Int { heldCount - slotCount }
    var isReady: Bool { isUsable && heldCount < creditCount }
    /// Whether it takes trials at all.
    var isUsable: Bool {
        session != nil && !isLeaving && quarantineEnds == nil && creditCount > 0
    }
}

/// Workers with credit left, the one with the most free slots first; equals by session number.
///
/// A sorted array: finding a place is a binary search, and moving a few thousand entries is cheap.
struct ReadyList: Sendable {
    struct Entry: Comparable, Sendable {
        var load: Int
        var worker: WorkerID
        var host: Int

        static func < (left: Self, right: Self) -> Bool {
            (left.load, left.worker) < (right.load, right.worker)
        }
    }

    private(set) var entries: [Entry] = []

    mutating func insert(_ entry: Entry) { entries.insert(entry, at: place(of: entry)) }

    mutating func remove(_ entry: Entry) {
        let index = place(of: entry)
        precondition(index < entries.count && entries[index] == entry, "\(entry) is not listed")
        entries.remove(at: index)
    }

    private func place(of entry: Entry) -> Int {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle] < entry { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
