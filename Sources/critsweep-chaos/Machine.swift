import Foundation

/// What the figures were measured on.
enum Machine {
    /// Cores, processor, system, and the time now.
    static var description: String {
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let system = ProcessInfo.processInfo.operatingSystemVersionString
        let date = ISO8601DateFormatter().string(from: Date())
        return "\(cores) cores, \(processor), \(system), \(date)"
    }

    private static var processor: String {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
        let name = line?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces)
        return name ?? "an unknown processor"
    }
}
