/// A question to a running coordinator, or the one thing it can be asked to do (`retry`).
public struct QueryRequest: Codable, Hashable, Sendable {
    /// What is asked: "status", "table", "plot", "story", "verify", "export",
    /// "retry".
    public var query: String
    /// How the answer is written, where there is a choice: "json", "csv", "table", …
    public var format: String?
    /// Metrics of a table, all when nil; kinds of failures for `retry`.
    public var names: [String]?
    public var point: Int?
    public var seed: Int?
    /// Columns of the terminal that a table is for.
    public var width: Int?
    /// Whether a table splits the spread over seeds; not when nil.
    public var withSpread: Bool?
    /// Whether a table has a row for each layer; not when nil.
    public var byLayer: Bool?
    /// What a figure shall show.
    public var figure: FigureQuestion?

    public init(
        _ query: String, format: String? = nil, names: [String]? = nil, point: Int? = nil,
        seed: Int? = nil, width: Int? = nil, withSpread: Bool? = nil,
        byLayer: Bool? = nil, figure: FigureQuestion? = nil
    ) {
        self.query = query
        self.format = format
        self.names = names
        self.point = point
        self.seed = seed
        self.width = width
        self.withSpread = withSpread
        self.byLayer = byLayer
        self.figure = figure
    }
}

/// What a coordinator answers.
public struct QueryResponse: Codable, Hashable, Sendable {
    /// What a command that asked ends with: 0, or the exit code of its trouble.
    public var exitCode: Int32
    /// What goes to standard output.
    public var text: String
    /// One sentence for standard error.
    public var message: String?
    /// What a file with the answer would be called, without a suffix.
    public var fileName: String?

    public init(
        text: String, exitCode: Int32 = 0, message: String? = nil, fileName: String? = nil
    ) {
        self.text = text
        self.exitCode = exitCode
        self.message = message
        self.fileName = fileName
    }

    public init(failure message: String, exitCode: Int32) {
        self.init(text: "", exitCode: exitCode, message: message)
    }
}

/// Why a question got no answer.
public enum QueryError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Nobody listens: no coordinator runs there.
    case nobodyListens(path: String)
    /// Another coordinator listens there already.
    case inUse(path: String)
    /// Something that is not a socket of ours is in the way.
    case inTheWay(path: String)
    /// A frame that is too long, not JSON, or cut off.
    case malformed
    /// The other side takes too long.
    case silence
    case system(call: String, reason: String)

    public var exitCode: Int32 {
        switch self {
        case .nobodyListens, .malformed, .silence, .system: 69
        case .inUse: 75
        case .inTheWay: 73
        }
    }

    public var description: String {
        switch self {
        case .nobodyListens(let path): "no coordinator listens at \(path)"
        case .inUse(let path): "another coordinator listens at \(path); stop it first"
        case .inTheWay(let path): "\(path) is in the way: it is not a socket of this user; move it"
        case .malformed: "the coordinator's answer cannot be read; are both of the same version?"
        case .silence: "the coordinator does not answer"
        case .system(let call, let reason): "\(call): \(reason)"
        }
    }
}
