import SweepCore

/// What a figure shall show; nil where the sweep decides.
public struct PlotOptions: Hashable, Sendable {
    /// How far an error bar reaches from the mean.
    public enum ErrorBar: String, CaseIterable, Hashable, Sendable {
        /// Sample standard deviation over the seeds.
        case deviation = "sd"
        /// Standard error of the mean.
        case standardError = "sem"
        case none
    }

    /// Axes that are logarithmic.
    public enum LogAxes: String, CaseIterable, Hashable, Sendable {
        case x
        case y
        case both = "xy"
        case none
    }

    /// The main one of the experiment when nil.
    public var metric: String?
    /// The parameter along x; the first numeric one with several values when nil.
    public var x: String?
    /// The parameter along y, which makes the figure a heat map.
    public var y: String?
    /// `name=value`: several for one name take any of the values, several names all of them.
    public var conditions: [String]
    public var errorBar: ErrorBar
    /// nil: an axis whose values are evenly spaced in the logarithm.
    public var logAxes: LogAxes?

    public init(
        metric: String? = nil, x: String? = nil, y: String? = nil, conditions: [String] = [],
        errorBar: ErrorBar = .deviation, logAxes: LogAxes? = nil
    ) {
        self.metric = metric
        self.x = x
        self.y = y
        self.conditions = conditions
        self.errorBar = errorBar
        self.logAxes = logAxes
    }
}

/// What a figure says that is not in the table.
public struct PlotContext: Hashable, Sendable {
    /// The critical gains of the points that have these values of swept parameters.
    public struct CriticalGains: Hashable, Sendable {
        /// Values of `activation` and `bias_variance` where they are swept; else empty.
        public var parameters: [GridPoint.Parameter]
        /// Ascending.
        public var gains: [Double]

        public init(parameters: [GridPoint.Parameter] = [], gains: [Double]) {
            self.parameters = parameters
            self.gains = gains
        }
    }

    /// The experiment as the spec calls it: `posterior`.
    public var experiment: String
    public var seedCount: Int
    /// Settings outside of the grid that a reader wants to know.
    public var settings: [GridPoint.Parameter]
    public var criticalGains: [CriticalGains]

    public init(
        experiment: String, seedCount: Int, settings: [GridPoint.Parameter] = [],
        criticalGains: [CriticalGains] = []
    ) {
        self.experiment = experiment
        self.seedCount = seedCount
        self.settings = settings
        self.criticalGains = criticalGains
    }
}

/// What gnuplot draws on. Sizes are fixed, so that the same figure has the same bits.
public enum PlotTarget: Hashable, Sendable {
    case svg
    case png
    case pdf
    /// Characters: so many columns and rows.
    case terminal(width: Int, height: Int)

    var isTerminal: Bool { if case .terminal = self { true } else { false } }
}
