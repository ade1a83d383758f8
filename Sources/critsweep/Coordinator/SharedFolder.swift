import Foundation
import SweepCoordinator
import SweepLedger
import Synchronization

/// A folder that other machines see too, while the ledger lies on a disk of this machine.
///
/// Network file systems do not keep what SQLite needs, so the ledger never lies there; a consistent
/// copy does, made at the start, every minute and at the end. A coordinator that starts on another
/// machine begins with the copy.
final class SharedFolder: Sendable {
    let path: String
    private let ledgerPath: String
    /// Held until this is gone.
    private let lock: Int32

    /// The copy of the ledger.
    private var copyPath: String { "\(path)/ledger.sqlite" }
    /// Where the copy is made, before it is put into its place.
    private var draftPath: String { "\(ledgerPath).copy" }

    /// Takes the folder for this coordinator alone.
    ///
    /// - Throws: ``CommandError`` (75, 73).
    init(_ path: String, ledgerPath: String) throws {
        lock = try Self.takeLock("\(path)/coordinator.lock", of: path)
        self.path = path
        self.ledgerPath = ledgerPath
    }

    deinit { close(lock) }

    /// Brings the ledger up to the copy in the folder.
    ///
    /// - Returns: What was done, for the log; nil when nothing was.
    /// - Throws: ``CommandError`` or `LedgerError`.
    func enter() throws -> String? {
        guard access(copyPath, F_OK) == 0 else { return nil }
        guard access(ledgerPath, F_OK) == 0 else {
            try LedgerCopy.install(copyPath, as: ledgerPath)
            return "\(ledgerPath) begins as a copy of \(copyPath)"
        }
        let copied = try Ledger.startCount(at: copyPath)
        let here: Int
        do throws(LedgerError) {
            here = try Ledger.startCount(at: ledgerPath)
        } catch .locked(let path, let holder) {
            throw LedgerError.locked(path: path, holder: holder)
        } catch {
            // A ledger that cannot be read is worth less than a copy that can.
            try LedgerCopy.install(copyPath, as: ledgerPath)
            return "\(ledgerPath) is replaced by \(copyPath): \(error)"
        }
        // Each start makes a copy before anything else: the one with more starts is the later one,
        // and of two with as many the one that was written to.
        guard copied > here else { return nil }
        try LedgerCopy.install(copyPath, as: ledgerPath)
        return "\(ledgerPath) is of an earlier start and replaced by \(copyPath)"
    }

    /// Copies a ledger that is in use, on the ledger's own thread.
    func save(_ ledger: Ledger) throws {
        try ledger.copy(to: draftPath)
        try installDraft()
    }

    /// Copies the ledger, which is closed.
    func saveClosed() throws {
        unlink(draftPath)
        do { try LedgerCopy.install(ledgerPath, as: copyPath) } catch {
            throw CommandError(
                .notWritable,
                "the results are in \(ledgerPath) of this machine, but could not be copied: "
                    + "\(error)")
        }
    }

    private func installDraft() throws {
        defer { unlink(draftPath) }
        try LedgerCopy.install(draftPath, as: copyPath)
    }

    /// Makes copies of a ledger at work until it is told to stop.
    func keepSaving(_ book: LedgerBook) -> Saving {
        Saving(self, book)
    }

    /// Who coordinates the sweep of a shared folder just now, for people to read; nil when nobody
    /// does, or it is no shared folder.
    static func keeper(of folder: String) -> String? {
        let path = "\(folder)/coordinator.lock"
        let lock = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard lock >= 0 else { return nil }
        defer { close(lock) }
        guard flock(lock, LOCK_SH | LOCK_NB) != 0, errno == EWOULDBLOCK else { return nil }
        return holder(path)
    }

    static func inUse(_ folder: String, by keeper: String) -> CommandError {
        CommandError(
            .locked,
            "\(folder) is in use by another coordinator (\(keeper)); wait for it or stop it")
    }

    private static func holder(_ lockPath: String) -> String {
        // Of interest only; the lock itself says that it is taken.
        let text = (try? String(contentsOfFile: lockPath, encoding: .utf8)) ?? ""
        return escaped(String(text.prefix { $0 != "\n" }), limit: 300)
    }

    private static func takeLock(_ lockPath: String, of folder: String) throws -> Int32 {
        let lock = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard lock >= 0 else {
            throw CommandError(
                .notWritable, "cannot write \(lockPath): \(String(cString: strerror(errno)))")
        }
        // Whoever only asks who is there holds it for a moment.
        var isTaken = flock(lock, LOCK_EX | LOCK_NB) == 0
        for _ in 0..<20 where !isTaken && errno == EWOULDBLOCK {
            usleep(50_000)
            isTaken = flock(lock, LOCK_EX | LOCK_NB) == 0
        }
        if isTaken {
            let holder = Array("\(WorkerPlaces.host), process \(getpid())\n".utf8)
            ftruncate(lock, 0)
            // Only for the sentence of whoever finds the lock taken.
            _ = pwrite(lock, holder, holder.count, 0)
        } else if errno == EWOULDBLOCK {
            close(lock)
            throw inUse(folder, by: holder(lockPath))
        }
        // Some network file systems have no locks. There, whoever starts coordinators sees to it
        // that there is one.
        return lock
    }

    /// The copies that are made while the ledger is at work, on a thread of their own.
    final class Saving: Sendable {
        private let stopRequest = DispatchSemaphore(value: 0)
        private let isStopping = Atomic<Bool>(false)
        private let hasEnded = DispatchSemaphore(value: 0)

        private static let pauseSeconds = 60.0
        /// A copy that takes long is made more rarely: at most this part of the time.
        private static let largestShare = 0.05

        fileprivate init(_ folder: SharedFolder, _ book: LedgerBook) {
            let thread = Thread { [self] in
                run(folder, book)
                hasEnded.signal()
            }
            thread.name = "copies"
            thread.start()
        }

        private func run(_ folder: SharedFolder, _ book: LedgerBook) {
            var pause = Self.pauseSeconds
            var trouble = ""
            while stopRequest.wait(timeout: .now() + pause) == .timedOut {
                let begin = MonotonicClock.now()
                let problem = folder.saveLive(book) { isStopping.load(ordering: .acquiring) }
                let milliseconds = MonotonicClock.now().milliseconds - begin.milliseconds
                pause = max(Self.pauseSeconds, Double(milliseconds) / 1_000 / Self.largestShare)
                if let problem, problem != trouble {
                    Terminal.complain(
                        "the ledger cannot be copied, which is tried again: \(problem)")
                }
                trouble = problem ?? ""
            }
        }

        /// Returns when no copy is being made any more.
        func stop() {
            isStopping.store(true, ordering: .releasing)
            stopRequest.signal()
            hasEnded.wait()
        }
    }

    /// - Returns: Why there is no new copy; nil when there is one, or none is wanted any more.
    private func saveLive(_ book: LedgerBook, isStopping: () -> Bool) -> String? {
        let box = OneAnswer<Result<Void, any Error>>()
        let draft = draftPath
        let isAsked = book.thread.ask { ledger in
            box.put(Result { try ledger.copy(to: draft) })
        }
        guard isAsked else { return nil }
        // A full disk keeps the ledger from answering, and one that failed never does.
        while true {
            if let outcome = box.take(withinSeconds: 0.2) {
                do {
                    try outcome.get()
                    try installDraft()
                    return nil
                } catch { return "\(error)" }
            }
            if isStopping() { return nil }
            switch book.thread.state {
            case .running, .diskFull: continue
            case .failed, .closed: return nil
            }
        }
    }
}
