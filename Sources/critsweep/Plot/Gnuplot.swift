import Foundation
import SweepCoordinator

/// Runs gnuplot on a script, without the user's own settings.
enum Gnuplot {
    /// What the script draws on its standard output.
    ///
    /// - Throws: ``CommandError``: 69 when there is no gnuplot, or none that can draw this; 73 when
    ///   there is no room for it.
    static func draw(_ script: String) throws -> [UInt8] {
        guard let program = find() else {
            throw CommandError(
                .unavailable,
                "plot needs gnuplot, and finds none on PATH: install the package gnuplot-nox "
                    + "(apt-get install gnuplot-nox), or take the script with --format gnuplot")
        }
        let input = try ScratchFile()
        let output = try ScratchFile()
        let trouble = try ScratchFile()
        try input.write(script)
        let status = try run(program, input, output, trouble)
        let bytes = output.contents()
        guard status == 0, !bytes.isEmpty else {
            let words = String(decoding: trouble.contents(), as: UTF8.self)
                .split(separator: "\n").map { $0.drop { $0 == " " } }
                .first { $0.contains(":") || $0.contains("rror") }
            let reason = words.map { ": \(escaped(String($0), limit: 200))" } ?? ""
            throw CommandError(
                .unavailable,
                "\(program) cannot draw this figure (exit status \(status))\(reason); gnuplot 5.4 "
                    + "with cairo is needed, the package gnuplot-nox has it")
        }
        return bytes
    }

    /// The first executable of that name on PATH.
    private static func find() -> String? {
        let folders = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        return folders.split(separator: ":").lazy.map { "\($0)/gnuplot" }.first { path in
            var status = stat()
            return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
                && access(path, X_OK) == 0
        }
    }

    private static func run(
        _ program: String, _ input: ScratchFile, _ output: ScratchFile, _ trouble: ScratchFile
    ) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, file) in [(Int32(0), input), (1, output), (2, trouble)] {
            posix_spawn_file_actions_adddup2(&actions, file.descriptor, number)
        }
        // -d: whatever the user's own start-up file says, the figure is the same.
        let words = ["gnuplot", "-d", "-"]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        arguments.append(nil)
        var environment: [UnsafeMutablePointer<CChar>?] = self.environment.map { strdup($0) }
        environment.append(nil)
        defer { for word in arguments + environment { free(word) } }
        var process: pid_t = 0
        let error = posix_spawn(&process, program, &actions, nil, arguments, environment)
        guard error == 0 else {
            throw CommandError(
                .unavailable, "cannot start \(program): \(String(cString: strerror(error)))")
        }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7F
        return signal == 0 ? status >> 8 & 0xFF : 128 + signal
    }

    /// Ours, without what changes figures: languages and gnuplot's own variables.
    private static var environment: [String] {
        ProcessInfo.processInfo.environment
            .filter { name, _ in
                !name.hasPrefix("LC_") && !name.hasPrefix("GNU")
                    && !["LANG", "LANGUAGE"].contains(name)
            }
            .map { "\($0)=\($1)" }.sorted() + ["LC_ALL=C.UTF-8"]
    }
}

/// A file without a name, gone with its owner.
final class ScratchFile {
    private let file: UnsafeMutablePointer<FILE>

    init() throws {
        guard let file = tmpfile() else {
            throw CommandError(
                .notWritable,
                "cannot make a temporary file: \(String(cString: strerror(errno)))")
        }
        self.file = file
        _ = fcntl(fileno(file), F_SETFD, FD_CLOEXEC)
    }

    deinit { fclose(file) }

    var descriptor: Int32 { fileno(file) }

    /// Writes a text, and turns back to its beginning.
    func write(_ text: String) throws {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw CommandError(
                    .notWritable,
                    "cannot write a temporary file: \(String(cString: strerror(errno)))")
            }
            bytes = bytes.dropFirst(count)
        }
        lseek(descriptor, 0, SEEK_SET)
    }

    /// Everything in it, from the beginning.
    func contents() -> [UInt8] {
        lseek(descriptor, 0, SEEK_SET)
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
        }
    }
}
