import SweepCore
import SweepProtocol

/// Finished trials until they are acknowledged: in memory, in the spool, or both.
///
/// A trial that took long goes to disk at once. A short one is computed again in less
/// time than a disk takes to keep thousands of them, so it goes to disk only when its
/// acknowledgement keeps it waiting.
struct ReportStore {
    /// Trials that took less than this many milliseconds wait in memory at first.
    static let shortMilliseconds: UInt64 = 1_000
    /// How long they wait there, and how long the spool is left alone after an error.
    static let patienceMilliseconds: UInt64 = 1_000
    /// Results of more bytes are on disk at once, and read from there.
    static let memoryBytes = WireLimits.partBytes

    private struct Entry {
        /// nil when it is only on disk.
        var trial: FinishedTrial?
        var place: Place
    }

    private enum Place {
        /// In memory alone until this moment.
        case memory(due: UInt64)
        /// On its way to the disk.
        case moving
        case disk
    }

    private let spool: any ResultSpool
    private var entries: [Lease: Entry] = [:]
    /// The earliest moment when something is due, or an earlier one.
    private var nextDue = UInt64.max
    private(set) var sweep: UInt64?
    /// The last error of the spool, until it is taken.
    private var trouble: SpoolError?

    init(spool: any ResultSpool) { self.spool = spool }

    /// Forgets everything in memory and goes on with another sweep.
    mutating func enter(_ sweep: UInt64, restored: [Lease] = []) {
        self.sweep = sweep
        nextDue = .max
        entries = [:]
        for lease in restored {
            entries[lease] = Entry(trial: nil, place: .disk)
        }
    }

    /// Takes a trial as its child left it.
    mutating func add(_ trial: FinishedTrial, at now: Instant) {
        entries[trial.lease] = Entry(trial: trial, place: .memory(due: now.milliseconds))
    }

    /// The core wants it kept.
    mutating func keep(_ lease: Lease, at now: Instant) {
        guard let trial = entries[lease]?.trial else { return }
        let isShort = trial.wallMilliseconds < Self.shortMilliseconds
        if isShort, trial.content.count <= Self.memoryBytes {
            postpone(lease, at: now)
        } else {
            write(lease)
        }
    }

    /// Takes in what the disk has done, and writes what has waited long enough.
    mutating func advance(to now: Instant) {
        for kept in spool.takeKept() { take(kept, at: now) }
        guard now.milliseconds >= nextDue else { return }
        nextDue = .max
        for (lease, entry) in entries {
            guard case .memory(let due) = entry.place else { continue }
            if now.milliseconds >= due {
                write(lease)
            } else {
                nextDue = min(nextDue, due)
            }
        }
    }

    /// Writes everything that is not on disk yet, and waits for it.
    mutating func flush(at now: Instant) {
        for (lease, entry) in entries {
            if case .memory = entry.place { write(lease) }
        }
        spool.settle()
        for kept in spool.takeKept() { take(kept, at: now) }
    }

    /// The trial of a report; nil when it cannot be read any more.
    mutating func trial(of lease: Lease) -> FinishedTrial? {
        if let trial = entries[lease]?.trial { return trial }
        guard let sweep, entries[lease] != nil else { return nil }
        do throws(SpoolError) {
            return try spool.read(lease, sweep: sweep)
        } catch {
            trouble = error
            return nil
        }
    }

    mutating func delete(_ lease: Lease) {
        guard let entry = entries.removeValue(forKey: lease), let sweep else { return }
        if case .memory = entry.place { return }
        spool.delete(lease, sweep: sweep)
    }

    mutating func takeTrouble() -> SpoolError? {
        defer { trouble = nil }
        return trouble
    }

    private mutating func postpone(_ lease: Lease, at now: Instant) {
        let due = now.milliseconds + Self.patienceMilliseconds
        entries[lease]?.place = .memory(due: due)
        nextDue = min(nextDue, due)
    }

    private mutating func write(_ lease: Lease) {
        guard let sweep, let trial = entries[lease]?.trial else { return }
        entries[lease]?.place = .moving
        spool.keep(trial, sweep: sweep)
    }

    /// On an error the result stays in memory and is written later: a full disk may get room.
    private mutating func take(_ kept: KeptResult, at now: Instant) {
        if let trouble = kept.trouble { self.trouble = trouble }
        guard kept.sweep == sweep, case .moving? = entries[kept.lease]?.place else { return }
        guard kept.trouble == nil else { return postpone(kept.lease, at: now) }
        entries[kept.lease]?.place = .disk
        if let trial = entries[kept.lease]?.trial, trial.content.count > Self.memoryBytes {
            entries[kept.lease]?.trial = nil
        }
    }
}
