import Foundation
import Testing

/// The built `critsweep`, run as a user runs it.
enum Program {
    struct Result {
        var status: Int32
        var output: String
        var talk: String
    }

    /// The executable beside the test bundle.
    static func url() throws -> URL {
        let places = [CommandLine.arguments[0], "/proc/self/exe"].map {
            URL(filePath: $0).resolvingSymlinksInPath().deletingLastPathComponent()
                .appending(path: "critsweep")
        }
        return try #require(
            places.first { FileManager.default.isExecutableFile(atPath: $0.path()) },
            "critsweep is not beside the tests; build it with `swift build --build-tests`")
    }

    /// Runs a command to its end.
    static func run(_ arguments: [String], in folder: URL? = nil) throws -> Result {
        let command = try Started(arguments, in: folder)
        return try command.wait()
    }

    /// A command that has been started. Its output goes to files, so that no pipe can fill.
    final class Started {
        let process = Process()
        private let folder: URL
        private var outputFile: URL { folder.appending(path: "stdout") }
        private var talkFile: URL { folder.appending(path: "stderr") }

        init(_ arguments: [String], in working: URL? = nil) throws {
            folder = try Scratch.make()
            process.executableURL = try Program.url()
            process.arguments = arguments
            if let working { process.currentDirectoryURL = working }
            for file in [outputFile, talkFile] { try Data().write(to: file) }
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = try FileHandle(forWritingTo: outputFile)
            process.standardError = try FileHandle(forWritingTo: talkFile)
            try process.run()
        }

        deinit {
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
            // A leftover file under the scratch folder harms nobody.
            try? FileManager.default.removeItem(at: folder)
        }

        func wait() throws -> Result {
            process.waitUntilExit()
            let status =
                process.terminationReason == .uncaughtSignal
                ? -process.terminationStatus : process.terminationStatus
            return Result(
                status: status,
                output: String(decoding: try Data(contentsOf: outputFile), as: UTF8.self),
                talk: String(decoding: try Data(contentsOf: talkFile), as: UTF8.self))
        }
    }
}

/// Folders for one test each.
enum Scratch {
    static func make() throws -> URL {
        let url = FileManager.default.temporaryDirectory
            .appending(path: "critsweep-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return url
    }

    /// A folder that is removed at the end.
    static func with<Value>(_ body: (URL) throws -> Value) throws -> Value {
        let url = try make()
        // What cannot be removed is in the system's own folder for such things.
        defer { try? FileManager.default.removeItem(at: url) }
        return try body(url)
    }

    static func write(_ text: String, _ name: String, in folder: URL) throws -> String {
        let url = folder.appending(path: name)
        try text.write(to: url, atomically: true, encoding: .utf8)
        return url.path()
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
