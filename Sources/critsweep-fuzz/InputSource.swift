import Foundation
import SweepFuzzing

/// Where the inputs of a target come from: drawn from a seed, or files of earlier ones.
struct InputSource {
    let target: any FuzzTarget
    let seed: UInt64
    /// Inputs that new ones are made from.
    let seeds: [[UInt8]]
    /// Replayed instead of drawing; empty for a run.
    let files: [String]

    /// - Parameters:
    ///   - corpus: The folder with a folder for each target; nil for none.
    ///   - specs: The folder of specs that the repository ships; nil for none.
    init(target: any FuzzTarget, seed: UInt64, corpus: String?, specs: String?) throws {
        self.target = target
        self.seed = seed
        var seeds = target.samples
        if let corpus {
            for file in Self.files(in: "\(corpus)/\(target.name)") {
                seeds.append(try Self.bytes(of: file))
            }
        }
        if let specs, target.name == "spec" {
            for file in Self.files(in: specs) where file.hasSuffix(".yaml") {
                seeds.append(try Self.bytes(of: file))
            }
        }
        self.seeds = seeds
        files = []
    }

    init(target: any FuzzTarget, replaying files: [String]) {
        self.target = target
        self.files = files
        seed = 0
        seeds = []
    }

    func input(_ index: UInt64) throws -> [UInt8] {
        files.isEmpty
            ? target.input(seed: seed, index: index, seeds: seeds)
            : try Self.bytes(of: files[Int(index)])
    }

    /// What an input is called in the report.
    func name(of index: UInt64) -> String {
        files.isEmpty
            ? "\(target.name) input \(index) of seed \(seed)" : files[Int(index)]
    }

    /// All files below a folder, or the file itself, in a fixed order.
    static func files(in path: String) -> [String] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            return []
        }
        guard isFolder.boolValue else { return [path] }
        return (FileManager.default.subpaths(atPath: path) ?? []).sorted().map { "\(path)/\($0)" }
            .filter { file in
                FileManager.default.fileExists(atPath: file, isDirectory: &isFolder)
                    && !isFolder.boolValue
            }
    }

    static func bytes(of file: String) throws -> [UInt8] {
        do {
            return Array(try Data(contentsOf: URL(filePath: file)))
        } catch {
            throw Trouble("\(file) cannot be read: \(error.localizedDescription)")
        }
    }
}
