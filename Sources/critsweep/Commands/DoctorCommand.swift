import ArgumentParser
import Foundation
import SweepPhysics
import SweepReport
import SweepTransport

/// Looks at the machine: what runs here, how fast, and what would fail later.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check this machine: kernels, libraries, limits, disk.",
        discussion: """
            Exit code 69 when something that a sweep needs is missing.

            Example: critsweep doctor
            """)

    @Option(help: "table, json or csv; a table on a terminal and json elsewhere.")
    var format: OutputFormat = .fitting

    /// One thing that was looked at.
    struct Finding {
        var name: String
        var isGood: Bool
        var detail: String
    }

    func run() throws {
        let findings = Self.findings()
        switch format {
        case .json:
            let members = findings.map { finding in
                JSONValue.Member(
                    finding.name,
                    .object([
                        .init("ok", .bool(finding.isGood)), .init("detail", .text(finding.detail)),
                    ]))
            }
            try Terminal.output(JSONValue.object(members).prettyText() + "\n")
        case .csv:
            try Terminal.output(
                "check,ok,detail\n"
                    + findings.map { "\($0.name),\($0.isGood),\"\($0.detail)\"\n" }.joined())
        case .table:
            let width = findings.map(\.name.count).max() ?? 0
            for finding in findings {
                let pad = String(repeating: " ", count: width - finding.name.count)
                try Terminal.output(
                    "\(finding.isGood ? "ok     " : "FAILED ")\(finding.name)\(pad)  "
                        + "\(finding.detail)\n")
            }
        }
        let failed = findings.filter { !$0.isGood }
        guard failed.isEmpty else {
            throw CommandError(
                .unavailable, "\(failed.map(\.name).joined(separator: ", ")): not fit for a sweep")
        }
    }

    static func findings() -> [Finding] {
        [
            Finding(name: "critsweep", isGood: true, detail: Version.text), kernels(),
            randomNumbers(), trial(), library(), processors(), memory(), descriptors(), folder(),
        ]
    }

    private static func kernels() -> Finding {
        let names = KernelFamily.available.map(\.name)
        return Finding(
            name: "kernels", isGood: names.contains("reference"),
            detail: "\(names.joined(separator: ", ")); using \(KernelFamily.best.name)")
    }

    /// Philox4x32-10 against its published known answer.
    private static func randomNumbers() -> Finding {
        let out = Philox.block(counter: (0, 0, 0, 0), key: (0, 0))
        let isGood = out == [0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8]
        return Finding(
            name: "random numbers", isGood: isGood,
            detail: isGood ? "Philox4x32-10 gives its known answer" : "Philox gives \(out)")
    }

    /// The critical gain of erf, and every family on one small gradient.
    private static func trial() -> Finding {
        let name = "numerics"
        guard let report = try? Criticality.report(activation: .erf, biasVariance: 0.05, gain: nil),
            let gain = report.criticalGain, abs(gain - 1.375839) < 1e-6
        else {
            return Finding(name: name, isGood: false, detail: "the critical gain of erf is wrong")
        }
        let problem = FunctionSpaceProblem(
            activation: .erf, gain: 1, biasVariance: 0.1, kappa: 0.1, width: 24, depth: 2,
            targets: [1, -1], inputFactor: [1, 0, 0.3, 0.9])
        var potentials: [Double] = []
        for family in KernelFamily.available {
            let density = FunctionSpaceDensity(problem, family: family)
            let position = ChainPosition(problem)
            for index in 0..<position.variables.count {
                position.variables.base[index] = Double((index * 37) % 19 - 9) / 6
            }
            guard (try? density.evaluate(position)) != nil else {
                return Finding(
                    name: name, isGood: false, detail: "\(family.name) finds a kernel singular")
            }
            potentials.append(position.potential)
        }
        let isGood = potentials.allSatisfy { abs($0 - potentials[0]) < 1e-10 }
        return Finding(
            name: name, isGood: isGood,
            detail: isGood ? "all kernel families agree" : "kernel families disagree: \(potentials)"
        )
    }

    private static func library() -> Finding {
        do {
            try Context.checkLibrary()
            return Finding(
                name: "libzmq", isGood: true, detail: "4.3.4 or later, with curve and ipc")
        } catch {
            return Finding(name: "libzmq", isGood: false, detail: "\(error)")
        }
    }

    private static func processors() -> Finding {
        Finding(
            name: "processors", isGood: true,
            detail: "\(ProcessInfo.processInfo.activeProcessorCount)")
    }

    private static func memory() -> Finding {
        let memory = ProcessSetup.memory
        let size = Numbers.size(bytes: Double(memory.bytes))
        return Finding(name: "memory", isGood: true, detail: "\(memory.name) \(size)")
    }

    private static func descriptors() -> Finding {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return Finding(
            name: "open files", isGood: limit.rlim_max >= 1024,
            detail: "\(limit.rlim_cur) of \(limit.rlim_max); needed: one a worker, and 256")
    }

    private static func folder() -> Finding {
        let path = FileManager.default.currentDirectoryPath
        var facts = statvfs()
        guard access(path, W_OK) == 0, statvfs(path, &facts) == 0 else {
            return Finding(
                name: "this folder", isGood: false, detail: "\(path) is not writable")
        }
        let free = Double(facts.f_bavail) * Double(facts.f_frsize)
        return Finding(
            name: "this folder", isGood: true,
            detail: "writable, \(Numbers.size(bytes: free)) free")
    }
}
