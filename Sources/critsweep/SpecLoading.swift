import Foundation
import SweepCore
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

    /// Reads the data of the first and the last point once, so that a table with a bad row is found
    /// before anything is started.
    private static func checkData(of spec: SweepSpecification) throws {
        guard !spec.dataFiles.isEmpty else { return }
        let last = spec.plan.grid.pointCount - 1
        for index in Set([0, last]).sorted() {
            do {
                let experiment = try spec.experiment(at: spec.plan.grid.point(at: index))
                if case .posterior(let settings) = experiment {
                    _ = try settings.dataSet(
                        seed: 0, randomKey: spec.randomKey, readFile: readFile)
                }
            } catch let problem as DataProblem {
                throw CommandError(
                    .usage, "\(spec.dataFiles.joined(separator: ", ")): \(problem)")
            } catch let error as SpecError {
                throw CommandError(.usage, "\(error)")
            }
        }
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
