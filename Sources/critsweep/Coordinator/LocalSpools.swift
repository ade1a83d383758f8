import Foundation
import SweepCore
import SweepProtocol

/// What local workers of earlier starts left behind.
enum LocalSpools {
    /// Local workers that are over and have nothing in their spools: the ledger's lock says that no
    /// coordinator lives, and without theirs local workers end.
    ///
    /// - Returns: Their identities under the keys they had.
    static func deadWorkers(_ directory: SweepDirectory) -> [WorkerIdentity] {
        // Who cannot be read is not known to be gone, and its trials wait for their leases.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.spools)) ?? []
        return names.sorted().compactMap { name in
            guard let index = index(of: name),
                let identity = identity(in: "\(directory.spools)/\(name)/identity"),
                let key = SweepKeys.localKey(directory, index),
                !hasResults("\(directory.spools)/\(name)")
            else { return nil }
            return identity.bound(toKey: key)
        }
    }

    private static func index(of name: String) -> Int? {
        guard name.hasPrefix("worker-"), let number = Int(name.dropFirst(7)), number >= 1 else {
            return nil
        }
        return number - 1
    }

    /// The second line of the file, 32 hexadecimal digits.
    private static func identity(in path: String) -> WorkerIdentity? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        let lines = text.split(separator: "\n")
        guard lines.count >= 2, lines[1].utf8.count == 32,
            let high = UInt64(lines[1].prefix(16), radix: 16),
            let low = UInt64(lines[1].suffix(16), radix: 16)
        else { return nil }
        return WorkerIdentity(high: high, low: low)
    }

    /// A spool that cannot be read counts as one with results: then its worker is waited for.
    private static func hasResults(_ path: String) -> Bool {
        guard let files = FileManager.default.enumerator(atPath: path) else { return true }
        for case let file as String in files where file.hasSuffix(".result") { return true }
        return false
    }
}
