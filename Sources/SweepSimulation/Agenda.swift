import SweepCore

/// What will happen, the earliest first; at one time, in the order in which it was planned.
struct Agenda {
    /// Something that will happen.
    enum Action {
        /// `run` is the start of the coordinator that the connection leads to.
        case deliverToCoordinator(Address, ToCoordinator, run: Int)
        case deliverToWorker(Address, ToWorker, run: Int)
        case tickCoordinator(run: Int)
        case endCommit(run: Int)
        case noticeDeath(WorkerID, run: Int)
        case tickWorker(Int, incarnation: UInt64)
        case connect(Address, incarnation: UInt64)
        case endCompute(Int, incarnation: UInt64, Lease, token: Int)
        /// The trial takes its worker's process with it.
        case explode(Int, incarnation: UInt64, Lease, token: Int)
        case writeSpool(Int, incarnation: UInt64, Lease)
        case breakConnection(Int)
        case freeSlot(Int, incarnation: UInt64, slot: Int)
        case startCoordinator
        case startWorker(Int)
        case strike(Fault)
        case endPartition(Int)
        case refillDisk
        case heal
    }

    private struct Item {
        var at: UInt64
        var order: Int
        var action: Action

        func isBefore(_ other: Item) -> Bool { (at, order) < (other.at, other.order) }
    }

    private var items: [Item] = []
    private var order = 0

    mutating func plan(_ action: Action, at time: UInt64) {
        order += 1
        var place = items.count
        items.append(Item(at: time, order: order, action: action))
        while place > 0 {
            let parent = (place - 1) / 2
            guard items[place].isBefore(items[parent]) else { return }
            items.swapAt(place, parent)
            place = parent
        }
    }

    mutating func next() -> (at: UInt64, action: Action)? {
        guard let least = items.first else { return nil }
        let last = items.removeLast()
        if !items.isEmpty {
            items[0] = last
            sink()
        }
        return (least.at, least.action)
    }

    private mutating func sink() {
        var place = 0
        while true {
            var child = 2 * place + 1
            guard child < items.count else { return }
            if child + 1 < items.count, items[child + 1].isBefore(items[child]) { child += 1 }
            guard items[child].isBefore(items[place]) else { return }
            items.swapAt(place, child)
            place = child
        }
    }
}

/// One connection of one worker; a reconnection is a new one.
struct Address: Hashable {
    var node: Int
    var connection: Int
}

/// A message to the coordinator; all but a hello name the session they were sent in.
enum ToCoordinator {
    case hello(Hello)
    case heartbeat(WorkerID, Heartbeat)
    case report(WorkerID, Lease, Computed)
    case giveBack(WorkerID, Lease)
    case leaving(WorkerID)
    case goodbye(WorkerID)
}

/// A kind of fault, which strikes again and again until the faults end.
enum Fault: Int, CaseIterable {
    case workerCrash, workerFreeze, coordinatorCrash, coordinatorFreeze, reconnect, partition
    case leave, diskFull, diskError, spoolFull, stop, retry, confusion, growth
}

/// A message to a worker: what the worker's core is told.
typealias ToWorker = WorkerCore.Event
