import Foundation
import SweepWorker

/// What a worker finds out about its machine.
enum WorkerPlaces {
    static var host: String { ProcessInfo.processInfo.hostName }

    /// CPUs that this process may use, which a batch system may have narrowed.
    static var processorCount: Int {
        // Without /proc the system's own count has to do.
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let name = "Cpus_allowed_list:"
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(name) }) else {
            return ProcessInfo.processInfo.activeProcessorCount
        }
        let list = line.dropFirst(name.count).filter { !$0.isWhitespace }
        let count = list.split(separator: ",").reduce(0) { count, range in
            let ends = range.split(separator: "-").compactMap { Int($0) }
            guard let first = ends.first, let last = ends.last, first <= last else { return count }
            return count + last - first + 1
        }
        return max(1, count)
    }

    /// The spool that was asked for, or the first of this machine's that no other worker uses.
    ///
    /// - Throws: `SpoolError`.
    static func spool(_ path: String?) throws(SpoolError) -> SpoolDirectory {
        if let path { return try SpoolDirectory(path: path) }
        let name = host.filter { $0.isASCII && ($0.isLetter || $0.isNumber || "-.".contains($0)) }
        let base = "\(stateFolder)/critsweep/spool/host-\(name)"
        var number = 1
        while true {
            do throws(SpoolError) {
                return try SpoolDirectory(path: "\(base)-\(number)")
            } catch .locked(let path, let holder) {
                guard number < 1_024 else { throw .locked(path: path, holder: holder) }
                number += 1
            }
        }
    }

    private static var stateFolder: String {
        let environment = ProcessInfo.processInfo.environment
        if let folder = environment["XDG_STATE_HOME"], folder.hasPrefix("/") { return folder }
        if let home = environment["HOME"], home.hasPrefix("/") { return "\(home)/.local/state" }
        return "\(NSHomeDirectory())/.local/state"
    }
}
