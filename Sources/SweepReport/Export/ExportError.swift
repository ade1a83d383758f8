/// Why an export cannot be made as asked.
public enum ExportError: Error, Hashable, Sendable, CustomStringConvertible {
    case notWritable(path: String, why: String)
    /// What is at the target is no file that an export may replace.
    case inTheWay(path: String, what: String)
    case noSpace(path: String, needed: UInt64, free: UInt64)
    /// Names or sizes that the format has no room for.
    case format(String)

    /// The process's exit code when this ends it.
    public var exitCode: Int32 {
        switch self {
        case .notWritable, .noSpace, .inTheWay: 73
        case .format: 2
        }
    }

    /// One sentence for the user.
    public var description: String {
        switch self {
        case .notWritable(let path, let why): "cannot write \(path): \(why)"
        case .inTheWay(let path, let what):
            "\(path) is \(what) and is not replaced; move it away, or choose another name"
        case .noSpace(let path, let needed, let free):
            "\(path) needs \(needed) bytes and \(free) are free there; choose another place with "
                + "--out"
        case .format(let sentence): sentence
        }
    }
}
