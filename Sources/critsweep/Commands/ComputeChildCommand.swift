import ArgumentParser
import SweepWorker

/// What a worker starts for each slot; not for people.
struct ComputeChildCommand: ParsableCommand {
    static let name = "compute-child"
    static let configuration = CommandConfiguration(
        commandName: Self.name, abstract: "Compute trials for a worker.", shouldDisplay: false)

    func run() throws {
        let child = ComputeChild(softwareVersion: Version.text, planner: SpecPlanner.plan) {
            Terminal.complain($0, prefix: "")
        }
        throw ExitCode(child.run().rawValue)
    }
}
