import SweepCore

/// A figure with everything decided but the terminal that draws it.
///
/// ``init(_:_:_:)`` makes it from a table; ``script(for:)`` writes it for gnuplot.
public struct Figure: Hashable, Sendable {
    struct Axis: Hashable, Sendable {
        /// "weight variance g".
        var label: PlotText
        var isLog = false
        var range: ClosedRange<Double>
        /// Values that have a mark of their own, with its words; empty to let gnuplot choose.
        var tics: [Tic] = []
        /// Distance of marks on a linear axis of whole numbers.
        var step: Double?

        struct Tic: Hashable, Sendable {
            var place: Double
            var label: PlotText
        }

        /// Marks for a logarithmic axis of two decades at most.
        mutating func markDecades() {
            guard isLog else { return }
            tics = PlotNumber.tics(ofLog: range).map {
                Tic(place: $0, label: PlotText(PlotNumber.significant($0, 3)))
            }
        }
    }

    /// One grid point on a curve.
    struct Point: Hashable, Sendable {
        var x: Double
        /// nil where no seed has a value.
        var mean: Double?
        /// Ends of the error bar; both the mean where there is none.
        var low: Double?
        var high: Double?
        var count: Int
        /// Whether every seed of the sweep has a value here.
        var isComplete: Bool
    }

    struct Curve: Hashable, Sendable {
        var label: PlotText
        var points: [Point]
        /// Theories beside it, without those that equal the one of an earlier curve.
        var companions: [Companion]
    }

    struct Companion: Hashable, Sendable {
        var kind: PlotWords.Companion
        /// At the places of the points.
        var means: [Double?]
        /// Whether it belongs to all curves, not to its own alone.
        var isShared = false
    }

    /// A critical gain: a line across the figure.
    struct Mark: Hashable, Sendable {
        enum Place: Hashable, Sendable {
            /// At this x, from bottom to top.
            case vertical(Double)
            /// At this y, from left to right.
            case horizontal(Double)
            /// Through these, one for each column or row.
            case path([Position])
        }

        struct Position: Hashable, Sendable {
            var x: Double
            var y: Double
        }

        var place: Place
        var label: PlotText
    }

    struct Cell: Hashable, Sendable {
        var column: Int
        var row: Int
        var mean: Double
        var isComplete: Bool
    }

    struct HeatMap: Hashable, Sendable {
        /// Places of columns and rows, ascending.
        var columns: [Double]
        var rows: [Double]
        /// Those with a value, by column, then row.
        var cells: [Cell]
        /// "CKA(C_L, yy^T)".
        var label: PlotText
        var range: ClosedRange<Double>
        /// Whether colours are those of the logarithm.
        var isLog = false
    }

    enum Content: Hashable, Sendable {
        case curves([Curve])
        case heatMap(HeatMap)
        case scatter(Scatter)
        case series(Panels)
        case matrices(Matrices)
    }

    var x: Axis
    var y: Axis
    var content: Content
    var marks: [Mark]
    /// What is the same for all points, one thing each.
    var caption: [PlotText]
    /// Sweep, meaning of the bars, what is missing, spec.
    var footer: [PlotText]

    /// Metric, x and y as a name for a file.
    public let fileStem: String

    init(
        x: Axis, y: Axis, content: Content, marks: [Mark], caption: [PlotText], footer: [PlotText],
        fileStem: String
    ) {
        self.x = x
        self.y = y
        self.content = content
        self.marks = marks
        self.caption = caption
        self.footer = footer
        self.fileStem = fileStem
    }
}
