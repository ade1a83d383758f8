import Foundation
import TestSupport

/// The built `critsweep`, run as a user runs it.
enum Program {
    static func run(_ arguments: [String], in folder: URL? = nil) throws -> Command.Result {
        try Command.run("critsweep", arguments, in: folder)
    }

    static func start(_ arguments: [String], in folder: URL? = nil) throws -> Command {
        try Command("critsweep", arguments, in: folder)
    }
}

/// What the kernel knows of processes.
enum ProcessTree {
    /// All descendants of a process, with itself.
    static func members(of root: Int32) -> [Int32] {
        var parents: [Int32: Int32] = [:]
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let pid = Int32(name), let parent = parent(of: pid) else { continue }
            parents[pid] = parent
        }
        var members = [root]
        var index = 0
        while index < members.count {
            members += parents.filter { $0.value == members[index] }.map(\.key).sorted()
            index += 1
        }
        return members
    }

    static func children(of root: Int32) -> [Int32] {
        members(of: root).dropFirst().filter { parent(of: $0) == root }
    }

    /// nil for a process that is gone.
    static func parent(of pid: Int32) -> Int32? {
        // A process may end between two looks.
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 1, fields[0] != "Z" else { return nil }
        return Int32(fields[1])
    }
}
