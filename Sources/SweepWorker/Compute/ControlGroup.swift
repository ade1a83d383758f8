import Foundation

/// The control group that this process is in, as batch systems and containers make one.
public enum ControlGroup {
    /// Bytes of memory that the group and those it lies in allow; nil without a limit.
    ///
    /// - Parameters:
    ///   - membership: What `/proc/self/cgroup` says.
    ///   - read: The text of a file; nil where there is none.
    public static func memoryLimit(membership: String, read: (String) -> String?) -> Int? {
        membership.split(separator: "\n").flatMap { line -> [Int] in
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { return [] }
            let isSecondVersion = fields[0] == "0" && fields[1].isEmpty
            guard isSecondVersion || fields[1].split(separator: ",").contains("memory") else {
                return []
            }
            let (roots, name) =
                isSecondVersion
                ? (["/sys/fs/cgroup", "/sys/fs/cgroup/unified"], "memory.max")
                : (["/sys/fs/cgroup/memory"], "memory.limit_in_bytes")
            return roots.flatMap { root in
                folders(from: fields[2]).compactMap { folder in
                    read("\(root)\(folder)/\(name)").flatMap(bytes)
                }
            }
        }.min()
    }

    /// Bytes of memory that this process and its relatives may use together; nil without a limit.
    public static var memoryLimit: Int? {
        func read(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }
        return read("/proc/self/cgroup").flatMap { memoryLimit(membership: $0, read: read) }
    }

    /// A group's folder and those above it, to the root: a container sees its own group there.
    private static func folders(from path: Substring) -> [String] {
        let names = path.split(separator: "/")
        return (0...names.count).map { count in
            names.prefix(count).map { "/\($0)" }.joined()
        }
    }

    /// A limit; nil for "max", and for the first version's numbers that stand for none.
    private static func bytes(_ text: String) -> Int? {
        guard let limit = Int(text.trimmingCharacters(in: .whitespacesAndNewlines)),
            limit < 1 << 60
        else { return nil }
        return limit
    }
}
