/// Why a spool cannot be used.
public enum SpoolError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Another worker uses it; its process, if it is known.
    case locked(path: String, holder: Int32?)
    /// It cannot be written to: a full disk, no permission, a broken device.
    case notWritable(path: String, reason: String)
    /// The file that says whose results these are is damaged.
    case damagedIdentity(path: String)

    /// The exit code of a command that ends with this error.
    public var exitCode: Int32 {
        switch self {
        case .locked: 75
        case .notWritable: 73
        case .damagedIdentity: 66
        }
    }

    public var description: String {
        switch self {
        case .locked(let path, let holder):
            "\(path): another worker\(holder.map { " (process \($0))" } ?? "") uses this spool; "
                + "give each worker its own --spool"
        case .notWritable(let path, let reason): "\(path): cannot be written: \(reason)"
        case .damagedIdentity(let path):
            "\(path): is damaged, so nobody can say whose results are beside it; "
                + "move the spool away, and the trials are computed again"
        }
    }
}
