import Foundation

/// The files of the package, found from where this file was compiled.
enum SourceTree {
    /// The folder that holds Package.swift.
    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent()  // HouseTests
        .deletingLastPathComponent()  // Tests
        .deletingLastPathComponent()

    struct File {
        /// Below the root, with slashes: Sources/SweepCore/Grid.swift.
        let path: String
        let text: String

        /// The name of the target: the folder below Sources or Tests.
        var target: String {
            let parts = path.split(separator: "/")
            return parts.count > 2 ? String(parts[1]) : ""
        }

        var source: SourceText { SourceText(text, language: isC ? .c : .swift) }
        var isC: Bool { path.hasSuffix(".c") || path.hasSuffix(".h") }
        /// Written by a program, and so exempt from what is said about style.
        var isGenerated: Bool { path.hasSuffix(".pb.swift") }
    }

    /// One file, by its path below the root.
    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// All files below a folder that end in one of the extensions, in the order of their paths.
    static func files(under folder: String, extensions: Set<String>) throws -> [File] {
        // The enumerator does not enter a folder that is itself a link.
        let base = root.appending(path: folder).resolvingSymlinksInPath()
        guard let walk = FileManager.default.enumerator(atPath: base.path) else { return [] }
        let paths = walk.compactMap { $0 as? String }.filter {
            extensions.contains(($0 as NSString).pathExtension)
                && !$0.split(separator: "/").contains { $0.hasPrefix(".") }
        }
        return try paths.sorted().map {
            File(path: "\(folder)/\($0)", text: try text("\(folder)/\($0)"))
        }
    }

    static func swiftSources() throws -> [File] {
        try files(under: "Sources", extensions: ["swift"])
    }

    static func allCode() throws -> [File] {
        try files(under: "Sources", extensions: ["swift", "c", "h"])
            + files(under: "Tests", extensions: ["swift", "c", "h"])
    }
}
