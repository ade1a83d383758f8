import Foundation

/// One kind of fault, and how it is made.
struct Scenario: Sendable {
    let name: String
    /// Rows of the fault matrix in docs/reliability.md.
    let faults: String
    /// Whether the sample has it.
    var isInSample = true
    /// What is disturbed; for the sample a shorter one.
    let spec: Lab.Spec
    var sampleSpec: Lab.Spec?
    /// Disturbs a sweep to its end, and says how long it took to recover.
    let disturb: @Sendable (Lab, Scale) throws -> @Sendable (Audit) throws -> Recovery
}

enum Scale {
    case full
    case sample

    func pick(_ full: Int, sample: Int) -> Int { self == .full ? full : sample }
}

/// Seconds from faults to what follows them.
struct Recovery: Sendable {
    /// From what to what.
    var meaning: String
    var seconds: [Double]
    /// What none of them should exceed.
    var bar: Double?
    /// What else was seen.
    var note = ""
    /// What should have been and was not, however slow the machine is.
    var broken: String?
    /// What should have been and was not, and need not be on a machine that is too busy.
    var late: String?

    init(
        _ meaning: String, _ seconds: [Double], bar: Double? = nil, note: String = "",
        broken: String? = nil, late: String? = nil
    ) {
        self.meaning = meaning
        self.seconds = seconds.sorted()
        self.bar = bar
        self.note = note
        self.broken = broken
        self.late = late
    }

    /// Why this is not as quick as it should be; nil when it is.
    var slowness: String? {
        if let late { return late }
        guard let bar, let worst = seconds.last, worst > bar else { return nil }
        return String(format: "%.2f s is over the bar of %g s", worst, bar)
    }
}

/// What came of one scenario.
struct Verdict {
    var name: String
    var faults: String
    var lost = 0
    var doubled = 0
    var rerun = 0
    var recovery: Recovery?
    var tookSeconds = 0.0
    var trouble: String?
    var skipped: String?

    /// Whether figures over their bars are told only.
    var isLenient = false

    var isGood: Bool {
        trouble == nil && lost == 0 && doubled == 0 && rerun == 0
            && (isLenient || recovery?.slowness == nil)
    }

    /// A row of the table, in Markdown.
    var row: String {
        let cells: [String]
        if let skipped {
            cells = [name, faults] + [String](repeating: "–", count: 6) + ["skipped: \(skipped)"]
        } else {
            let times = recovery?.seconds ?? []
            func text(_ value: Double) -> String { String(format: "%.2f", value) }
            let bar = recovery?.bar.map { String(format: "at most %g s wanted", $0) } ?? ""
            let words = [
                recovery?.meaning ?? "", bar, recovery?.note ?? "",
                recovery?.slowness.map { "SLOW: \($0)" } ?? "",
                trouble.map { "FAILED: \($0)" } ?? "",
            ]
            cells = [
                name, faults, "\(lost)", "\(doubled)", "\(rerun)",
                times.isEmpty ? "" : text(times[times.count / 2]),
                times.last.map(text) ?? "", times.isEmpty ? "" : "\(times.count)",
                words.filter { !$0.isEmpty }.joined(separator: "; "),
            ]
        }
        return "| " + cells.joined(separator: " | ") + " |"
    }

    static let heading = """
        | Scenario | Fault | lost | double | re-run | median, s | worst, s | of | what was measured |
        |---|---|---|---|---|---|---|---|---|
        """
}

/// Runs scenarios one after the other and judges what they leave.
struct Judge {
    let tools: Tools
    let scale: Scale
    private var undisturbed: [Lab.Spec: String] = [:]

    init(_ tools: Tools, _ scale: Scale) {
        self.tools = tools
        self.scale = scale
    }

    mutating func judge(_ scenario: Scenario) -> Verdict {
        var verdict = Verdict(name: scenario.name, faults: scenario.faults)
        verdict.isLenient = scale == .sample
        let begin = Clock.monotonic
        do {
            let spec = scale == .sample ? scenario.sampleSpec ?? scenario.spec : scenario.spec
            let lab = try Lab(tools, spec, name: scenario.name)
            defer { lab.end() }
            let measure = try scenario.disturb(lab, scale)
            let answer = try HostProcess.run(
                tools.critsweep, ["verify", lab.ledger], in: lab.folder)
            let audit = try Audit(lab.ledger)
            verdict.lost = lab.spec.trialCount - (try audit.recordedTrials())
            for (epoch, seen) in lab.seenRecorded {
                verdict.lost += max(0, seen - (try audit.recorded(upTo: epoch)))
            }
            verdict.doubled = try audit.doubleCounted()
            verdict.rerun = try audit.rerun()
            verdict.recovery = try measure(audit)
            verdict.trouble = verdict.recovery?.broken
            if answer.status != 0 { throw Trouble("verify finds: \(answer.output)") }
            let table = try HostProcess.run(
                tools.critsweep, ["table", lab.ledger, "--format", "csv"], in: lab.folder)
            guard table.output == (try expected(lab)) else {
                throw Trouble("the table is not the undisturbed run's")
            }
        } catch let skipped as Skipped {
            verdict.skipped = skipped.reason
        } catch {
            verdict.trouble = "\(error)"
        }
        verdict.tookSeconds = Clock.monotonic - begin
        return verdict
    }

    /// The CSV of a run of the same spec that nobody disturbs.
    private mutating func expected(_ lab: Lab) throws -> String {
        if let known = undisturbed[lab.spec] { return known }
        let table = try lab.runUndisturbed()
        undisturbed[lab.spec] = table
        return table
    }
}
