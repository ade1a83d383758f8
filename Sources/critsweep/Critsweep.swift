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
            unreadable; 69 unreachable or missing library; 73 not writable; 75 locked or port in \
            use; 77 key refused; 130 interrupted.
            """,
        version: Version.text,
        subcommands: Self.commands)

    static func main() {
        // A parent may have blocked signals, and a child inherits that: then neither Ctrl-C nor the
        // end of a worker would be heard.
        var none = sigset_t()
        sigemptyset(&none)
        sigprocmask(SIG_SETMASK, &none, nil)
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let error as CommandError {
            Terminal.complain(error.sentence)
            Glibc.exit(error.code.rawValue)
        } catch let error as ExitCode {
            Glibc.exit(error.rawValue)
        } catch {
            let code = exitCode(for: error)
            let text = fullMessage(for: error)
            if code == .success {
                print(text)
                Glibc.exit(0)
            }
            Terminal.complain(text, prefix: "")
            // The parser's own code for a usage error is 64; ours is 2.
            Glibc.exit(code == .validationFailure ? CommandError.Code.usage.rawValue : 1)
        }
    }
}
