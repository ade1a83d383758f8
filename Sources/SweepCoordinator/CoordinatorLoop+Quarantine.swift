import SweepCore
import SweepProtocol

// What is told of trials and workers that are not tried again.

extension CoordinatorLoop where Wire: ~Copyable {
    /// The coordinator's own verdict on a trial that is not tried again.
    func quarantine(of lease: Lease, _ blame: Scheduler.Blame) -> BookResult {
        let note =
            crashNotes[lease.trial] ?? CrashNote(sentence: "before the coordinator was started")
        let advice =
            note.isOutOfMemory
            ? "; use fewer --slots on a machine, or a smaller width, depth or number of points" : ""
        let message =
            "\(blame.words(ofAttempts: lease.attempt + 1)); the last one: "
            + note.sentence + advice
        return BookResult(
            lease, worker: nil,
            outcome: .failure(
                TrialFailure(note.isOutOfMemory ? .outOfMemory : .quarantined, message),
                diagnostics: []),
            kernelFamily: "", softwareVersion: settings.softwareVersion)
    }

    /// Keeps what `status` shows of a quarantined trial.
    mutating func noteQuarantine(_ result: BookResult) {
        guard result.worker == nil, case .failure(let failure, _) = result.outcome,
            quarantinedTrials.count < CoordinatorStatus.quarantinedTrialLimit
        else { return }
        let (point, seed) = plan.pointAndSeed(of: result.lease.trial)
        quarantinedTrials.append(
            .init(trial: result.lease.trial, point: point, seed: seed, reason: failure.message))
    }

    /// Why a worker gets no trials; nil when it does.
    func quarantine(of view: Scheduler.WorkerView) -> CoordinatorStatus.WorkerQuarantine? {
        guard view.isQuarantined else { return nil }
        let last = view.crashedTrials.last.flatMap { crashNotes[$0]?.sentence }
        let why =
            "\(view.crashedTrials.count) different trials crashed there one after the other, and "
            + "nowhere else" + (last.map { "; the last one: \($0)" } ?? "")
        return .init(reason: why, millisecondsLeft: view.quarantineMilliseconds)
    }
}

extension Scheduler.Blame {
    /// As in "2 of 4 attempts crashed and 1 was lost with its worker, on 2 workers".
    func words(ofAttempts count: Int) -> String {
        let place = workers == 1 ? "one worker" : "\(workers) workers"
        let lost =
            "\(losses) \(losses == 1 ? "was lost with its worker" : "were lost with their workers")"
        if losses == 0 {
            return crashes == count
                ? "every attempt crashed, \(count) in all, on \(place)"
                : "\(crashes) of \(count) attempts crashed, on \(place)"
        }
        if crashes == 0 { return "of \(count) attempts \(lost), on \(place)" }
        return "of \(count) attempts \(crashes) crashed and \(lost), on \(place)"
    }
}
