import ArgumentParser
import SweepSpec

/// Prints a spec to start from.
struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Print a spec to start from.",
        discussion: "Templates:\n"
            + SpecTemplate.all.map { "  \($0.name): \($0.summary)" }.joined(separator: "\n")
            + "\n\nExample: critsweep init smoke > smoke.yaml")

    @Argument(help: "The template's name.")
    var template: String

    func run() throws {
        guard let template = SpecTemplate.named(template) else {
            let hint = SpecTemplate.suggestion(for: template).map { "; did you mean \($0)?" } ?? ""
            throw CommandError(
                .usage,
                "there is no template \"\(template)\" (there are "
                    + SpecTemplate.all.map(\.name).joined(separator: ", ") + ")\(hint)")
        }
        try Terminal.output(template.text)
    }
}
