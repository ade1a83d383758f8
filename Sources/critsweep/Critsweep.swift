import ArgumentParser
import Glibc

/// The command line: commands, wiring and exit codes.
@main
struct Critsweep: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "critsweep",
        abstract: "Sweeps of gain, width and depth: when do networks learn features?",
        discussion: """
            Start with:
              critsweep init smoke > smoke.yaml
              critsweep validate smoke.yaml
              critsweep trial smoke.yaml --point 0 --seed 0

            Exit codes: 0 done; 1 finished with failed trials; 2 usage or bad spec; 66 data \
            or ledger unreadable later; 69 unreachable or missing library; 73 not writable; 75 locked or port in \
            use; 77 key refused; 130 interrupted.
            """,
        version: Version.text,
        subcommands: Self.commands)

    static func main() {
        ProcessSetup.prepare()
        do {
            let words = Array(CommandLine.arguments.dropFirst())
            var command = try parseAsRoot(UsageText.joiningNegativeNumbers(words))
            try ProcessSetup.checkMemoryLimit()
            try command.run()
        } catch let error as ExitCode {
            Glibc.exit(error.rawValue)
        } catch {
            Glibc.exit(end(error))
        }
    }

    /// Says what an error has to say.
    ///
    /// - Returns: The exit code.
    private static func end(_ error: any Error) -> Int32 {
        var trouble = CommandError(describing: error)
        switch exitCode(for: error) {
        case .success:
            // Help and version are what was asked for.
            do {
                try Terminal.output(fullMessage(for: error) + "\n")
                return 0
            } catch {
                trouble = CommandError(describing: error)
            }
        // The parser's own code for a usage error is 64; ours is 2.
        case .validationFailure: trouble = CommandError(.usage, UsageText.sentence(error))
        default: break
        }
        Terminal.complain(trouble.sentence)
        return trouble.code.rawValue
    }
}
