import Foundation
import SweepCoordinator
import Synchronization

/// What the loop shows: the latest state for questions, a progress line, and a log.
final class SweepProgress: LoopObserver {
    /// The latest state, for any thread.
    final class Board: Sendable {
        private let state = Mutex<CoordinatorStatus?>(nil)
        var latest: CoordinatorStatus? { state.withLock { $0 } }
        fileprivate func put(_ status: CoordinatorStatus) { state.withLock { $0 = status } }
    }

    let board = Board()
    private let name: String
    private let isQuiet: Bool
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let logFile: FileHandle?
    private var logBytes = 0
    private var nextLine: UInt64 = 0
    private var doneAtStart: Int?
    private var hasLine = false
    private var lastPlain: (line: String, at: UInt64)?

    /// More than this is not logged: a peer must not fill the disk.
    private static let logLimit = 64 << 20
    private static let terminalMilliseconds: UInt64 = 200
    private static let plainMilliseconds: UInt64 = 5_000
    /// After this long a line is written again though nothing changed: a sign of life.
    private static let repeatMilliseconds: UInt64 = 60_000

    init(name: String, logPath: String, isQuiet: Bool) {
        self.name = name
        self.isQuiet = isQuiet
        let flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW
        let descriptor = open(logPath, flags, 0o644)
        logFile =
            descriptor >= 0
            ? FileHandle(fileDescriptor: descriptor, closeOnDealloc: true) : nil
    }

    func log(_ line: String) {
        guard logBytes < Self.logLimit else { return }
        let bytes = Data("\(Self.timeStamp()) \(line)\n".utf8)
        logBytes += bytes.count
        // A log that cannot be written is no reason to stop a sweep.
        try? logFile?.write(contentsOf: bytes)
    }

    func show(_ status: CoordinatorStatus) {
        board.put(status)
        if doneAtStart == nil { doneAtStart = status.doneCount }
        guard !isQuiet, status.elapsedMilliseconds >= nextLine else { return }
        nextLine =
            status.elapsedMilliseconds
            + (isTerminal ? Self.terminalMilliseconds : Self.plainMilliseconds)
        let line = sentence(status)
        if isTerminal {
            write("\r\u{1B}[K\(line)")
            hasLine = true
        } else if status.elapsedMilliseconds > 0 {
            let now = status.elapsedMilliseconds
            if let last = lastPlain, last.line == line, now < last.at + Self.repeatMilliseconds {
                return
            }
            lastPlain = (line, now)
            write("\(line)\n")
        }
    }

    /// Trials settled since the first state that was shown.
    func settledHere(_ status: CoordinatorStatus) -> Int {
        status.doneCount - (doneAtStart ?? status.doneCount)
    }

    /// Ends the progress line, and says how it ended.
    func finish(_ sentence: String?) {
        if hasLine { write("\r\u{1B}[K") }
        hasLine = false
        if let sentence, !isQuiet { write("\(sentence)\n") }
    }

    /// Done of total, failures, rate, remaining time, workers.
    private func sentence(_ status: CoordinatorStatus) -> String {
        let (done, total) = (status.doneCount, status.scheduler.trialCount)
        var parts = ["\(name): \(done)/\(total) trials"]
        if status.failedCount > 0 { parts.append("\(status.failedCount) failed") }
        let seconds = Double(status.elapsedMilliseconds) / 1_000
        let here = done - (doneAtStart ?? 0)
        if here > 0, seconds > 0.5, done < total {
            let rate = Double(here) / seconds
            parts.append(
                rate >= 1
                    ? "\(Numbers.shown(rate, digits: 3))/s"
                    : "\(Numbers.shown(rate * 60, digits: 3))/min")
            parts.append("\(Numbers.span(seconds: Double(total - done) / rate)) left")
        }
        let count = status.workers.count
        parts.append(count == 1 ? "1 worker" : "\(count) workers")
        if status.isDiskFull { parts.append("DISK FULL, waiting for space") }
        if status.scheduler.isStopping { parts.append("stopping") }
        return parts.joined(separator: ", ")
    }

    private func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }

    private static func timeStamp() -> String {
        Date().formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true))
    }
}
