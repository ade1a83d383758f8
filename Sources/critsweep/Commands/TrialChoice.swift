import ArgumentParser
import SweepCore
import SweepExperiments
import SweepPhysics
import SweepSpec

/// One trial of a spec and the kernels that compute it, as a command line names them.
struct TrialChoice: ParsableArguments {
    @Argument(help: "The spec file.")
    var spec: String
    @Option(help: "Index of the grid point, from 0; the last key of the grid runs fastest.")
    var point: Int = 0
    @Option(help: "The seed, from 0.")
    var seed: Int = 0
    @Option(help: "auto, reference, avx2 or avx512.")
    var kernels: KernelChoice = .auto

    /// What was chosen.
    struct Chosen {
        var spec: SweepSpecification
        var point: GridPoint
        var seed: Int
        var experiment: Experiment
        var family: KernelFamily

        /// "gain 0.8, width 24, seed 0", above a table.
        var heading: String {
            let place = point.parameters.map { "\($0.name) \($0.value.canonicalText)" }
            return (place + ["seed \(seed)"]).joined(separator: ", ") + "\n\n"
        }
    }

    /// - Throws: ``CommandError`` (2) for a spec, point, seed or family that is none.
    func load() throws -> Chosen {
        let family = try kernels.family()
        let spec = try SpecLoading.load(self.spec)
        let (gridPoint, experiment) = try SpecLoading.trial(of: spec, point: point, seed: seed)
        return Chosen(
            spec: spec, point: gridPoint, seed: seed, experiment: experiment, family: family)
    }
}
