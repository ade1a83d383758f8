import SweepCore

// From the book to the scheduler.

extension CoordinatorLoop where Wire: ~Copyable {
    mutating func takeBookNews() throws {
        let news = book.takeNews()
        for verdict in news.verdicts {
            guard let entry = awaited.takeNext() else {
                throw CoordinatorError.contradiction("an answer to nothing")
            }
            try take(verdict, of: entry)
        }
        for piece in news.pieces { take(piece) }
        awaited.writeWaiting(to: book)
        if case .failed(let message, let exitCode) = news.state {
            throw CoordinatorError.book(message: message, exitCode: exitCode)
        }
        let isFull = news.state == .diskFull
        if isFull != isDiskFull {
            isDiskFull = isFull
            observer.log(
                isFull
                    ? "no space is left for results: granting nothing until there is"
                    : "there is space again: going on")
        }
        let shouldPause = isFull || news.isPressed || awaited.hasWaiting
        if shouldPause != isGrantingPaused {
            isGrantingPaused = shouldPause
            try tell(shouldPause ? .grantingPaused : .grantingResumed)
        }
    }

    private mutating func take(_ verdict: BookVerdict, of entry: BookEntry) throws {
        switch (entry, verdict) {
        case (.grant(let lease, _), .durable): try tell(.granted(lease))
        case (.grant(let lease, _), .refused(let reason)):
            throw CoordinatorError.contradiction("\(lease) cannot be granted: \(reason)")
        case (.checkpoint(let checkpoint), let verdict): try take(verdict, of: checkpoint)
        case (.result(let result), .durable):
            checkpoints.forget(result.lease.trial)
            crashNotes[result.lease.trial] = nil
            noteQuarantine(result)
            try tell(.recorded(result.lease))
        case (.result(let result), .divergent):
            checkpoints.forget(result.lease.trial)
            noteDivergence(result.lease)
            try tell(.recorded(result.lease))
        case (.result(let result), .refused(let reason)): try replace(result, reason)
        case (.duplicate(let result), .divergent): noteDivergence(result.lease)
        case (.reopen(let trial), .reopened(let attempt)):
            quarantinedTrials.removeAll { $0.trial == trial }
            try tell(.reopened(trial, nextAttempt: attempt))
        case (.reopen(let trial), .refused(let reason)):
            observer.log("\(trial) cannot be tried again: \(reason)")
            try tell(.reopenRefused(trial))
        case (.duplicate, _), (.loss, _), (.forgiveness, _), (.continuation, _): break
        case (.grant, _), (.result, _), (.reopen, _):
            throw CoordinatorError.contradiction("\(verdict) is no answer to \(entry)")
        }
    }

    private mutating func noteDivergence(_ lease: Lease) {
        counters.divergentResults += 1
        observer.log(
            "ALARM: \(lease) has other numbers than the result recorded for its trial, from the "
                + "same kernels; `critsweep story` shows both")
    }

    /// A result that the ledger does not take is recorded as a failure that says so.
    private mutating func replace(_ result: BookResult, _ reason: String) throws {
        if case .failure(let failure, _) = result.outcome, failure.message.hasPrefix(Self.refusal) {
            throw CoordinatorError.contradiction("\(result.lease) cannot be recorded: \(reason)")
        }
        observer.log("the result of \(result.lease) is refused: \(reason)")
        var replacement = result
        replacement.outcome = .failure(
            TrialFailure(.crashed, "\(Self.refusal): \(reason)"), diagnostics: [])
        write(.result(replacement))
    }

    private static var refusal: String { "the ledger does not take the result" }
}
