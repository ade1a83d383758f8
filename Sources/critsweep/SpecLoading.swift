import Foundation
import SweepCore
import SweepExperiments
import SweepPhysics
import SweepSpec
import SweepWorker

/// Reading specs and the data that they name, with the exit codes of the documentation.
enum SpecLoading {
    /// Reads a spec and checks that its largest trial fits this machine.
    ///
    /// - Throws: ``CommandError`` (2) with the spec's sentence; a data file that cannot be read or
    ///   is no table is one too.
    static func load(_ path: String) throws -> SweepSpecification {
        let spec: SweepSpecification
        do throws(SpecError) {
            spec = try SweepSpecification(contentsOf: path)
            let memory = ProcessSetup.memory
            try spec.checkResources(
                spec.estimate(), physicalMemoryBytes: memory.bytes, memoryName: memory.name)
        } catch {
            throw CommandError(.usage, "\(error)")
        }
        try checkData(of: spec)
        return spec
    }

    /// Says on standard error what of a valid sweep cannot succeed.
    static func tellNotes(of spec: SweepSpecification) {
        for note in spec.notes { Terminal.complain(note, prefix: "critsweep: note: ") }
    }

    /// A point of the grid and what a trial there computes.
    ///
    /// - Throws: ``CommandError`` (2) when there is no such point or seed.
    static func trial(
        of spec: SweepSpecification, point: Int, seed: Int
    ) throws -> (point: GridPoint, experiment: Experiment) {
        let pointCount = spec.plan.grid.pointCount
        guard (0..<pointCount).contains(point) else {
            throw CommandError(
                .usage, "--point must be from 0 to \(pointCount - 1), but is \(point)")
        }
        guard (0..<spec.seedCount).contains(seed) else {
            throw CommandError(
                .usage, "--seed must be from 0 to \(spec.seedCount - 1), but is \(seed)")
        }
        let gridPoint = spec.plan.grid.point(at: point)
        do throws(SpecError) {
            return (gridPoint, try spec.experiment(at: gridPoint))
        } catch {
            throw CommandError(.usage, "\(error)")
        }
    }

    /// Data sets that are looked at before a sweep, of those that its grid has.
    private static let dataSetLimit = 256

    /// Makes the data sets of seed 0 once, so that a table with a bad row, a damaged file or too
    /// few images are found before anything is started.
    private static func checkData(of spec: SweepSpecification) throws {
        guard !spec.dataFiles.isEmpty else { return }
        let files = FileCache()
        let pools = DigitPoolCache()
        for point in spec.pointsOfDifferentData(atMost: dataSetLimit) {
            do {
                try spec.experiment(at: point).checkData(
                    seed: 0, randomKey: spec.randomKey, readFile: files.read, pools: pools)
            } catch let problem as DataProblem {
                throw CommandError(.usage, "data.path: \(sentence(problem, of: spec))")
            } catch let error as SpecError {
                throw CommandError(.usage, "\(error)")
            } catch {
                throw CommandError(.usage, "data.path: \(error)")
            }
        }
    }

    /// A problem, with the file when it does not say which itself.
    private static func sentence(_ problem: DataProblem, of spec: SweepSpecification) -> String {
        if case .file = problem { return "\(problem)" }
        return "\(spec.dataFiles.joined(separator: ", ")): \(problem)"
    }

    /// The bytes of a data file.
    ///
    /// - Throws: ``CommandError`` (66).
    static func readFile(_ path: String) throws -> [UInt8] {
        do {
            return try FileCache().read(path)
        } catch {
            throw CommandError(.dataUnreadable, "\(error)")
        }
    }
}
