import Foundation
import SweepPhysics
import SweepSpec
import Testing

@Suite("Where the files of mnist are")
struct DigitFolderTests {
    static let text = Fixtures.posterior.replacingOccurrences(
        of: "task: xor, points: 12", with: "task: mnist, path: set")

    /// Writes empty files under a folder `set`.
    static func write(_ names: [String], in folder: String) throws {
        try FileManager.default.createDirectory(
            atPath: "\(folder)/set", withIntermediateDirectories: true)
        for name in names { try Data().write(to: URL(fileURLWithPath: "\(folder)/set/\(name)")) }
    }

    static func files(
        _ names: [String], path: String = "set", in folder: String
    ) throws -> [String] {
        try write(names, in: folder)
        let spec = try SweepSpecification(
            text: text.replacingOccurrences(of: "path: set", with: "path: \(path)"),
            path: "\(folder)/a.yaml")
        let place = "\(folder)/set/"
        return spec.dataFiles.map { $0.replacingOccurrences(of: place, with: "") }
    }

    @Test(
        "the usual names are found, with a point for a hyphen, packed or not",
        arguments: [
            ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"],
            ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"],
            ["train-images.idx3-ubyte", "train-labels.idx1-ubyte"],
            ["train-images-idx3-ubyte.gz", "train-labels.idx1-ubyte"],
        ])
    func usualNames(names: [String]) throws {
        try Fixtures.withFolder { folder in
            let others = ["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", "readme"]
            let found = try Self.files(names + others, in: folder)
            #expect(found == names)
            // The file of images itself may be named, too.
            let again = try Self.files([], path: "set/\(names[0])", in: folder)
            #expect(again == names)
        }
    }

    @Test("a file of another name brings the labels of its own set")
    func otherNames() throws {
        try Fixtures.withFolder { folder in
            let names = ["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte.gz"]
            let usual = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"]
            let found = try Self.files(usual, in: folder)
            #expect(found == usual)
            let again = try Self.files(names, path: "set/\(names[0])", in: folder)
            #expect(again == names)
        }
    }

    @Test("what is plain comes before what is packed")
    func plainFirst() throws {
        try Fixtures.withFolder { folder in
            let plain = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"]
            let found = try Self.files(plain.map { "\($0).gz" } + plain, in: folder)
            #expect(found == plain)
        }
    }

    @Test("the settings of a point have files, digits and points, defaults included")
    func settings() throws {
        try Fixtures.withFolder { folder in
            try Self.write(["train-images-idx3-ubyte", "train-labels-idx1-ubyte"], in: folder)
            let files = DigitFiles(
                images: "\(folder)/set/train-images-idx3-ubyte",
                labels: "\(folder)/set/train-labels-idx1-ubyte")
            let spec = try SweepSpecification(text: Self.text, path: "\(folder)/a.yaml")
            let pair = try #require(DigitPair(0, 3))
            #expect(
                try spec.posterior(at: 0).task
                    == .mnist(files: files, digits: pair, points: 12))
            let text = Self.text.replacingOccurrences(
                of: "path: set", with: "path: set, digits: [7, 1], points: 20, test_points: 5")
            let other = try SweepSpecification(text: text, path: "\(folder)/a.yaml")
            let otherPair = try #require(DigitPair(7, 1))
            #expect(
                try other.posterior(at: 0).task
                    == .mnist(files: files, digits: otherPair, points: 20))
            #expect(try other.posterior(at: 0).testPoints == 5)
            guard case .changed(let key, _, _) = other.change(from: spec) else {
                Issue.record("the change was not seen")
                return
            }
            #expect(key == "data.points")
            // Workers are told the folder's absolute path.
            let told = try SweepSpecification(text: Self.text, path: "a.yaml", checkingFiles: false)
                .canonicalText(resolvingPathsIn: "/somewhere")
            #expect(told.contains("path: \"/somewhere/set\""))
            #expect(told.contains("digits: [0, 3]"))
            // Also when only the spec's own path is absolute.
            #expect(
                spec.canonicalText(resolvingPathsIn: "/somewhere")
                    .contains("path: \"\(folder)/set\""))
        }
    }

    @Test("workers are told the absolute path of images to test on too")
    func testImages() throws {
        let spec = try SweepSpecification(
            text: """
                sweep: a
                experiment: training
                data: {task: mnist, path: set, test_path: other/t10k-images-idx3-ubyte}
                network: {activation: tanh, observed_layer: 0}
                training: {learning_rate: 0.1, epochs: 2}
                grid: {gain: [1], width: [8], depth: [2]}
                seeds: 2
                """, path: "specs/a.yaml", checkingFiles: false)
        let told = spec.canonicalText(resolvingPathsIn: "/somewhere")
        #expect(told.contains(" path: \"/somewhere/specs/set\""))
        #expect(told.contains("test_path: \"/somewhere/specs/other/t10k-images-idx3-ubyte\""))
        // Whoever reads that finds the same files wherever he is.
        let read = try SweepSpecification(canonicalText: told, path: "a.yaml")
        #expect(read.dataFiles.allSatisfy { $0.hasPrefix("/somewhere/specs/") })
        #expect(read.dataFiles.count == 4)
    }

    @Test("what is not there is named, with the way to get it")
    func missing() throws {
        try Fixtures.withFolder { folder in
            func sentence(_ path: String) throws -> String? {
                do throws(SpecError) {
                    _ = try SweepSpecification(
                        text: Self.text.replacingOccurrences(
                            of: "path: set", with: "path: \(path)"),
                        path: "\(folder)/a.yaml")
                    return nil
                } catch {
                    return error.description
                }
            }
            let place = "\(folder)/a.yaml:3: data.path"
            let files =
                "must name a folder with the files train-images-idx3-ubyte and "
                + "train-labels-idx1-ubyte (or .gz), but"
            let remedy =
                "configs/get-mnist of the repository makes both from a subset of 5,000 images"
            #expect(
                try sentence("set") == "\(place) \(files) \"\(folder)/set\" is not there; \(remedy)"
            )
            try Self.write(["train-images-idx3-ubyte"], in: folder)
            #expect(
                try sentence("set")
                    == "\(place) \(files) \"\(folder)/set/\" has no train-labels-idx1-ubyte; \(remedy)"
            )
            try Self.write(["digits"], in: folder)
            #expect(
                try sentence("set/digits")
                    == "\(place) must name a folder or a file of images such as "
                    + "train-images-idx3-ubyte, but \"\(folder)/set/digits\" has no \"images\" in "
                    + "its name")
            try FileManager.default.createDirectory(
                atPath: "\(folder)/set/train-labels-idx1-ubyte", withIntermediateDirectories: true)
            #expect(try sentence("set")?.contains("Is a directory") == true)
        }
    }

    @Test("points that together have every data set of the grid")
    func differentData() throws {
        let spec = try Fixtures.spec(
            replacing: "gain: [1.0, 1.2]",
            by: "gain: [1.0, 1.2]\n  test_points: [0, 3, 5]\n  noise_variance: [0.1, 0.2]")
        let points = spec.pointsOfDifferentData(atMost: 10)
        #expect(points.count == 6)
        #expect(Set(points.map(\.canonicalText)).count == 6)
        #expect(points.allSatisfy { $0["gain"] == .number(1) })
        let few = spec.pointsOfDifferentData(atMost: 2)
        #expect(few.count == 2)
        #expect(few.last == points.last)
    }
}
