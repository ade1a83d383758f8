/// What the cores, their coordinator and their workers are held to. A run ends at the first broken
/// one, and says its name. The first nine are those of `docs/scheduler.md`.
public enum Promise: String, CaseIterable, Sendable {
    case acknowledgedIsDurable = "I1 what is acknowledged is durable"
    case oneResult = "I2 a trial has one result"
    case resultIsGranted = "I3 a result is of an attempt granted to its worker, as computed there"
    case attemptsRise = "I4 an attempt number is used once"
    case nothingLost = "I5 every trial is open or settled, as the ledger has it"
    case creditKept = "I6 a worker holds no more than its credit"
    case sweepEnds = "I7 after the faults the sweep ends"
    case memoryBounded = "I8 memory is bounded"
    case cancelledStops = "I9 what is cancelled stops"

    case graceKept = "after a restart workers say what they hold before it is handed out"
    case leaseKept = "a lease lasts exactly as long as it should"
    case grantBeforeAssign = "a grant is durable before it is assigned"
    case workKept = "finished work is kept until the coordinator has it"
    case begunOnce = "an attempt is begun once, and only in the session it was assigned in"
    case nothingBegunAlone = "nothing is begun without word from the coordinator"
    case heldIsSaid = "a hello names all that the worker has"
    case drainEndsWork = "a worker that is asked to leave ends what it runs"
    case divergenceTold = "a duplicate with other numbers is reported"
    case quarantineJustified = "nothing is quarantined without cause"
    case lossCounted = "what is lost with its worker counts, until the worker is back"
    case poisonQuarantined = "a poisoned trial is quarantined"
    case fullDiskGrantsNothing = "nothing is granted while the disk is full"
    case stopGrantsNothing = "nothing is granted while the coordinator stops"
    case nothingBegunTwice = "without a fault that costs work, no trial is begun twice"
    case coresAgree = "the collections of the scheduler agree"
    case sameInEveryProcess = "a seed is the same run in every process"
}

/// A promise that a run broke.
public struct Violation: Error, Hashable, Sendable, CustomStringConvertible {
    public let promise: Promise
    public let detail: String

    public init(_ promise: Promise, _ detail: String) {
        self.promise = promise
        self.detail = detail
    }

    public var description: String { "\(promise.rawValue): \(detail)" }
}
