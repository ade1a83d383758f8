import Foundation
import SweepPhysics

/// Finds the IDX files of `mnist` where `data.path` points: a folder, or the file of images in it.
///
/// Of files with the same content in several forms the plain one comes before the packed one.
struct DigitFolder {
    /// The end of the sentence "data.path …".
    struct Problem: Error, Hashable {
        let description: String
    }

    let path: String

    init(_ path: String) { self.path = path }

    private static let imageNames = ["train-images-idx3-ubyte", "train-images.idx3-ubyte"]
    private static let labelNames = ["train-labels-idx1-ubyte", "train-labels.idx1-ubyte"]
    private static let remedy =
        "configs/get-mnist of the repository makes both from a subset of 5,000 images"

    /// The files that are there.
    func files() throws(Problem) -> DigitFiles {
        switch Self.kind(path) {
        case nil:
            throw Problem(
                description: "must name a folder with the files \(Self.imageNames[0]) and "
                    + "\(Self.labelNames[0]) (or .gz), but \(quotedPath) is not there; "
                    + Self.remedy)
        case .some(true):
            let folder = path.hasSuffix("/") ? path : "\(path)/"
            return DigitFiles(
                images: try first(of: Self.imageNames, in: folder),
                labels: try first(of: Self.labelNames, in: folder))
        case .some(false):
            let (folder, labels) = try labelNames()
            return DigitFiles(images: path, labels: try first(of: labels, in: folder))
        }
    }

    /// The files that are there, or those that would have to be.
    var filesOrUsual: DigitFiles {
        do throws(Problem) {
            return try files()
        } catch {
            return DigitFiles(
                images: "\(path)/\(Self.imageNames[0])", labels: "\(path)/\(Self.labelNames[0])")
        }
    }

    /// For a file of images, its folder and the names that the file of labels may have.
    private func labelNames() throws(Problem) -> (folder: String, names: [String]) {
        let start = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        var name = String(path[start...])
        guard let word = name.range(of: "images", options: .backwards) else {
            throw Problem(
                description: "must name a folder or a file of images such as "
                    + "\(Self.imageNames[0]), but \(quotedPath) has no \"images\" in its name")
        }
        name.replaceSubrange(word, with: "labels")
        if let form = name.range(of: "idx3", options: .backwards) {
            name.replaceSubrange(form, with: "idx1")
        }
        if name.hasSuffix(".gz") { name.removeLast(3) }
        // Sets are packed with a hyphen or a point there, and not always both files alike.
        let other =
            name.contains("-idx1")
            ? name.replacing("-idx1", with: ".idx1") : name.replacing(".idx1", with: "-idx1")
        return (String(path[..<start]), [name, other])
    }

    private func first(of names: [String], in folder: String) throws(Problem) -> String {
        for name in names {
            for ending in ["", ".gz"] where Self.kind(folder + name + ending) != nil {
                return folder + name + ending
            }
        }
        throw Problem(
            description: "must name a folder with the files \(Self.imageNames[0]) and "
                + "\(Self.labelNames[0]) (or .gz), but "
                + "\(Quotation.quoted(folder, atMost: Int(PATH_MAX))) has no \(names[0]); "
                + Self.remedy)
    }

    private var quotedPath: String { Quotation.quoted(path, atMost: Int(PATH_MAX)) }

    /// Whether there is a folder (true) or something else (false); nil when there is nothing.
    private static func kind(_ path: String) -> Bool? {
        var status = stat()
        guard !path.utf8.contains(0), stat(path, &status) == 0 else { return nil }
        return status.st_mode & S_IFMT == S_IFDIR
    }
}
