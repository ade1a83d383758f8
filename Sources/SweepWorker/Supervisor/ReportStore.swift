import SweepCore
import SweepProtocol

/// Finished trials until they are acknowledged: in memory, in the spool, or both.
///
/// A trial that took long goes to disk before it is reported. A short one is computed again in less
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
        var isDurable: Bool
        /// When it should be on disk.
        var due: UInt64
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
            entries[lease] = Entry(trial: nil, isDurable: true, due: .max)
        }
    }

    /// Takes a trial as its child left it.
    mutating func add(_ trial: FinishedTrial, at now: Instant) {
        entries[trial.lease] = Entry(trial: trial, isDurable: false, due: now.milliseconds)
    }

    /// The core wants it kept.
    mutating func keep(_ lease: Lease, at now: Instant) {
        guard let entry = entries[lease], let trial = entry.trial, !entry.isDurable else { return }
        let isShort = trial.wallMilliseconds < Self.shortMilliseconds
        if isShort, trial.content.count <= Self.memoryBytes {
            postpone(lease, at: now)
        } else {
            write(lease, at: now)
        }
    }

    /// Writes what has waited long enough.
    mutating func advance(to now: Instant) {
        guard now.milliseconds >= nextDue else { return }
        nextDue = .max
        for (lease, entry) in entries where !entry.isDurable {
            if now.milliseconds >= entry.due {
                write(lease, at: now)
            } else {
                nextDue = min(nextDue, entry.due)
            }
        }
    }

    /// Writes everything that is not on disk yet.
    mutating func flush(at now: Instant) {
        for (lease, entry) in entries where !entry.isDurable { write(lease, at: now) }
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
        guard let entry = entries.removeValue(forKey: lease), entry.isDurable, let sweep else {
            return
        }
        do throws(SpoolError) {
            try spool.delete(lease, sweep: sweep)
        } catch {
            trouble = error
        }
    }

    mutating func takeTrouble() -> SpoolError? {
        defer { trouble = nil }
        return trouble
    }

    private mutating func postpone(_ lease: Lease, at now: Instant) {
        let due = now.milliseconds + Self.patienceMilliseconds
        entries[lease]?.due = due
        nextDue = min(nextDue, due)
    }

    /// On an error the result stays in memory and is written later: a full disk may get room.
    private mutating func write(_ lease: Lease, at now: Instant) {
        guard let sweep, let trial = entries[lease]?.trial else { return }
        do throws(SpoolError) {
            try spool.keep(trial, sweep: sweep)
            entries[lease]?.isDurable = true
            if trial.content.count > Self.memoryBytes { entries[lease]?.trial = nil }
        } catch {
            trouble = error
            postpone(lease, at: now)
        }
    }
}
