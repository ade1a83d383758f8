import Foundation

/// A program of ours as a process of its own.
///
/// Spawned and awaited by the system's own calls: Foundation's `Process` and the exit tests of the
/// testing library both wait for any child of this process, and each can take the other's.
public final class Command {
    public struct Result {
        /// The exit code, or minus the number of the signal that ended it.
        public var status: Int32
        public var output: String
        public var talk: String
    }

    public struct Trouble: Error, CustomStringConvertible {
        public var description: String
    }

    public let processID: pid_t
    private let folder: URL
    private var status: Int32?

    /// Starts `program`, an absolute path or an executable beside the test bundle. Its output goes to files, so that no
    /// pipe can fill.
    public convenience init(
        _ program: String, _ arguments: [String], in working: URL? = nil
    ) throws {
        try self.init(path: try Self.executable(program), arguments, in: working)
    }

    /// Starts any executable by its path.
    public init(path executable: String, _ arguments: [String], in working: URL? = nil) throws {
        folder = try Scratch.make()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let flags = O_WRONLY | O_CREAT | O_TRUNC
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(
            &actions, 1, folder.appending(path: "stdout").path(), flags, 0o600)
        posix_spawn_file_actions_addopen(
            &actions, 2, folder.appending(path: "stderr").path(), flags, 0o600)
        // env changes the folder and then becomes the program, so the process is the program's.
        let prefix = working.map { ["/usr/bin/env", "-C", $0.path()] } ?? []
        let line = prefix + [executable] + arguments
        var words: [UnsafeMutablePointer<CChar>?] = line.map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        let error = posix_spawn(&process, line[0], &actions, nil, words, environ)
        guard error == 0 else {
            throw Trouble(description: "cannot start \(line[0]): errno \(error)")
        }
        processID = process
    }

    deinit {
        if status == nil, isRunning {
            kill(processID, SIGKILL)
            var ignored: Int32 = 0
            waitpid(processID, &ignored, 0)
        }
        // What cannot be removed is in the system's own folder for such things.
        try? FileManager.default.removeItem(at: folder)
    }

    /// Runs a command to its end.
    public static func run(
        _ program: String, _ arguments: [String], in working: URL? = nil
    ) throws -> Result {
        try Command(program, arguments, in: working).wait()
    }

    /// Runs any executable to its end.
    public static func run(
        path: String, _ arguments: [String], in working: URL? = nil
    ) throws -> Result {
        try Command(path: path, arguments, in: working).wait()
    }

    /// Whether it has not ended yet.
    public var isRunning: Bool {
        if status != nil { return false }
        var word: Int32 = 0
        guard waitpid(processID, &word, WNOHANG) == processID else { return true }
        status = Self.reading(word)
        return false
    }

    /// Waits for the end.
    public func wait() throws -> Result {
        // A look now and then: a thread that sleeps in the kernel could not see a test's time limit.
        while isRunning { usleep(3_000) }
        func text(_ name: String) throws -> String {
            String(decoding: try Data(contentsOf: folder.appending(path: name)), as: UTF8.self)
        }
        return Result(
            status: status ?? -1, output: try text("stdout"), talk: try text("stderr"))
    }

    private static func reading(_ word: Int32) -> Int32 {
        let signal = word & 0x7F
        return signal == 0 ? word >> 8 & 0xFF : -signal
    }

    /// The path of an executable beside the test bundle, or of one that is named in full.
    public static func executable(_ name: String) throws -> String {
        if name.hasPrefix("/") { return name }
        let places = [CommandLine.arguments[0], "/proc/self/exe"].map {
            URL(filePath: $0).resolvingSymlinksInPath().deletingLastPathComponent()
                .appending(path: name).path()
        }
        guard let place = places.first(where: FileManager.default.isExecutableFile) else {
            throw Trouble(
                description:
                    "\(name) is not beside the tests; build with `make test`")
        }
        return place
    }
}
