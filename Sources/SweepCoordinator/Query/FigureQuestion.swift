/// What the query "plot" asks for, as the user wrote it; the answer is a script for gnuplot.
public struct FigureQuestion: Codable, Hashable, Sendable {
    public var metric: String?
    public var x: String?
    public var y: String?
    /// `name=value`.
    public var conditions: [String]
    /// "sd", "sem" or "none".
    public var error: String?
    /// "x", "y", "xy" or "none"; nil to look at the values.
    public var log: String?
    /// Whether series against the epoch are wanted.
    public var series: Bool?
    /// Whether matrices over points are wanted.
    public var matrix: Bool?
    /// Rows of the terminal that the figure is for.
    public var height: Int?

    public init(
        metric: String? = nil, x: String? = nil, y: String? = nil, conditions: [String] = [],
        error: String? = nil, log: String? = nil, series: Bool? = nil, matrix: Bool? = nil,
        height: Int? = nil
    ) {
        self.metric = metric
        self.x = x
        self.y = y
        self.conditions = conditions
        self.error = error
        self.log = log
        self.series = series
        self.matrix = matrix
        self.height = height
    }
}
