import Foundation
import SweepSpec
import Testing

/// Specs of the tests.
enum Fixtures {
    /// A good spec; tests change one line of it.
    static let posterior = """
        sweep: a
        experiment: posterior
        data: {task: xor, points: 12}
        network: {activation: erf, bias_variance: 0.05}
        inference: {kappa: 1.0e-3}
        grid:
          gain: [1.0, 1.2]
          width: [500]
          depth: [3]
        seeds: 10

        """

    static let calibration = """
        sweep: c
        experiment: calibration
        calibration: {kind: none}
        seeds: 5

        """

    /// The sentence that a spec is refused with, or nil when it is good.
    static func sentence(_ text: String) -> String? {
        do throws(SpecError) {
            _ = try SweepSpecification(text: text, path: "a.yaml")
            return nil
        } catch {
            return error.description
        }
    }

    /// The spec of ``posterior`` with a piece of it replaced.
    static func spec(
        replacing old: String = "", by new: String = "", in text: String = posterior
    ) throws -> SweepSpecification {
        try SweepSpecification(
            text: old.isEmpty ? text : text.replacingOccurrences(of: old, with: new),
            path: "a.yaml")
    }

    /// Runs `body` with a fresh folder, which is removed afterwards.
    static func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("spec-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.path)
    }
}

/// One replacement in a good spec, and the sentence that must come of it.
struct WrongSpec: CustomTestStringConvertible, Sendable {
    let old: String
    let new: String
    let sentence: String
    var base = Fixtures.posterior

    var text: String { base.replacingOccurrences(of: old, with: new) }
    var testDescription: String { sentence }
}
