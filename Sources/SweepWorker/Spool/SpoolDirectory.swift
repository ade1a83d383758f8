import Foundation
import SweepCore
import Synchronization
import SweepProtocol

/// A worker's unacknowledged results on disk, and who the worker is.
///
///     SPOOL/lock                         held by the worker that uses the spool
///     SPOOL/identity                     its random number and how often it was started
///     SPOOL/sweep-<number>/<trial>-<attempt>.result
///     SPOOL/sweep-<number>/….damaged     set aside: not what was written
///
/// Whoever starts a worker on the same folder goes on as the same worker, with the same results. Each
/// call returns when the disk has done it, and may be made from any thread.
public final class SpoolDirectory: Sendable {
    public let path: String
    public let identity: WorkerIdentity
    private let root: SpoolFolder
    private let lock: Int32
    private let state: Mutex<State>

    private struct State {
        var incarnation: UInt64
        var folders: [UInt64: SpoolFolder] = [:]
        var remarks: [String] = []
    }

    private static let identityHead = "critsweep worker 1"
    private static let resultSuffix = ".result"

    /// Opens a spool and takes its lock, which the process holds until it ends.
    ///
    /// - Throws: ``SpoolError``.
    public init(
        path: String, newIdentity: () -> WorkerIdentity = WorkerIdentity.random
    ) throws(SpoolError) {
        self.path = path
        root = try SpoolFolder(path: path)
        lock = try Self.takeLock(root)
        let known: (WorkerIdentity, UInt64)?
        if root.exists("identity") {
            known = root.read("identity", limit: 4_096).flatMap(Self.identity)
            guard known != nil else {
                close(lock)
                throw .damagedIdentity(path: "\(path)/identity")
            }
        } else {
            known = nil
        }
        identity = known?.0 ?? newIdentity()
        state = Mutex(State(incarnation: known?.1 ?? 0))
    }

    deinit { close(lock) }

    private static func takeLock(_ root: SpoolFolder) throws(SpoolError) -> Int32 {
        let lock = openat(
            root.descriptor, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard lock >= 0 else { throw root.failure("lock") }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            var text = [UInt8](repeating: 0, count: 16)
            let count = pread(lock, &text, text.count, 0)
            close(lock)
            guard code == EWOULDBLOCK else { throw root.failure("lock", code) }
            let holder = String(
                decoding: text.prefix(max(0, count)).prefix { $0 > 0x20 }, as: UTF8.self)
            throw .locked(path: root.path, holder: Int32(holder))
        }
        let text = Array("\(getpid())\n".utf8)
        _ = ftruncate(lock, 0)
        _ = pwrite(lock, text, text.count, 0)
        return lock
    }

    // MARK: Who we are

    /// See ``ResultSpool/nextIncarnation()``.
    public func nextIncarnation() throws(SpoolError) -> UInt64 {
        let next = state.withLock {
            $0.incarnation += 1
            return $0.incarnation
        }
        let text = "\(Self.identityHead)\n\(identity)\n\(next)\n"
        let digest = SHA256Digest(of: text)
        try root.replace("identity", with: Array("\(text)\(digest)\n".utf8))
        return next
    }

    private static func identity(in bytes: [UInt8]) -> (WorkerIdentity, UInt64)? {
        let lines = String(decoding: bytes, as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        guard lines.count == 5, lines[0] == identityHead, lines[1].utf8.count == 32,
            let high = UInt64(lines[1].prefix(16), radix: 16),
            let low = UInt64(lines[1].suffix(16), radix: 16),
            let incarnation = UInt64(lines[2]), incarnation < UInt64.max,
            lines[3] == SHA256Digest(of: lines[0..<3].joined(separator: "\n") + "\n").description
        else { return nil }
        return (WorkerIdentity(high: high, low: low), incarnation)
    }

    // MARK: Results

    /// See ``ResultSpool/sweeps()``.
    public func sweeps() throws(SpoolError) -> [UInt64] {
        var numbers: [UInt64] = []
        for name in try root.names() {
            guard name.hasPrefix("sweep-"), name.utf8.count == 22,
                let number = UInt64(name.dropFirst(6), radix: 16),
                name == Self.folderName(number)
            else { continue }
            let names = try folder(number).names()
            if names.contains(where: { $0.hasSuffix(Self.resultSuffix) }) { numbers.append(number) }
        }
        return numbers
    }

    /// See ``ResultSpool/restore(sweep:)``.
    public func restore(
        sweep: UInt64
    ) throws(SpoolError) -> [(lease: Lease, ending: AttemptEnding)] {
        guard root.exists(Self.folderName(sweep)) else { return [] }
        let folder = try folder(sweep)
        var found: [(lease: Lease, ending: AttemptEnding)] = []
        for name in try folder.names() {
            if name.hasSuffix(".tmp") {
                // Half-written when the worker was killed; it was never reported.
                try folder.delete(name)
                continue
            }
            guard name.hasSuffix(Self.resultSuffix) else { continue }
            // One at a time in memory.
            let trial = folder.read(name, limit: SpoolRecord.byteLimit).flatMap {
                SpoolRecord.trial(in: $0, sweep: sweep)
            }
            guard let trial, Self.fileName(trial.lease) == name else {
                try setAside(name, in: folder)
                continue
            }
            // Messages that name more would be refused; the rest waits for the next start.
            guard found.count < Self.restoreLimit else { continue }
            found.append((trial.lease, trial.ending))
        }
        return found.sorted {
            ($0.lease.trial, $0.lease.attempt) < ($1.lease.trial, $1.lease.attempt)
        }
    }

    private static let restoreLimit = WireLimits.leaseCount / 2

    /// Keeps a result; it survives the process and the machine when this returns.
    public func keep(_ trial: FinishedTrial, sweep: UInt64) throws(SpoolError) {
        try folder(sweep).replace(
            Self.fileName(trial.lease), with: SpoolRecord.bytes(of: trial, sweep: sweep))
    }

    /// See ``ResultSpool/read(_:sweep:)``.
    public func read(_ lease: Lease, sweep: UInt64) throws(SpoolError) -> FinishedTrial? {
        let folder = try folder(sweep)
        let name = Self.fileName(lease)
        guard folder.exists(name) else { return nil }
        let trial = folder.read(name, limit: SpoolRecord.byteLimit).flatMap {
            SpoolRecord.trial(in: $0, sweep: sweep)
        }
        guard let trial, trial.lease == lease else {
            try setAside(name, in: folder)
            return nil
        }
        return trial
    }

    /// Deletes a result, if it is there.
    public func delete(_ lease: Lease, sweep: UInt64) throws(SpoolError) {
        try folder(sweep).delete(Self.fileName(lease))
    }

    /// See ``ResultSpool/takeRemarks()``.
    public func takeRemarks() -> [String] {
        state.withLock { state in
            defer { state.remarks = [] }
            return state.remarks
        }
    }

    private func setAside(_ name: String, in folder: SpoolFolder) throws(SpoolError) {
        try folder.rename(name, to: "\(name).damaged")
        let remark = "\(folder.path)/\(name) is damaged and was set aside; it is computed again"
        state.withLock { $0.remarks.append(remark) }
    }

    private func folder(_ sweep: UInt64) throws(SpoolError) -> SpoolFolder {
        if let folder = state.withLock({ $0.folders[sweep] }) { return folder }
        let folder = try SpoolFolder(path: "\(path)/\(Self.folderName(sweep))")
        // Its name in the folder above must be as durable as what will be in it.
        guard fsync(root.descriptor) == 0 else { throw root.failure(Self.folderName(sweep)) }
        state.withLock { $0.folders[sweep] = folder }
        return folder
    }

    private static func folderName(_ sweep: UInt64) -> String {
        let digits = String(sweep, radix: 16)
        return "sweep-" + String(repeating: "0", count: 16 - digits.count) + digits
    }

    private static func fileName(_ lease: Lease) -> String {
        "\(lease.trial.rawValue)-\(lease.attempt)\(resultSuffix)"
    }
}
