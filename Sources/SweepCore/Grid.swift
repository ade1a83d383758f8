/// A Cartesian grid of swept parameters, never expanded: a point is computed from its index.
///
/// Keys keep the order in which the spec writes them, and the last key runs fastest.
public struct Grid: Hashable, Sendable {
    /// One swept parameter and the values it takes.
    public struct Axis: Hashable, Sendable {
        public var name: String
        public var values: [ParameterValue]

        public init(name: String, values: [ParameterValue]) {
            self.name = name
            self.values = values
        }
    }

    /// Why a list of axes is not a grid.
    public enum GridError: Error, Hashable, Sendable {
        case emptyAxis(name: String)
        case duplicateAxis(name: String)
        /// The number of points does not fit the limit.
        case tooManyPoints(limit: Int)
    }

    /// More points than this are refused; 2³² trials is far past any allocation.
    public static let pointLimit = Int(UInt32.max)

    public let axes: [Axis]
    /// The number of points; 1 for a grid without axes.
    public let pointCount: Int

    /// Makes a grid, counting its points with overflow checks.
    ///
    /// - Throws: ``GridError`` for an axis without values, an axis given twice, or more than
    ///   ``pointLimit`` points.
    public init(axes: [Axis]) throws(GridError) {
        var count = 1
        var names: [String] = []
        for axis in axes {
            if axis.values.isEmpty { throw .emptyAxis(name: axis.name) }
            if names.contains(axis.name) { throw .duplicateAxis(name: axis.name) }
            names.append(axis.name)
            let (product, overflow) = count.multipliedReportingOverflow(by: axis.values.count)
            if overflow || product > Self.pointLimit {
                throw .tooManyPoints(limit: Self.pointLimit)
            }
            count = product
        }
        self.axes = axes
        pointCount = count
    }

    /// The point with this index, 0 ≤ `index` < ``pointCount``.
    public func point(at index: Int) -> GridPoint {
        precondition(index >= 0 && index < pointCount, "grid index \(index) of \(pointCount)")
        var rest = index
        var parameters: [GridPoint.Parameter] = []
        for axis in axes.reversed() {
            parameters.append(
                .init(name: axis.name, value: axis.values[rest % axis.values.count]))
            rest /= axis.values.count
        }
        return GridPoint(parameters.reversed())
    }
}
