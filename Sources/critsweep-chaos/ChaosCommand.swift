import ArgumentParser
import Foundation

/// Disturbs real sweeps of real processes, and holds what comes out against an undisturbed run.
@main
struct ChaosCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "critsweep-chaos",
        abstract: "Kill, freeze, cut off and starve real coordinators and workers.",
        discussion: """
            Every scenario ends with a sweep whose table must be the undisturbed run's byte for \
            byte, whose ledger must prove its promises, and with no trial lost, counted twice or \
            run again after it was recorded. Exit code 1 when one is not, or when a figure is over \
            its bar; the sample, for machines that may be busy, only tells of such figures. What \
            needs root is skipped, and says so, for others.

            SCENARIOS
              \(all.map(\.name).joined(separator: "\n  "))

            Example: critsweep-chaos --sample
            """)

    static let all = Scenario.processes + Scenario.lines + Scenario.disks + Scenario.loads

    @Flag(help: "The quicker scenarios, each in its short form.")
    var sample = false
    @Option(parsing: .upToNextOption, help: "Only these scenarios.")
    var only: [String] = []
    @Flag(help: "Leave the folders of all scenarios behind, not only those of failed ones.")
    var keep = false

    func validate() throws {
        for name in only where !Self.all.contains(where: { $0.name == name }) {
            throw ValidationError("there is no scenario \(name)")
        }
    }

    func run() throws {
        Interruption.watch()
        let tools = try tools()
        var judge = Judge(tools, sample ? .sample : .full)
        let scenarios = Self.all.filter {
            only.isEmpty ? !sample || $0.isInSample : only.contains($0.name)
        }
        var verdicts: [Verdict] = []
        for scenario in scenarios {
            let verdict = judge.judge(scenario)
            if Interruption.wasAsked { throw ExitCode(130) }
            verdicts.append(verdict)
            let word = verdict.skipped != nil ? "skipped" : verdict.isGood ? "ok" : "FAILED"
            say("\(scenario.name): \(word), \(Int(verdict.tookSeconds.rounded())) s")
            let folder = "\(tools.folder)/\(scenario.name)"
            if verdict.isGood, !keep {
                try? FileManager.default.removeItem(atPath: folder)
            } else if !verdict.isGood {
                let slowness = verdict.recovery?.slowness
                say("  \(verdict.trouble ?? slowness ?? verdict.row)\n  see \(folder)")
            }
        }
        say("\n\(Machine.description(tools))\n\n\(Verdict.heading)")
        for verdict in verdicts { say(verdict.row) }
        let failed = verdicts.filter { !$0.isGood }.map(\.name)
        if !keep, failed.isEmpty { try? FileManager.default.removeItem(atPath: tools.folder) }
        guard failed.isEmpty else {
            say("\nFAILED: \(failed.joined(separator: ", "))")
            throw ExitCode(1)
        }
        say("\n\(verdicts.count { $0.skipped == nil }) scenarios: 0 lost, 0 double, 0 re-run")
        for verdict in verdicts {
            if let reason = verdict.skipped { say("skipped: \(verdict.name): \(reason)") }
            if let slowness = verdict.recovery?.slowness {
                say("slow: \(verdict.name): \(slowness)")
            }
        }
    }

    /// At once, also where the output is no terminal.
    private func say(_ line: String) {
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }

    private func tools() throws -> Tools {
        guard let own = realpath("/proc/self/exe", nil) else {
            throw Trouble("/proc/self/exe cannot be read")
        }
        defer { free(own) }
        let place = URL(filePath: String(cString: own)).deletingLastPathComponent()
        let tools = Tools(
            critsweep: place.appending(path: "critsweep").path(),
            faultLibrary: place.appending(path: "libcritsweep-chaos-faults.so").path(),
            folder: "\(NSTemporaryDirectory())/critsweep-chaos-\(getpid())")
        for path in [tools.critsweep, tools.faultLibrary]
        where !FileManager.default.fileExists(atPath: path) {
            throw ValidationError("\(path) is missing; use `make chaos`, which builds it")
        }
        try FileManager.default.createDirectory(
            atPath: tools.folder, withIntermediateDirectories: true)
        return tools
    }
}
