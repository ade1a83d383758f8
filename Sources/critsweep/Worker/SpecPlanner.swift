import SweepCore
import SweepProtocol
import SweepSpec
import SweepWorker

/// From the coordinator's words to experiments.
enum SpecPlanner {
    /// The planner of a compute child.
    static func plan(_ welcome: Welcome) throws -> (Assignment) throws -> PlannedTrial {
        let spec = try SweepSpecification(canonicalText: welcome.spec, path: "\(welcome.name).yaml")
        return { assignment in
            let point = GridPoint(assignment.parameters)
            return PlannedTrial(
                experiment: try spec.experiment(at: point), point: point, seed: assignment.seed,
                randomKey: spec.randomKey)
        }
    }
}
