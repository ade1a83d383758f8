import Foundation
import SweepCore
import SweepProtocol
import Synchronization

/// A spool whose writing is done on a thread of its own, one thing after the other, so that a slow
/// disk holds up no heartbeat.
public final class SpoolQueue: ResultSpool, Sendable {
    private let directory: SpoolDirectory
    private let queue = DispatchQueue(label: "critsweep.spool")
    /// All that was begun and is not done.
    private let open = DispatchGroup()
    private let kept = Mutex<[KeptResult]>([])

    /// How long ``settle()`` waits for a disk.
    private static let settleNanoseconds: UInt64 = 3_000_000_000

    public init(_ directory: SpoolDirectory) { self.directory = directory }

    public var identity: WorkerIdentity { directory.identity }
    /// Where it is.
    public var path: String { directory.path }

    public func sweeps() throws(SpoolError) -> [UInt64] { try directory.sweeps() }

    public func restore(
        sweep: UInt64
    ) throws(SpoolError) -> [(lease: Lease, ending: AttemptEnding)] {
        try directory.restore(sweep: sweep)
    }

    public func read(_ lease: Lease, sweep: UInt64) throws(SpoolError) -> FinishedTrial? {
        try directory.read(lease, sweep: sweep)
    }

    public func nextIncarnation() throws(SpoolError) -> UInt64 { try directory.nextIncarnation() }
    public func takeRemarks() -> [String] { directory.takeRemarks() }

    public func keep(_ trial: FinishedTrial, sweep: UInt64) {
        queue.async(group: open) { [self] in
            var result = KeptResult(trial.lease, sweep: sweep)
            do throws(SpoolError) {
                try directory.keep(trial, sweep: sweep)
            } catch {
                result.trouble = error
            }
            kept.withLock { $0.append(result) }
        }
    }

    public func delete(_ lease: Lease, sweep: UInt64) {
        queue.async(group: open) { [self] in
            do throws(SpoolError) {
                try directory.delete(lease, sweep: sweep)
            } catch {
                // It will be reported once more after the next start, and acknowledged again.
                kept.withLock { $0.append(KeptResult(lease, sweep: sweep, trouble: error)) }
            }
        }
    }

    public func takeKept() -> [KeptResult] {
        kept.withLock { kept in
            defer { kept = [] }
            return kept
        }
    }

    public func settle() {
        let deadline = MonotonicTime.nanoseconds + Self.settleNanoseconds
        _ = open.wait(timeout: DispatchTime(uptimeNanoseconds: deadline))
    }
}
