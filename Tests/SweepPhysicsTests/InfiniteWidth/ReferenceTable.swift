import Foundation
import SweepPhysics

/// A table of reference values under `Tests/reference`, made by the script beside it.
struct ReferenceTable {
    struct Row: CustomStringConvertible {
        let activation: Activation
        let numbers: [Double]

        var description: String { "\(activation.rawValue) \(numbers)" }
    }

    let rows: [Row]

    /// - Parameter name: file name of a table whose first column is an activation.
    init(_ name: String, file: String = #filePath) throws {
        let tests = URL(filePath: file).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(
            contentsOf: tests.appending(path: "reference/\(name)"), encoding: .utf8)
        rows = try text.split(separator: "\n").map { line in
            let fields = line.split(separator: ",")
            guard let word = fields.first, let activation = Activation(rawValue: String(word))
            else {
                throw CocoaError(.fileReadCorruptFile)
            }
            return try Row(
                activation: activation,
                numbers: fields.dropFirst().map { field in
                    guard let number = Double(field) else {
                        throw CocoaError(.fileReadCorruptFile)
                    }
                    return number
                })
        }
    }
}
