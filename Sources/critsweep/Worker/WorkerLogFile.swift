import Foundation
import SweepWorker

/// A worker's log on standard error, one line an event, with the time of day.
final class WorkerLogFile {
    private let level: WorkerLogLine.Level

    /// - Parameter level: Lines below it are left out.
    init(level: WorkerLogLine.Level) { self.level = level }

    func write(_ line: WorkerLogLine) {
        guard line.level >= level else { return }
        let time = Date.now.formatted(.iso8601.time(includingFractionalSeconds: true))
        Terminal.complain(line.text, prefix: "\(time) ")
    }
}
