/// A bug that a run can be given, to see that the checks find it.
///
/// All of them live here: the simulation changes what the cores are told and what they answer, or
/// what their ledger and disk do. The cores themselves know nothing of it.
public enum PlantedBug: String, CaseIterable, Sendable {
    // The coordinator.
    case acknowledgesBeforeCommit = "acknowledges-before-commit"
    case attemptUnchecked = "attempt-unchecked"
    case attemptReused = "attempt-reused"
    case leaseTooShort = "lease-too-short"
    case leaseTooLong = "lease-too-long"
    case renewsWrongLease = "renews-wrong-lease"
    case pauseUnguarded = "pause-unguarded"
    case epochReused = "epoch-reused"
    case hashOrder = "hash-order"
    case grantsBeyondCredit = "grants-beyond-credit"
    case assignsBeforeDurable = "assigns-before-durable"
    case duplicateCountedTwice = "duplicate-counted-twice"
    case lateResultDropped = "late-result-dropped"
    case oldEpochRefused = "old-epoch-refused"
    case divergenceUntold = "divergence-untold"
    case cancelLost = "cancel-lost"
    case finishesEarly = "finishes-early"
    case knownWorkersLeak = "known-workers-leak"

    // Poison.
    case quarantinesAfterTwo = "quarantines-after-two"
    case neverQuarantines = "never-quarantines"
    case deathCountsAsCrash = "death-counts-as-crash"
    case lossUncounted = "loss-uncounted"
    case lossUnforgiven = "loss-unforgiven"
    case lossesForgotten = "losses-forgotten-at-restart"
    case leavingCountsAsLoss = "leaving-counts-as-loss"
    case progressIgnored = "progress-ignored"

    // Restart and stop.
    case regrantsWithoutWaiting = "regrants-without-waiting"
    case requeuesBeforeHello = "requeues-before-hello"
    case heldIgnored = "held-ignored"
    case grantsWhileStopping = "grants-while-stopping"

    // The ledger and its disk.
    case grantsOnFullDisk = "grants-on-full-disk"
    case grantLost = "grant-lost"
    case diskErrorIgnored = "disk-error-ignored"
    case tornBatchAccepted = "torn-batch-accepted"
    case retryLosesFailure = "retry-loses-failure"

    // The worker.
    case spoolForgottenAfterSend = "spool-forgotten-after-send"
    case spoolNotReplayed = "spool-not-replayed"
    case drainDrops = "drain-drops"
    case epochIgnored = "epoch-ignored"
    case beginsWhenCutOff = "begins-when-cut-off"
    case cancelIgnored = "cancel-ignored"
}
