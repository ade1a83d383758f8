import Foundation

/// What the figures were measured on.
enum Machine {
    /// Cores, processor, system, commit, and the time now.
    static func description(_ tools: Tools) -> String {
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let system = ProcessInfo.processInfo.operatingSystemVersionString
        let date = ISO8601DateFormatter().string(from: Date())
        return (["\(cores) cores", processor, system] + commit(tools) + [date])
            .joined(separator: ", ")
    }

    private static var processor: String {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
        let name = line?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces)
        return name ?? "an unknown processor"
    }

    /// The commit of the repository that the programs were built in; none elsewhere.
    private static func commit(_ tools: Tools) -> [String] {
        let place = URL(filePath: tools.critsweep).deletingLastPathComponent().path()
        let answer = try? HostProcess.run(
            "git", ["-C", place, "describe", "--always", "--dirty", "--exclude=*"],
            in: tools.folder)
        guard let answer, answer.status == 0 else { return [] }
        return ["commit \(answer.output.trimmingCharacters(in: .whitespacesAndNewlines))"]
    }
}
