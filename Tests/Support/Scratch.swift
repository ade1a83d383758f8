import Foundation

/// Folders for one test each.
public enum Scratch {
    public static func make() throws -> URL {
        let url = FileManager.default.temporaryDirectory
            .appending(path: "critsweep-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return url
    }

    /// A folder that is removed at the end.
    public static func with<Value>(_ body: (URL) throws -> Value) throws -> Value {
        let url = try make()
        // What cannot be removed is in the system's own folder for such things.
        defer { try? FileManager.default.removeItem(at: url) }
        return try body(url)
    }

    public static func write(_ text: String, _ name: String, in folder: URL) throws -> String {
        let url = folder.appending(path: name)
        try text.write(to: url, atomically: true, encoding: .utf8)
        return url.path()
    }
}
